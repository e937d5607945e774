"""A council's brief as a page of its own that prints on two sheets of A4; style and pictures are in it, and nothing is fetched."""

import hashlib
import html
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files

from fundgap import __version__
from fundgap.story.brief import LIMITS, SECTIONS, CouncilBrief
from fundgap.story.brief_rows import Row, written_period
from fundgap.story.chart import Chart
from fundgap.story.figure_page import bundle, whole_figure
from fundgap.story.markup import held_together, tidy_tables
from fundgap.story.page import LICENCE, PRODUCT

_PACKAGES = ("numpy", "pandas", "scipy", "matplotlib")
_DIGITS = 12


def brief_page(brief: CouncilBrief, chart: Chart | None, inputs: Mapping[str, str], name: str) -> str:
    """Return the page.

    Parameters
    ----------
    chart
        The gap as a fan; None for a council that has none, whose section says why.
    inputs
        SHA-256 of what the figures are made from, from `exports.inputs_of`.
    name
        What the files beside the page are called.
    """
    title = html.escape(brief.council_name)
    sections = "".join(_section(brief, section, _picture(chart, name) if section == "gap" else "") for section in SECTIONS)
    basis = (
        f'<p class="basis">{html.escape(brief.region)}. Money is in {brief.latest} prices (GDP deflator) unless it says cash. A range '
        "stands in brackets after its figure. Associations between figures of councils, not effects.</p>"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: brief – {PRODUCT}</title><style>{style()}</style></head>"
        f'<body class="brief"><header class="banner"><p><strong>{PRODUCT}</strong> '
        f"<span>Council brief, figures to {brief.latest}</span></p>"
        f'</header><div class="sheet"><main id="main"><h1>{title}</h1>{held_together(basis + sections)}</main></div>'
        f"{_foot(brief, inputs, name, has_chart=chart is not None)}</body></html>\n"
    )


def style() -> str:
    """Return the style of a page that stands alone."""
    assets = files(__package__).joinpath("assets")
    return "".join(assets.joinpath(name).read_text("utf-8") for name in ("page.css", "brief.css"))


def _section(brief: CouncilBrief, section: str, picture: str) -> str:
    anchor = section.replace(" ", "-")
    limit = f'<p class="limit">{html.escape(LIMITS[section])}</p>' if section in LIMITS else ""
    sources = "; ".join(dict.fromkeys(part for row in brief.of(section) for part in row.source.split("; ") if part))
    return (
        f'<section aria-labelledby="{anchor}" class="{anchor}"><h2 id="{anchor}">{html.escape(SECTIONS[section])}</h2>'
        f"{_table(brief.of(section), SECTIONS[section])}{picture}{limit}"
        f'<p class="source">Source: {html.escape(sources)}.</p></section>'
    )


def _table(rows: Sequence[Row], words: str) -> str:
    cells = [(row.figure, written_period(row.period), _value(row), row.note) for row in rows]
    heads = ("Figure", "When", "Value", "To be known")
    # A column that nothing stands in is left away.
    used = [place for place in range(len(heads)) if any(line[place] for line in cells)]
    top = "".join(f"<th>{heads[place]}</th>" for place in used)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(line[place])}</td>' for place in used)}</tr>" for line in cells)
    markup = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return tidy_tables(markup, lambda own, heads: f'<span class="unseen">{html.escape(words)}</span>')


def _value(row: Row) -> str:
    return f"{row.shown}, {row.prices}" if row.prices and row.has_value else row.shown


def _picture(chart: Chart | None, name: str) -> str:
    return "" if chart is None else whole_figure(bundle(chart), "gap-chart", "Figure 1", f"{name}-gap.csv")


def _foot(brief: CouncilBrief, inputs: Mapping[str, str], name: str, *, has_chart: bool) -> str:
    """Return what the page was made from; the manifest beside it has every hash."""
    whole = hashlib.sha256("".join(f"{key} {digest}\n" for key, digest in sorted(inputs.items())).encode()).hexdigest()
    versions = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    behind = f'; those behind the chart: <a href="{name}-gap.csv">{name}-gap.csv</a>' if has_chart else ""
    drawn = next(row.source for row in brief.of("gap"))
    return (
        f"<footer><div><p>{LICENCE}. Made by {PRODUCT} {__version__} (Python {platform.python_version()}, {versions}) from "
        f"{len(inputs)} tables and registers, together SHA-256 {whole[:_DIGITS]}…; {html.escape(drawn)}. Every hash: "
        f'<a href="{name}.manifest.toml">{name}.manifest.toml</a>; every figure, unrounded, with its source: '
        f'<a href="{name}.csv">{name}.csv</a>{behind}, beside this page.</p></div></footer>'
    )
