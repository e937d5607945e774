"""Where in a draft the table stands, and what its columns hold: figures, councils' codes and names, years, dates."""

import datetime
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import layouts
from layouts import Draft

from fundgap.data.councils import council_index
from fundgap.data.store import Store

# Numbers in these columns are labels, not figures.
_LABELS = re.compile(r"code|number|\byears?\b|period|\bLA\b|line|identifier|order|\bid\b|position", re.IGNORECASE)
_YEARS = re.compile(r"year|period|time", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d{2,})")


@dataclass(frozen=True)
class Part:
    """One table of a draft: rows `first` to `last` below the heading, counted from 1, up to the first empty row."""

    draft: Draft
    sheet: str
    header_row: int
    figure_headings: tuple[str, ...] = ()

    @property
    def rows(self) -> layouts.drafts.Rows:
        """The rows of the sheet, those above the heading included."""
        return self.draft.sheets[self.sheet]

    @property
    def header(self) -> list[object]:
        """The headings."""
        return self.rows[self.header_row - 1]

    @cached_property
    def body(self) -> range:
        """The numbers of the rows below the heading, up to the first empty one."""
        last = self.header_row
        while last < len(self.rows) and any(cell not in ("", None) for cell in self.rows[last]):
            last += 1
        return range(self.header_row + 1, last + 1)

    def cell(self, row: int, column: int) -> object:
        """Return a cell by row, counted from 1, and column, counted from 0."""
        cells = self.rows[row - 1]
        return cells[column] if column < len(cells) else ""

    def put(self, row: int, column: int, value: object) -> None:
        """Overwrite a cell."""
        cells = self.rows[row - 1]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = value

    def filled(self, column: int) -> list[int]:
        """Return the numbers of the rows of the body with something in the column."""
        return [row for row in self.body if self.cell(row, column) not in ("", None)]

    @cached_property
    def figures(self) -> list[tuple[int, int]]:
        """Row and column of every figure."""
        columns = [column for column, heading in enumerate(self.header) if self._holds_figures(column, str(heading))]
        return [(row, column) for column in columns for row in self.filled(column) if number(self.cell(row, column)) is not None]

    def _holds_figures(self, column: int, heading: str) -> bool:
        if self.figure_headings:
            return heading in self.figure_headings
        rows = self.filled(column)
        numbers = sum(number(self.cell(row, column)) is not None for row in rows)
        return bool(rows) and 2 * numbers >= len(rows) and not _LABELS.search(heading)

    @cached_property
    def names(self) -> int | None:
        """The column of councils' names."""
        return next((column for column in range(len(self.header)) if self._holds_councils(column, is_code=False)), None)

    @cached_property
    def codes(self) -> int | None:
        """The first column of councils' codes or numbers."""
        return next((column for column in range(len(self.header)) if self._holds_councils(column, is_code=True)), None)

    def _holds_councils(self, column: int, *, is_code: bool) -> bool:
        cells = [self.cell(row, column) for row in self.filled(column)]
        found = [cell for cell in cells if _is_code(cell) == is_code and _council(str(cell))]
        return 3 * len(found) > len(cells) and len(set(map(str, found))) > 1

    @cached_property
    def councils(self) -> dict[str, list[int]]:
        """{council: its rows} by the codes, or by the names where there are none."""
        column = self.codes if self.codes is not None else self.names
        found: dict[str, list[int]] = {}
        for row in self.body if column is not None else ():
            council = _council(str(self.cell(row, column)))
            if council:
                found.setdefault(council, []).append(row)
        return found

    @cached_property
    def years(self) -> list[tuple[int, int]]:
        """Row and column of every cell that says a year, and of every date."""
        columns = [column for column, heading in enumerate(self.header) if _YEARS.search(str(heading))]
        said = [(row, column) for column in columns for row in self.filled(column) if _YEAR.search(str(self.cell(row, column)))]
        return said + self.dates

    @cached_property
    def dates(self) -> list[tuple[int, int]]:
        """Row and column of every date."""
        columns = range(len(self.header))
        return [(row, column) for column in columns for row in self.body if isinstance(self.cell(row, column), datetime.date)]

    def on(self, draft: Draft) -> "Part":
        """Return this table on a copy of its draft that is about to be spoilt: what stands where is looked up once, and not for each."""
        part = replace(self, draft=draft)
        for name in ("body", "figures", "names", "codes", "councils", "years", "dates"):
            part.__dict__[name] = getattr(self, name)
        return part

    def nature(self, column: int) -> frozenset[str]:
        """Return what a column holds: "number", "date", or its words."""
        return frozenset(_nature(self.cell(row, column)) for row in self.filled(column))


def parts_of(draft: Draft, figure_headings: tuple[str, ...] = ()) -> list[Part]:
    """Return the tables of a draft, the main one first; sheets without a row of headings have none."""
    names = [draft.main, *(name for name in draft.sheets if name != draft.main)]
    has_header = [name for name in names if len(draft.sheets[name]) > draft.header_row and _is_header(draft, name)]
    return [Part(draft, name, draft.header_row, figure_headings) for name in has_header]


def _is_header(draft: Draft, name: str) -> bool:
    return sum(cell not in ("", None) for cell in draft.sheets[name][draft.header_row - 1]) > 1


def number(cell: object) -> float | None:
    """Return the number that a cell holds, also as plain text, else None."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def later(text: str, years: int) -> str:
    """Return text with every year in it later by so many."""
    return _YEAR.sub(lambda found: str(int(found[0]) + years), text)


def _nature(cell: object) -> str:
    return "date" if isinstance(cell, datetime.date) else "number" if number(cell) is not None else str(cell)


def _is_code(cell: object) -> bool:
    return number(cell) is not None or bool(re.fullmatch(r"E\d{4,8}", str(cell)))


def _council(text: str) -> str:
    """Return the council of a code, number or name, "" where it is none; never the suggestions of an error, which take long."""
    candidates = _by_key().get(re.sub(r"[^a-z0-9]", "", text.removesuffix(".0").lower().replace("&", "and")), [])
    return candidates[0] if candidates else ""


@lru_cache(maxsize=1)
def _by_key() -> dict[str, list[str]]:
    return council_index(Store(layouts.DATA)).by_key
