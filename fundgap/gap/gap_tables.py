"""From arrays to the tables of a gap: a row a council and year, in cash and in the base year's prices, and their sums."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fundgap.gap.arithmetic import gap_of
from fundgap.models.standardise import Floats


def council_table(
    councils: pd.DataFrame, years: Sequence[str], need: Floats, funding: Floats, children: Floats, prices: Floats
) -> pd.DataFrame:
    """Return a row a council and year from need, funding and children, (C, T), and prices, (T,)."""
    gap = gap_of(need, funding)
    money = {"need_gbp": need, "funding_gbp": funding, "gap_gbp": gap}
    real = {f"{name}_real": values / prices for name, values in money.items()}
    sums = {"cumulative_gap_gbp": gap.cumsum(axis=1), "cumulative_gap_gbp_real": real["gap_gbp_real"].cumsum(axis=1)}
    table = _keys(councils, len(years)).assign(financial_year=np.tile(list(years), len(councils)))
    return table.assign(children=children.ravel(), **{name: values.ravel() for name, values in (money | sums | real).items()})


def category_table(councils: pd.DataFrame, years: Sequence[str], categories: Sequence[str], need: Floats, prices: Floats) -> pd.DataFrame:
    """Return a row a council, category and year from need, (C, K, T)."""
    table = _keys(councils, len(categories) * len(years))
    table["category"] = np.tile(np.repeat(list(categories), len(years)), len(councils))
    table["financial_year"] = np.tile(list(years), len(councils) * len(categories))
    return table.assign(need_gbp=need.ravel(), need_gbp_real=(need / prices).ravel())


def driver_table(councils: pd.DataFrame, years: Sequence[str], parts: dict[str, Floats], prices: Floats) -> pd.DataFrame:
    """Return a row a council, year and driver from each driver's part of the gap, (C, T)."""
    names = sorted(parts)
    stacked = np.stack([parts[name] for name in names], axis=2)
    table = _keys(councils, len(years) * len(names))
    table["financial_year"] = np.tile(np.repeat(list(years), len(names)), len(councils))
    table["driver"] = np.tile(names, len(councils) * len(years))
    return table.assign(gap_gbp=stacked.ravel(), gap_gbp_real=(stacked / prices[:, None]).ravel())


def summed(councils: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add the councils up by `keys`; a sum in which one council's figure is not known is not known."""
    grouped = councils.groupby(keys)
    sums = grouped[["children", *(name for name in councils.columns if "_gbp" in name)]].sum(skipna=False)
    table = sums.drop(columns="children")
    table.insert(0, "councils", grouped.size())
    table.insert(1, "children", sums["children"])
    return table.reset_index()


def _keys(councils: pd.DataFrame, times: int) -> pd.DataFrame:
    return councils.loc[councils.index.repeat(times), ["council", "council_name", "region"]].reset_index(drop=True)
