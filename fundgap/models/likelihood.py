"""Score and Hessian of many weightings of one ordered regression, a tile of rows by a block of replicates at a time.

Rows are sorted by grade, so that a tile holds rows of one grade and knows its thresholds; replicates run along the last axis.
Shapes: n rows, p columns that all replicates share, q columns that each has its own, J grades, B replicates,
k = J - 1 + p + q parameters in this order: thresholds, shared slopes, own slopes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundgap.models.links import Link, log_probability, piece
from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]

# Rows in a tile and replicates in a block: about ten such temporaries fit into a core's own cache, and each matrix product
# stays below the size at which BLAS would share it among threads and add up in another order.
SMALL_TILE, SMALL_BLOCK = 64, 128
LARGE_TILE, LARGE_BLOCK = 256, 32
LARGE_ROWS = 600
# BLAS gives a replicate the same bits beside any others as long as their number is a multiple of its widest step.
LANES = 8
_PRODUCT_ROWS = 30


@dataclass(frozen=True)
class Problem:
    """What the replicates share, rows sorted by grade.

    Parameters
    ----------
    order : (n,)
        Where each sorted row stood.
    bounds : (J + 1,)
        Rows bounds[j] to bounds[j + 1] have grade j.
    x : (n, p)
    beside_one : (1 + p, n)
        Ones, then the columns of x.
    pairs : (p(p + 1)/2, n)
        Products of each two columns of x, made once.
    """

    order: Ints
    bounds: Ints
    x: Floats
    beside_one: Floats
    pairs: Floats
    link: Link

    @classmethod
    def of(cls, y: Ints, x: Floats, grades: int, link: Link) -> "Problem":
        """Sort the rows of x, (n, p), by their grades and multiply its columns."""
        order = np.argsort(y, kind="stable")
        x = np.ascontiguousarray(x[order])
        bounds = np.searchsorted(y[order], np.arange(grades + 1))
        first, second = np.triu_indices(x.shape[1])
        columns = np.ascontiguousarray(x.T)
        return cls(order, bounds, x, np.vstack([np.ones(len(y)), columns]), columns[first] * columns[second], link)

    @property
    def inner(self) -> int:
        """Number of thresholds, J - 1."""
        return len(self.bounds) - 2

    @property
    def block(self) -> int:
        """Replicates to take at a time; a matter of the problem alone, never of how many there are."""
        return SMALL_BLOCK if len(self.x) <= LARGE_ROWS else LARGE_BLOCK

    def tiles(self) -> Iterator[tuple[int, slice]]:
        """Give every tile's grade and rows."""
        size = SMALL_TILE if len(self.x) <= LARGE_ROWS else LARGE_TILE
        for grade, (first, last) in enumerate(zip(self.bounds[:-1], self.bounds[1:], strict=True)):
            for start in range(first, last, size):
                yield grade, slice(start, min(start + size, last))


@dataclass(frozen=True)
class Block:
    """What the replicates of a block have of their own, rows sorted as the problem's.

    Parameters
    ----------
    weights : (n, B)
    own : (q, n, B)
        Columns of x that differ between replicates.
    """

    weights: Floats
    own: Floats

    def only(self, replicates: Ints) -> "Block":
        """Return the block of some of its replicates."""
        return Block(self.weights[:, replicates], self.own[:, :, replicates])


