"""Sub-national population projections (ONS): children aged 0 to 17 by council, in the boundaries of the projection.

Ages come in groups of five years, so children are those aged 0 to 14 and three fifths of those aged 15 to 19. That is
too many where students come to live: they are 18 and 19.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.readers.areas import councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, check_year_columns, csv_sheet
from fundgap.data.reconcile import ENGLAND, REGIONS
from fundgap.data.sources import Release, layout_of

# Unitary authorities, metropolitan districts, London boroughs, counties.
_COUNCILS = ("E06", "E08", "E09", "E10")
# Districts below a county, and metropolitan counties, which are no councils: their people are in the rows of councils.
_LEFT_OUT = ("E07", "E11")
# Every figure is rounded to a tenth of a person.
_ROUNDING_EACH = 0.05


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"projected_children": council, year, children} and {"published_totals"} for England and the regions.

    Raises
    ------
    BadFigures
        With every fault: an unknown area or age group, one that is missing or doubled, text in a number, a year that is
        not in the layout, ages that do not add up to all ages, councils that do not add up to England in an age group.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, layouts_of("projection"))
    years = range(layout["first_year"], layout["last_year"] + 1)
    columns = {"code": layout["code"], "name": layout["name"], "age": layout["age"]} | {str(year): str(year) for year in years}
    sheet = csv_sheet(path, columns, faults)
    check_year_columns(sheet, years)
    table = _table(sheet, layout, years, index)
    _check_complete(sheet, table, layout, index)
    faults.raise_if_any()
    _check_sums(table, layout, years, faults)
    faults.raise_if_any()

    young = table[table["age"].isin(layout["weights"])]
    weighted = young[list(years)].mul(young["age"].map(layout["weights"]).astype(float), axis=0)
    by_area = weighted.groupby(young["area"]).sum().round(2).rename_axis("year", axis=1)
    children = pd.Series(by_area.stack(), name="children").reset_index()
    is_total = children["area"].isin([ENGLAND, *REGIONS])
    totals = children[is_total].rename(columns={"year": "period", "children": "value"})
    return {
        "projected_children": children[~is_total].rename(columns={"area": "council"}).assign(source=release.id),
        "published_totals": totals.astype({"period": str}).assign(figure="projected_children", source=release.id),
    }


def _table(sheet: Sheet, layout: dict[str, Any], years: range, index: CouncilIndex) -> pd.DataFrame:
    """Return a row an area and age group: councils by the code they have now, regions and England by theirs."""
    codes = sheet.cells["code"].astype(str)
    kinds = codes.str[:3]
    is_council, is_total = kinds.isin(_COUNCILS), codes.isin([ENGLAND, *REGIONS])
    for row in codes.index[~is_council & ~is_total & ~kinds.isin(_LEFT_OUT)]:
        sheet.faults.add(sheet.place(row, "code"), codes[row], "the code of England, a region, a district or a council of the register")
    rows = codes.index[is_council | is_total]
    of_councils = codes.index[is_council]
    areas = codes.loc[rows].copy()
    existing = pd.Series(layout["areas"], index=of_councils)
    areas[of_councils] = councils_of(sheet, of_councils, index, key="code", name="name", years=existing)
    ages = sheet.words("age", rows, {age: age for age in (*layout["ages"], layout["all_ages"])})
    people = {year: sheet.numbers(str(year), rows) for year in years}
    for year, values in people.items():
        for row in values.index[values < 0]:
            sheet.faults.add(sheet.place(row, str(year)), sheet.cells.at[row, str(year)], "a number of people, not negative")
    return pd.concat([areas.rename("area"), ages.rename("age"), pd.DataFrame(people)], axis=1)


def _check_complete(sheet: Sheet, table: pd.DataFrame, layout: dict[str, Any], index: CouncilIndex) -> None:
    """Note what stands twice, and what is missing: whole areas, or age groups of an area."""
    known = table[(table["area"] != "") & (table["age"] != "")]
    for row in known.index[known.duplicated(["area", "age"])]:
        sheet.faults.add(sheet.place(row, "age"), "an area's age group a second time", "once")
    if len(known) < len(table):
        return
    expected = {*layout["ages"], layout["all_ages"]}
    held = known.groupby("area")["age"].agg(set)
    for area in sorted({ENGLAND, *REGIONS} | index.of_year(layout["areas"])):
        missing = expected - held.get(area, set())
        if missing:
            what = "no row" if missing == expected else f"no row of ages {', '.join(sorted(missing))}"
            sheet.faults.add("", f"{what} for {index.names.get(area, area)} ({area})", f"{len(expected)} age groups")


def _check_sums(table: pd.DataFrame, layout: dict[str, Any], years: range, faults: Faults) -> None:
    """Note areas whose ages do not add up to all ages, and age groups whose councils do not add up to England."""
    is_all_ages = table["age"] == layout["all_ages"]
    is_total = table["area"].isin([ENGLAND, *REGIONS])
    _note_differences("area", table[~is_all_ages], table[is_all_ages], years, "ages", faults)
    _note_differences("age", table[~is_total], table[table["area"] == ENGLAND], years, "councils", faults)


def _note_differences(by: str, parts: pd.DataFrame, wholes: pd.DataFrame, years: range, what: str, faults: Faults) -> None:
    grouped = parts.groupby(by)[list(years)]
    sums, sizes = grouped.sum(), grouped.size()
    wholes = wholes[wholes[by].isin(sums.index)]
    published, summed = wholes[list(years)].to_numpy(), sums.loc[wholes[by]].to_numpy()
    allowed = (sizes.loc[wholes[by]].to_numpy() + 1) * _ROUNDING_EACH
    for column, row in zip(*np.nonzero((np.abs(published - summed) > allowed[:, None]).T), strict=True):
        place = f"{wholes['area'].iloc[row]}, {wholes['age'].iloc[row]}, {years[column]}"
        faults.add(place, f"{what} that add up to {summed[row, column]:,.1f}", f"the published {published[row, column]:,.1f}")
