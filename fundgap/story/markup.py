"""HTML made fit to be read: tables with their columns aligned, headed and captioned; links that lead to the report's own pages."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from fundgap.story.table_looks import is_crowded, is_number, looks

# A year or day that no line may break in: "2024-25", "2025-03-31".
_DATE = re.compile(r"\b\d{4}-\d\d(?:-\d\d)?\b")
_WHOLE = re.compile(r"\b\d{4}-\d\d\b(?!-)|[−+]£?\d[\d,.]*\d?(?:bn|m|%)?")
_TAG = re.compile(r"(<[^>]*>)")
_TAG_NAME = re.compile(r"<([a-z]+\d?)[ >]")
# Where a span has no place, or text stands as it was written; tables have their own.
_AS_IT_IS = {"code", "pre", "script", "style", "svg", "table", "option", "title", "select", "textarea"}
_COLUMN_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+")
_ANCHOR = re.compile(r'<a class="anchor-link".*?</a>', re.DOTALL)
# What says a table's caption: asked with the words of its own, or "", and its headers.
Caption = Callable[[str, Sequence[str]], str]
_VOID = {"br", "hr", "img", "input", "wbr"}
_RELATIVE = re.compile(r'href="(?!https?:|mailto:|#)(?P<path>[^"#]*/)?(?P<name>[^"#/]+)\.(?P<kind>ipynb|md)(?P<anchor>#[^"]*)?"')


@dataclass
class _Cell:
    tag: str
    spans: str
    parts: list[str] = field(default_factory=list)

    @property
    def inner(self) -> str:
        return "".join(self.parts).strip()

    @property
    def text(self) -> str:
        return html.unescape(re.sub(r"<[^>]+>", "", self.inner)).replace("\N{NO-BREAK SPACE}", " ").strip()


@dataclass
class _Table:
    caption: list[str] = field(default_factory=list)
    head: list[list[_Cell]] = field(default_factory=list)
    body: list[list[_Cell]] = field(default_factory=list)


def tidy_tables(markup: str, caption: Caption) -> str:
    """Return the HTML with every table written anew: numbers to the right, words to the left, headers in words and with their scope.

    The first column names the rows, to the left, also where the names are numbers; a column that only counts them is left
    away. Each table stands in a region of its own that scrolls sideways where the page is narrow, under its caption.

    Parameters
    ----------
    caption
        Called once a table, in order, with the words of its own caption, "" where it has none, and its headers; returns the HTML of
        the caption to show, "" for none.
    """
    reader = _Reader(caption)
    reader.feed(markup)
    reader.close()
    return "".join(reader.written)


def captioned(table: str, number: int | str, words: str) -> str:
    """Return one table, tidied, under "Table 3 words"; both are HTML."""
    return tidy_tables(table, lambda own, heads: table_caption(number, words))


def table_caption(number: int | str, words: str) -> str:
    """Return "Table 3.1 words" as HTML."""
    return f'<span class="label">Table {number}</span> {held_together(words)}'


def own_links(markup: str, pages: dict[str, str]) -> str:
    """Return the HTML with links to notebooks and documents led to the report's pages, {"03_ratings": "03_ratings.html"}."""

    def led(found: re.Match[str]) -> str:
        page = pages.get(found["name"])
        return f'href="{page}{found["anchor"] or ""}"' if page else found[0]

    return _RELATIVE.sub(led, markup)


def without_anchors(markup: str) -> str:
    """Return rendered markdown without the pilcrow links behind its headings."""
    return _ANCHOR.sub("", markup)


def held_together(markup: str) -> str:
    """Return the HTML with no line break inside a year ("2024-25") or between a sign and its sum ("−£4.7m"), but in code and scripts."""
    parts = _TAG.split(markup)
    closed_by = ""
    for place, part in enumerate(parts):
        found = _TAG_NAME.match(part)
        if closed_by:
            closed_by = "" if part == closed_by else closed_by
        elif found and found[1] in _AS_IT_IS:
            closed_by = f"</{found[1]}>"
        elif not found and not part.startswith("<"):
            parts[place] = _WHOLE.sub(r'<span class="whole">\g<0></span>', part)
    return "".join(parts)


