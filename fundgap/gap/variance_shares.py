"""What makes the gap uncertain: shares of its variance by source of chance, from the same draws with one source at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from fundgap.gap.draws import BLOCK, Design, council_ratios
from fundgap.gap.strata import Singles
from fundgap.gap.tally import region_sums
from fundgap.models.standardise import Floats
from fundgap.shown import Told

# The first national series is volume, the others prices.
_VOLUME, _PRICE = slice(0, 1), slice(1, None)
SOURCES = (
    "national volume",
    "national price",
    "drift of volume",
    "drift of price",
    "regional",
    "own volume",
    "own price",
)
TOGETHER = "together only"
# Errors come from leaving out one of this many groups of draws at a time.
GROUPS = 20


@dataclass(frozen=True)
class VarianceShares(Told):
    """Shares of the variance of a yearly gap in pounds.

    Parameters
    ----------
    table : source, financial_year, share, share_error, alone, alone_error
        `share` is the covariance of the gap under this source alone with the gap under all of them, over the latter's variance; with
        the last source, what they do only together, shares add up to 1. A source correlated with another (prices of one nation) has
        part of it counted, so a share can be below nothing. `alone` is the variance under this source alone over that under all.
        Errors are jackknife standard errors from the number of draws.
    place
        England or a council.
    draws
        How many were used.
    """

    table: pd.DataFrame
    place: str
    draws: int

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def of_year(self, year: str) -> pd.DataFrame:
        """Return the shares of one year, the largest first."""
        rows = self.table[self.table["financial_year"] == year]
        return rows.sort_values("share", ascending=False, ignore_index=True)

    def __str__(self) -> str:
        """Say the shares of the last year."""
        year = self.table["financial_year"].iloc[-1]
        rows = [f"  {row.source}: {row.share:.0%} ± {row.share_error:.0%}" for row in self.of_year(year).itertuples()]
        return "\n".join([f"Variance of the gap of {self.place} in {year}, {self.draws:,} draws", *rows])

    def _repr_html_(self) -> str:
        return str(self.of_year(self.table["financial_year"].iloc[-1]).round(3).to_html(index=False, escape=True))


def shares_of(design: Design, seed: int, blocks: int, years: Sequence[str], place: str) -> VarianceShares:
    """Return shares of the variance of the sum of a design's councils, from the draws of blocks 0 to `blocks` - 1.

    The estimator: with g the gap under all sources and g_s under source s alone, on the same random numbers (a common scale of heavy
    tails included), share = cov(g_s, g) / var(g). In a model linear in the sources and with independent ones this is the first-order
    Sobol index (Sobol, 1993); where they are correlated it is their covariance share (Li and others, 2010, J. Phys. Chem. A 114).
    """
    everything = _totals(design, seed, blocks)
    grouped = _by_region(design)
    alone = np.stack([_totals(only(_smallest(source, design, grouped), source), seed, blocks) for source in SOURCES])
    keys = pd.MultiIndex.from_product([[*SOURCES, TOGETHER], list(years)], names=["source", "financial_year"])
    share, error = _jackknife(alone, everything)
    columns = {"share": share[0], "share_error": error[0], "alone": share[1], "alone_error": error[1]}
    table = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=keys).reset_index()
    return VarianceShares(table, place, blocks * BLOCK)


def only(design: Design, source: str) -> Design:
    """Return the design with one source of chance left; draws keep their numbers."""
    years = design.years
    rows = {"national volume": _VOLUME, "national price": _PRICE, "drift of volume": _VOLUME, "drift of price": _PRICE}
    own = {"own volume": slice(0, years), "own price": slice(years, None)}
    return replace(
        design,
        national=_kept(design.national, rows[source] if source.startswith("national") else None),
        drift=_kept(design.drift, rows[source] if source.startswith("drift") else None),
        regional=_kept(design.regional, slice(None) if source == "regional" else None),
        own=np.swapaxes(_kept(np.swapaxes(design.own, 0, 1), own.get(source)), 0, 1),
    )


def _kept(root: Singles, rows: slice | None) -> Singles:
    """Return a root with nothing but some of its rows."""
    result = np.zeros_like(root)
    if rows is not None:
        result[rows] = root[rows]
    return result


def _by_region(design: Design) -> Design:
    """Return a design with a region's councils taken together: the same sum as long as nothing is their own."""
    need = region_sums(design, design.need)
    by_category = region_sums(design, design.need[:, None] * design.shares)
    regions, years = need.shape
    there = need[:, 0] > 0
    shares = by_category[there] / need[there][:, None]
    return replace(
        design,
        need=need[there],
        shares=shares.astype(np.float32),
        region_of=np.arange(regions)[there],
        own=np.zeros((int(there.sum()), *design.own.shape[1:]), np.float32),
        own_mean=np.zeros((int(there.sum()), years), np.float32),
    )


def _smallest(source: str, design: Design, grouped: Design) -> Design:
    return design if source.startswith("own") else grouped


def _totals(design: Design, seed: int, blocks: int) -> Floats:
    """Return the sum of need over councils, (T, blocks × B)."""
    return np.concatenate([_total(design, seed, block) for block in range(blocks)], axis=1)


def _total(design: Design, seed: int, block: int) -> Floats:
    total = np.zeros((design.years, BLOCK))
    # Threads for matrices so small wait for each other most of the time.
    with threadpool_limits(limits=1):
        for need, ratio in zip(design.need, council_ratios(design, seed, block), strict=True):
            total += ratio * need[:, None]
    return total


def _jackknife(alone: Floats, everything: Floats) -> tuple[Floats, Floats]:
    """Return shares and their errors, (2, sources + 1, T) each: by covariance, and alone."""
    whole = _shares(alone, everything)
    groups = np.arange(everything.shape[1]) % GROUPS
    left_out = np.stack([_shares(alone[:, :, groups != group], everything[:, groups != group]) for group in range(GROUPS)])
    return whole, np.sqrt((GROUPS - 1) / GROUPS * np.square(left_out - left_out.mean(axis=0)).sum(axis=0))


def _shares(alone: Floats, everything: Floats) -> Floats:
    centred = everything - everything.mean(axis=1, keepdims=True)
    variance = np.mean(centred**2, axis=1)
    # No chance, no shares: without any variance there is nothing to share out.
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.mean(alone * centred, axis=2) / variance
        by_itself = alone.var(axis=2) / variance
    return np.stack([np.vstack([share, 1 - share.sum(axis=0)]), np.vstack([by_itself, 1 - by_itself.sum(axis=0)])])
