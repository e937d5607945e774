"""The frame of every page: header, contents with the current page marked, what it was made from."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from fundgap.story.chapters import Chapter
from fundgap.story.markup import held_together

PRODUCT = "fundgap"
_STRAPLINE = "Children's services in England: ratings, spend and the funding gap"
LICENCE = (
    'Contains public sector information licensed under the <a href="https://www.nationalarchives.gov.uk/doc/'
    'open-government-licence/version/3/">Open Government Licence v3.0</a>'
)


def page(here: Chapter, groups: Mapping[str, Sequence[Chapter]], foot: str) -> str:
    """Return a page whole.

    Parameters
    ----------
    groups
        Every page of the report, by the name of its group in the contents; {"": [front page], "Chapters": [...]}.
    foot
        The footer, from `footer`.
    """
    title = html.escape(here.title)
    whole = title if here.name == "index" else f"{title} – {PRODUCT}"
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{whole}</title><link rel="stylesheet" href="page.css"></head>'
        '<body><a class="skip" href="#main">Skip to the content</a>'
        f'<header class="banner"><p><a href="index.html">{PRODUCT}</a> <span>{html.escape(_STRAPLINE)}</span></p></header>'
        f'<div class="frame">{_contents(here, groups)}'
        f'<main id="main" tabindex="-1">{held_together(here.body)}'
        f"{_onward(here, [one for group in groups.values() for one in group])}</main></div>"
        f"{foot}</body></html>\n"
    )


def _contents(here: Chapter, groups: Mapping[str, Sequence[Chapter]]) -> str:
    listed = "".join(
        f"{f'<p>{html.escape(name)}</p>' if name else ''}<ul>{''.join(_entry(one, here) for one in group)}</ul>"
        for name, group in groups.items()
    )
    # A fold on a phone; beside the text, and always open, on a wide screen.
    return (
        '<nav aria-label="Contents" class="contents"><details><summary>Contents</summary>'
        f'<div class="listed">{listed}</div></details></nav>'
    )


def _entry(one: Chapter, here: Chapter) -> str:
    title = html.escape(one.title)
    if one.page != here.page:
        return f'<li><a href="{one.page}">{title}</a></li>'
    inside = "".join(f'<li><a href="#{anchor}">{_plain(words)}</a></li>' for anchor, words in here.sections)
    return f'<li><a href="{one.page}" aria-current="page">{title}</a>{f"<ul>{inside}</ul>" if inside else ""}</li>'


def _plain(markup: str) -> str:
    return re.sub(r"<[^>]+>", "", markup)


def _onward(here: Chapter, pages: Sequence[Chapter]) -> str:
    """Return the links to the page before and the page after."""
    place = next(place for place, one in enumerate(pages) if one.page == here.page)
    links = []
    if place > 0:
        links.append(f'<a rel="prev" href="{pages[place - 1].page}"><span>Before</span> {html.escape(pages[place - 1].title)}</a>')
    if place + 1 < len(pages):
        links.append(f'<a rel="next" href="{pages[place + 1].page}"><span>Next</span> {html.escape(pages[place + 1].title)}</a>')
    return f'<nav class="onward" aria-label="Before and next">{"".join(links)}</nav>'


def footer(publishers: Iterable[str], manifest: str) -> str:
    """Return the foot of every page: whose figures, under which licence, and the manifest as HTML."""
    named = html.escape("; ".join(publishers))
    return (
        f'<footer><div><p>{LICENCE}. Figures: {named}. Every release with its address: <a href="sources.html">sources</a>.</p>'
        '<p>Associations between figures of councils, not effects; limits stand beside each figure, and in <a href="methods.html">methods '
        'and limits</a>. Each page works from disk and asks nothing of the network.</p><details class="manifest">'
        f"<summary>Manifest: what this page was made from</summary>{manifest}</details>"
        '<p class="printed">Not printed: the code of the chapters, which is in their notebooks.</p></div></footer>'
    )
