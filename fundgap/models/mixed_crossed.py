"""Crossed factors, and the matrix of second derivatives that random intercepts for them lead to, in blocks.

With one intercept for every level of every factor, D = I + deviations x (weights summed over shared levels) x deviations. The
block of one factor is diagonal, so the one with most levels is solved for directly; the levels of all others, r of them, make
a dense block that Schur's complement joins to it. A factorisation costs of the order of n + q_1 r^2 + r^3.

Shapes: n rows, F factors of q_f levels each, q levels in all.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats


@dataclass(frozen=True)
class Crossed:
    """What is fitted: grades, columns and the level of every factor in every row.

    Parameters
    ----------
    y : (n,)
        Grades 0 … grades - 1.
    x : (n, p)
    levels : (F, n)
        Level 0 … sizes[f] - 1 of each factor; the factor with most levels first.
    sizes : (F,)
    """

    y: Ints
    x: Floats
    grades: int
    levels: Ints
    sizes: Ints

    @cached_property
    def starts(self) -> Ints:
        """Where each factor's levels begin among all levels, (F + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    @cached_property
    def places(self) -> Ints:
        """Place of each row's level among all levels, (F, n)."""
        return np.asarray(self.levels + self.starts[:-1, None], dtype=np.int64)

    def only(self, kept: Ints) -> "Crossed":
        """Return the same with some of the factors."""
        return replace(self, levels=self.levels[kept], sizes=self.sizes[kept])

    def sums(self, values: Floats) -> Floats:
        """Return the sum of row values in every level of every factor, (q,)."""
        parts = [np.bincount(level, values, size) for level, size in zip(self.levels, self.sizes, strict=True)]
        return np.concatenate(parts)

    def spread(self, deviations: Floats) -> Floats:
        """Return each level's deviation, (q,)."""
        return np.repeat(deviations, self.sizes)


@dataclass(frozen=True)
class System:
    """D in blocks, factorised: diagonal (q_1,), ratio = diagonal^-1 x border (q_1, r), Cholesky of Schur's complement."""

    diagonal: Floats
    ratio: Floats
    chol: tuple[Floats, bool]

    def solve(self, right: Floats) -> Floats:
        """Return D^-1 right, (q,)."""
        first = len(self.diagonal)
        scaled = right[:first] / self.diagonal
        if not self.ratio.shape[1]:
            return scaled
        rest = cho_solve(self.chol, right[first:] - self.ratio.T @ right[:first], check_finite=False)
        return np.concatenate([scaled - self.ratio @ rest, rest])

    @property
    def log_determinant(self) -> float:
        """log|D|."""
        return float(np.log(self.diagonal).sum() + 2 * np.log(np.diag(self.chol[0])).sum())


def factorise(data: Crossed, weight: Floats, deviations: Floats) -> System:
    """Return D = I + deviations x (weights summed over shared levels) x deviations, in blocks."""
    first, rest = int(data.sizes[0]), int(data.sizes[1:].sum())
    weights = data.sums(weight)
    diagonal = 1 + deviations[0] ** 2 * weights[:first]
    if not rest:
        return System(diagonal, np.zeros((first, 0)), (np.zeros((0, 0)), True))
    spread = data.spread(deviations)[first:]
    shared = np.zeros((first, rest))
    corner = np.diag(weights[first:])
    for f in range(1, len(data.sizes)):
        left, right = data.starts[f] - first, data.starts[f + 1] - first
        shared[:, left:right] = _shared(data, 0, f, weight)
        for g in range(f + 1, len(data.sizes)):
            block = _shared(data, f, g, weight)
            start, end = data.starts[g] - first, data.starts[g + 1] - first
            corner[left:right, start:end], corner[start:end, left:right] = block, block.T
    border = deviations[0] * shared * spread
    ratio = border / diagonal[:, None]
    complement = np.eye(rest) + spread[:, None] * corner * spread - border.T @ ratio
    return System(diagonal, ratio, cho_factor(complement, lower=True, check_finite=False))


def _shared(data: Crossed, f: int, g: int, weight: Floats) -> Floats:
    """Return the weights summed over rows of each pair of levels of two factors, (q_f, q_g)."""
    size = data.sizes[f], data.sizes[g]
    return np.bincount(data.levels[f] * size[1] + data.levels[g], weight, size[0] * size[1]).reshape(size)


def inverse_parts(data: Crossed, system: System, deviations: Floats) -> tuple[Floats, Floats]:
    """Return the diagonal of D^-1, (q,), and the variance of each row's sum of intercepts that it implies, (n,)."""
    rest = system.ratio.shape[1]
    corner = cho_solve(system.chol, np.eye(rest), check_finite=False) if rest else np.zeros((0, 0))
    cross = system.ratio @ corner
    variances = np.concatenate([1 / system.diagonal + (cross * system.ratio).sum(axis=1), np.diag(corner)])
    leverage = (data.spread(deviations) ** 2 * variances)[data.places].sum(axis=0)
    inside = data.places - data.sizes[0]
    for f in range(1, len(data.sizes)):
        leverage -= 2 * deviations[0] * deviations[f] * cross[data.levels[0], inside[f]]
        for g in range(f + 1, len(data.sizes)):
            leverage += 2 * deviations[f] * deviations[g] * corner[inside[f], inside[g]]
    return variances, leverage
