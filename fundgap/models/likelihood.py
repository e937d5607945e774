"""Log-likelihood, score and Hessian of many weightings of one ordered regression, a tile of rows by a block of replicates at a time.

Shapes as in `tiles`: n rows, p shared and q own columns, J grades, B replicates, T rows of a tile, k parameters.
"""

from dataclasses import dataclass

import numpy as np

from fundgap.models.links import Side, edges, log_probability, sides, spacing
from fundgap.models.standardise import Floats
from fundgap.models.tiles import Block, Problem, Tile, rows_at_once


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
        q, inner, p, width = len(block.own), problem.inner, problem.shared - problem.inner, block.width
        return cls(
            pulls=np.zeros((inner, 1 + p, width)),
            bends=np.zeros((inner, 1 + p, width)),
            pairs=np.zeros((p * (p + 1) // 2, width)),
            coupling=np.zeros((inner + 1, width)),
            own_pulls=np.zeros((q, width)),
            own_bends=np.zeros((q, inner, 1 + p, width)),
            own_pairs=np.zeros((q, q, width)),
        )

    def add(self, side: Side, tile: Tile, own: Floats, weights: Floats | None, problem: Problem) -> None:
        """Add what one threshold sees of a tile; own (q, T, B), weights as in `_add_product`."""
        j, rows = side.threshold, side.rows
        beside, weights = tile.beside_one[:, rows], None if weights is None else weights[rows]
        _add_product(self.pulls[j], beside, side.pull, weights, problem)
        _add_product(self.bends[j], beside, side.bend, weights, problem)
        if side.coupling is not None:
            _add_product(self.coupling[j : j + 1], beside[:1], side.coupling, weights, problem)
        for c, column in enumerate(own[:, rows]):
            bent = side.bend * column
            self.own_pulls[c] += _sum_of(side.pull, column)
            _add_product(self.own_bends[c, j], beside, bent, None, problem)
            for d in range(c, len(own)):
                self.own_pairs[c, d] += _sum_of(bent, own[d, rows])


def derivatives(problem: Problem, block: Block, estimates: Floats) -> tuple[Floats, Floats]:
    """Return score and information (minus the Hessian) of every replicate.

    Parameters
    ----------
    estimates : (k, B), or (k, 1) where the replicates are all at the same point, which costs little more than one of them

    Returns
    -------
    (k, B) and (k, k, B) arrays
    """
    inner, sums = problem.inner, _Sums.nil(problem, block)
    edge = edges(problem.link, estimates[:inner])
    # At one point, rows' derivatives differ between replicates by their weights alone.
    together = estimates.shape[1] == 1 and not len(block.own)
    for tile in problem.tiles:
        own, weights = block.own[:, tile.rows], block.weights[tile.rows]
        each, later = (np.ones((len(weights), 1)), weights) if together else (weights, None)
        room = block.space(len(tile.x), each.shape[1])
        linear, bend, filled = _linear(problem, tile, own, estimates, room[0]), room[1], 0
        for side in sides(problem.link, each, linear, edge, tile.bounds, room[2:]):
            sums.add(side, tile, own, later, problem)
            # Sides come in the order of their rows: those seen before are added to, the others are new.
            seen = max(filled - side.rows.start, 0)
            bend[side.rows][:seen] += side.bend[:seen]
            bend[side.rows][seen:] = side.bend[seen:]
            filled = max(filled, side.rows.stop)
        _add_product(sums.pairs, tile.pairs, bend, later, problem)
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
        weights = block.weights[tile.rows]
        linear = _linear(problem, tile, block.own[:, tile.rows], estimates, block.space(len(tile.x), block.width)[0])
        for rows, logs in log_probability(problem.link, linear, edge, tile.bounds):
            result += _sum_of(weights[rows], logs)
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
        with np.errstate(all="ignore"):
            for side in sides(problem.link, np.ones_like(linear), linear, edge, tile.bounds, np.empty((3, *linear.shape))):
                pulls[side.rows, side.threshold] = side.pull[:, 0]
        for j, apart in enumerate(first[:, 0], start=1):
            middle = slice(tile.bounds[j], tile.bounds[j + 1])
            pulls[middle, j] += apart
            pulls[middle, j - 1] -= apart
        result[problem.order[tile.rows]] = np.hstack([pulls, -pulls.sum(axis=1, keepdims=True) * tile.x])
    return result


def _linear(problem: Problem, tile: Tile, own: Floats, estimates: Floats, room: Floats) -> Floats:
    """Return x'slope in the room given, (T, B), or (T, 1) where replicates share their estimates and no own column counts yet."""
    shared, slopes = estimates[problem.inner : problem.shared], estimates[problem.shared :]
    # At the common start own slopes are nil: nothing to add, and one set of exponentials serves all.
    is_common = estimates.shape[1] == 1 and not slopes.any()
    if is_common:
        room = room.reshape(-1, 1)[: len(room)]
    step = rows_at_once(len(shared), shared.shape[1], problem)
    for start in range(0, len(room), step):
        np.matmul(tile.x[start : start + step], shared, out=room[start : start + step])
    for column, slope in zip(own, slopes, strict=True) if not is_common else ():
        room += column * slope
    return room


def _information(problem: Problem, sums: _Sums) -> Floats:
    """Return minus the Hessian, (k, k, B): its upper triangle, then mirrored."""
    inner, shared = problem.inner, problem.shared
    k = shared + len(sums.own_pulls)
    result = np.zeros((k, k, sums.coupling.shape[1]))
    for j in range(inner):
        result[j, j] = sums.coupling[j] + sums.coupling[j + 1] - sums.bends[j, 0]
    for j in range(1, inner):
        result[j - 1, j] = -sums.coupling[j]
    result[:inner, inner:shared] = sums.bends[:, 1:]
    first = 0
    for a in range(inner, shared):
        np.negative(sums.pairs[first : first + shared - a], out=result[a, a:shared])
        first += shared - a
    if k > shared:
        result[:inner, shared:] = sums.own_bends[:, :, 0].transpose(1, 0, 2)
        result[inner:shared, shared:] = -sums.own_bends[:, :, 1:].sum(axis=1).transpose(1, 0, 2)
        result[shared:, shared:] = -sums.own_pairs
    for j in range(1, k):
        result[j, :j] = result[:j, j]
    return result


def _add_product(total: Floats, left: Floats, values: Floats, weights: Floats | None, problem: Problem) -> None:
    """Add left @ values, (c, B), so many rows at a time that no product is shared among threads.

    Where weights, (T, B), are given, values are those of rows of weight one, (T, 1), the same for all replicates.
    """
    right = values
    if weights is not None:
        left, right = left * values.T, weights
    step = rows_at_once(len(left), right.shape[1], problem)
    for start in range(0, len(right), step):
        total += left[:, start : start + step] @ right[start : start + step]


def _sum_of(one: Floats, other: Floats) -> Floats:
    """Return the sum over rows of two arrays' product, (B,)."""
    result: Floats = np.einsum("nb,nb->b", one, other)
    return result
