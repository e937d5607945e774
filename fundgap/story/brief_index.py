"""The page that leads to every council's brief in its folder: councils by region, and whom to look for in place of one that is no more."""

import html
from collections.abc import Callable

import pandas as pd

from fundgap import __version__
from fundgap.story.brief_page import style
from fundgap.story.page import LICENCE, PRODUCT

NAME = "index"


def index_page(register: pd.DataFrame, file_name: Callable[[str], str], latest: str) -> str:
    """Return the page.

    Parameters
    ----------
    register
        The councils by ONS code: council_name, region, last_year and successors (ONS codes), missing where a council is there now.
    file_name
        What a council's brief is called, from its name; without ".html".
    latest
        The latest financial year of spend.
    """
    now = register[register["last_year"].isna()].sort_values("council_name")
    regions = sorted(now["region"].unique())
    links = {str(code): _link(str(name), file_name) for code, name in now["council_name"].items()}
    contents = "".join(f'<li><a href="#{_anchor(region)}">{html.escape(region)}</a></li>' for region in regions)
    lists = "".join(
        f'<section aria-labelledby="{_anchor(region)}"><h2 id="{_anchor(region)}">{html.escape(region)}</h2>'
        f'<ul class="further">{"".join(f"<li>{links[str(code)]}</li>" for code in now.index[now["region"] == region])}</ul></section>'
        for region in regions
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Council briefs – {PRODUCT}</title><style>{style()}</style></head>"
        f'<body class="brief listing"><a class="skip" href="#main">Skip to the content</a><header class="banner"><p>'
        f"<strong>{PRODUCT}</strong> <span>Council briefs, figures to {latest}</span></p></header>"
        f'<div class="sheet"><main id="main" tabindex="-1"><h1>Council briefs</h1><p class="lead">Two pages on each of {len(now)} '
        "councils: judgements, spend, gap, share of a fund, and the good councils most like it.</p>"
        f'<nav aria-label="Regions"><ul class="regions">{contents}</ul></nav>{lists}{_gone(register, links)}</main></div>'
        f"<footer><div><p>{LICENCE}. Made by {PRODUCT} {__version__}. Associations between figures of councils, not effects; each brief "
        "says what limits its figures.</p></div></footer></body></html>\n"
    )


def _link(name: str, file_name: Callable[[str], str]) -> str:
    return f'<a href="{file_name(name)}.html">{html.escape(name)}</a>'


def _anchor(region: str) -> str:
    return "region-" + "-".join(region.lower().split())


def _gone(register: pd.DataFrame, links: dict[str, str]) -> str:
    """Return the councils that are no more, each with those that came after it."""
    gone = register[register["last_year"].notna()].sort_values("council_name")
    listed = "".join(
        f"<li>{html.escape(str(row['council_name']))}, abolished after {row['last_year']}: "
        f"{', '.join(links[code] for code in str(row['successors']).split())}</li>"
        for row in gone.to_dict("records")
    )
    heading = '<h2 id="no-more">Councils that are no more</h2>'
    return f'<section aria-labelledby="no-more">{heading}<ul>{listed}</ul></section>' if listed else ""
