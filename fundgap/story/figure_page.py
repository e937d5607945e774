"""A chart on a page: its words as text, its picture, and the figures behind it as a table and a file."""

import base64
import html
import io
from collections.abc import Mapping

import pandas as pd

from fundgap.story.chart import Chart
from fundgap.story.markup import in_words, tidy_tables

# Under this kind a notebook run for the report hands a chart on; in a stored notebook a chart is a picture and its words.
KIND = "application/vnd.fundgap.chart+json"
# A drawing of more marks than this is smaller, and quicker to show, as a picture of dots.
_SVG_BYTES = 400_000
# A page shows so many rows and links to all of them; print leaves out tables longer than a page.
_ROWS, _PRINTED_ROWS = 200, 40
# Up to this width page.css, too, takes a screen for a phone.
_PHONE = "40rem"

Bundle = Mapping[str, str]


def bundle(chart: Chart) -> dict[str, str]:
    """Return a chart as text: its words, its picture (SVG, or base64 of PNG where that is smaller), that for a phone, its figures as CSV.

    `phone` is SVG, or "" where there is none and the picture scrolls sideways.
    """
    words = {name: str(getattr(chart, name)) for name in ("title", "subtitle", "source", "alt")}
    drawn, narrow = chart.picture(), chart.phone_picture() or b""
    if len(drawn) <= _SVG_BYTES:
        seen = {"form": "svg", "picture": drawn.decode("utf-8")}
    else:
        seen = {"form": "png", "picture": base64.b64encode(chart.picture("png")).decode("ascii")}
    return words | seen | {"phone": narrow.decode("utf-8"), "data": _flat(chart.data).to_csv(index=False, lineterminator="\n")}


def files(shown: Bundle, name: str) -> dict[str, bytes]:
    """Return what stands beside the page, by its path: the pictures and the figures."""
    phone = {f"figures/{name}-phone.svg": shown["phone"].encode("utf-8")} if shown["phone"] else {}
    return phone | {f"figures/{name}.{shown['form']}": _picture(shown), f"figures/{name}.csv": shown["data"].encode("utf-8")}


def figure(shown: Bundle, name: str, label: str) -> str:
    """Return a chart as a figure: label and title, measure, picture, source, and the figures behind it in a fold.

    The pictures and figures stand beside the page, as `files` names them.
    """
    narrow = f"figures/{name}-phone.svg" if shown["phone"] else ""
    return _figure(shown, name, label, (f"figures/{name}.{shown['form']}", narrow), f"figures/{name}.csv")


def whole_figure(shown: Bundle, name: str, label: str, data: str) -> str:
    """Return a chart as a figure with its picture in it, for a page that stands alone; its figures are in the file `data`.

    The picture is the one for a phone where there is one: on half a sheet of paper, too, its words are large enough.
    """
    kind, drawn = ("svg", shown["phone"].encode("utf-8")) if shown["phone"] else (shown["form"], _picture(shown))
    address = f"data:image/{'svg+xml' if kind == 'svg' else kind};base64,{base64.b64encode(drawn).decode('ascii')}"
    return _figure(shown, name, label, (address, ""), data)


def _picture(shown: Bundle) -> bytes:
    return shown["picture"].encode("utf-8") if shown["form"] == "svg" else base64.b64decode(shown["picture"])


def _figure(shown: Bundle, name: str, label: str, pictures: tuple[str, str], data: str) -> str:
    words = {key: html.escape(shown[key], quote=True) for key in ("title", "subtitle", "source", "alt")}
    wide, narrow = pictures
    source = f'<source media="screen and (max-width: {_PHONE})" srcset="{narrow}">' if narrow else ""
    fitted = bool(shown["phone"])
    sideways = "" if fitted else '<p class="sideways">Swipe the picture sideways to see all of it, or turn the phone.</p>'
    return (
        f'<figure class="chart" id="{name}"><figcaption><p class="title"><span class="label">{label}</span> {words["title"]}</p>'
        f'<p class="measure">{words["subtitle"]}</p></figcaption>'
        f'<div class="scroll picture{" fitted" if fitted else ""}" tabindex="0" role="group" aria-label="{label}: picture">'
        f'<picture>{source}<img src="{wide}" alt="{words["title"]}. {words["alt"]}"></picture></div>{sideways}'
        f'<p class="source"><span>Source and limits:</span> {words["source"]}</p>{_fold(shown["data"], data, label)}</figure>'
    )


def _fold(text: str, file: str, label: str) -> str:
    data = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])
    listing = f"{len(data):,} rows" if len(data) > 1 else "1 row"
    cut = f", the first {_ROWS} here" if len(data) > _ROWS else ""
    table = tidy_tables(readable(data.head(_ROWS)), lambda own, heads: f"{label}: the figures drawn, {listing}{cut}")
    long = len(data) > _PRINTED_ROWS
    note = f'<p class="printed">Not printed: the {listing} behind {label}, in {file} beside this page.</p>' if long else ""
    return (
        f'<details class="data{" lengthy" if long else ""}"><summary>The figures behind {label}</summary>'
        f'<p><a href="{file}" download>Download as CSV</a> ({listing}, not rounded)</p>{table}</details>{note}'
    )


def readable(frame: pd.DataFrame) -> str:
    """Return a frame of plotted figures as an HTML table: four digits, thousands set apart, names in words."""
    shown = pd.DataFrame({name: [_cell(value, "year" in str(name)) for value in column] for name, column in frame.items()})
    shown.columns = [in_words(str(name)) for name in frame.columns]
    with pd.option_context("display.max_colwidth", None):
        return str(shown.to_html(index=False, border=0, escape=True))


def _cell(value: object, is_year: bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value != value:
        return ""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value) if is_year or not isinstance(value, int | float) else f"{value:,.0f}"


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with an index that has a name among its columns."""
    return frame.reset_index() if any(name is not None for name in frame.index.names) else frame