def derivatives(problem: Problem, block: Block, estimates: Floats) -> tuple[Floats, Floats]:
    """Return score and information (minus the Hessian) of every replicate.

    Parameters
    ----------
    estimates : (k, B), or (k, 1) where the replicates are all at the same point, which costs no exponentials but one set

    Returns
    -------
    (k, B) and (k, k, B) arrays
    """
    inner, shared, width = problem.inner, problem.inner + problem.x.shape[1], block.weights.shape[1]
    k = len(estimates)
    score, hessian = np.zeros((k, width)), np.zeros((k, k, width))
    pairs = np.zeros((len(problem.pairs), width))
    for grade, rows in problem.tiles():
        weights, own = block.weights[rows], block.own[:, rows]
        low, up = _thresholds(estimates, grade, inner)
        part = piece(problem.link, weights, _linear(problem, own, rows, estimates), low, up)
        for j, pull, bend, sign in ((grade, part.pull_up, part.bend_up, 1), (grade - 1, part.pull_low, part.bend_low, -1)):
            if pull is None or bend is None:
                continue
            score[j] += pull.sum(axis=0) + sign * part.spacing
            across = problem.beside_one[:, rows] @ bend
            hessian[j, j] += across[0] - part.coupling
            hessian[j, inner:shared] -= across[1:]
            for c, column in enumerate(own, start=shared):
                hessian[j, c] -= _sum_of(bend, column)
        if part.pull_up is not None and part.pull_low is not None:
            hessian[grade - 1, grade] += part.coupling
        pull, bend = _added(part.pull_up, part.pull_low), _added(part.bend_up, part.bend_low)
        score[inner:shared] -= problem.beside_one[1:, rows] @ pull
        for start in range(0, len(pairs), _PRODUCT_ROWS):
            pairs[start : start + _PRODUCT_ROWS] += problem.pairs[start : start + _PRODUCT_ROWS, rows] @ bend
        for c, column in enumerate(own, start=shared):
            score[c] -= _sum_of(pull, column)
            bent = bend * column
            hessian[inner:shared, c] += problem.beside_one[1:, rows] @ bent
            for d in range(c, k):
                hessian[c, d] += _sum_of(bent, own[d - shared])
    first, second = np.triu_indices(shared - inner)
    hessian[inner + first, inner + second] = pairs
    return score, _mirrored(-hessian)


def loglik(problem: Problem, block: Block, estimates: Floats) -> Floats:
    """Return the log-likelihood of every replicate, (B,), at its estimates, (k, B)."""
    result = np.zeros(block.weights.shape[1])
    for grade, rows in problem.tiles():
        low, up = _thresholds(estimates, grade, problem.inner)
        result += _sum_of(block.weights[rows], log_probability(problem.link, _linear(problem, block.own[:, rows], rows, estimates), low, up))
    return result


def scores_by_row(problem: Problem, estimates: Floats) -> Floats:
    """Return each row's contribution to the score, (n, k), in the order in which the rows came; estimates (k,)."""
    inner = problem.inner
    scores = np.zeros((len(problem.x), len(estimates)))
    one = np.ones((1, 1))
    for grade, rows in problem.tiles():
        low, up = _thresholds(estimates[:, None], grade, inner)
        linear = (problem.x[rows] @ estimates[inner:])[:, None]
        # A weight of one each; the spacing is one row's where only one row is summed.
        part = piece(problem.link, np.broadcast_to(one, linear.shape), linear, low, up)
        each = part.spacing / len(linear)
        for j, pull, sign in ((grade, part.pull_up, 1), (grade - 1, part.pull_low, -1)):
            if pull is not None:
                scores[rows, j] = (pull + sign * each)[:, 0]
        scores[rows, inner:] = -_added(part.pull_up, part.pull_low) * problem.x[rows]
    result = np.empty_like(scores)
    result[problem.order] = scores
    return result


def _thresholds(estimates: Floats, grade: int, inner: int) -> tuple[Floats | None, Floats | None]:
    return estimates[grade - 1] if grade > 0 else None, estimates[grade] if grade < inner else None


def _linear(problem: Problem, own: Floats, rows: slice, estimates: Floats) -> Floats:
    """Return x'slope, (T, B), or (T, 1) where replicates share their estimates and no own column counts yet."""
    shared = problem.inner + problem.x.shape[1]
    linear: Floats = problem.x[rows] @ estimates[problem.inner : shared]
    for column, slope in zip(own, estimates[shared:], strict=True):
        # At the common start own slopes are nil: nothing to add, and one set of exponentials serves all.
        if slope.any():
            linear = linear + column * slope
    return linear


def _added(one: Floats | None, other: Floats | None) -> Floats:
    if one is None or other is None:
        result = other if one is None else one
        assert result is not None
        return result
    return one + other


def _sum_of(one: Floats, other: Floats) -> Floats:
    """Return the sum over rows of two arrays' product, (B,)."""
    result: Floats = np.einsum("nb,nb->b", one, other)
    return result


def _mirrored(upper: Floats) -> Floats:
    """Return the symmetric matrices, (k, k, B), of which the upper triangles are given."""
    first, second = np.triu_indices(len(upper), 1)
    upper[second, first] = upper[first, second]
    return upper
