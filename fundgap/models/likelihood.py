"""Score and Hessian of many weightings of one ordered regression, a tile of rows by a block of replicates at a time.

Rows are sorted by grade, so that a tile holds rows of one grade and knows its thresholds; replicates run along the last axis.
Shapes: n rows, p columns that all replicates share, q columns that each has its own, J grades, B replicates, T rows of a tile,
k = J - 1 + p + q parameters in this order: thresholds, shared slopes, own slopes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundgap.models.links import Link, Piece, edges, log_probability, piece, spacing
from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]

# Rows in a tile and replicates in a block: the few arrays that a tile needs at once fit into a core's own cache, and each
# matrix product stays below the size at which OpenBLAS would share it among threads, and so add up in another order.
SMALL_TILE, SMALL_BLOCK = 64, 256
LARGE_TILE, LARGE_BLOCK = 256, 64
LARGE_ROWS = 600
_PRODUCT_ROWS = 16
# BLAS gives a replicate the same bits beside any others as long as their number is a multiple of its widest step.
LANES = 8


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
    def shared(self) -> int:
        """Number of parameters before the slopes of own columns, J - 1 + p."""
        return self.inner + self.x.shape[1]

    @property
    def block(self) -> int:
        """Replicates to take at a time; a matter of the problem alone, never of how many there are."""
        return SMALL_BLOCK if len(self.x) <= LARGE_ROWS else LARGE_BLOCK

    def tiles(self) -> Iterator[tuple[int, slice]]:
        """Give every tile's grade and rows."""
        size = SMALL_TILE if len(self.x) <= LARGE_ROWS else LARGE_TILE
        for grade in range(len(self.bounds) - 1):
            for start in range(self.bounds[grade], self.bounds[grade + 1], size):
                yield grade, slice(start, min(start + size, self.bounds[grade + 1]))


@dataclass(frozen=True)
class Block:
    """What the replicates of a block have of their own, rows sorted as the problem's.

    Parameters
    ----------
    weights : (n, B)
    own : (q, n, B)
        Columns of x that differ between replicates.
    in_grade : (J, B)
        Weight of each grade.
    """

    weights: Floats
    own: Floats
    in_grade: Floats

    @classmethod
    def of(cls, problem: Problem, weights: Floats, own: Floats) -> "Block":
        """Return the block of weights (R, n) and own columns (R, n, q), the last replicate repeated up to a full number of lanes."""
        lanes = padded(np.arange(len(weights)))
        ordered = np.ascontiguousarray(weights[lanes][:, problem.order].T)
        pairs = zip(problem.bounds[:-1], problem.bounds[1:], strict=True)
        in_grade = np.array([ordered[first:last].sum(axis=0) for first, last in pairs])
        return cls(ordered, np.ascontiguousarray(own[lanes][:, problem.order].transpose(2, 1, 0)), in_grade)

    @property
    def width(self) -> int:
        """Number of replicates, B."""
        return self.weights.shape[1]

    def only(self, replicates: Ints) -> "Block":
        """Return the block of some of its replicates."""
        return Block(self.weights[:, replicates], self.own[:, :, replicates], self.in_grade[:, replicates])


@dataclass(frozen=True)
class _Sums:
    """Sums over rows that score and Hessian are made of: for each threshold, derivatives by themselves and times columns of x.

    Parameters
    ----------
    pulls, bends : (J - 1, 1 + p, B)
        First and second derivatives in each threshold's bound, times 1 and times the shared columns.
    pairs : (p(p + 1)/2, B)
    coupling : (J, B)
        Across the two bounds of each grade.
    own_pulls : (q, B)
    own_bends : (q, J - 1, 1 + p, B)
        As `bends`, times an own column too.
    own_pairs : (q, q, B)
    """

    pulls: Floats
    bends: Floats
    pairs: Floats
    coupling: Floats
    own_pulls: Floats
    own_bends: Floats
    own_pairs: Floats

    @classmethod
    def nil(cls, problem: Problem, block: Block) -> "_Sums":
        q, inner, beside, width = len(block.own), problem.inner, len(problem.beside_one), block.width
        shapes = [(inner, beside), (inner, beside), (len(problem.pairs),), (inner + 1,), (q,), (q, inner, beside), (q, q)]
        return cls(*(np.zeros((*shape, width)) for shape in shapes))

    def add(self, problem: Problem, rows: slice, grade: int, part: Piece, own: Floats) -> None:
        """Add a tile; own (q, T, B)."""
        beside = problem.beside_one[:, rows]
        self.coupling[grade] += part.coupling
        for j, pull, bend in ((grade, part.pull_up, part.bend_up), (grade - 1, part.pull_low, part.bend_low)):
            if pull is None or bend is None:
                continue
            self.pulls[j] += beside @ pull
            self.bends[j] += beside @ bend
            for c, column in enumerate(own):
                bent = bend * column
                self.own_pulls[c] += _sum_of(pull, column)
                self.own_bends[c, j] += beside @ bent
                for d in range(c, len(own)):
                    self.own_pairs[c, d] += _sum_of(bent, own[d])
        both = part.bend_low if part.bend_up is None else part.bend_up if part.bend_low is None else part.bend_up + part.bend_low
        for start in range(0, len(self.pairs), _PRODUCT_ROWS):
            some = slice(start, start + _PRODUCT_ROWS)
            self.pairs[some] += problem.pairs[some, rows] @ both


