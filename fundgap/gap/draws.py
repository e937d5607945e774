"""The drawing core: how much more or less than run 0 each council needs, draw by draw.

Draws come in blocks of 5,000, a constant of the design and no tuning knob: every block has its own random numbers, keyed by the seed
and the block's own number (`resampling.generator`), and is worked out whole even where only one of its draws is asked for. So neither
the number of draws, nor the order, nor who works on it can change a bit of any draw. The formulas are those of `fundgap.gap.shocks`.

Shapes: C councils, K = 3 categories, R regions, S = 4 national series, T years after the base year, B draws of a block.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundgap.gap.strata import BITS, Singles, normal_slices
from fundgap.models.resampling import Ints, generator
from fundgap.models.standardise import Floats

# Enough for the interpreter to be a small part of the work, few enough for a council's numbers to stay in the processor's cache.
BLOCK = 5000
_NATIONAL, _REGIONAL, _OWN = range(3)
_NUMBERS_IN_WORD = 4


@dataclass(frozen=True)
class Design:
    """All that draws depend on but the seed.

    Parameters
    ----------
    need : (C, T)
        Need of run 0, £.
    shares : (C, K, T)
        What part of it is of each category.
    region_of : (C,)
        Number of each council's region.
    national, drift : (S, S)
        Roots of the covariances of yearly innovations, and of the error of drift.
    national_response, drift_response : (T, T), (T,)
        What the innovation of each year, and one error of drift, do to the logarithm of the level of each later year.
    national_scale, own_scale : (4096,)
        Slices of the factor that makes a national path, and a council's own, heavy-tailed.
    regional : (2T, 2T + 1)
        What normals do to a region's path: volume in all years, then price. The last column is what is taken off, so that the mean of
        a factor is 1.
    own : (C, 2T, 2T + 1)
        The same for each council's own path; the last column times the path's own scale.
    own_mean : (C, T)
        What is expected of each council's price beyond run 0: that an odd return of the base year fades.
    """

    need: Floats
    shares: Singles
    region_of: Ints
    national: Singles
    drift: Singles
    national_response: Singles
    drift_response: Singles
    national_scale: Singles
    regional: Singles
    own: Singles
    own_mean: Singles
    own_scale: Singles

    @property
    def years(self) -> int:
        """Return T."""
        return int(self.need.shape[1])

    @property
    def regions(self) -> int:
        """Return R."""
        return int(self.region_of.max()) + 1

    def of_council(self, council: int) -> "Design":
        """Return the design with one council alone, in its region; its own numbers are then those of the first council."""
        one = slice(council, council + 1)
        return replace(
            self,
            need=self.need[one],
            shares=self.shares[one],
            region_of=self.region_of[one],
            own=self.own[one],
            own_mean=self.own_mean[one],
        )


def council_ratios(design: Design, seed: int, block: int) -> Iterator[Singles]:
    """Yield each council's need over that of run 0, (T, B), in a block, council after council; without shocks it is exactly 1.

    All councils come in one array: what is to be kept has to be copied before the next one.
    """
    looked_after, others = _common_factors(design, seed, block)
    stream = generator(seed, block, _OWN)
    years = design.years
    normals, paths = np.empty((2 * years + 1, BLOCK), np.float32), np.empty((2 * years, BLOCK), np.float32)
    scale, spare = normals[-1], np.empty((years, BLOCK), np.float32)
    for council, region in enumerate(design.region_of):
        words = _words(stream, 2 * years + 1)
        # No number of 12 bits is out of range; "wrap" is the quickest way to say so.
        np.take(normal_slices(), words[:-1], out=normals[:-1], mode="wrap")
        np.take(design.own_scale, words[-1], out=scale, mode="wrap")
        np.matmul(design.own[council], normals, out=paths)
        paths *= scale
        paths[years:] += design.own_mean[council][:, None]
        np.exp(paths, out=paths)
        yield _ratio(paths, looked_after[region], others[region], design.shares[council], spare)


def _ratio(paths: Singles, looked_after: Singles, others: Singles, shares: Singles, spare: Singles) -> Singles:
    """Return need over run 0, (T, B), from a council's own factors on volume and price, (2T, B), and those of its region.

    What is shared with the region comes less 1, so that rounding of the shares adds nothing where there are no shocks: the single
    precision sum of x and 1 - x is 1.

    Parameters
    ----------
    looked_after, others
        (T, B), and (K - 1, T, B) less 1.
    shares : (K, T)
    spare : (T, B)
        Room to work in.
    """
    years = len(spare)
    ratio, price = paths[:years], paths[years:]
    ratio *= looked_after
    ratio *= shares[0][:, None]
    for added, share in zip(others, shares[1:], strict=True):
        ratio += np.multiply(added, share[:, None], out=spare)
    ratio += 1 - shares[0][:, None]
    ratio *= price
    return ratio


def _common_factors(design: Design, seed: int, block: int) -> tuple[Singles, Singles]:
    """Return the factor that a region's shocks put on looked-after spend, (R, T, B), and on the rest, (R, K - 1, T, B), less 1."""
    years = design.years
    stream = generator(seed, block, _REGIONAL)
    national = _national_paths(design, seed, block)
    nation = np.exp([national[0] + national[1], *national[2:]])
    looked_after = np.empty((design.regions, years, BLOCK), np.float32)
    others = np.empty((design.regions, len(nation) - 1, years, BLOCK), np.float32)
    normals = np.ones((2 * years + 1, BLOCK), np.float32)
    for region in range(design.regions):
        np.take(normal_slices(), _words(stream, 2 * years), out=normals[:-1], mode="wrap")
        below = np.exp(design.regional @ normals)
        volume, price = below[:years], below[years:]
        np.multiply(nation[0], volume, out=looked_after[region])
        looked_after[region] *= price
        np.multiply(nation[1:], price, out=others[region])
    others -= 1
    return looked_after, others


def _national_paths(design: Design, seed: int, block: int) -> Singles:
    """Return the logarithm of each national series over run 0, (S, T, B)."""
    series, years = len(design.national), design.years
    words = _words(generator(seed, block, _NATIONAL), series * (years + 1) + 1)
    scale = np.take(design.national_scale, words[-1])
    normals = np.take(normal_slices(), words[:-1]).reshape(years + 1, series, BLOCK) * scale
    innovations = np.einsum("ij,tjb->itb", design.national, normals[:-1])
    drift = np.einsum("ij,jb->ib", design.drift, normals[-1])
    paths: Singles = np.einsum("ts,isb->itb", design.national_response, innovations)
    paths += drift[:, None, :] * design.drift_response[:, None]
    return paths


def _words(stream: np.random.Generator, rows: int) -> NDArray[np.uint16]:
    """Return 12 random bits each, (rows, B): the upper ones of each 16, of which the lowest of each 64 come first."""
    raw: NDArray[Any] = stream.bit_generator.random_raw(rows * BLOCK // _NUMBERS_IN_WORD)
    words: NDArray[np.uint16] = raw.astype("<u8", copy=False).view("<u2").reshape(rows, BLOCK)
    words >>= 16 - BITS
    return words
