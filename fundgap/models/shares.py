"""How much of the variation in spend goes with deprivation, with low income, with the region, with the year."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from fundgap.errors import CannotFit
from fundgap.models.design import build_design
from fundgap.models.least_squares import Ints
from fundgap.models.need import TERMS, Category, Deprivation, need_rows
from fundgap.models.shapley import shapley_values, subset_r_squared, subsets
from fundgap.models.spending import NEED
from fundgap.models.standardise import Floats
from fundgap.shown import Shown


@dataclass(frozen=True)
class SpendShares(Shown):
    """R² of log spend a child, shared out among groups of columns.

    Parameters
    ----------
    r_squared, lower, upper
        Of all groups together, with its bootstrap interval.
    shares
        One row a group: group, columns (how many), share (LMG: all shares add up to r_squared), lower, upper, alone (R² of the
        group by itself), added_last (what it adds to all the others).
    rows, councils, replicates
        How many council-years, councils and bootstrap replicates it stands on.
    left_out
        council, council_name, financial_year, reason.
    """

    category: Category
    financial_years: tuple[str, ...]
    r_squared: float
    lower: float
    upper: float
    shares: pd.DataFrame
    rows: int
    councils: int
    replicates: int
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return the shares, one row a group."""
        return self.shares

    def __str__(self) -> str:
        """Say in a few lines how much goes with what."""
        first, last = self.financial_years[0], self.financial_years[-1]
        lines = [
            f"Variation of {self.category.replace('_', ' ')} a child between councils, {first if first == last else f'{first} to {last}'}: "
            f"{self.r_squared:.0%} ({self.lower:.0%} to {self.upper:.0%}) goes with {', '.join(self.shares['group'])}",
            f"{self.rows} council-years of {self.councils} councils, {len(self.left_out)} left out; intervals from "
            f"{self.replicates} bootstrap replicates by council",
        ]
        return "\n".join(
            lines + [f"  {row.group}: {row.share:.0%} ({row.lower:.0%} to {row.upper:.0%})" for row in self.shares.itertuples()]
        )


def spend_shares(
    years: pd.DataFrame,
    financial_years: str | Sequence[str] = "2024-25",
    category: Category = "gross_spend",
    need: Sequence[str] = NEED,
    deprivation: Deprivation = "imd",
    replicates: int = 500,
    seed: int = 0,
    level: float = 0.95,
    *,
    include_tiny: bool = False,
    include_out_of_line: bool = True,
) -> SpendShares:
    """Share out how much of the variation in log spend a child, weighted by children, goes with each group of columns.

    Parameters
    ----------
    years, financial_years, category, deprivation
        As in `expected_spend`.
    need
        Groups: of "deprivation", "low_income", "region", "year", "council". With "council", each council's own lasting level.
    replicates, seed
        Bootstrap of councils, a council with all its years; the same seed gives the same intervals.

    Raises
    ------
    BadFormula, NoData, CannotFit
        As `expected_spend`.

    Notes
    -----
    The LMG measure of Lindeman, Merenda and Gold (1980): the average, over every order of the groups, of what a group adds to R² when
    it enters. Where groups go together (deprivation and low income; a council and its region) their common part is split between
    them evenly, by convention and not because the data say so: `alone` and `added_last` show how wide the choice is. Deprivation
    nearly constant in each council is nested in "council", so half of what it explains is credited there.

    R² grows with columns: q columns of noise among n independent rows take about q / (n - 1). Percentile intervals carry that
    growth too, so they lie rather high.

    Examples
    --------
    >>> import fundgap as fg
    >>> found = fg.spend_shares(fg.in_real_terms(fg.council_years()), "2024-25", replicates=20)
    >>> bool(abs(found.shares["share"].sum() - found.r_squared) < 1e-9)
    True
    """
    wanted = (financial_years,) if isinstance(financial_years, str) else tuple(sorted(set(financial_years)))
    if replicates < 2:
        raise CannotFit(f"{replicates} replicates give no interval; 2 at the least, 500 or so for figures that stand still.")
    rows = need_rows(years, wanted, category, need, deprivation, include_tiny=include_tiny, include_out_of_line=include_out_of_line)
    used = rows.used
    x, groups = _grouped(used, need)
    y, children = np.log(used["spend"].to_numpy(float)), used["children"].to_numpy(float)
    clusters = pd.factorize(used["council"])[0].astype(np.int64)
    draws = _draws(clusters, replicates, seed)
    # The matrices are small: threads would wait for each other for longer than they work.
    with threadpool_limits(limits=1):
        values = np.array([subset_r_squared(y, x, children * drawn, groups) for drawn in (np.ones(len(y)), *draws)])
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(values[1:, -1], tails)
    table = _table(need, groups, values, tails)
    return SpendShares(
        category,
        wanted,
        float(values[0, -1]),
        float(low),
        float(high),
        table,
        len(used),
        int(clusters.max()) + 1,
        replicates,
        rows.left_out,
    )


def _grouped(used: pd.DataFrame, need: Sequence[str]) -> tuple[Floats, Ints]:
    """Return the columns of all groups, (n, p), and each one's group, (p,). Groups may explain each other's columns."""
    parts = [build_design(TERMS[name], used).x for name in need]
    return np.hstack(parts), np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])


def _draws(clusters: Ints, replicates: int, seed: int) -> Floats:
    """Return how often each row is drawn in each replicate, (replicates, n): councils with replacement, each with all its rows."""
    count = int(clusters.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=replicates)
    return drawn[:, clusters].astype(np.float64)


def _table(need: Sequence[str], groups: Ints, values: Floats, tails: list[float]) -> pd.DataFrame:
    shares = shapley_values(values)
    low, high = np.quantile(shares[1:], tails, axis=0)
    order = subsets(len(need))
    others = [order.index(tuple(other for other in range(len(need)) if other != group)) for group in range(len(need))]
    return pd.DataFrame(
        {
            "group": list(need),
            "columns": np.bincount(groups),
            "share": shares[0],
            "lower": low,
            "upper": high,
            "alone": [values[0, order.index((group,))] for group in range(len(need))],
            "added_last": [values[0, -1] - values[0, other] for other in others],
        }
    )
