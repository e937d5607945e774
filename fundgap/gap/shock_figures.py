"""The panel up to one year as arrays, and the yearly growth in it: nation, regions, councils. Nothing later is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.data.breaks import definition_breaks
from fundgap.data.prices import financial_year
from fundgap.errors import NoData
from fundgap.gap.trends import CATEGORIES, SPEND
from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]
# National series: volume and price of looked-after children, and spend a child on the two categories that have no count.
SERIES = ("looked_after volume", "looked_after price", "safeguarding price", "preventative price")
# Below the nation, price is that of all a council's services at once: what it files on another line cancels in its total.
LEVELS = ("volume", "price")
# Parts of preventative spend that stay comparable where the whole does not, by the register of definition breaks.
_PARTS = ("family_support", "sure_start", "young_people", "youth_justice", "other")
# A step of growth taken from comparable parts wants them to be most of the whole.
_LEAST_PART = 0.5
_NEARLY_ALL = 0.8


@dataclass(frozen=True)
class Figures:
    """Figures of C councils in T consecutive financial years, the last one the origin; nan where there are none.

    Parameters
    ----------
    years : (T,) tuple
    councils : (C,) tuple
        Those with all spend of the origin.
    regions : (R,) tuple; region_of : (C,)
    children, looked_after : (C, T)
    spend : (C, K, T)
        By category of `trends.CATEGORIES`, in prices of the origin.
    parts : (C, P, T)
        Preventative spend by its parts that stay comparable where the whole does not, in prices of the origin.
    is_broken, is_part_broken : (K, T), (P, T)
        Whether the category, or the part, is not comparable with the year before.
    """

    years: tuple[str, ...]
    councils: tuple[str, ...]
    regions: tuple[str, ...]
    region_of: Ints
    children: Floats
    looked_after: Floats
    spend: Floats
    parts: Floats
    is_broken: NDArray[np.bool_]
    is_part_broken: NDArray[np.bool_]

    @property
    def origin(self) -> str:
        """The last year."""
        return self.years[-1]


def figures_until(years: pd.DataFrame, origin: str) -> Figures:
    """Return the figures of financial years up to `origin`.

    Raises
    ------
    NoData
        When the panel does not hold the origin, or no council has its spend of that year.
    """
    known = years[years["financial_year"] <= origin]
    now = known[known["financial_year"] == origin].set_index("council")
    now = now[(now[list(SPEND)].notna() & (now[["gross_spend_gbp"]].to_numpy() > 0)).all(axis=1)]
    if now.empty:
        raise NoData(f"No council has its spend of {origin}: the panel runs from {years['financial_year'].min()} to {origin}.")
    span = [financial_year(start) for start in range(int(known["financial_year"].min()[:4]), int(origin[:4]) + 1)]
    prices = known.drop_duplicates("financial_year").set_index("financial_year")["price_index"].reindex(span)
    deflate = (prices[origin] / prices).to_numpy(dtype=float)

    def wide(columns: Sequence[str]) -> Floats:
        tables = [known.pivot(index="council", columns="financial_year", values=column) for column in columns]
        return np.stack([table.reindex(index=now.index, columns=span).to_numpy(dtype=float) for table in tables], axis=1)

    regions = tuple(sorted(now["region"].unique()))
    return Figures(
        years=tuple(span),
        councils=tuple(now.index),
        regions=regions,
        region_of=np.array([regions.index(name) for name in now["region"]]),
        children=wide(["children"])[:, 0],
        looked_after=wide(["looked_after"])[:, 0],
        spend=wide(SPEND) * deflate,
        parts=wide([f"{name}_spend_gbp" for name in _PARTS]) * deflate,
        is_broken=_broken(CATEGORIES, span),
        is_part_broken=_broken(_PARTS, span),
    )


def national_growth(figures: Figures) -> Floats:
    """Return yearly log growth, (S, T): looked-after children per child, and real spend per child of the three categories.

    Sums of the councils that have both years; nan where broken. Spend of 2008-09, for which no children are held, is set
    against children who grew as fast as in the next year.
    """
    children = _first_year_filled(figures.children)
    pairs = [(figures.looked_after, children), *((figures.spend[:, k], children) for k in range(figures.spend.shape[1]))]
    growth = np.stack([_sum_growth(top, bottom) for top, bottom in pairs])
    growth[1:][figures.is_broken] = np.nan
    growth[3] = np.where(np.isnan(growth[3]), _linked_growth(figures), growth[3])
    return growth


def own_growth(figures: Figures) -> Floats:
    """Return councils' yearly log growth, (2, C, T): in looked-after children per child; in real spend a child on everything."""
    volume = _log_growth(_ratio(figures.looked_after, figures.children))
    return np.stack([volume, total_growth(figures)[0] - _log_growth(figures.children)])


