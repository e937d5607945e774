"""The pages beside the chapters that are made from the library: assumptions and sources."""

import html

import pandas as pd

from fundgap.data.sources import sources
from fundgap.data.store import Store
from fundgap.gap.scenario import Scenario, scenario, scenarios
from fundgap.story.assumption_words import value_in_words
from fundgap.story.brief_rows import written_period
from fundgap.story.chapters import Chapter, sections_of
from fundgap.story.markup import captioned
from fundgap.story.tables import HASH_SHOWN

_RATED = ("quality", "impact")


def assumptions_page() -> Chapter:
    """Return every assumption of every shipped scenario: value, unit, source, date, how good it is and how much hangs on it."""
    parts = [
        '<h1>Assumptions</h1><div class="opening"><p>Every number that the projections assume rather than compute, scenario by scenario. '
        "<strong>Quality</strong> says how good the evidence is: green is published and checked, red is our own judgement. "
        "<strong>Impact</strong> says how much the answer hangs on it: red is most.</p></div>"
    ]
    for number, name in enumerate(scenarios()["id"], 1):
        one = scenario(name)
        title = html.escape(one.title)
        parts.append(
            f'<h2 id="{name}">{title}</h2><p><code>{name}</code>, from {html.escape(_base(one))} on, {one.years} years. '
            f"{html.escape(one.summary)}</p>{captioned(_rated(one.to_frame()), number, title)}"
        )
    body = "".join(parts)
    return Chapter("assumptions", "Assumptions", body, sections_of(body))


def _base(one: Scenario) -> str:
    return "the latest outturn" if one.base_year == "latest" else one.base_year


def _rated(frame: pd.DataFrame) -> str:
    """Return the assumptions as an HTML table, ratings as words on their colour."""
    shown = pd.DataFrame({"assumption": frame["label"].map(html.escape)})
    for column in _RATED:
        shown[column] = [f'<span class="rag {value}">{value}</span>' for value in frame[column]]
    shown["value"] = [value_in_words(str(row.value), str(row.unit)) for row in frame.itertuples()]
    shown["source, as at"] = [html.escape(f"{row.source} ({written_period(str(row.date))})") for row in frame.itertuples()]
    with pd.option_context("display.max_colwidth", None):
        return str(shown.to_html(index=False, border=0, escape=False))


def sources_page(store: Store) -> Chapter:
    """Return every release that figures come from, by publisher, with its address and licence."""
    table = sources(store)
    licences = sorted(set(table["licence"]))
    parts = [
        f'<h1>Sources</h1><div class="opening"><p>{len(table)} releases of {table["publisher"].nunique()} publishers; licence: '
        f"{html.escape('; '.join(licences))}. Every row of our tables names the release it was read from, and the register holds each "
        "file's hash, so that a file that has changed since is noticed.</p></div>"
    ]
    for number, (publisher, part) in enumerate(table.groupby("publisher", sort=False), 1):
        title = html.escape(str(publisher))
        anchor = "".join(letter if letter.isalnum() else "-" for letter in str(publisher).lower())
        parts.append(f'<h2 id="{anchor}">{title}</h2>{captioned(_releases(part, len(licences) > 1), number, title)}')
    body = "".join(parts)
    return Chapter("sources", "Sources", body, sections_of(body))


def _releases(part: pd.DataFrame, with_licence: bool) -> str:
    shown = pd.DataFrame(
        {
            "release": [
                f'<a href="{html.escape(str(row.url), quote=True)}">{html.escape(str(row.title))}</a>' for row in part.itertuples()
            ],
            "period": part["period"].map(html.escape),
            "published": [html.escape(written_period(str(day))) or "not recorded" for day in part["published"]],
            "rows": part["rows"].map("{:,}".format),
            "id": [f"<code>{html.escape(name)}</code>" for name in part["id"]],
            **({"licence": part["licence"].map(html.escape)} if with_licence else {}),
            "SHA-256": [f"<code>{digest[:HASH_SHOWN]}</code>" for digest in part["sha256"]],
        }
    )
    with pd.option_context("display.max_colwidth", None):
        return str(shown.to_html(index=False, border=0, escape=False))
