"""Score and Hessian of many weightings of one ordered regression, a tile of rows by a block of replicates at a time.

Rows are sorted by grade within each tile, so that what a threshold parts lies side by side; replicates run along the last axis.
Shapes: n rows, p columns that all replicates share, q columns that each has its own, J grades, B replicates, T rows of a tile,
k = J - 1 + p + q parameters in this order: thresholds, shared slopes, own slopes.
"""

from dataclasses import dataclass

import numpy as np

from fundgap.models.links import Ints, Link, Side, edges, log_probability, sides, spacing
from fundgap.models.standardise import Floats

# Rows in a tile at most, and numbers in a tile of a block: the few such arrays that are needed at once stay in a core's cache,
# and matrix products below the size at which OpenBLAS would share them among threads, and so add up in another order.
TILE_ROWS = 256
TILE_NUMBERS = 2**14
PRODUCT_ROWS = 16
# BLAS gives a replicate the same bits beside any others as long as their number is a multiple of its widest step.
LANES = 8


@dataclass(frozen=True)
class Tile:
    """Some rows of every grade.

    Parameters
    ----------
    rows
        Where they are among all rows, tiles one after the other.
    bounds : (J + 1,)
        Rows bounds[j] to bounds[j + 1] of the tile have grade j.
    x : (T, p)
    beside_one : (1 + p, T)
        Ones, then the columns of x.
    pairs : (p(p + 1)/2, T)
        Products of each two columns of x, made once.
    """

    rows: slice
    bounds: Ints
    x: Floats
    beside_one: Floats
    pairs: Floats

    @classmethod
    def of(cls, y: Ints, x: Floats, first: int, grades: int) -> "Tile":
        """Return the tile of sorted rows whose first is number `first` of all."""
        columns = np.ascontiguousarray(x.T)
        one, other = np.triu_indices(len(columns))
        beside_one, pairs = np.vstack([np.ones(len(y)), columns]), columns[one] * columns[other]
        return cls(slice(first, first + len(y)), np.searchsorted(y, np.arange(grades + 1)), x, beside_one, pairs)


