"""Whose gap a fund closes under a rule of allocation, and how likely it is to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.data.store import Store
from fundgap.errors import BadFigures, BadScenario, Fault, NoData
from fundgap.gap.allocation import Allocation
from fundgap.gap.fund_coverage import price_ratio
from fundgap.gap.intervals import checked_interval
from fundgap.gap.result import Gap
from fundgap.shown import Told

# An allocation that misses a gap by less than half a penny closes it.
_HALF_A_PENNY = 0.005


@dataclass(frozen=True)
class Closing(Told):
    """An allocation beside each council's own gap of the year, both in cash.

    Parameters
    ----------
    councils
        council, council_name, gap_gbp, allocation_gbp, share_closed (missing where there is no gap), short_gbp (what is still missing, 0
        where nothing is), is_closed, has_gap, fund_needed_gbp (how large the whole fund must be for this rule to close this council's
        gap; infinite where the rule gives it nothing), and with an interval gap_low_gbp, gap_high_gbp, closed_at_low, closed_at_high.
    not_compared
        council, council_name, reason: councils with money and no gap worked out, or the other way round.
    """

    rule: str
    financial_year: str
    total_gbp: float
    councils: pd.DataFrame
    not_compared: pd.DataFrame

    @property
    def with_gap(self) -> pd.DataFrame:
        """The councils that have a gap."""
        return self.councils[self.councils["has_gap"]]

    @property
    def closed(self) -> list[str]:
        """Names of the councils whose gap is closed."""
        return [str(name) for name in self.with_gap.loc[self.with_gap["is_closed"], "council_name"]]

    def count(self, column: str = "is_closed") -> int:
        """Return how many gaps are closed; `closed_at_low` or `closed_at_high` for the ends of the interval."""
        return int(self.with_gap[column].sum())

    def fund_needed(self, share_of_councils: float) -> float:
        """Return how large the fund must be for this rule to close the gap of a share of the councils that have one, £ cash.

        Raises
        ------
        BadScenario
            For a share that is none.
        """
        if not 0 < share_of_councils <= 1:
            raise BadScenario(f"A share of the councils is above 0 and up to 1, not {share_of_councils}.")
        needed = np.sort(self.with_gap["fund_needed_gbp"].to_numpy())
        return float(needed[int(np.ceil(share_of_councils * len(needed) - 1e-9)) - 1]) if len(needed) else 0.0

    def to_frame(self) -> pd.DataFrame:
        """Return the councils."""
        return self.councils

    def __str__(self) -> str:
        """Say how many gaps are closed and how many are not."""
        short = self.with_gap.loc[~self.with_gap["is_closed"], "short_gbp"].sum()
        return (
            f"{self.financial_year}: £{self.total_gbp / 1e6:,.1f}m by the rule '{self.rule}' closes {len(self.closed)} of "
            f"{len(self.with_gap)} councils' gaps; the others are £{short / 1e6:,.1f}m short"
        )

    def _repr_html_(self) -> str:
        return str(self.councils.to_html(index=False, escape=True))


def gaps_closed(
    gap: Gap, allocation: Allocation, *, interval: pd.DataFrame | None = None, gap_year: str | None = None, store: Store | None = None
) -> Closing:
    """Set what each council gets of a fund against its own gap.

    Parameters
    ----------
    gap
        With the year of the allocation among its projected years.
    interval
        council, financial_year, low_gbp, high_gbp: an interval of each council's gap in cash, such as the quantiles of a simulation.
        An interval of one council at a time: not all councils are at their low ends together.
    gap_year
        Compare with the gap of another year; the allocation is then taken at that year's prices.

    Raises
    ------
    NoData
        When the gap does not hold the year, or prices to go from one to the other are missing.
    BadFigures
        With every fault of the interval: a column or council of the year that is missing, a council twice, a low end above the high one.

    Examples
    --------
    £1bn shared by children leaves half of a forecast gap of £2bn or more open:

    >>> import fundgap as fg
    >>> gap = fg.project_gap(fg.council_years(), fg.scenario("lga-2017"))
    >>> closing = fg.gaps_closed(gap, fg.allocate(1_000_000_000, "children", "2019-20"))
    >>> closing.total_gbp / 1e9, closing.rule
    (1.0, 'children')
    """
    year = gap_year or allocation.financial_year
    own = gap.councils[(gap.councils["financial_year"] == year) & (year != gap.price_base)]
    if own.empty:
        raise NoData(f"The gap of '{gap.scenario.id}' is projected for {', '.join(gap.england['financial_year'].iloc[1:])}, not {year}.")
    ratio = 1.0 if year == allocation.financial_year else price_ratio((allocation.financial_year,), year, gap, store)
    given = allocation.councils[["council", "allocation_gbp"]].assign(allocation_gbp=allocation.councils["allocation_gbp"] * ratio)
    table = own[["council", "council_name", "gap_gbp"]].merge(given, how="inner", on="council").reset_index(drop=True)
    total = allocation.total_pence / 100 * ratio
    table["has_gap"] = table["gap_gbp"] > 0
    table["share_closed"] = (table["allocation_gbp"] / table["gap_gbp"]).where(table["has_gap"])
    table["is_closed"] = table["has_gap"] & (table["allocation_gbp"] > table["gap_gbp"] - _HALF_A_PENNY)
    table["short_gbp"] = (table["gap_gbp"] - table["allocation_gbp"]).clip(lower=0).where(~table["is_closed"], 0.0)
    with np.errstate(divide="ignore"):
        part = table["allocation_gbp"].to_numpy(float) / total
        table["fund_needed_gbp"] = np.where(table["has_gap"], table["gap_gbp"].clip(lower=0).to_numpy(float) / part, 0.0)
    if interval is not None:
        table = _with_interval(table, interval, year)
    return Closing(allocation.rule, year, total, table, _not_compared(own, allocation, gap))


def chance_closed(closing: Closing, quantiles: pd.DataFrame) -> pd.DataFrame:
    """Return how likely it is that what a council gets leaves no gap, by quantiles of its gap.

    The probabilities add up to the number of councils to be expected without a gap, however their gaps hang together. A council that
    gets nothing has no gap in draws in which its need grows by less than its funding.

    Parameters
    ----------
    closing
        From `gaps_closed` of a projected year.
    quantiles
        council, financial_year, quantile, gap_gbp, such as a simulation's `councils(0.02, 0.04, …)`: the closer the levels, the closer
        the probability, which runs straight between two of them.

    Returns
    -------
    pandas.DataFrame
        council, council_name, allocation_gbp, probability (0 below the lowest quantile, 1 above the highest).

    Raises
    ------
    BadFigures
        When a column is missing, or a council of the closing has no quantiles of its year.

    Examples
    --------
    >>> import numpy as np
    >>> import fundgap as fg
    >>> simulation = fg.simulate_gap(fg.council_years(), fg.scenario("trend").replace(years=1), draws=1_000)
    >>> nothing = fg.gaps_closed(simulation.run, fg.allocate(153, "equal", "2025-26"))
    >>> chances = fg.chance_closed(nothing, simulation.councils(*np.arange(1, 10) / 10))
    >>> bool(chances["probability"].between(0, 1).all())
    True
    """
    wanted = ("council", "financial_year", "quantile", "gap_gbp")
    if [name for name in wanted if name not in quantiles]:
        raise BadFigures(
            "The quantiles cannot be used", [Fault("their columns", ", ".join(map(str, quantiles.columns)), ", ".join(wanted))]
        )
    own = quantiles[quantiles["financial_year"] == closing.financial_year].sort_values(["council", "quantile"])
    by_council = {str(name): part for name, part in own.groupby("council")}
    table = closing.councils[["council", "council_name", "allocation_gbp"]].copy()
    missing = table.loc[~table["council"].isin(list(by_council)), "council_name"].tolist()
    if missing:
        what = f"no row of {closing.financial_year} for {', '.join(missing)}"
        raise BadFigures("The quantiles cannot be used", [Fault("their rows", what, "each council of the gap")])
    table["probability"] = [
        float(np.interp(amount, by_council[str(council)]["gap_gbp"], by_council[str(council)]["quantile"], left=0.0, right=1.0))
        for council, amount in zip(table["council"], table["allocation_gbp"], strict=True)
    ]
    return table


def _with_interval(table: pd.DataFrame, interval: pd.DataFrame, year: str) -> pd.DataFrame:
    """Return the table with the ends of each council's gap, and whether what it gets closes the gap there."""
    needed = dict(zip(table["council"], table["council_name"], strict=True))
    ends = checked_interval(interval, needed, year).reindex(table["council"])
    table = table.assign(gap_low_gbp=ends["low_gbp"].to_numpy(), gap_high_gbp=ends["high_gbp"].to_numpy())
    for end in ("low", "high"):
        table[f"closed_at_{end}"] = table["allocation_gbp"] > table[f"gap_{end}_gbp"] - _HALF_A_PENNY
    return table


def _not_compared(own: pd.DataFrame, allocation: Allocation, gap: Gap) -> pd.DataFrame:
    reasons = dict(zip(gap.left_out["council"], gap.left_out["reason"], strict=True))
    rows = [
        (row.council, row.council_name, reasons.get(row.council, "no gap worked out for it"))
        for row in allocation.councils.itertuples()
        if row.council not in set(own["council"])
    ]
    rows += [
        (row.council, row.council_name, f"gets nothing: no council of {allocation.financial_year}, or left out of the allocation")
        for row in own.itertuples()
        if row.council not in set(allocation.councils["council"])
    ]
    return pd.DataFrame(rows, columns=["council", "council_name", "reason"])
