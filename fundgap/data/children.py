"""Children by council and financial year: the published series, and the years before it scaled from another one."""

from collections.abc import Mapping, Sequence

import pandas as pd

from fundgap.data.prices import financial_year


def children_by_year(published: pd.DataFrame, younger: pd.DataFrame, splits: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return children aged 0-17 by financial year; a mid-year estimate serves the year that begins in it.

    Parameters
    ----------
    published
        The raw table `children`: aged 0-17, from mid-2012.
    younger
        The raw table `children_0_16`: aged 0-16, before the Census of 2021. Its years before the published series are
        scaled by the council's own ratio in the first year that both hold, and flagged; its other years are not used.
    splits
        Councils since split, each with its successors: where `younger` is given for today's areas only, a council is
        the sum of its successors.

    Returns
    -------
    pandas.DataFrame
        council, financial_year, children, is_children_scaled. A council without a ratio has no scaled years.
    """
    younger = pd.concat([younger, *(_sum_of(successors, council, younger) for council, successors in splits.items())])
    first = published.dropna(subset="children").groupby("council")["year"].min().rename("first_year")
    both = published.merge(younger[["council", "year", "children_0_16"]], on=["council", "year"]).merge(first, on="council")
    start = both[both["year"] == both["first_year"]].set_index("council")
    ratio = start["children"] / start["children_0_16"]
    earlier = younger.assign(ratio=younger["council"].map(ratio), first_year=younger["council"].map(first))
    earlier = earlier[earlier["year"] < earlier["first_year"]]
    scaled = earlier.assign(children=(earlier["children_0_16"] * earlier["ratio"]).round())
    table = pd.concat([published.assign(is_children_scaled=False), scaled.assign(is_children_scaled=True)], ignore_index=True)
    table["financial_year"] = [financial_year(int(year)) for year in table["year"]]
    return table[["council", "financial_year", "children", "is_children_scaled"]]


def _sum_of(successors: Sequence[str], council: str, younger: pd.DataFrame) -> pd.DataFrame:
    """Return the years of a council that has none of its own, but whose successors all have."""
    if (younger["council"] == council).any():
        return younger.iloc[:0]
    grouped = younger[younger["council"].isin(successors)].groupby("year")["children_0_16"]
    whole = grouped.sum()[grouped.count() == len(successors)]
    return whole.reset_index().assign(council=council)
