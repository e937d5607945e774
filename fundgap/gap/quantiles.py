"""Quantiles from counts on a fixed grid: memory does not grow with draws, and whole numbers add up to the same in any order.

What is counted is a positive single-precision number, need over that of run 0. Read as whole numbers, the bits of such floats stand in
the floats' own order, evenly spaced between powers of two; a cell is a run of 2^shift of them. So a draw is put into its cell by a
subtraction and a shift, without logarithm or rounding, and the edges of cells are floats themselves.

Shapes: S series, T years, B draws of a block, Q quantiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundgap.gap.strata import Singles
from fundgap.models.resampling import Ints
from fundgap.models.standardise import Floats

CELLS = 2048
# How far the grid reaches to either side, in half-widths of the middle 68% of the pilot block (standard deviations, were it normal).
# Half of all cells or more are within reach, and cells between two powers of two differ twofold, so one is less than a fortieth of that.
REACH = 8.0
_MIDDLE = (0.158655, 0.5, 0.841345)
_SMALLEST = float(np.finfo(np.float32).tiny)
Counts = NDArray[np.int32]


@dataclass(frozen=True)
class Grid:
    """Where counts are kept: CELLS cells for each series and year.

    Parameters
    ----------
    first : (S, T)
        The float at which the lowest cell starts, as a whole number.
    shift : (S, T)
        A cell holds 2^shift floats that follow each other.
    """

    first: Counts
    shift: Counts

    def cells(self, series: int, values: Singles, spare: Counts, out: Ints) -> Ints:
        """Return each value's cell, (T, B), counted on from year to year; what is outside goes to the end cells.

        `spare` and `out`, (T, B) too, are room to work in.
        """
        np.subtract(values.view(np.int32), self.first[series][:, None], out=spare)
        np.right_shift(spare, self.shift[series][:, None], out=spare)
        np.clip(spare, 0, CELLS - 1, out=spare)
        return np.add(spare, np.arange(0, CELLS * len(out), CELLS)[:, None], out=out)

    def edges(self, series: int, year: int) -> Floats:
        """Return the edges of the cells of a series and year, (CELLS + 1,)."""
        step = np.arange(CELLS + 1, dtype=np.int64) << int(self.shift[series, year])
        bits = int(self.first[series, year]) + step
        return bits.astype(np.int32).view(np.float32).astype(float)


def place_grid(pilot: NDArray[Any]) -> tuple[Counts, Counts]:
    """Return first and shift, (T,) each, for one series from a pilot block of it, (T, B)."""
    left, middle, right = np.quantile(np.log(pilot.astype(float)), _MIDDLE, axis=1)
    reach = REACH * (right - left) / 2
    ends = np.exp(np.clip([middle - reach, middle + reach], np.log(_SMALLEST), -np.log(_SMALLEST)))
    first, last = ends.astype(np.float32).view(np.int32)
    shift = np.ceil(np.log2((last.astype(float) - first + 1) / CELLS))
    return first, np.maximum(shift, 0).astype(np.int32)


def order_statistics(counts: Counts, edges: Floats, lowest: float, highest: float, ranks: Ints) -> Floats:
    """Return about where the draws of these ranks lie: each within its own cell, evenly spread there, so never a cell's width off.

    Parameters
    ----------
    counts : (CELLS,)
    edges : (CELLS + 1,)
    lowest, highest
        The extreme draws: the end cells, which hold what is outside the grid too, reach to them.
    ranks : (Q,)
        0 for the lowest draw.
    """
    up_to = np.cumsum(counts, dtype=np.int64)
    cell = np.searchsorted(up_to, ranks, side="right")
    within = (ranks - (up_to[cell] - counts[cell]) + 0.5) / counts[cell]
    left, right = _reaching(edges, lowest, highest)
    placed: Floats = np.clip(left[cell] + within * (right[cell] - left[cell]), lowest, highest)
    placed[ranks == 0], placed[ranks == up_to[-1] - 1] = lowest, highest
    return placed


def quantiles(counts: Counts, edges: Floats, lowest: float, highest: float, levels: Sequence[float]) -> Floats:
    """Return quantiles, (Q,), as numpy's default has them: on a line between the two draws next to (n - 1) times the level."""
    place = (counts.sum(dtype=np.int64) - 1) * np.asarray(levels, dtype=float)
    below, above = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
    left, right = np.split(order_statistics(counts, edges, lowest, highest, np.concatenate([below, above])), 2)
    between: Floats = left + (place - below) * (right - left)
    return between


def share_above(counts: Counts, edges: Floats, lowest: float, highest: float, value: float) -> tuple[float, float]:
    """Return the share of draws above a value, and by how much it may be off: at most what the value's own cell holds."""
    if value < lowest:
        return 1.0, 0.0
    if value >= highest:
        return 0.0, 0.0
    left, right = _reaching(edges, lowest, highest)
    cell = int(np.searchsorted(right, value, side="right"))
    share = counts / counts.sum(dtype=np.int64)
    within = (right[cell] - value) / (right[cell] - left[cell])
    return float(share[cell + 1 :].sum() + share[cell] * within), float(share[cell])


def spread(counts: Counts, edges: Floats, lowest: float, highest: float) -> float:
    """Return the standard deviation of the draws, each taken to lie in the middle of its cell."""
    left, right = _reaching(edges, lowest, highest)
    middle = (left + right) / 2
    share = counts / counts.sum(dtype=np.int64)
    return float(np.sqrt(np.sum(share * (middle - np.sum(share * middle)) ** 2)))


def _reaching(edges: Floats, lowest: float, highest: float) -> tuple[Floats, Floats]:
    """Return left and right of each cell, (CELLS,) each, the end cells reaching to the extreme draws."""
    left, right = edges[:-1].copy(), edges[1:].copy()
    left[0], right[-1] = min(lowest, left[0]), max(highest, right[-1])
    return left, right
