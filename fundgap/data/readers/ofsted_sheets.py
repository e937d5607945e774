"""A sheet of Ofsted's: opened by its layout with no grade on it left unread, its councils known, its year told by its title."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.prices import financial_year, financial_year_of
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, cut_table, squeeze, workbook_rows
from fundgap.data.sources import Release
from fundgap.data.tables import SUB_GRADES
from fundgap.errors import UnknownCouncil

GRADES = ("overall", *(column.name for column in SUB_GRADES))
_YEAR_IN_TITLE = re.compile(r"(?:(\d{4})-\d{2}|31 March (\d{4}))$")


@dataclass(frozen=True)
class Workbook:
    """A workbook that is being read: `layout` is the whole of ofsted.toml, `faults` collects what is wrong with it."""

    path: Path
    layout: dict[str, Any]
    release: Release
    index: CouncilIndex
    faults: Faults


def graded_sheet(book: Workbook, part: dict[str, Any]) -> tuple[Sheet, str]:
    """Return the table of a sheet that carries grades, and the financial year in its title ("" where the title has none).

    A column of grades that the layout does not read is a fault.

    Parameters
    ----------
    part
        The sheet's layout: `sheet`, `header_row`, `columns`.
    """
    name, rows = workbook_rows(book.path, part["sheet"], book.faults)
    sheet = cut_table(name, rows, part["header_row"], part["columns"], book.faults)
    refuse_unread_grades(name, rows, part["header_row"], part["columns"].values(), book.layout["grades"], book.faults)
    return sheet, _year_of_title(squeeze(rows[0][0]))


def refuse_unread_grades(
    name: str, rows: list[list[object]], header_row: int, read: Iterable[str], grades: dict[str, str], faults: Faults
) -> None:
    """Note every column that holds grades and is not read: a judgement that the layout has overlooked."""
    header, known = [squeeze(cell) for cell in rows[header_row - 1]], set(read)
    words = {text for text, grade in grades.items() if grade}
    for row in rows[header_row:]:
        for heading, cell in zip(header, row, strict=False):
            if heading not in known and squeeze(cell) in words:
                faults.add(f"sheet '{name}', row {header_row}", f"grades headed '{heading}'", "no grades but in the columns of ofsted.toml")
                known.add(heading)


def _year_of_title(title: str) -> str:
    found = _YEAR_IN_TITLE.search(title)
    if found is None:
        return ""
    start, march = found.groups()
    year = financial_year(int(start)) if start else financial_year_of(f"{march}-03-31")
    return year if march or title.endswith(year) else ""


def grades_on(sheet: Sheet, grades: dict[str, str]) -> pd.DataFrame:
    """Return the sheet's grades in our words, "" where none was given."""
    return pd.DataFrame({column: sheet.words(column, sheet.cells.index, grades) for column in GRADES if column in sheet.headers})


def councils_on(sheet: Sheet, dates: pd.Series, index: CouncilIndex) -> pd.Series:
    """Return the ONS code of each row's council at its date, by code and name, or by name where the sheet has no codes.

    "Dorset" of 2016 is not the Dorset of today. A council that is not in the register is "" and a fault.
    """
    years = dates.map(lambda date: financial_year_of(date) if date else "")
    if "code" in sheet.headers:
        return councils_of(sheet, sheet.cells.index, index, key="code", name="name", years=years)
    return pd.Series({row: _by_name(sheet, row, years[row], index) for row in sheet.cells.index}, index=sheet.cells.index, dtype=object)


def _by_name(sheet: Sheet, row: object, year: str, index: CouncilIndex) -> str:
    name = squeeze(sheet.cells.at[row, "name"])
    try:
        return index.find(name, year or None)
    except UnknownCouncil as error:
        sheet.faults.add(sheet.place(row, "name"), name, f"a council in the register ({error})")
        return ""


def required_dates(sheet: Sheet, column: str) -> pd.Series:
    """Return a column of dates in which no cell may be blank."""
    dates = sheet.dates(column, sheet.cells.index)
    for row in dates.index[dates == ""]:
        if squeeze(sheet.cells.at[row, column]) == "":
            sheet.faults.add(sheet.place(row, column), "a blank", "a date")
    return dates


def refuse_report_before_visit(sheet: Sheet, table: pd.DataFrame, first_day: str) -> None:
    """Note every report that came out before the first day of what it is about."""
    for row in table.index[(table["publication_date"] != "") & (table["publication_date"] < table[first_day])]:
        sheet.faults.add(sheet.place(row, "publication_date"), table.at[row, "publication_date"], "a date after the inspection")
