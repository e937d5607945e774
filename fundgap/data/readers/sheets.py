"""What every reader shares: open a sheet by its layout, turn its text into values, keep every fault with its place."""

import csv
import datetime
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from python_calamine import CalamineError, CalamineWorkbook

from fundgap.errors import BadFigures, Fault

MAX_FILE_BYTES = 200_000_000
MAX_UNPACKED_BYTES = 2_000_000_000


@dataclass
class Faults:
    """Collects what is wrong with one file, so that its reader can report everything at once."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, where: str, found: object, expected: str) -> None:
        """Note one fault; `where` is the place within the file."""
        place = f"{self.file}, {where}" if where else self.file
        self.found.append(Fault(place, _shown(found), expected))

    def raise_if_any(self) -> None:
        """Raise BadFigures with all faults noted so far, if there are any."""
        if self.found:
            raise BadFigures(f"{self.file} cannot be read", self.found)


@dataclass(frozen=True)
class Sheet:
    """A table cut out of a file: our column names, values as the file holds them, index = row number on the sheet.

    `from_left` are our column names in the order of the file; `others` are the headings that were not asked for.
    """

    name: str
    headers: Mapping[str, str]
    cells: pd.DataFrame
    faults: Faults
    from_left: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def place(self, row: object, column: str) -> str:
        """Say where a cell is, in the words of the file."""
        sheet = f"sheet '{self.name}', " if self.name else ""
        return f"{sheet}row {row}, column '{self.headers[column]}'"

    def numbers(self, column: str, rows: pd.Index, missing: Iterable[str] = (), *, whole: bool = False) -> pd.Series:
        """Return the column as floats for the given rows; a fault for what is neither a number nor a known missing mark.

        Blanks are missing only where "" is among the `missing` marks. `whole` asks for counts: whole and not negative.
        """
        marks = set(missing)
        cells = self.cells.loc[rows, column]
        values = pd.to_numeric(cells, errors="coerce").astype(float)
        # Publishers write numbers plainly; "1,234", "nan", "inf" and TRUE are signs that something happened to the file.
        is_odd = ~np.isfinite(values) | np.array([isinstance(cell, bool) for cell in cells], dtype=bool)
        for row, cell in cells[is_odd].items():
            if str(cell).strip() not in marks:
                self.faults.add(self.place(row, column), cell, "a number" + (f" or one of {sorted(marks)}" if marks else ""))
        numbers: pd.Series[float] = values.where(~is_odd)
        if whole:
            for row in numbers.index[(numbers < 0) | (numbers % 1 > 0)]:
                self.faults.add(self.place(row, column), cells[row], "a whole number, not negative")
        return numbers

    def dates(self, column: str, rows: pd.Index) -> pd.Series:
        """Return the column as ISO dates ("2017-03-31"), "" where blank; a fault for anything else."""
        return pd.Series([self._date(row, column, cell) for row, cell in self.cells.loc[rows, column].items()], index=rows, dtype=object)

    def _date(self, row: object, column: str, cell: object) -> str:
        if isinstance(cell, datetime.datetime | datetime.date):
            return cell.strftime("%Y-%m-%d")
        if str(cell).strip() != "":
            self.faults.add(self.place(row, column), cell, "a date")
        return ""

    def words(self, column: str, rows: pd.Index, known: Mapping[str, str]) -> pd.Series:
        """Return the column translated by `known` (text in the file → our value); a fault for any other text."""
        cells = self.cells.loc[rows, column].items()
        return pd.Series([self._word(row, column, cell, known) for row, cell in cells], index=rows, dtype=object)

    def _word(self, row: object, column: str, cell: object, known: Mapping[str, str]) -> str:
        text = squeeze(cell)
        if text in known:
            return known[text]
        self.faults.add(self.place(row, column), cell, f"one of {[key for key in known if key]}")
        return ""


def check_size(path: Path, faults: Faults) -> None:
    """Refuse a missing, empty or oversized file, and a zipped workbook that unpacks to far more than it holds."""
    if not path.is_file():
        faults.add("", "no such file", "a published file")
    elif path.stat().st_size == 0:
        faults.add("", "an empty file", "a published file")
    elif path.stat().st_size > MAX_FILE_BYTES:
        faults.add("", f"{path.stat().st_size:,} bytes", f"at most {MAX_FILE_BYTES:,}")
    elif zipfile.is_zipfile(path):
        unpacked = _unpacked_size(path, faults)
        if unpacked > MAX_UNPACKED_BYTES:
            faults.add("", f"a workbook that unpacks to {unpacked:,} bytes", f"at most {MAX_UNPACKED_BYTES:,}")
    faults.raise_if_any()


def _unpacked_size(path: Path, faults: Faults) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        faults.add("", f"a file that does not open ({error})", "an undamaged workbook")
        return 0


def workbook_rows(path: Path, sheet: str | int, faults: Faults) -> tuple[str, list[list[object]]]:
    """Return a sheet's name and rows (xls, xlsx or ods); the sheet is named, or counted from 0 where names vary."""
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            names = workbook.sheet_names
            if sheet not in names if isinstance(sheet, str) else sheet >= len(names):
                faults.add("", f"sheets {names}", f"a sheet '{sheet}'" if isinstance(sheet, str) else "a sheet with the table")
                faults.raise_if_any()
            name = sheet if isinstance(sheet, str) else names[sheet]
            rows: list[list[object]] = [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        faults.add("", f"a file that does not open ({error})", "an undamaged xls, xlsx or ods workbook")
        faults.raise_if_any()
    return name, rows


def cut_table(name: str, rows: list[list[object]], header_row: int, columns: Mapping[str, str], faults: Faults) -> Sheet:
    """Cut the table whose header stands in `header_row` (counted from 1, as a spreadsheet does).

    Columns are found by their heading, never by position, so a publisher may move them but not rename, drop or double them.
    """
    header = [squeeze(cell) for cell in rows[header_row - 1]] if len(rows) >= header_row else []
    for heading in columns.values():
        if header.count(heading) != 1:
            count = "no column" if heading not in header else f"{header.count(heading)} columns"
            where = f"sheet '{name}', row {header_row}" if name else f"row {header_row}"
            faults.add(where, f"{count} headed '{heading}' among {[text for text in header if text]}", "exactly one")
    faults.raise_if_any()
    body = rows[header_row:]
    width = len(header)
    index = pd.RangeIndex(header_row + 1, header_row + 1 + len(body))
    cells = pd.DataFrame([list(row) + [""] * (width - len(row)) for row in body], index=index, columns=range(width), dtype=object)
    if cells.empty:
        faults.add(f"sheet '{name}'" if name else f"row {header_row}", "a heading and no rows below it", "a table with rows")
        faults.raise_if_any()
    picked = cells[[header.index(heading) for heading in columns.values()]]
    from_left = tuple(sorted(columns, key=lambda column: header.index(columns[column])))
    others = tuple(text for text in header if text not in columns.values())
    return Sheet(name, dict(columns), picked.set_axis(list(columns), axis=1), faults, from_left, others)


def csv_sheet(path: Path, columns: Mapping[str, str], faults: Faults) -> Sheet:
    """Cut a table out of a UTF-8 CSV file headed by its first line; its row numbers are those of its lines.

    The last line must be ended: a download that broke off inside a number would leave a number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(file)
        rows: list[list[object]] = [list(row) for row in csv.reader(lines, strict=True)]
    except (UnicodeDecodeError, csv.Error) as error:
        faults.add("", f"text that is not UTF-8 CSV ({error})", "a CSV file in UTF-8")
        faults.raise_if_any()
    if lines and not lines[-1].endswith(("\n", "\r")):
        faults.add(f"row {len(rows)}", "a line that breaks off", "the end of a line")
    ragged = [number for number, row in enumerate(rows[1:], 2) if len(row) != len(rows[0])]
    for number in ragged:
        faults.add(f"row {number}", f"{len(rows[number - 1])} cells", f"{len(rows[0])}, as in the header")
    faults.raise_if_any()
    return cut_table("", rows, 1, columns, faults)


def check_year_columns(sheet: Sheet, years: range) -> None:
    """Note columns of years that the layout does not hold, which would be left out without a word, and years out of their order.

    A council has about as many children in one year as in the next: headings that changed places show by their order alone.
    """
    found = [column for column in sheet.from_left if column.isdigit()]
    for year, after in pairwise(found):
        if after < year:
            sheet.faults.add("", f"the column '{after}' right of '{year}'", "years in rising order")
    for heading in sheet.others:
        if heading.isdigit() and len(heading) == 4:
            sheet.faults.add("", f"a column '{heading}'", f"the years {years[0]} to {years[-1]}, as in the layout")


def squeeze(cell: object) -> str:
    """Return a cell as text with runs of white space folded to one blank and none at the ends."""
    return " ".join(str(cell).split())


def _shown(found: object) -> str:
    if isinstance(found, np.generic):
        found = found.item()
    text = found if isinstance(found, str) else repr(found)
    return (
        "a blank"
        if text.strip() == ""
        else text
        if isinstance(found, str) and " " in text
        else f"'{text}'"
        if isinstance(found, str)
        else text
    )
