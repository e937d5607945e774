"""Mid-year estimates of children aged 0 to 17 (ONS, as DfE publishes them): councils, regions and England."""

from pathlib import Path

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, CouncilIndex
from fundgap.data.prices import financial_year
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet
from fundgap.data.reconcile import ENGLAND, INNER_AND_OUTER_LONDON, REGIONS
from fundgap.data.sources import Release

_COLUMNS = {
    "year": "time_period",
    "level": "geographic_level",
    "country": "country_code",
    "region": "region_code",
    "code": "new_la_code",
    "name": "la_name",
    "age_group": "age_group",
    "children": "population_estimate",
}
_AGE_GROUP = "Children aged 0 to 17 years"
# "x" = not available: Bournemouth, Poole and Dorset before they were joined anew in 2019.
_MISSING = ("x",)
# No council's children have grown or shrunk by a tenth in a year; a quarter is no demography.
_STEP = 1.25
_LEVELS = ("National", "Regional", "Local authority")


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"children": council, year, children} and {"published_totals"} for England and the regions.

    Suppressed estimates stand as rows without a value.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, text in a number, another age group, a council twice in a year, a year whose
        councils do not add up to England, an area that one year lacks, an estimate suppressed for a council of today.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    sheet = csv_sheet(path, _COLUMNS, faults)
    rows = sheet.cells.index
    for row in rows[sheet.cells["age_group"] != _AGE_GROUP]:
        faults.add(sheet.place(row, "age_group"), sheet.cells.at[row, "age_group"], _AGE_GROUP)
    table = pd.DataFrame(
        {
            "area": _areas(sheet, index),
            "year": sheet.cells["year"],
            "children": sheet.numbers("children", rows, missing=_MISSING, whole=True),
            "is_council": sheet.cells["level"] == "Local authority",
        }
    )
    for row in table.index[table.duplicated(["area", "year"])]:
        faults.add(sheet.place(row, "code"), "an area a second time in one year", "once")
    _check_every_year(table, faults, index)
    _check_suppressed(table, sheet, index)
    _check_england(table, faults)
    _check_steps(table, sheet, index)
    faults.raise_if_any()
    children = table[table["is_council"]].rename(columns={"area": "council"})[["council", "year", "children"]]
    totals = table[~table["is_council"]].rename(columns={"year": "period", "children": "value"})[["area", "period", "value"]]
    return {
        "children": children.assign(source=release.id),
        "published_totals": totals.assign(figure="children", source=release.id),
    }


def _check_every_year(table: pd.DataFrame, faults: Faults, index: CouncilIndex) -> None:
    """Note areas that other years have and one has not: every region, and every council that existed then."""
    areas = set(table["area"]) - {""}
    for year, rows in table.groupby("year"):
        now = financial_year(int(str(year)))
        expected = {area for area in areas if area not in index.spans or index.existed(area, now)}
        for area in sorted(expected - set(rows["area"])):
            faults.add(f"year {year}", f"no row for {index.names.get(area, area)}", "one, as in other years")


def _check_suppressed(table: pd.DataFrame, sheet: Sheet, index: CouncilIndex) -> None:
    """Note blanks of councils that are still there: only abolished ones have estimates that are not published."""
    for row in table.index[table["children"].isna() & (sheet.cells["children"].isin(_MISSING))]:
        area = str(table.at[row, "area"])
        if area not in index.spans or index.is_there_now(area):
            sheet.faults.add(sheet.place(row, "children"), sheet.cells.at[row, "children"], "a number")


def _check_steps(table: pd.DataFrame, sheet: Sheet, index: CouncilIndex) -> None:
    """Note a council's estimate that leaps from the year before: totals cannot show it where others are suppressed."""
    ordered = table[table["is_council"] & ~table["area"].isin(TINY_COUNCILS)].sort_values(["area", "year"])
    before = ordered.groupby("area")["children"].shift()
    ratio = ordered["children"] / before
    for row in ratio.index[(ratio > _STEP) | (ratio < 1 / _STEP)]:
        name = index.names[str(table.at[row, "area"])]
        expected = f"about {before[row]:,.0f}, as in {name} the year before"
        sheet.faults.add(sheet.place(row, "children"), sheet.cells.at[row, "children"], expected)


def _areas(sheet: Sheet, index: CouncilIndex) -> pd.Series:
    cells = sheet.cells
    for row in cells.index[~cells["level"].isin(_LEVELS)]:
        sheet.faults.add(sheet.place(row, "level"), cells.at[row, "level"], f"one of {list(_LEVELS)}")
    known = {ENGLAND, *REGIONS, *INNER_AND_OUTER_LONDON}
    for row in cells.index[(cells["level"] == "Regional") & ~cells["region"].isin(known)]:
        sheet.faults.add(sheet.place(row, "region"), cells.at[row, "region"], "the code of a region of England")
    for row in cells.index[(cells["level"] == "National") & (cells["country"] != ENGLAND)]:
        sheet.faults.add(sheet.place(row, "country"), cells.at[row, "country"], f"{ENGLAND}, England")
    areas = cells["country"].where(cells["level"] == "National", cells["region"])
    of_councils = cells.index[cells["level"] == "Local authority"]
    for row in cells.index[~cells["year"].map(lambda text: len(text) == 4 and text.isdigit())]:
        sheet.faults.add(sheet.place(row, "year"), cells.at[row, "year"], "a year")
    sheet.faults.raise_if_any()
    years = cells["year"].map(lambda text: financial_year(int(text)))
    areas[of_councils] = councils_of(sheet, of_councils, index, key="code", name="name", years=years)
    return areas


def _check_england(table: pd.DataFrame, faults: Faults) -> None:
    for year, group in table.groupby("year"):
        councils = group[group["is_council"]]
        england = group.loc[group["area"] == ENGLAND, "children"]
        if len(england) != 1:
            faults.add(f"year {year}", f"{len(england)} rows for England", "one")
        elif councils["children"].notna().all() and councils["children"].sum() != england.iloc[0]:
            faults.add(f"year {year}", f"councils that add up to {councils['children'].sum():,.0f}", f"England's {england.iloc[0]:,.0f}")
