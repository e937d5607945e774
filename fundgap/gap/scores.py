"""How good a forecast was: error, bias, CRPS, and whether intervals cover what they promise. Pure functions."""

import numpy as np
from numpy.typing import NDArray

from fundgap.models.standardise import Floats


def crps(draws: Floats, outcome: Floats) -> Floats:
    """Return the continuous ranked probability score of draws along the first axis: lower is better, in the outcome's unit.

    Exact for the draws taken as the forecast: mean |X - y| - mean |X - X'| / 2, the second mean by sorting (Gneiting and
    Raftery, 2007, Journal of the American Statistical Association 102, eq. 21; Hersbach, 2000). Of a single value it is
    the absolute error.

    Parameters
    ----------
    draws : (D, ...)
    outcome : (...)
    """
    count = len(draws)
    ordered = np.sort(draws, axis=0)
    weights = (2 * np.arange(1, count + 1) - count - 1) / count**2
    return np.abs(draws - outcome).mean(axis=0) - np.tensordot(weights, ordered, axes=1)


def crps_normal(mean: Floats, sd: Floats, outcome: Floats) -> Floats:
    """Return the score of a normal forecast in closed form (Gneiting and Raftery, 2007, eq. 22)."""
    from scipy.stats import norm

    z = (outcome - mean) / sd
    return sd * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))


def covered(draws: Floats, outcome: Floats, level: float) -> NDArray[np.bool_]:
    """Return whether the central interval of the draws, at a level such as 0.8, holds the outcome; its ends count as in."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return (low <= outcome) & (outcome <= high)
