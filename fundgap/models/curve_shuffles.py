"""The null of the specification curve: a council's whole spend record might as well be another's that is like it.

Null hypothesis
    Within a stratum, spend records are exchangeable: given how deprived a council is (its tenth by IMD) and the years in which it
    existed, which council of its like a record of spend belongs to tells nothing of its judgements. A stricter null also gives
    whether the council lies in London, where spend is higher and judgements are better (with fifths by IMD, so that a London
    council has others to change places with).

A shuffle hands the record of one council, all categories, forms and years of it with its gaps, to another of the same stratum, so
that repeated judgements move together and every judgement keeps its date: it gets the other council's spend of the same year.
Grades, deprivation and controls stay where they are. One shuffle serves every specification, so that their dependence is kept
(Simonsohn, Simmons and Nelson 2020, "Specification curve analysis", Nature Human Behaviour 4). Residuals given deprivation are
worked out anew from the shuffled records. What differs between strata stays as it is: where councils of a tenth spend more than a
line on deprivation gives and are judged better too, shuffled curves lie above 1 as well, and only what stands out from them is
counted. The two tiny councils stay as they are, as does a council without a like.
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fundgap.models.curve_data import CurveData
from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats

# Who is like whom. "deprivation": the same tenth by IMD; "deprivation and London": the same fifth, both in London or both not.
Like = Literal["deprivation", "deprivation and London"]
NULLS: tuple[Like, ...] = get_args(Like)


def strata(data: CurveData, like: Like) -> Ints:
    """Return the number of each council's stratum, (C,): councils whose records may change places. A tiny one has its own."""
    own = np.where(data.is_tiny, np.arange(len(data.names)), -1)
    band = data.tenth if like == "deprivation" else np.where(data.tenth < 0, -1, (data.tenth + 1) // 2)
    london = np.zeros_like(own) if like == "deprivation" else data.is_london.astype(np.int64)
    _, number = np.unique(np.column_stack([band, london, data.span, own]), axis=0, return_inverse=True)
    return number.astype(np.int64).ravel()


def permutations(stratum: Ints, count: int, seed: int) -> Ints:
    """Return whose record each council holds, (count + 1, C): row 0 as observed, then each shuffle.

    Every shuffle has its own stream of the seed, so that shuffle 7 is the same whether 10 or 1,000 are asked for.
    """
    result = np.tile(np.arange(len(stratum)), (count + 1, 1))
    groups = [np.flatnonzero(stratum == number) for number in np.unique(stratum)]
    for shuffle in range(1, count + 1):
        rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(1, shuffle)))
        for members in groups:
            result[shuffle, members] = rng.permutation(members)
    return result


def p_values(statistic: Floats) -> tuple[float, float]:
    """Return the one-sided (as large or larger) and two-sided p-value of the first of (S + 1,) statistics among the others.

    (1 + number as extreme) / (S + 1), never nought (Phipson and Smyth 2010, "Permutation p-values should never be zero",
    Statistical Applications in Genetics and Molecular Biology 9); two-sided: twice the smaller tail, at most 1.

    Ties are counted as extreme. A shuffle whose statistic is nan has none; it is counted as extreme too, which can only make the
    p-value larger.
    """
    observed, shuffled = statistic[0], statistic[1:]
    if np.isnan(observed):
        return np.nan, np.nan
    none = np.isnan(shuffled)
    upper = (1 + ((shuffled >= observed) | none).sum()) / (len(shuffled) + 1)
    lower = (1 + ((shuffled <= observed) | none).sum()) / (len(shuffled) + 1)
    return float(upper), float(min(1.0, 2 * min(upper, lower)))


def joint_statistics(log_ratio: Floats, z: Floats, critical: float) -> dict[str, NDArray[np.float64]]:
    """Return the statistics of a whole curve for each shuffle, (S + 1,) each.

    Parameters
    ----------
    log_ratio, z : (K, S + 1)
        Log odds ratio per standard deviation of spend, and over its standard error; nan where the fit failed.
    critical
        z beyond which a specification counts as significant.

    Returns
    -------
    dict
        median, share_positive, share_significant_positive, share_significant_negative, stouffer_z (sum of z over the root of
        their number; Stouffer et al. 1949), and converged (the number they stand on).
    """
    held = ~np.isnan(z)
    count = held.sum(axis=0)
    some = np.maximum(count, 1)
    shares = {
        "share_positive": (held & (log_ratio > 0)).sum(axis=0) / some,
        "share_significant_positive": (held & (z > critical)).sum(axis=0) / some,
        "share_significant_negative": (held & (z < -critical)).sum(axis=0) / some,
        "stouffer_z": np.where(held, z, 0).sum(axis=0) / np.sqrt(some),
    }
    result = {name: np.where(count > 0, value, np.nan) for name, value in shares.items()}
    return {"median": _medians(log_ratio, held), **result, "converged": count.astype(np.float64)}


def _medians(values: Floats, held: NDArray[np.bool_]) -> Floats:
    """Return the median of what is held in each column, nan where nothing is."""
    ordered = np.sort(np.where(held, values, np.nan), axis=0)
    count = held.sum(axis=0)
    columns = np.arange(values.shape[1])
    below, above = np.maximum(count - 1, 0) // 2, np.maximum(count // 2, 0)
    above = np.minimum(above, len(values) - 1)
    return np.asarray((ordered[below, columns] + ordered[above, columns]) / 2)
