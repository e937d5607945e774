"""Ofsted's judgements of children's services: every framework 2009-2023, and ILACS since 2018 with inspection dates."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.prices import financial_year_of
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, cut_table, squeeze, workbook_rows
from fundgap.data.sources import Release
from fundgap.errors import UnknownCouncil

SUB_GRADES = (
    "help_protection_grade",
    "looked_after_grade",
    "care_leavers_grade",
    "leadership_grade",
    "adoption_grade",
    "safeguarding_board_grade",
)
COLUMNS = ("council", "framework", "is_reinspection", "inspection_type", "inspection_date", "publication_date", "overall", *SUB_GRADES)


def read_history(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"inspections"} from the 2009-2023 workbook: SLAC, CPI, TLAC and SIF, one row a judgement.

    Its ILACS columns are left to `read_ilacs`, whose file holds the same inspections with codes and both dates.

    Raises
    ------
    BadFigures
        With every fault: an unknown council or grade, a date without a grade or a grade without a date.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = _layout()
    events = []
    for sheet in _two_tables(path, layout["history"], faults):
        for position, event in enumerate(layout["history"]["events"]):
            events.append(_events(sheet, position, event, layout["grades"], index))
    table = _tidy(pd.concat(events), faults)
    faults.raise_if_any()
    return {"inspections": table.assign(source=release.id)}


def read_ilacs(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"inspections"} from the yearly outcomes workbook: every ILACS inspection, checked against current positions.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, grade or type, a blank date, a current position that no inspection explains.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = _layout()
    columns = layout["ilacs"]["columns"]
    name, rows = workbook_rows(path, layout["ilacs"]["sheet"], faults)
    sheet = cut_table(name, rows, layout["ilacs"]["header_row"], columns, faults)
    kept = sheet.cells.index
    table = pd.DataFrame(
        {column: sheet.words(column, kept, layout["grades"]) for column in columns if column.endswith(("_grade", "overall"))}
    )
    for column in ("inspection_date", "publication_date"):
        table[column] = sheet.dates(column, kept)
        for row in table.index[table[column] == ""]:
            faults.add(sheet.place(row, column), "a blank", "a date")
    table["inspection_type"] = sheet.words("inspection_type", kept, layout["ilacs"]["inspection_types"])
    table["council"] = _councils(sheet, table["publication_date"], index)
    for row in table.index[table["publication_date"] < table["inspection_date"]]:
        faults.add(sheet.place(row, "publication_date"), table.at[row, "publication_date"], "a date after the inspection")
    table = _tidy(table.assign(framework="ILACS", is_reinspection=False), faults)
    _check_positions(path, layout, table, faults, index)
    faults.raise_if_any()
    return {"inspections": table.assign(source=release.id)}


def _layout() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("ofsted.toml").read_text("utf-8"))


def _two_tables(path: Path, layout: dict[str, Any], faults: Faults) -> Iterator[Sheet]:
    name, rows = workbook_rows(path, layout["sheet"], faults)
    columns = {"name": layout["name"]}
    for position, event in enumerate(layout["events"]):
        columns[f"{position}.date"] = event["date"]
        columns |= {f"{position}.{grade}": heading for grade, heading in event["grades"].items()}
    titles = [number for number, row in enumerate(rows) if squeeze(row[0]).startswith(layout["second_table_starts"])]
    if len(titles) != 1:
        faults.add(f"sheet '{name}'", f"{len(titles)} titles of a second table", f"one starting '{layout['second_table_starts']}'")
        faults.raise_if_any()
    for first, last in ((layout["header_row"], titles[0]), (titles[0] + 2, len(rows))):
        sheet = cut_table(name, rows[:last], first, columns, faults)
        filled = sheet.cells["name"].map(squeeze) != ""
        for row in filled.index[~filled & (sheet.cells.map(squeeze) != "").any(axis=1)]:
            faults.add(sheet.place(row, "name"), "a blank beside judgements", "a council")
        yield Sheet(name, sheet.headers, sheet.cells[filled], faults)


def _events(sheet: Sheet, position: int, event: dict[str, Any], grades: dict[str, str], index: CouncilIndex) -> pd.DataFrame:
    rows = sheet.cells.index
    dates = sheet.dates(f"{position}.date", rows)
    table = pd.DataFrame({grade: sheet.words(f"{position}.{grade}", rows, grades) for grade in event["grades"]})
    has_grade = (table != "").any(axis=1)
    for row in rows[(dates == "") != ~has_grade]:
        found = "a date without a grade" if dates[row] else "a grade without a date"
        sheet.faults.add(sheet.place(row, f"{position}.date"), found, "both or neither")
    table["publication_date"] = dates
    table["council"] = [_council_by_name(sheet, row, dates[row], index) for row in rows]
    table["framework"], table["is_reinspection"] = event["framework"], event["is_reinspection"]
    return table[dates != ""]


def _council_by_name(sheet: Sheet, row: object, date: str, index: CouncilIndex) -> str:
    """Return the council of that name at that date: "Dorset" of 2016 is not the Dorset of today."""
    name = squeeze(sheet.cells.at[row, "name"])
    try:
        return index.find(name, financial_year_of(date) if date else None)
    except UnknownCouncil as error:
        sheet.faults.add(sheet.place(row, "name"), name, f"a council in the register ({error})")
        return ""


def _councils(sheet: Sheet, dates: pd.Series, index: CouncilIndex) -> pd.Series:
    years = dates.map(lambda date: financial_year_of(date) if date else "")
    return councils_of(sheet, sheet.cells.index, index, key="code", name="name", years=years)


def _tidy(table: pd.DataFrame, faults: Faults) -> pd.DataFrame:
    table = table.reindex(columns=list(COLUMNS)).replace("", None)
    key = ["council", "framework", "is_reinspection", "publication_date"]
    for row in table.index[table.duplicated(key)]:
        faults.add(f"row {row}", "a judgement of the same council and framework on the same day as another row's", "one")
    return table


def _check_positions(path: Path, layout: dict[str, Any], table: pd.DataFrame, faults: Faults, index: CouncilIndex) -> None:
    """Check that each council's current position is the latest of its inspections."""
    columns = {key: heading for key, heading in layout["ilacs"]["columns"].items() if key != "inspection_type"}
    name, rows = workbook_rows(path, layout["ilacs"]["position_sheet"], faults)
    sheet = cut_table(name, rows, layout["ilacs"]["header_row"], columns, faults)
    overall = sheet.words("overall", sheet.cells.index, layout["grades"])
    dates = sheet.dates("publication_date", sheet.cells.index)
    codes = _councils(sheet, dates, index)
    for row in codes.index[codes.duplicated() & (codes != "")]:
        sheet.faults.add(sheet.place(row, "code"), f"{index.names[codes[row]]} a second time", "one current position")
    still_there = [council for council in table["council"].dropna().unique() if index.spans[council][1] == "9999"]
    for council in sorted(set(still_there) - set(codes)):
        sheet.faults.add(
            f"sheet '{sheet.name}'", f"no current position for {index.names[council]} ({council})", "one, as it has been inspected"
        )
    latest = table.sort_values("publication_date").groupby("council")[["publication_date", "overall"]].last()
    for row in codes.index:
        found = tuple(latest.loc[codes[row]]) if codes[row] in latest.index else None
        if found != (dates[row], overall[row]):
            sheet.faults.add(
                sheet.place(row, "overall"), f"{overall[row]}, published {dates[row]}", f"the latest inspection on the other sheet, {found}"
            )
