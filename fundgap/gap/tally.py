"""Every draw seen once and then forgotten: counts, extremes and sums by council, region and England, over as many workers as wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from fundgap.gap.draws import BLOCK, Design, council_ratios
from fundgap.gap.quantiles import CELLS, Counts, Grid, place_grid
from fundgap.gap.strata import Singles
from fundgap.models.standardise import Floats

Part = tuple[Counts, Floats, Floats, list[Floats]]


@dataclass(frozen=True)
class Tally:
    """What is kept of the draws. Series are the C councils, then the R regions, then England.

    Parameters
    ----------
    counts : (S, T, CELLS)
        Draws in each cell of `grid`.
    lowest, highest : (S, T)
        Need over that of run 0 in the extreme draws.
    sums : (S, T)
        Sum of need over all draws, £.
    """

    draws: int
    grid: Grid
    counts: Counts
    lowest: Floats
    highest: Floats
    sums: Floats

    def of(self, series: int, place: int) -> tuple[Counts, Floats, float, float]:
        """Return what quantiles are worked out from: counts, edges and extremes of a series in a year after the base year."""
        extremes = float(self.lowest[series, place]), float(self.highest[series, place])
        return self.counts[series, place], self.grid.edges(series, place), *extremes


def tally(design: Design, seed: int, draws: int, *, chunk: int = 10, n_jobs: int | None = 1) -> Tally:
    """Return what there is to know of draws 1 to `draws`, the same to the byte whatever `chunk` and `n_jobs`.

    Counts are whole numbers and extremes are extremes, in whatever order. Sums are kept block by block and added in the order of blocks.

    Parameters
    ----------
    chunk
        Blocks that a worker takes at a time.
    n_jobs
        As joblib takes it; None leaves it, and threads or processes, to `joblib.parallel_config`.
    """
    # Jobs in threads of this process would set back each other's limit; one around all of them holds throughout.
    with threadpool_limits(limits=1):
        grid = _pilot(design, seed)
        blocks = -(-draws // BLOCK)
        firsts = range(0, blocks, chunk)
        tasks = (joblib.delayed(_chunk)(design, seed, draws, grid, first, min(first + chunk, blocks)) for first in firsts)
        return _added(grid, draws, joblib.Parallel(n_jobs=n_jobs, return_as="generator")(tasks))


def series_ratios(design: Design, seed: int, block: int) -> Iterator[tuple[Singles, Floats]]:
    """Yield each series' need over that of run 0, and its need in £, (T, B) each, in a block: councils, then the sums that they make.

    As in `council_ratios`, the next one takes the place of the last.
    """
    regions = np.zeros((design.regions, design.years, BLOCK))
    need = np.empty((design.years, BLOCK))
    for council, ratio in enumerate(council_ratios(design, seed, block)):
        np.multiply(ratio, design.need[council][:, None], out=need)
        regions[design.region_of[council]] += need
        yield ratio, need
    of_run_0 = region_sums(design, design.need)
    for region, total in zip(regions, of_run_0, strict=True):
        yield (region / total[:, None]).astype(np.float32), region
    england: Floats = regions.sum(axis=0)
    yield (england / of_run_0.sum(axis=0)[:, None]).astype(np.float32), england


def region_sums(design: Design, councils: NDArray[Any]) -> Floats:
    """Return the sums of councils' figures, (C, ...), by region, (R, ...), each added up in the order of councils."""
    total = np.zeros((design.regions, *councils.shape[1:]))
    np.add.at(total, design.region_of, councils)
    return total


def _pilot(design: Design, seed: int) -> Grid:
    """Place the grid by the first block, all of it, however many draws are asked for."""
    placed = [place_grid(ratio) for ratio, _ in series_ratios(design, seed, 0)]
    first, shift = (np.array(part) for part in zip(*placed, strict=True))
    return Grid(first, shift)


def _chunk(design: Design, seed: int, draws: int, grid: Grid, first: int, last: int) -> Part:
    """Return counts, extremes, and the sums of each block, of blocks `first` to `last` - 1."""
    shape = grid.first.shape
    counts = np.zeros((shape[0], shape[1] * CELLS), dtype=np.int32)
    lowest, highest = np.full(shape, np.inf), np.full(shape, -np.inf)
    sums = []
    spare, room = np.empty((shape[1], BLOCK), np.int32), np.empty((shape[1], BLOCK), np.int64)
    with threadpool_limits(limits=1):
        for block in range(first, last):
            total = np.empty(shape)
            wanted = min(BLOCK, draws - block * BLOCK)
            for series, (ratio, need) in enumerate(series_ratios(design, seed, block)):
                cells = grid.cells(series, ratio[:, :wanted], spare[:, :wanted], room[:, :wanted])
                counted = np.bincount(cells.ravel(), minlength=counts.shape[1])
                np.add(counts[series], counted, out=counts[series], casting="unsafe")
                np.minimum(lowest[series], ratio[:, :wanted].min(axis=1), out=lowest[series])
                np.maximum(highest[series], ratio[:, :wanted].max(axis=1), out=highest[series])
                total[series] = need[:, :wanted].sum(axis=1)
            sums.append(total)
    return counts.reshape(*shape, CELLS), lowest, highest, sums


def _added(grid: Grid, draws: int, parts: Iterator[Part]) -> Tally:
    """Add up the parts as they come, which is in the order of blocks."""
    counts = np.zeros((*grid.first.shape, CELLS), dtype=np.int32)
    lowest, highest = np.full(grid.first.shape, np.inf), np.full(grid.first.shape, -np.inf)
    sums = np.zeros(grid.first.shape)
    for more, low, high, blocks in parts:
        counts += more
        lowest, highest = np.minimum(lowest, low), np.maximum(highest, high)
        for total in blocks:
            sums = sums + total
    return Tally(draws, grid, counts, lowest, highest, sums)