class _Reader(HTMLParser):
    """Copies a document and gathers each table's cells on the way."""

    def __init__(self, caption: Caption) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._caption = caption
        self._table: _Table | None = None
        self._in_head = False
        self._row: list[_Cell] | None = None
        self._cell: _Cell | None = None
        self._in_caption = False

    def _copy(self, text: str) -> None:
        if self._in_caption and self._table is not None:
            self._table.caption.append(text)
        elif self._cell is not None:
            self._cell.parts.append(text)
        elif self._table is None:
            self.written.append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._table = _Table()
        elif self._table is not None and tag == "thead":
            self._in_head = True
        elif self._table is not None and tag == "caption":
            self._in_caption = True
        elif self._table is not None and tag == "tr":
            self._row = []
        elif self._row is not None and tag in ("td", "th"):
            spans = "".join(f' {name}="{html.escape(value or "")}"' for name, value in attrs if name in ("colspan", "rowspan"))
            self._cell = _Cell(tag, spans)
            self._row.append(self._cell)
        else:
            self._copy(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._copy(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if self._table is None:
            self._copy("" if tag in _VOID else f"</{tag}>")
        elif tag == "table":
            table, self._table = self._table, None
            self.written.append(_written(table, self._caption))
        elif tag == "caption":
            self._in_caption = False
        elif tag == "thead":
            self._in_head = False
        elif tag == "tr" and self._row is not None:
            heading = self._in_head or (not self._table.body and all(cell.tag == "th" for cell in self._row))
            (self._table.head if heading else self._table.body).append(self._row)
            self._row = None
        elif tag in ("td", "th"):
            self._cell = None
        else:
            self._copy(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._cell is not None and _DATE.search(data) and (self._in_head or not _DATE.fullmatch(data.strip())):
            data = _DATE.sub(r'<span class="whole">\g<0></span>', data)
        self._copy(data)

    def handle_entityref(self, name: str) -> None:
        self._copy(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._copy(f"&#{name};")


def _written(table: _Table, captioning: Caption) -> str:
    head, body = _one_header(table.head), table.body
    spanned = any(cell.spans for row in (*head, *body) for cell in row)
    if not spanned:
        head, body = _without_count(head, body)
    columns = [[cell.text for cell in cells] for cells in _columns(body)]
    looked = [] if spanned else looks(columns)
    heads = [in_words(cell.text) for cell in head[-1]] if head else [""] * len(columns)
    caption = captioning("".join(table.caption).strip(), heads)
    label = html.escape(html.unescape(re.sub(r"<[^>]+>", "", caption)).strip() or "Table", quote=True)
    top = "".join(f"<tr>{''.join(_header(row, looked))}</tr>" for row in head)
    rows = "".join(f"<tr>{''.join(_row(row, looked))}</tr>" for row in body)
    small = ' class="many"' if is_crowded(columns, heads, looked) else ""
    shown = f"<caption><span>{caption}</span></caption>" if caption else ""
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table{small}>{shown}'
        f"{f'<thead>{top}</thead>' if top else ''}<tbody>{rows}</tbody></table></div>"
    )


def _one_header(head: list[list[_Cell]]) -> list[list[_Cell]]:
    """Join the two header rows of a frame whose index has a name: each has a blank where the other has words."""
    if len(head) != 2 or len(head[0]) != len(head[1]):
        return head
    if not any(a.text and b.text for a, b in zip(*head, strict=True)):
        return [[a if a.text else b for a, b in zip(*head, strict=True)]]
    if head[0][0].text and head[1][0].text and not any(cell.text for cell in head[1][1:]):
        # The columns have a name too, which stands over that of the index.
        head[0][0].parts = [f"{in_words(head[1][0].inner)}, by {in_words(head[0][0].inner)}"]
        return head[:1]
    return head


def _without_count(head: list[list[_Cell]], body: list[list[_Cell]]) -> tuple[list[list[_Cell]], list[list[_Cell]]]:
    """Leave away a first column without a header that counts the rows from 0: a frame's own numbering, which tells nothing."""
    counts = [str(place) for place in range(len(body))]
    if head and body and not any(row[0].text for row in head if row) and [row[0].text for row in body if row] == counts:
        return [row[1:] for row in head], [row[1:] for row in body]
    return head, body


def in_words(name: str) -> str:
    """Return a column's name as words: "gross_spend_gbp" → "gross spend, £"; what is in words already stays."""
    if not _COLUMN_NAME.fullmatch(name.strip()):
        return name
    return name.strip().replace("_gbp", ", £").replace("_", " ")


def _columns(body: list[list[_Cell]]) -> Iterator[list[_Cell]]:
    for place in range(max((len(row) for row in body), default=0)):
        yield [row[place] for row in body if place < len(row)]


def _look(looked: list[str], place: int, cell: _Cell) -> str:
    look = looked[place] if place < len(looked) else "number" if is_number(cell.text) else ""
    # Words among figures may break over lines.
    words = " data-words" if look == "number" and cell.text and not is_number(cell.text) else ""
    return f' class="{look}"{words}' if look else ""


def _header(row: list[_Cell], looked: list[str]) -> Iterator[str]:
    for place, cell in enumerate(row):
        # A header without words is no header: an empty corner.
        tag = 'th scope="col"' if cell.text else "td"
        look = _look(looked, place, cell).removesuffix(" data-words")
        yield f"<{tag}{cell.spans}{look}>{in_words(cell.inner)}</{tag.split()[0]}>"


def _row(row: list[_Cell], looked: list[str]) -> Iterator[str]:
    for place, cell in enumerate(row):
        names = place == 0 and bool(cell.text) and (not looked or looked[0] != "number")
        tag = 'th scope="row"' if names else "td"
        yield f"<{tag}{cell.spans}{_look(looked, place, cell)}>{cell.inner}</{tag.split()[0]}>"