def derivatives(problem: Problem, block: Block, estimates: Floats) -> tuple[Floats, Floats]:
    """Return score and information (minus the Hessian) of every replicate.

    Parameters
    ----------
    estimates : (k, B), or (k, 1) where the replicates are all at the same point, which costs one set of exponentials

    Returns
    -------
    (k, B) and (k, k, B) arrays
    """
    inner, sums = problem.inner, _Sums.nil(problem, block)
    edge = edges(problem.link, estimates[:inner])
    for grade, rows in problem.tiles():
        own = block.own[:, rows]
        part = piece(problem.link, block.weights[rows], _linear(problem, own, rows, estimates), *_between(edge, grade))
        sums.add(problem, rows, grade, part, own)
    _, first, second = spacing(problem.link, estimates[:inner])
    sums.coupling[1:inner] -= block.in_grade[1:inner] * second
    sums.pulls[1:, 0] += block.in_grade[1:inner] * first
    sums.pulls[:-1, 0] -= block.in_grade[1:inner] * first
    score = np.concatenate([sums.pulls[:, 0], -sums.pulls[:, 1:].sum(axis=0), -sums.own_pulls])
    return score, _information(problem, sums)


def loglik(problem: Problem, block: Block, estimates: Floats) -> Floats:
    """Return the log-likelihood of every replicate, (B,), at its estimates, (k, B)."""
    inner = problem.inner
    edge = edges(problem.link, estimates[:inner])
    value, _, _ = spacing(problem.link, estimates[:inner])
    result = _sum_of(block.in_grade[1:inner], value)
    for grade, rows in problem.tiles():
        linear = _linear(problem, block.own[:, rows], rows, estimates)
        result += _sum_of(block.weights[rows], log_probability(problem.link, linear, *_between(edge, grade)))
    return result


def scores_by_row(problem: Problem, estimates: Floats) -> Floats:
    """Return each row's contribution to the score, (n, k), in the order in which the rows came; estimates (k,)."""
    inner, rows = problem.inner, len(problem.x)
    edge = edges(problem.link, estimates[:inner, None])
    _, first, _ = spacing(problem.link, estimates[:inner, None])
    pulls = np.zeros((rows, inner))
    for grade, tile in problem.tiles():
        linear = problem.x[tile] @ estimates[inner:, None]
        part = piece(problem.link, np.ones_like(linear), linear, *_between(edge, grade))
        apart = first[grade - 1] if 0 < grade < inner else 0.0
        for j, pull, sign in ((grade, part.pull_up, 1), (grade - 1, part.pull_low, -1)):
            if pull is not None:
                pulls[tile, j] = pull[:, 0] + sign * apart
    result = np.empty((rows, len(estimates)))
    result[problem.order] = np.hstack([pulls, -pulls.sum(axis=1, keepdims=True) * problem.x])
    return result


def padded(replicates: Ints) -> Ints:
    """Return the replicates with the last repeated up to a full number of lanes."""
    short = -len(replicates) % LANES
    return np.concatenate([replicates, np.repeat(replicates[-1:], short)])


def _between(edge: Floats, grade: int) -> tuple[Floats | None, Floats | None]:
    """Return a grade's lower and upper edge."""
    return edge[grade - 1] if grade > 0 else None, edge[grade] if grade < len(edge) else None


def _linear(problem: Problem, own: Floats, rows: slice, estimates: Floats) -> Floats:
    """Return x'slope, (T, B), or (T, 1) where replicates share their estimates and no own column counts yet."""
    linear: Floats = problem.x[rows] @ estimates[problem.inner : problem.shared]
    for column, slope in zip(own, estimates[problem.shared :], strict=True):
        # At the common start own slopes are nil: nothing to add, and one set of exponentials serves all.
        if slope.any():
            linear = linear + column * slope
    return linear


def _information(problem: Problem, sums: _Sums) -> Floats:
    """Return minus the Hessian, (k, k, B)."""
    inner, shared, q = problem.inner, problem.shared, len(sums.own_pulls)
    k, between = shared + q, np.arange(inner - 1)
    hessian = np.zeros((k, k, sums.coupling.shape[1]))
    thresholds = np.arange(inner)
    hessian[thresholds, thresholds] = sums.bends[:, 0] - sums.coupling[:-1] - sums.coupling[1:]
    hessian[between, between + 1] = sums.coupling[1:-1]
    hessian[:inner, inner:shared] = -sums.bends[:, 1:]
    first, second = np.triu_indices(shared - inner)
    hessian[inner + first, inner + second] = sums.pairs
    hessian[:inner, shared:] = -sums.own_bends[:, :, 0].transpose(1, 0, 2)
    hessian[inner:shared, shared:] = sums.own_bends[:, :, 1:].sum(axis=1).transpose(1, 0, 2)
    hessian[shared:, shared:] = sums.own_pairs
    first, second = np.triu_indices(k, 1)
    hessian[second, first] = hessian[first, second]
    return -hessian


def _sum_of(one: Floats, other: Floats) -> Floats:
    """Return the sum over rows of two arrays' product, (B,)."""
    result: Floats = np.einsum("nb,nb->b", one, other)
    return result
