"""What Ofsted's workbooks say of their own year: current positions, to check the judgements by; and visits, which give no grade."""

from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.prices import financial_year, financial_year_of, years_after
from fundgap.data.readers.ofsted_sheets import (
    GRADES,
    Workbook,
    councils_on,
    graded_sheet,
    grades_on,
    refuse_report_before_visit,
    required_dates,
)
from fundgap.data.readers.sheets import Sheet
from fundgap.data.sources import Release

_DATES = ("inspection_date", "publication_date")
_VISIT = ("council", "reporting_year", "visit_type", "visit_date", "publication_date", "theme")


def read_positions(book: Workbook, part: dict[str, Any], judgements: pd.DataFrame) -> pd.Series:
    """Return the inspection date of each council's current position, which must be the latest of its judgements.

    Parameters
    ----------
    judgements
        ILACS judgements of the same workbook. Every date and grade that the sheet of positions gives is compared,
        but for inspection dates that the judgements lack.
    """
    sheet, year = graded_sheet(book, part)
    if not year:
        book.faults.add(f"sheet '{sheet.name}', row 1", "a title without a day", "one that ends in '31 March' and a year")
        return pd.Series(dtype=object)
    _refuse_another_year(sheet, year, book.release)
    table = grades_on(sheet, book.layout["grades"])
    for column in _DATES:
        if column in sheet.headers:
            table[column] = required_dates(sheet, column)
    day = pd.Series(f"{int(year[:4]) + 1}-03-31", index=table.index)
    table["council"] = councils_on(sheet, day, book.index)
    for row in table.index[table["council"].duplicated() & (table["council"] != "")]:
        book.faults.add(
            sheet.place(row, "name"), f"{book.index.names[str(table.at[row, 'council'])]} a second time", "one current position"
        )
    _refuse_other_than_latest(sheet, table, judgements, book.index, year)
    return table.drop_duplicates("council").set_index("council")["inspection_date"]


def _refuse_another_year(sheet: Sheet, year: str, release: Release) -> None:
    """Note a sheet about another year than the last of its release: it is the workbook of another year."""
    if not (year and release.years):
        return
    expected = financial_year(max(release.years) - 1)
    if year != expected:
        sheet.faults.add(f"sheet '{sheet.name}', row 1", f"a title of {year}", f"one of {expected}, the last year of {release.id}")


def _refuse_other_than_latest(sheet: Sheet, table: pd.DataFrame, judgements: pd.DataFrame, index: CouncilIndex, year: str) -> None:
    latest = judgements.fillna("").sort_values("publication_date").drop_duplicates("council", keep="last").set_index("council")
    still_there = [council for council in latest.index if council and index.existed(council, year)]
    for council in sorted(set(still_there) - set(table["council"])):
        place = f"sheet '{sheet.name}'"
        sheet.faults.add(place, f"no current position for {index.names[council]} ({council})", "one, as it has been inspected")
    for row in table.index[table["council"] != ""]:
        council = str(table.at[row, "council"])
        if council not in latest.index:
            sheet.faults.add(sheet.place(row, "name"), f"a position of {index.names[council]}", "an inspection of it on the other sheet")
            continue
        known = latest.loc[council]
        for column in table.columns.drop("council"):
            is_given_there = known[column] != "" or column in GRADES
            if is_given_there and table.at[row, column] != known[column]:
                expected = (
                    f"{known[column] or 'a blank'}, as in the latest inspection on the other sheet, published {known['publication_date']}"
                )
                sheet.faults.add(sheet.place(row, column), table.at[row, column], expected)


def read_visits(book: Workbook, part: dict[str, Any], judgements: pd.DataFrame) -> pd.DataFrame:
    """Return the visits in a workbook's list of the year's activity: focused and monitoring visits, none of them graded.

    Inspections on the list must be among the judgements, with the same grades (and dates, where the list has both dates).
    """
    layout, faults = book.layout, book.faults
    sheet, year = graded_sheet(book, part)
    if not year:
        faults.add(f"sheet '{sheet.name}', row 1", "a title without a year", "one that ends in a financial year, such as 2024-25")
    _refuse_another_year(sheet, year, book.release)
    rows = sheet.cells.index
    table = grades_on(sheet, layout["grades"])
    table["visit_type"] = sheet.words("type", rows, layout["inspection_types"] | layout["visit_types"])
    table["theme"] = sheet.words("theme", rows, layout["themes"])
    table["visit_date"] = required_dates(sheet, "visit_date")
    table["publication_date"] = required_dates(sheet, "publication_date") if "publication_date" in sheet.headers else ""
    table["council"] = councils_on(sheet, table["visit_date"], book.index)
    table["reporting_year"] = year
    refuse_report_before_visit(sheet, table, "visit_date")
    _refuse_dates_of_another_year(sheet, table, year)
    is_visit = table["visit_type"].isin(layout["visit_types"].values())
    _refuse_unknown_inspections(sheet, table[table["visit_type"].isin(layout["inspection_types"].values())], judgements)
    visits = table[is_visit]
    for row in visits.index:
        for column in (name for name in GRADES if name in table and table.at[row, name]):
            faults.add(sheet.place(row, column), table.at[row, column], "no grade: a visit gives none")
        if not table.at[row, "theme"]:
            faults.add(sheet.place(row, "theme"), "a blank", "what the visit was about")
    for row in visits.index[visits.duplicated(["council", "visit_date", "visit_type"])]:
        faults.add(sheet.place(row, "visit_date"), "a visit to the same council on the same day as another row's", "one")
    return visits.reindex(columns=list(_VISIT)).replace("", None)


def _refuse_dates_of_another_year(sheet: Sheet, table: pd.DataFrame, year: str) -> None:
    """Note what took place neither in the year of the list nor in the year before, late enough to be reported in it."""
    for row in table.index[table["visit_date"] != ""] if year else ():
        if financial_year_of(str(table.at[row, "visit_date"])) not in (year, years_after(year, -1)):
            sheet.faults.add(sheet.place(row, "visit_date"), table.at[row, "visit_date"], f"a day of {year}, or late in the year before")


def _refuse_unknown_inspections(sheet: Sheet, table: pd.DataFrame, judgements: pd.DataFrame) -> None:
    columns = ["council", "inspection_type", *(name for name in GRADES if name in table)]
    if "publication_date" in sheet.headers:
        columns += _DATES
    known = set(judgements.fillna("")[columns].itertuples(index=False, name=None))
    listed = table.rename(columns={"visit_type": "inspection_type", "visit_date": "inspection_date"})[columns]
    for row in listed.index:
        if listed.at[row, "council"] and tuple(listed.loc[row]) not in known:
            found = ", ".join(value for value in listed.loc[row, columns[1:]] if value)
            sheet.faults.add(
                sheet.place(row, "overall"), f"an inspection ({found})", "one with the same grades and dates on the other sheet"
            )
