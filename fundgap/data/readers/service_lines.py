"""The service lines of Section 251: which there are, what adds up to what, and which of our categories each one is.

All of it is one table, section251_lines.csv. Its columns:

name
    What the line is, whatever a year calls it.
line
    Its text in the file, without number, capitals and apostrophes.
role
    part: a line that counts. subtotal: the sum of the lines that are part of it. total: the sum of all, gross_spend.
    detail: what a part is made of, where a council says so; never counted beside it. memo: counted nowhere, the note says why.
part_of, category
    The sum that the line is in, and our category. A subtotal without a category holds lines of several.
layouts
    The layouts (of section251.toml and section251_open_data.toml) in which the line has this text and this place.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from fundgap.data.readers.sheets import Faults, Sheet, csv_sheet, squeeze

TOTAL = "total"
_COLUMNS = {column: column for column in ("name", "line", "role", "part_of", "category", "layouts")}


@dataclass(frozen=True)
class Line:
    """A line of one layout: what it is, what it is part of (another line's name), which category it is."""

    name: str
    role: str
    part_of: str
    category: str


@dataclass(frozen=True)
class Lines:
    """The lines of one layout, by the text they have in the file."""

    layout: str
    by_text: dict[str, Line]

    @cached_property
    def by_name(self) -> dict[str, Line]:
        """Each line once: a layout that serves several years may know several texts of it."""
        return {line.name: line for line in self.by_text.values()}

    @cached_property
    def sums(self) -> dict[str, list[str]]:
        """The lines that are sums, in the order of the table, each with the names of the lines that add up to it."""
        parts = {name: [line.name for line in self.by_name.values() if line.part_of == name] for name in self.by_name}
        return {name: names for name, names in parts.items() if names}

    def heads(self) -> dict[str, list[str]]:
        """Return {category: the highest lines that are of this category alone}: together they are the category's spend."""
        found: dict[str, list[str]] = {}
        open_sums = [TOTAL]
        while open_sums:
            for name in self.sums.get(open_sums.pop(), []):
                if self.by_name[name].category:
                    found.setdefault(self.by_name[name].category, []).append(name)
                else:
                    open_sums.append(name)
        return found


@lru_cache(maxsize=16)
def lines_of(layout: str) -> Lines:
    """Return the lines of a layout, from the table."""
    path = Path(str(files(__package__).joinpath("section251_lines.csv")))
    cells = csv_sheet(path, _COLUMNS, Faults(path.name)).cells.astype(str)
    rows = cells[cells["layouts"].str.split().map(lambda layouts: layout in layouts)]
    return Lines(layout, {row["line"]: Line(row["name"], row["role"], row["part_of"], row["category"]) for row in rows.to_dict("records")})


def line_text(cell: object) -> str:
    """Return a line's description without what changes from year to year: number, capitals, apostrophes, blanks.

    "3.1.11 Total Children Looked After" → "total children looked after"
    """
    text = re.sub("['’]", "", squeeze(cell).lower())
    # A number's letter is followed by a dot or a blank ("3.1.2a Fostering"), a word by its next letter ("11Short breaks").
    text = re.sub(r"^\d+([a-z](?=[.\s]))?(\.\d+([a-z](?=[.\s]))?)*\.?\s*", "", text)
    # 2014-15 writes "EXPENDITURE(excluding CERA)", other years put a blank before the bracket.
    return re.sub(r"\s*\(", " (", text)


def names_of(sheet: Sheet, lines: Lines) -> pd.Series:
    """Return the name of each row's line, "" with a fault for a text the layout does not know: one fault a text."""
    texts = sheet.cells["line"].map(line_text)
    names = texts.map({text: line.name for text, line in lines.by_text.items()}).fillna("")
    for _, rows in texts[names == ""].groupby(texts, sort=False):
        first = rows.index[0]
        expected = f"a line of section251_lines.csv in layout '{lines.layout}' ({len(rows)} rows have it)"
        sheet.faults.add(sheet.place(first, "line"), squeeze(sheet.cells.at[first, "line"]), expected)
    return names
