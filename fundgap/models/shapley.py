"""Shares of R² for groups of columns: the average of what a group adds, over every order in which the groups can enter."""

from itertools import combinations
from math import factorial

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf

from fundgap.errors import CannotFit
from fundgap.models.least_squares import Ints
from fundgap.models.standardise import Floats

# 2 to the number of groups models are fitted, in every replicate again.
MOST_GROUPS = 12
# Of a column's variance: what is left of it beside the others, below which it adds nothing but rounding.
_NOTHING_LEFT = 1e-10


def subsets(count: int) -> list[tuple[int, ...]]:
    """Return every subset of `count` groups, the empty one first and the full one last: the order of values below."""
    return [subset for size in range(count + 1) for subset in combinations(range(count), size)]


def subset_r_squared(y: Floats, x: Floats, weights: Floats, groups: Ints) -> Floats:
    """Return R² of weighted least squares on each subset of groups of columns, (2^m,).

    Parameters
    ----------
    y : (n,)
    x : (n, p)
        Columns without the constant, which every subset has. Columns may be combinations of each other.
    weights : (n,)
        0 or more: a bootstrap replicate multiplies them by how often each row was drawn.
    groups : (p,)
        Each column's group, numbered from 0 without gaps; m of them.

    Raises
    ------
    CannotFit
        When y does not vary, or with more than `MOST_GROUPS` groups.
    """
    count = int(groups.max()) + 1
    if count > MOST_GROUPS:
        raise CannotFit(f"{count} groups have {2**count:,} subsets; at most {MOST_GROUPS} groups are taken. Join some of them.")
    root = np.sqrt(weights / weights.sum())
    centred = (x - np.average(x, axis=0, weights=weights)) * root[:, None]
    outcome = (y - np.average(y, weights=weights)) * root
    total = float(outcome @ outcome)
    if total <= np.finfo(float).eps * np.average(y**2, weights=weights):
        raise CannotFit("The outcome does not vary in these rows, so there is nothing to share out.")
    spread = np.sqrt((centred**2).sum(axis=0))
    # A region none of whose councils was drawn leaves a column of zeros: it explains nothing.
    centred = centred / np.where(spread > 0, spread, 1)
    gram, cross = centred.T @ centred, centred.T @ outcome
    members = [np.flatnonzero(groups == number) for number in range(count)]
    chosen = [np.concatenate([members[number] for number in subset]) if subset else members[0][:0] for subset in subsets(count)]
    return np.array([_explained(gram[np.ix_(part, part)], cross[part]) / total for part in chosen])


def _explained(gram: Floats, cross: Floats) -> float:
    """Return the squares that columns explain, by a pivoted Cholesky that leaves out columns made up of others."""
    if not len(cross):
        return 0.0
    factor, pivots, rank, _ = dpstrf(gram, tol=_NOTHING_LEFT, lower=1)
    if rank == 0:
        return 0.0
    solved = solve_triangular(factor[:rank, :rank], cross[pivots[:rank] - 1], lower=True)
    return float(solved @ solved)


def shapley_values(values: Floats) -> Floats:
    """Return each group's share of the value of all groups together, (…, m), from the values of all subsets, (…, 2^m).

    The average over all orders of what a group adds when it enters (Shapley 1953); of R² it is the measure of Lindeman, Merenda and
    Gold (1980, Introduction to Bivariate and Multivariate Analysis, p. 119 ff.), "LMG" in Grömping (2007, The American Statistician
    61). Exact: all subsets are used, and the shares sum to the value of all groups less that of none.
    """
    count = int(values.shape[-1]).bit_length() - 1
    place = {subset: number for number, subset in enumerate(subsets(count))}
    weights = np.zeros((2**count, count))
    for subset, number in place.items():
        for group in set(range(count)) - set(subset):
            share = factorial(len(subset)) * factorial(count - len(subset) - 1) / factorial(count)
            weights[place[tuple(sorted((*subset, group)))], group] += share
            weights[number, group] -= share
    result: Floats = values @ weights
    return result
