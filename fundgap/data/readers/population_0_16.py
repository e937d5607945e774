"""Mid-year estimates of children aged 0 to 16 (ONS, from Nomis): older years than the series of ages 0 to 17 has.

Every year is given for the councils of one year, the latest. A council stands here before it existed, and the one it
replaced does not: the figures are stored as published, for the areas named.
"""

from pathlib import Path

import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, CouncilIndex
from fundgap.data.readers.areas import check_complete, councils_of
from fundgap.data.readers.layouts import layouts_of
from fundgap.data.readers.sheets import Faults, Sheet, check_size, check_year_columns, csv_sheet
from fundgap.data.sources import Release, layout_of

# The largest real step of a council from one year to the next is 4.9%; twice that is no demography.
_STEP = 1.1
# A census can find fewer children than were thought to be there: in 2021 Westminster had 41% fewer than in 2020.
_STEP_AT_CENSUS = 2.0


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"children_0_16": council, year, children_0_16, source}.

    Raises
    ------
    BadFigures
        With every fault: an unknown council, a missing one, text in a number, a year that is not in the layout, a figure
        that leaps from the year before.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    layout = layout_of(release, layouts_of("population_0_16"))
    years = range(layout["first_year"], layout["last_year"] + 1)
    sheet = csv_sheet(path, {"code": layout["code"], "name": layout["name"]} | {str(year): str(year) for year in years}, faults)
    check_year_columns(sheet, years)
    rows = sheet.cells.index
    councils = councils_of(sheet, rows, index, key="code", name="name", years=pd.Series(layout["areas"], index=rows))
    check_complete(sheet, councils, index.of_year(layout["areas"]), index, key="code")
    counts = pd.DataFrame({year: sheet.numbers(str(year), rows, whole=True) for year in years})
    _check_steps(counts[~councils.isin(TINY_COUNCILS)], years, layout["rebased"], sheet)
    faults.raise_if_any()
    table = counts.assign(council=councils).melt("council", var_name="year", value_name="children_0_16")
    return {"children_0_16": table.assign(source=release.id)}


def _check_steps(counts: pd.DataFrame, years: range, rebased: int, sheet: Sheet) -> None:
    for year in years[1:]:
        limit = _STEP_AT_CENSUS if year == rebased else _STEP
        before = counts[year - 1]
        ratio = counts[year] / before
        for row in ratio.index[(ratio > limit) | (ratio < 1 / limit)]:
            expected = f"about {before[row]:,.0f}, as in the year before"
            sheet.faults.add(sheet.place(row, str(year)), sheet.cells.at[row, str(year)], expected)
