"""What can be checked of a figure that cannot be added up: the bounds of its unit, and England amid its councils."""

import pandas as pd

from fundgap.data.indicators import INDICATORS
from fundgap.data.readers.sheets import Sheet


def check_bounds(table: pd.DataFrame, sheet: Sheet, column: str) -> None:
    """Note every indicator's figure that is negative or beyond what its unit allows: a percentage above 100, say.

    Parameters
    ----------
    table
        Columns `figure` (names of INDICATORS) and `value`; its index are rows of the sheet.
    column
        The sheet's column that the figures stand in.
    """
    bounds = {name: indicator.bounds for name, indicator in INDICATORS.items()}
    lowest, highest = (table["figure"].map({name: both[place] for name, both in bounds.items()}) for place in (0, 1))
    for row in table.index[(table["value"] < lowest) | (table["value"] > highest)]:
        indicator = INDICATORS[str(table.at[row, "figure"])]
        expected = "{:,.0f} or more" if indicator.bounds[1] == float("inf") else "{:,.0f} to {:,.0f}"
        expected = f"{expected.format(*indicator.bounds)}: {indicator.label}, {indicator.unit}"
        sheet.faults.add(sheet.place(row, column), sheet.cells.at[row, column], expected)


def check_england(table: pd.DataFrame, england: pd.Series, sheet: Sheet, column: str) -> None:
    """Note every rate whose figure for England lies outside the range of its councils.

    England's rate is a mean of the councils' with weights that are not published beside it, so no closer check is exact.

    Parameters
    ----------
    table
        Columns `figure`, `financial_year`, `is_council` and `value`; its index are rows of the sheet.
    england
        Whether a row is England's.
    """
    names = [name for name, indicator in INDICATORS.items() if not indicator.adds_up]
    rates = table[table["figure"].isin(names) & table["value"].notna()]
    ranges = rates[rates["is_council"]].groupby(["figure", "financial_year"])["value"].agg(["min", "max"])
    own = rates[england.loc[rates.index]].join(ranges, on=["figure", "financial_year"])
    for row in own.index[~own["value"].between(own["min"], own["max"])]:
        lowest, highest = float(own["min"][row]), float(own["max"][row])
        expected = f"England within its councils' range, {lowest:g} to {highest:g}"
        sheet.faults.add(sheet.place(row, column), sheet.cells.at[row, column], expected)
