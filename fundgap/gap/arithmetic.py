"""The arithmetic of need and of what moves it: arrays in, arrays out, nothing known of councils or files.

C councils, K categories of spend, T years of which the first is the base year. An *index* is growth since the base year, so 1
in it.
"""

import numpy as np

from fundgap.models.lmdi import log_mean
from fundgap.models.standardise import Floats

# What moves a gap, in the order in which need is built up.
DRIVERS = ("demography", "demand", "price", "general prices", "funding")
# An index that falls to nothing has no logarithm; a floor this low changes no penny and keeps the parts adding up.
_FLOOR = 1e-100


def cumulative(growth: Floats) -> Floats:
    """Return the index of yearly rates of growth.

    Parameters
    ----------
    growth : (..., T - 1)
        Fractions a year, of the years after the base year.

    Returns
    -------
    (..., T)
        1 in the base year, then the product of 1 + growth.
    """
    result: Floats = np.cumprod(np.concatenate([np.ones((*growth.shape[:-1], 1)), 1 + growth], axis=-1), axis=-1)
    return result


def need_of(spend: Floats, demography: Floats, demand: Floats, price: Floats, prices: Floats) -> Floats:
    """Return need, the outturn grown by every index: volume x price x demography, in cash.

    Parameters
    ----------
    spend : (C, K)
        Outturn of the base year, pounds.
    demography : (C, T)
        Index of children.
    demand, price : (K, T) or (C, K, T)
        Index of volume per child, and of real cost per unit of volume.
    prices : (T,)
        Index of general prices.

    Returns
    -------
    (C, K, T)
        Pounds in cash. It never falls where an index rises, as long as spend is not negative.
    """
    result: Floats = spend[:, :, None] * demography[:, None, :] * demand * price * prices
    return result


def parts_of_gap(spend: Floats, demography: Floats, demand: Floats, price: Floats, prices: Floats, funding: Floats) -> dict[str, Floats]:
    """Return what each driver adds to each council's gap; the parts add up to it exactly.

    Parameters
    ----------
    spend, demography, demand, price, prices
        As for `need_of`.
    funding : (C, T)
        Pounds in cash.

    Returns
    -------
    dict
        By driver (`DRIVERS`), (C, T), pounds in cash. Of need: the logarithmic mean Divisia index, LMDI-I (Ang 2005, Energy
        Policy 33), summed over categories, so that it is consistent in aggregation: parts of councils add up to those of
        their region and of England. Of funding: the fall since the base year.
    """
    shape = (len(spend), spend.shape[1], len(prices))
    spread = [np.broadcast_to(np.maximum(index, _FLOOR), shape) for index in (demography[:, None, :], demand, price, prices)]
    base = np.broadcast_to(spend[:, :, None], shape)
    weight = signed_log_mean(base * np.prod(spread, axis=0), base)
    parts = {name: (weight * np.log(index)).sum(axis=1) for name, index in zip(DRIVERS, spread, strict=False)}
    parts["funding"] = funding[:, :1] - funding
    return parts


def signed_log_mean(first: Floats, second: Floats) -> Floats:
    """Return the logarithmic mean of two arrays whose elements are both above nothing, both below it, or both nothing.

    Spend below nothing (a correction of an earlier year) has a mean too, the negative of that of its size; nothing that
    stays nothing has the mean nothing.
    """
    is_nothing = second == 0
    safe = [np.where(is_nothing, 1.0, np.abs(values)) for values in (second, first)]
    result: Floats = np.where(is_nothing, 0.0, np.sign(second) * log_mean(*safe))
    return result


def gap_of(need: Floats, funding: Floats) -> Floats:
    """Return [need(t) - need(0)] - [funding(t) - funding(0)], yearly; the arrays have the years last."""
    result: Floats = (need - need[..., :1]) - (funding - funding[..., :1])
    return result
