"""Ofsted's judgements of children's services: every framework 2009-2023, and ILACS since 2018 with both dates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.ofsted_sheets import (
    GRADES,
    Workbook,
    councils_on,
    graded_sheet,
    grades_on,
    refuse_report_before_visit,
    refuse_unread_grades,
    required_dates,
)
from fundgap.data.readers.ofsted_year import read_positions, read_visits
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze, workbook_rows
from fundgap.data.sources import Release

COLUMNS = ("council", "framework", "is_reinspection", "inspection_type", "inspection_date", "publication_date", *GRADES)


def read_history(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"inspections", "visits"} from the 2009-2023 workbook: every framework, one row a judgement, and a year's visits.

    The inspection date of an ILACS judgement is known where it was the council's current one at the end of March.

    Raises
    ------
    BadFigures
        With every fault: an unknown council or grade, a date without a grade or a grade without a date, grades that no
        column of the layout reads, a current position or an inspection of the year that the history does not hold.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layouts_of("ofsted")
    history = layout["history"]
    book, events = Workbook(path, layout, release, index, faults), []
    for number, sheet in enumerate(_two_tables(path, layout, faults), 1):
        for position, event in _events_of(history, number):
            events.append(_judgements(sheet, position, event, layout, index))
    table = _tidy(pd.concat(events), faults)
    is_ilacs = table["framework"] == "ILACS"
    inspected = read_positions(book, history["position"], table[is_ilacs])
    for row, judgement in table[is_ilacs].sort_values("publication_date").drop_duplicates("council", keep="last").iterrows():
        date = inspected.get(judgement["council"], "")
        table.at[row, "inspection_date"] = date or None
        if date > judgement["publication_date"]:
            faults.add(f"sheet '{history['position']['sheet']}'", date, f"a day before the report of {judgement['publication_date']}")
    visits = read_visits(book, history["in_year"], table[is_ilacs])
    faults.raise_if_any()
    return {"inspections": table.assign(source=release.id), "visits": visits.assign(source=release.id)}


def read_ilacs(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"inspections", "visits"} from the yearly outcomes workbook: every ILACS inspection, and the year's visits.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, grade or type, a blank date, a current position or an inspection of the
        year that the history does not hold.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layouts_of("ofsted")
    book = Workbook(path, layout, release, index, faults)
    sheet, _ = graded_sheet(book, layout["ilacs"])
    table = grades_on(sheet, layout["grades"])
    for column in ("inspection_date", "publication_date"):
        table[column] = required_dates(sheet, column)
    table["inspection_type"] = sheet.words("inspection_type", sheet.cells.index, layout["inspection_types"])
    table["council"] = councils_on(sheet, table["publication_date"], index)
    refuse_report_before_visit(sheet, table, "inspection_date")
    table = _tidy(table.assign(framework="ILACS", is_reinspection=False), faults)
    read_positions(book, layout["ilacs"]["position"], table)
    visits = read_visits(book, layout["ilacs"]["in_year"], table)
    faults.raise_if_any()
    return {"inspections": table.assign(source=release.id), "visits": visits.assign(source=release.id)}


def _two_tables(path: Path, layout: dict[str, Any], faults: Faults) -> Iterator[Sheet]:
    history = layout["history"]
    name, rows = workbook_rows(path, history["sheet"], faults)
    titles = [number for number, row in enumerate(rows) if squeeze(row[0]).startswith(history["second_table_starts"])]
    if len(titles) != 1:
        faults.add(f"sheet '{name}'", f"{len(titles)} titles of a second table", f"one starting '{history['second_table_starts']}'")
        faults.raise_if_any()
    for number, (first, last) in enumerate(((history["header_row"], titles[0]), (titles[0] + 2, len(rows))), 1):
        columns = {"name": history["name"]}
        for position, event in _events_of(history, number):
            columns |= {f"{position}.{key}": event[key] for key in ("date", "type") if key in event}
            columns |= {f"{position}.{grade}": heading for grade, heading in event["grades"].items()}
        sheet = cut_table(name, rows[:last], first, columns, faults)
        refuse_unread_grades(name, rows[:last], first, columns.values(), layout["grades"], faults)
        filled = sheet.cells["name"].map(squeeze) != ""
        for row in filled.index[~filled & (sheet.cells.map(squeeze) != "").any(axis=1)]:
            faults.add(sheet.place(row, "name"), "a blank beside judgements", "a council")
        yield Sheet(name, sheet.headers, sheet.cells[filled], faults)


def _events_of(history: dict[str, Any], table: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the kinds of inspection that one of the two tables has columns for, each with its number."""
    return [(position, event) for position, event in enumerate(history["events"]) if event.get("table", table) == table]


def _judgements(sheet: Sheet, position: int, event: dict[str, Any], layout: dict[str, Any], index: CouncilIndex) -> pd.DataFrame:
    rows = sheet.cells.index
    dates = sheet.dates(f"{position}.date", rows)
    table = pd.DataFrame({grade: sheet.words(f"{position}.{grade}", rows, layout["grades"]) for grade in event["grades"]})
    if "type" in event:
        table["inspection_type"] = sheet.words(f"{position}.type", rows, layout["inspection_types"] | {"": ""})
    is_given = table != ""
    for row in rows[is_given.any(axis=1) != (dates != "")]:
        found = "a date without a grade" if dates[row] else "a grade without a date"
        sheet.faults.add(sheet.place(row, f"{position}.date"), found, "both or neither")
    for column, key in (("overall", "overall"), ("inspection_type", "type")):
        for row in rows[(dates != "") & ~is_given[column]] if column in table else ():
            sheet.faults.add(sheet.place(row, f"{position}.{key}"), "a blank", "what was found on the day beside it")
    table["publication_date"] = dates
    table["council"] = councils_on(sheet, dates, index)
    table["framework"], table["is_reinspection"] = event["framework"], event["is_reinspection"]
    return table[dates != ""]


def _tidy(table: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    key = ["council", "framework", "is_reinspection", "publication_date"]
    for row in table.index[table.duplicated(key)]:
        faults.add(f"row {row}", "a judgement of the same council and framework on the same day as another row's", "one")
    table = table.reindex(columns=list(COLUMNS)).astype(object).reset_index(drop=True)
    return table.where(table.notna() & (table != ""), None)
