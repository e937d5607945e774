"""The explorer: one page on which anyone picks a council, or two side by side. Its figures stand beside it as a script, read from disk.

A page opened from disk may not fetch a file, but may load a script; so the figures are one. Charts are drawn by a few hundred lines of
plain JavaScript in place of a library of megabytes: the page is there in an instant, and each chart has its words and its table.
"""

import html
import json
from collections.abc import Iterable
from importlib.resources import files

from fundgap.story.chapters import Chapter
from fundgap.story.explorer_view import View, register
from fundgap.story.explorer_views import views
from fundgap.story.findings import Findings

_ASSETS = ("explorer.js", "explorer.css")


def explorer(findings: Findings) -> Chapter:
    """Return the page with its figures, script and style beside it."""
    shown = views(findings)
    data = script({"councils": _councils(findings), "views": [_view(view) for view in shown]})
    made = Chapter("explorer", "Explore a council")
    made.body = _body(shown)
    made.files = {name: files(__package__).joinpath("assets", name).read_bytes() for name in _ASSETS}
    made.files["explorer-data.js"] = data.encode("ascii")
    return made


def script(data: object) -> str:
    """Return figures as a script that hands them to the page: plain ASCII, keys sorted, nothing that could end a script early."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"window.fundgapExplorer={text.replace('<', chr(92) + 'u003c')};\n"


def _councils(findings: Findings) -> list[dict[str, str]]:
    """Return code, name and region of every council, and the other names it is found by, in order of names."""
    table = register(findings)
    rows = [
        {
            "code": str(code),
            "name": str(row["council_name"]),
            "region": str(row["region"]),
            "also": "" if row.isna()["other_names"] else str(row["other_names"]),
            "was": str(row["last_year"]) if row["was"] else "",
        }
        for code, row in table.iterrows()
    ]
    return sorted(rows, key=lambda row: (row["name"], row["was"], row["code"]))


def _view(view: View) -> dict[str, object]:
    columns = [{"label": label, "kind": kind, "unit": unit} for label, kind, unit in view.columns]
    words = {name: getattr(view, name) for name in ("name", "title", "measure", "limit", "period", "price_basis", "chart")}
    return words | {"columns": columns, "councils": dict(view.councils)}


def _body(shown: Iterable[View]) -> str:
    sections = "".join(
        f'<section class="view" data-view="{view.name}" aria-labelledby="view-{view.name}">'
        f'<h2 id="view-{view.name}">{html.escape(view.title)}</h2><p class="basis">{html.escape(view.measure)}</p>'
        f'<div class="pair"></div><p class="limit">{html.escape(view.limit)}</p></section>'
        for view in shown
    )
    return (
        '<link rel="stylesheet" href="explorer.css"><h1>Explore a council</h1>'
        '<p class="lead choosing">Pick a council, and a second one to set beside it. The address of the page keeps the choice.</p>'
        '<noscript><p class="limit">This page needs JavaScript, which is off; every other page works without it.</p></noscript>'
        f'<form id="choose">{_box("one", "Council")}{_box("two", "Beside it (if you like)")}</form>'
        '<p id="told" role="status"></p>'
        '<p class="tools" hidden><button type="button" id="csv">Download all figures shown (CSV)</button> '
        '<button type="button" id="alone">One council only</button></p>'
        '<p class="printed">Not printed: the figures behind the charts, which the page hands on as a file (CSV).</p>'
        f'<div id="views" hidden>{sections}</div>'
        '<script src="explorer-data.js"></script><script src="explorer.js"></script>'
    )


def _box(name: str, label: str) -> str:
    """Return a combobox with a list that is filled as one types (WAI-ARIA 1.2, editable combobox with list autocomplete)."""
    return (
        f'<div class="box"><label for="{name}" id="{name}-label">{label}</label>'
        f'<input id="{name}" type="text" role="combobox" autocomplete="off" spellcheck="false" aria-autocomplete="list" '
        f'aria-expanded="false" aria-controls="{name}-list" placeholder="Type a name, such as Kirklees">'
        f'<ul id="{name}-list" role="listbox" aria-labelledby="{name}-label" hidden></ul></div>'
    )