@dataclass(frozen=True)
class Problem:
    """What the replicates share.

    Parameters
    ----------
    order : (n,)
        Where each row of the tiles stood.
    inner, shared
        Number of thresholds, J - 1, and of parameters before the slopes of own columns, J - 1 + p.
    """

    order: Ints
    tiles: tuple[Tile, ...]
    inner: int
    shared: int
    link: Link

    @classmethod
    def of(cls, y: Ints, x: Floats, grades: int, link: Link) -> "Problem":
        """Deal the rows of x, (n, p), out to tiles, each grade evenly."""
        count = -(-len(y) // TILE_ROWS)
        by_grade = np.argsort(y, kind="stable")
        start, size = np.searchsorted(y[by_grade], np.arange(grades)), np.bincount(y, minlength=grades)
        rank = np.empty_like(y)
        rank[by_grade] = np.arange(len(y)) - start[y[by_grade]]
        tile = rank * count // size[y]
        order = np.lexsort((y, tile))
        limits = np.searchsorted(tile[order], np.arange(count + 1))
        parts = [order[first:last] for first, last in zip(limits[:-1], limits[1:], strict=True)]
        tiles = tuple(Tile.of(y[part], x[part], first, grades) for part, first in zip(parts, limits, strict=False))
        return cls(order, tiles, grades - 1, grades - 1 + x.shape[1], link)

    @property
    def block(self) -> int:
        """Replicates to take at a time; a matter of the problem alone, never of how many there are."""
        widest = max(len(tile.x) for tile in self.tiles)
        return max(LANES, TILE_NUMBERS // widest // LANES * LANES)


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
        in_grade = np.zeros((problem.inner + 1, len(lanes)))
        for tile in problem.tiles:
            for grade in range(problem.inner + 1):
                in_grade[grade] += ordered[tile.rows][tile.bounds[grade] : tile.bounds[grade + 1]].sum(axis=0)
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
        q, inner, p = len(block.own), problem.inner, problem.shared - problem.inner
        shapes = [(inner, 1 + p), (inner, 1 + p), (p * (p + 1) // 2,), (inner + 1,), (q,), (q, inner, 1 + p), (q, q)]
        return cls(*(np.zeros((*shape, block.width)) for shape in shapes))

    def add(self, side: Side, tile: Tile, own: Floats) -> None:
        """Add what one threshold sees of a tile; own (q, T, B)."""
        j, beside = side.threshold, tile.beside_one[:, side.rows]
        self.pulls[j] += beside @ side.pull
        self.bends[j] += beside @ side.bend
        if side.coupling is not None:
            self.coupling[j] += side.coupling
        for c, column in enumerate(own[:, side.rows]):
            bent = side.bend * column
            self.own_pulls[c] += _sum_of(side.pull, column)
            self.own_bends[c, j] += beside @ bent
            for d in range(c, len(own)):
                self.own_pairs[c, d] += _sum_of(bent, own[d, side.rows])

    def add_pairs(self, tile: Tile, bend: Floats) -> None:
        """Add the products of columns, weighted by a tile's second derivatives along both bounds, (T, B)."""
        for start in range(0, len(self.pairs), PRODUCT_ROWS):
            some = slice(start, start + PRODUCT_ROWS)
            self.pairs[some] += tile.pairs[some] @ bend


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
    for tile in problem.tiles:
        own, bend = block.own[:, tile.rows], np.zeros((len(tile.x), block.width))
        for side in sides(problem.link, block.weights[tile.rows], _linear(problem, tile, own, estimates), edge, tile.bounds):
            sums.add(side, tile, own)
            bend[side.rows] += side.bend
        sums.add_pairs(tile, bend)
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
    for tile in problem.tiles:
        linear = _linear(problem, tile, block.own[:, tile.rows], estimates)
        result += _sum_of(block.weights[tile.rows], log_probability(problem.link, linear, edge, tile.bounds))
    return result


def scores_by_row(problem: Problem, estimates: Floats) -> Floats:
    """Return each row's contribution to the score, (n, k), in the order in which the rows came; estimates (k,)."""
    inner = problem.inner
    edge = edges(problem.link, estimates[:inner, None])
    _, first, _ = spacing(problem.link, estimates[:inner, None])
    result = np.empty((len(problem.order), len(estimates)))
    for tile in problem.tiles:
        pulls = np.zeros((len(tile.x), inner))
        linear = tile.x @ estimates[inner:, None]
        for side in sides(problem.link, np.ones_like(linear), linear, edge, tile.bounds):
            pulls[side.rows, side.threshold] = side.pull[:, 0]
        for j, apart in enumerate(first[:, 0], start=1):
            middle = slice(tile.bounds[j], tile.bounds[j + 1])
            pulls[middle, j] += apart
            pulls[middle, j - 1] -= apart
        result[problem.order[tile.rows]] = np.hstack([pulls, -pulls.sum(axis=1, keepdims=True) * tile.x])
    return result


def padded(replicates: Ints) -> Ints:
    """Return the replicates with the last repeated up to a full number of lanes."""
    short = -len(replicates) % LANES
    return np.concatenate([replicates, np.repeat(replicates[-1:], short)])


def _linear(problem: Problem, tile: Tile, own: Floats, estimates: Floats) -> Floats:
    """Return x'slope, (T, B), or (T, 1) where replicates share their estimates and no own column counts yet."""
    linear: Floats = tile.x @ estimates[problem.inner : problem.shared]
    for column, slope in zip(own, estimates[problem.shared :], strict=True):
        # At the common start own slopes are nil: nothing to add, and one set of exponentials serves all.
        if slope.any():
            linear = linear + column * slope
    return linear


def _information(problem: Problem, sums: _Sums) -> Floats:
    """Return minus the Hessian, (k, k, B): its upper triangle, then mirrored."""
    inner, shared = problem.inner, problem.shared
    k, thresholds = shared + len(sums.own_pulls), np.arange(inner)
    result = np.zeros((k, k, sums.coupling.shape[1]))
    result[thresholds, thresholds] = sums.coupling[:-1] + sums.coupling[1:] - sums.bends[:, 0]
    result[thresholds[:-1], thresholds[1:]] = -sums.coupling[1:-1]
    result[:inner, inner:shared] = sums.bends[:, 1:]
    first, second = np.triu_indices(shared - inner)
    result[inner + first, inner + second] = -sums.pairs
    if k > shared:
        result[:inner, shared:] = sums.own_bends[:, :, 0].transpose(1, 0, 2)
        result[inner:shared, shared:] = -sums.own_bends[:, :, 1:].sum(axis=1).transpose(1, 0, 2)
        result[shared:, shared:] = -sums.own_pairs
    for j in range(1, k):
        result[j, :j] = result[:j, j]
    return result


def _sum_of(one: Floats, other: Floats) -> Floats:
    """Return the sum over rows of two arrays' product, (B,)."""
    result: Floats = np.einsum("nb,nb->b", one, other)
    return result
