"""The series that draws are counted for: councils in the projection's order, then regions by name, then England, each by its number."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fundgap.errors import NoData, UnknownCouncil
from fundgap.gap.arithmetic import gap_of
from fundgap.gap.quantiles import quantiles
from fundgap.gap.result import Gap
from fundgap.gap.tally import Tally
from fundgap.models.standardise import Floats

_MONEY = ("need_gbp", "funding_gbp", "gap_gbp")


def councils_of(run: Gap) -> pd.DataFrame:
    """Return the councils of a projection in its order: council, council_name, region."""
    return run.councils[["council", "council_name", "region"]].drop_duplicates("council").reset_index(drop=True)


def regions_of(run: Gap) -> list[str]:
    """Return the regions of a projection in their order."""
    return sorted(run.councils["region"].unique())


def number_of(run: Gap, council: str | None) -> int:
    """Return the number of a council's series, by name or code; England's unless one is given.

    Raises
    ------
    UnknownCouncil
        When the projection does not hold the council.
    """
    if council is None:
        return (len(run.councils) + len(run.regions)) // len(run.prices)
    table = councils_of(run)
    found = np.flatnonzero((table["council"] == council) | (table["council_name"] == council))
    if not len(found):
        raise UnknownCouncil(
            f"The projection holds no council '{council}'; its councils are in `run.councils`, those left out in `run.left_out`."
        )
    return int(found[0])


def place_of(run: Gap, year: str) -> int:
    """Return the place of a financial year among those that are drawn, 0 for the first after the base year.

    Raises
    ------
    NoData
        When the projection does not hold the year.
    """
    after = list(run.prices.index[1:])
    if year not in after:
        raise NoData(f"The projection has no draws of {year}; it has {after[0]} to {after[-1]}.")
    return after.index(year)


def run_0_of(run: Gap, series: int) -> tuple[Floats, Floats]:
    """Return need and funding of a series without chance, £ cash, (T + 1,) each, from the base year on."""
    years = len(run.prices)
    if series == number_of(run, None):
        table = run.england
    else:
        # Councils, then regions, each with all its years in one piece.
        row = series * years
        kind, row = (run.councils, row) if row < len(run.councils) else (run.regions, row - len(run.councils))
        table = kind.iloc[row : row + years]
    return table["need_gbp"].to_numpy(), table["funding_gbp"].to_numpy()


def quantile_table(run: Gap, tally: Tally, series: Sequence[int], names: pd.DataFrame, levels: Sequence[float]) -> pd.DataFrame:
    """Return quantiles of need, funding and gap of some series, the base year first.

    Parameters
    ----------
    series, names
        Their numbers, and a row of names for each.
    levels
        Between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        The columns of `names`, quantile, financial_year, need_gbp, funding_gbp, gap_gbp (cash) and the same `_real`
        (prices of the base year).

    Raises
    ------
    NoData
        For a level that is none.
    """
    if not all(0 <= level <= 1 for level in levels):
        raise NoData(f"Quantiles are wanted between 0 and 1, not {', '.join(map(str, levels))}.")
    years, prices = list(run.prices.index), run.prices.to_numpy()
    cash = np.empty((len(_MONEY), len(series), len(levels), len(years)))
    for number, one in enumerate(series):
        need, funding = run_0_of(run, one)
        ratios = np.ones((len(levels), len(years)))
        ratios[:, 1:] = np.transpose([quantiles(*tally.of(one, place), levels) for place in range(len(years) - 1)])
        cash[:, number] = need * ratios, np.broadcast_to(funding, ratios.shape), gap_of(need * ratios, funding)
    table = names.iloc[np.repeat(np.arange(len(series)), len(levels) * len(years))].reset_index(drop=True)
    table["quantile"] = np.tile(np.repeat(levels, len(years)), len(series))
    table["financial_year"] = years * (len(levels) * len(series))
    money = {name: values.ravel() for name, values in zip(_MONEY, cash, strict=True)}
    return table.assign(**money, **{f"{name}_real": values.ravel() for name, values in zip(_MONEY, cash / prices, strict=True)})