def total_growth(figures: Figures) -> tuple[Floats, Floats]:
    """Return yearly log growth in real spend on everything, (C, T) of councils and (T,) of their sum.

    In years in which a category is broken it is that of what is comparable with the year before, where that is nearly
    everything; otherwise nan.
    """
    own, england = np.full(figures.children.shape, np.nan), np.full(len(figures.years), np.nan)
    for t in range(1, len(figures.years)):
        before, now = _comparable(figures, t).T
        if np.nansum(before) > _NEARLY_ALL * np.nansum(figures.spend[:, :, t - 1]):
            own[:, t] = np.log(_ratio(now, before))
            both = np.isfinite(before) & np.isfinite(now)
            england[t] = np.log(now[both].sum() / before[both].sum())
    return own, england


def _first_year_filled(children: Floats) -> Floats:
    """Return children with the year before the first count, (C, T), at the growth of the year after it."""
    counted = np.isfinite(children).any(axis=0)
    filled, first = children.copy(), int(np.argmax(counted))
    if first > 0 and first + 1 < children.shape[1]:
        filled[:, first - 1] = children[:, first] ** 2 / children[:, first + 1]
    return filled


def _sum_growth(top: Floats, bottom: Floats) -> Floats:
    growth = np.full(top.shape[1], np.nan)
    for t in range(1, top.shape[1]):
        both = np.isfinite(top[:, t - 1 : t + 1]).all(axis=1) & np.isfinite(bottom[:, t - 1 : t + 1]).all(axis=1)
        if both.mean() > _LEAST_PART:
            ratio = top[both, t - 1 : t + 1].sum(axis=0) / bottom[both, t - 1 : t + 1].sum(axis=0)
            growth[t] = np.log(ratio[1] / ratio[0])
    return growth


def _linked_growth(figures: Figures) -> Floats:
    """Return growth of the comparable parts of preventative spend where they are most of it, (T,): a chain link."""
    growth = np.full(len(figures.years), np.nan)
    for t in range(1, len(figures.years)):
        parts = figures.parts[:, ~figures.is_part_broken[:, t]]
        with np.errstate(invalid="ignore"):
            enough = np.nansum(parts[:, :, t - 1]) > _LEAST_PART * np.nansum(figures.parts[:, :, t - 1])
        if enough:
            growth[t] = _sum_growth(_sum(parts[:, :, t - 1 : t + 1]), figures.children[:, t - 1 : t + 1])[1]
    return growth


def _comparable(figures: Figures, t: int) -> Floats:
    """Return the spend of a year and the year before it on all that is comparable between them, (C, 2)."""
    pair = slice(t - 1, t + 1)
    counted = figures.spend[:, :2][:, ~figures.is_broken[:2, t], pair]
    rest = figures.spend[:, 2:, pair] if not figures.is_broken[2, t] else figures.parts[:, ~figures.is_part_broken[:, t], pair]
    # Before 2010-11 some parts are not in the return at all: a part that nobody has is no gap.
    rest = rest[:, np.isfinite(rest).any(axis=(0, 2))]
    result: Floats = np.concatenate([counted, rest], axis=1).sum(axis=1)
    return result


def _sum(parts: Floats) -> Floats:
    """Return sums over the second axis of what is there; nan where nothing is."""
    result: Floats = np.where(np.isfinite(parts).any(axis=1), np.nansum(parts, axis=1), np.nan)
    return result


def _ratio(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / bottom
    return np.where(np.isfinite(ratio) & (ratio > 0), ratio, np.nan)


def _log_growth(level: Floats) -> Floats:
    growth = np.full(level.shape, np.nan)
    growth[:, 1:] = np.diff(np.log(level), axis=1)
    return growth


def _broken(categories: Sequence[str], span: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether a category is not comparable with the year before; preventative is wherever one of its parts is."""
    breaks = definition_breaks()
    breaks = breaks[(breaks["measure"] == "gross") & ~breaks["is_comparable"]]
    of = {"preventative": _PARTS}
    broken = [set(breaks.loc[breaks["category"].isin(of.get(name, (name,))), "first_year_after"]) for name in categories]
    return np.array([[year in years for year in span] for years in broken])
