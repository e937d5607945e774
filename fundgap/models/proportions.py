"""Intervals of a share: exact, and Wilson's with as many independent rows as clustered ones are worth."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta, norm

from fundgap.models.standardise import Floats


def exact_interval(count: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact binomial interval of count out of n (Clopper and Pearson, 1934, Biometrika 26)."""
    tail = (1 - level) / 2
    lower = 0.0 if count == 0 else float(beta.ppf(tail, count, n - count + 1))
    upper = 1.0 if count == n else float(beta.ppf(1 - tail, count + 1, n - count))
    return lower, upper


def wilson_interval(share: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share of n rows (Wilson, 1927, Journal of the American Statistical Association 22).

    `n` need not be whole: for clustered rows it is their effective number.
    """
    z = float(norm.ppf(0.5 + level / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * float(np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)))
    # At a share of 0 or 1 an end is 0 or 1 exactly; sums of floats need not say so.
    return (0.0 if share == 0 else max(0.0, middle - half)), (1.0 if share == 1 else min(1.0, middle + half))


def design_effect(hits: Floats, clusters: NDArray[np.int64]) -> float:
    """Return how many times the variance of a share is that of independent rows, never less than 1.

    Parameters
    ----------
    hits : (n,)
        1 for rows that count, 0 for others.
    clusters : (n,)
        Numbers from 0: rows of one council belong together.

    Notes
    -----
    Kish's design effect: the linearised variance of a ratio over G clusters, G / (G - 1) Σ (Σ (hits - p))² / n², over that of independent
    rows, p (1 - p) / (n - 1); exactly 1 where no cluster has two rows. Divided by it, n is the effective number of rows that Wilson's
    interval then takes (Franco, Little, Louis and Slud, 2019, Journal of Survey Statistics
    and Methodology 7). Below 1 it is taken for chance: clustering is never allowed to narrow an interval.
    """
    n, share = len(hits), float(hits.mean())
    groups = len(np.unique(clusters))
    if groups < 2 or share in (0.0, 1.0):
        return 1.0
    sums = np.bincount(clusters, weights=hits - share)
    variance = groups / (groups - 1) * float(sums @ sums) / n**2
    return max(1.0, variance / (share * (1 - share) / (n - 1)))


def clustered_interval(hits: Floats, clusters: NDArray[np.int64], level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of the share of hits, (n,), with the effective number of rows."""
    return wilson_interval(float(hits.mean()), len(hits) / design_effect(hits, clusters), level)
