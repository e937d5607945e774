"""The GDP deflator (ONS series YBGB, quarterly), averaged over the four quarters of each financial year."""

import re
from pathlib import Path

import pandas as pd

from fundgap.data.councils import CouncilIndex
from fundgap.data.prices import financial_year
from fundgap.data.readers.sheets import Faults, Sheet, check_size, csv_sheet
from fundgap.data.sources import Release

# The series code stands in the second line; a download of another series looks just the same otherwise.
_SERIES = "YBGB"
_HEADING = "Gross domestic product at market prices:Implied deflator:SA"
_DECIMALS = 4
_QUARTERS = 4
# No quarter since 1955 has moved by more than 8 per cent (1975 Q1); the index is 100 in a base year that ONS keeps recent.
_STEP = 1.15
_LEVEL = (50.0, 1000.0)
# ONS prints the years' own index beside the quarters'; their means differ from it by up to 0.18 (2020).
_YEAR_TOLERANCE = 0.5


def read(path: Path, release: Release, index: CouncilIndex) -> dict[str, pd.DataFrame]:
    """Return {"deflator": financial_year, deflator}: only years of which all four quarters are published.

    Raises
    ------
    BadFigures
        When the file is another series, a quarter is no positive number, leaps or is missing among the others, or the
        quarters of a year do not average to the index that is printed for the year.
    """
    faults = Faults(path.name)
    check_size(path, faults)
    sheet = csv_sheet(path, {"period": "Title", "value": _HEADING}, faults)
    series = sheet.cells.loc[sheet.cells["period"] == "CDID", "value"].tolist()
    if series != [_SERIES]:
        faults.add("", f"series {series}", f"series {_SERIES}")
    quarters = sheet.cells.index[sheet.cells["period"].map(lambda text: bool(re.fullmatch(r"\d{4} Q[1-4]", str(text))))]
    values = sheet.numbers("value", quarters)
    for row in values.index[values <= 0]:
        faults.add(sheet.place(row, "value"), values[row], "a positive index")
    periods = sheet.cells.loc[quarters, "period"]
    for row in periods.index[periods.duplicated()]:
        faults.add(sheet.place(row, "period"), periods[row], "each quarter once")
    positive = values.where(values > 0)
    _check_series(sheet, positive, periods)
    _check_years(sheet, positive, periods)
    faults.raise_if_any()
    start = periods.map(lambda text: int(text[:4]) - (text[-1] == "1"))
    means = values.groupby(start).agg(["mean", "count"])
    full = means[means["count"] == _QUARTERS]["mean"].round(_DECIMALS)
    table = pd.DataFrame({"financial_year": [financial_year(year) for year in full.index], "deflator": full.to_numpy()})
    return {"deflator": table.assign(source=release.id)}


def _check_series(sheet: Sheet, values: pd.Series, periods: pd.Series) -> None:
    """Note quarters that are missing among the others, leaps between neighbours, and an index of another level."""
    order = periods.map(lambda text: int(text[:4]) * 4 + int(text[-1])).sort_values()
    for row in order.index[order.diff() > 1]:
        sheet.faults.add(sheet.place(row, "period"), f"{periods[row]} after a gap", "every quarter since the first")
    steps = values[order.index] / values[order.index].shift()
    for row in steps.index[(steps > _STEP) | (steps < 1 / _STEP)]:
        sheet.faults.add(sheet.place(row, "value"), values[row], f"at most {_STEP - 1:.0%} from the quarter before")
    if len(values) and not _LEVEL[0] <= values.max() <= _LEVEL[1]:
        sheet.faults.add("", f"an index of at most {values.max():g}", "100 in the base year")


def _check_years(sheet: Sheet, values: pd.Series, periods: pd.Series) -> None:
    """Hold the quarters of each calendar year to the index printed for the year."""
    rows = sheet.cells.index[sheet.cells["period"].map(lambda text: bool(re.fullmatch(r"\d{4}", str(text))))]
    printed = sheet.numbers("value", rows)
    for row, year in sheet.cells.loc[rows, "period"].items():
        own = values[periods.str[:4] == year]
        if own.count() == _QUARTERS and abs(printed[row] - own.mean()) > _YEAR_TOLERANCE:
            sheet.faults.add(sheet.place(row, "value"), printed[row], f"about {own.mean():.2f}, the mean of its four quarters")
