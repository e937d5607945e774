"""How good a forecast was: error, CRPS, and whether intervals cover what they promise. Pure functions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundgap.models.standardise import Floats

# Ends of the central 80% and 95% intervals, and the middle.
QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)


@dataclass(frozen=True)
class Scored:
    """What a forecast's draws say of n outcomes, in the outcomes' unit.

    Parameters
    ----------
    quantiles : (5, n)
        At `QUANTILES`.
    crps : (n,)
    is_in_80, is_in_95 : (n,)
        Whether the central interval holds the outcome; its ends count as in. Of a point they are False and say nothing.
    """

    quantiles: Floats
    crps: Floats
    is_in_80: NDArray[np.bool_]
    is_in_95: NDArray[np.bool_]


def crps(draws: Floats, outcome: Floats) -> Floats:
    """Return the continuous ranked probability score of draws along the last axis: lower is better, in the outcome's unit.

    Exact for the draws taken as the forecast: mean |X - y| - mean |X - X'| / 2, the second mean by sorting (Gneiting and
    Raftery, 2007, Journal of the American Statistical Association 102, eq. 21). Of a single value it is the absolute error.

    Parameters
    ----------
    draws : (..., D)
    outcome : (...)
    """
    return _sorted_crps(np.sort(draws, axis=-1), outcome)


def score(draws: Floats, outcome: Floats) -> Scored:
    """Score draws, (n, D), against outcomes, (n,). Quantiles as numpy's default (linear interpolation)."""
    ordered = np.sort(draws, axis=-1)
    place = np.array(QUANTILES) * (ordered.shape[-1] - 1)
    below = np.floor(place).astype(int)
    above, part = np.minimum(below + 1, ordered.shape[-1] - 1), place - below
    quantiles = (ordered[:, below] * (1 - part) + ordered[:, above] * part).T
    low95, low80, _, high80, high95 = quantiles
    return Scored(
        quantiles, _sorted_crps(ordered, outcome), (low80 <= outcome) & (outcome <= high80), (low95 <= outcome) & (outcome <= high95)
    )


def _sorted_crps(ordered: Floats, outcome: Floats) -> Floats:
    count = ordered.shape[-1]
    # Single precision stays single: it is good to a millionth of spend, and a copy of all draws costs more than the score.
    weights = ((2 * np.arange(1, count + 1) - count - 1) / count**2).astype(ordered.dtype)
    result: Floats = np.abs(ordered - outcome[..., None].astype(ordered.dtype)).mean(axis=-1) - ordered @ weights
    return result
