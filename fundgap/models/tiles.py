"""How one ordered regression is laid out for many replicates: rows in tiles that hold every grade, replicates in blocks.

Rows are sorted by grade within each tile, so that what a threshold parts lies side by side; replicates run along the last axis.
Shapes: n rows, p columns that all replicates share, q columns that each has its own, J grades, B replicates, T rows of a tile,
k = J - 1 + p + q parameters in this order: thresholds, shared slopes, own slopes.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fundgap.models.links import Ints, Link
from fundgap.models.standardise import Floats

# Rows in a tile at most, and numbers in a tile of a block. The few such arrays that are needed at once stay nearer to the core
# the smaller they are; the interpreter's share of the time, which each evaluation costs once, is the smaller the larger they are,
# and counts where there are few tiles.
TILE_ROWS = 256
FEWEST_NUMBERS, MOST_NUMBERS = 2**15, 2**17
# Rows in a tile where one replicate stands alone: its one column of numbers is small however many rows there are.
ROWS_ALONE = 4096
# Multiplications in one product of matrices, and of a matrix and a column: above these OpenBLAS shares it among threads, and so
# adds up in another order.
PRODUCT_SIZE, COLUMN_SIZE = 2**18, 2**13
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
    tallest
        Most rows in a tile.
    block
        Replicates to take at a time; a matter of the rows alone, never of how many replicates there are.
    """

    order: Ints
    tiles: tuple[Tile, ...]
    inner: int
    shared: int
    tallest: int
    block: int
    link: Link

    @classmethod
    def of(cls, y: Ints, x: Floats, grades: int, link: Link, tile_rows: int = TILE_ROWS) -> "Problem":
        """Deal the rows of x, (n, p), out to tiles of about `tile_rows`, each grade evenly."""
        count = -(-len(y) // tile_rows)
        by_grade = np.argsort(y, kind="stable")
        start, size = np.searchsorted(y[by_grade], np.arange(grades)), np.bincount(y, minlength=grades)
        rank = np.empty_like(y)
        rank[by_grade] = np.arange(len(y)) - start[y[by_grade]]
        tile = rank * count // size[y]
        order = np.lexsort((y, tile))
        limits = np.searchsorted(tile[order], np.arange(count + 1))
        pairs = [(order[first:last], int(first)) for first, last in pairwise(limits)]
        tiles = tuple(Tile.of(y[part], x[part], first, grades) for part, first in pairs)
        tallest = max(len(part) for part, _ in pairs)
        block = max(LANES, max(FEWEST_NUMBERS, MOST_NUMBERS // count) // tallest // LANES * LANES)
        return cls(order, tiles, grades - 1, grades - 1 + x.shape[1], tallest, block, link)


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
    room : (5, numbers of the largest tile)
        To work in: asking the system for such arrays anew would cost more than filling them.
    """

    weights: Floats
    own: Floats
    in_grade: Floats
    room: Floats

    @classmethod
    def of(cls, problem: Problem, weights: Floats, own: Floats, room: Floats | None = None) -> "Block":
        """Return the block of weights (R, n) and own columns (R, n, q), the last replicate repeated up to a full number of lanes."""
        lanes = padded(np.arange(len(weights)))
        ordered = np.ascontiguousarray(weights[lanes][:, problem.order].T)
        in_grade = np.zeros((problem.inner + 1, len(lanes)))
        for tile in problem.tiles:
            for grade in range(problem.inner + 1):
                in_grade[grade] += ordered[tile.rows][tile.bounds[grade] : tile.bounds[grade + 1]].sum(axis=0)
        return cls(
            ordered,
            np.ascontiguousarray(own[lanes][:, problem.order].transpose(2, 1, 0)),
            in_grade,
            room_for(problem, len(lanes)) if room is None else room,
        )

    @classmethod
    def whole(cls, problem: Problem) -> "Block":
        """Return the block of one replicate in which every row counts once, alone: it fills no lanes, for no other is ever beside it."""
        n = len(problem.order)
        in_grade = np.sum([np.diff(tile.bounds) for tile in problem.tiles], axis=0)[:, None].astype(np.float64)
        return cls(np.ones((n, 1)), np.empty((0, n, 1)), in_grade, room_for(problem, 1))

    @property
    def width(self) -> int:
        """Number of replicates, B."""
        return int(self.weights.shape[1])

    def only(self, replicates: Ints) -> "Block":
        """Return the block of some of its replicates."""
        return Block(self.weights[:, replicates], self.own[:, :, replicates], self.in_grade[:, replicates], self.room)

    def space(self, rows: int, width: int) -> Floats:
        """Return room for the numbers of `rows` rows, (5, rows, width)."""
        return self.room[:, : rows * width].reshape(len(self.room), rows, width)


def room_for(problem: Problem, replicates: int) -> Floats:
    """Return room for blocks of a fit of so many replicates to work in."""
    width = min(problem.block, replicates + -replicates % LANES)
    return np.empty((5, problem.tallest * width))


def padded(replicates: Ints) -> Ints:
    """Return the replicates with the last repeated up to a full number of lanes."""
    short = -len(replicates) % LANES
    return np.concatenate([replicates, np.repeat(replicates[-1:], short)])


def rows_at_once(columns: int, replicates: int, problem: Problem) -> int:
    """Return how many rows of so many columns may enter one product: as many whatever stands beside, or for a replicate alone."""
    return max(1, (PRODUCT_SIZE // problem.block if replicates > 1 else COLUMN_SIZE) // max(1, columns))
