"""Figures that are possible but unlikely beside their neighbours: someone has to look, and may accept them by name.

A figure is held to the nearest years before and after it, at most two years off, in its own file or on record, and to the
same year in other releases. It is in doubt when

- it is several times its neighbour, or a fraction of it, **and** the step is large (a jump);
- it is a hundred times its neighbour, or a hundredth, and the step is not negligible (a slip of the keys);
- it has the other sign, and the step is not negligible.

How many times, and what is large, was set from the figures on record, so that little of what is genuine is asked about; the
counts stand in docs/data-notes.md. The figures of the two tiny councils jump by themselves and are left out. One doubt a
step: an odd figure between two that agree is named once, and so is not each of its neighbours; of a lasting change of level
the later year is named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import Doubt

REACH_YEARS = 2
_SERIES = ["council", "what", "column"]
_SLIP = 100.0
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """What is unlikely in one raw table.

    Parameters
    ----------
    times
        A jump is at least this many times the neighbour, or at most one part in so many; squared where two years lie between.
    of_subject
        The same for subjects that move less.
    large, small
        A jump must be a step of more than `large`, a slip or a change of sign of more than `small`, as a share of the yardstick.
    yardstick
        The council's largest figure of the year in the table, which is its total; or the middle figure of all councils.
    least
        No step below this is asked about, in the figure's own unit.
    """

    times: float
    large: float = 0.0
    small: float = 0.0
    yardstick: Literal["largest", "middle"] = "largest"
    least: float = 0.0
    of_subject: Mapping[str, float] = field(default_factory=dict)

    def times_of(self, what: str) -> float:
        """Return what a jump of a subject is at least."""
        return self.of_subject.get(what, self.times)

    def is_unlikely(self, times: "float | Array", figure: "_Figure | _Figures", other: "_Figure | _Figures") -> Any:
        """Return whether two figures of one series cannot well both be right; of many pairs at once, for each."""
        sizes = np.abs(figure.value), np.abs(other.value)
        low, high = np.minimum(*sizes), np.maximum(*sizes)
        # The smaller: where a whole council has slipped, so has its total.
        step, yardstick = np.abs(np.subtract(figure.value, other.value)), np.minimum(figure.yardstick, other.yardstick)
        apart = np.maximum(1, np.abs(np.subtract(figure.year, other.year)))
        is_jump = (high >= times**apart * low) & (step > self.large * yardstick)
        is_slip = (low > 0) & (high >= _SLIP * low)
        return (step > self.least) & (step > self.small * yardstick) & (is_jump | is_slip | (np.multiply(figure.value, other.value) < 0))


_CHILDREN = Rule(1.25, least=500)
RULES = {
    "spend": Rule(4, large=0.15, small=0.02, least=1_000_000, of_subject={"gross_spend": 2, "looked_after": 2}),
    # Councils file a line of the revenue outturn elsewhere from one year to the next: by the rule for spend 276 of its lines
    # would be asked about, by this one 63. Its total is held as tightly.
    "revenue_outturn": Rule(20, large=0.25, small=0.20, least=1_000_000, of_subject={"total": 2}),
    "looked_after": Rule(1.5, least=50),
    "children": _CHILDREN,
    "children_0_16": _CHILDREN,
    "projected_children": _CHILDREN,
    "indicators": Rule(4, large=2.0, small=0.5, yardstick="middle"),
}


@dataclass(frozen=True)
class _Place:
    """Where a figure stands: in a release on record, or ("") in the file itself."""

    source: str = ""
    is_accepted: bool = False


@dataclass(frozen=True)
class _Figure:
    year: int
    period: str
    value: float
    yardstick: float
    name: str
    place: _Place


@dataclass(frozen=True)
class _Figures:
    """Many figures, of each attribute an array."""

    year: Array
    value: Array
    yardstick: Array


_Unlikely = Callable[[_Figure, _Figure], bool]
_IN_FILE = _Place()


def in_doubt(
    table: str, new: pd.DataFrame, stored: pd.DataFrame, file: str, accepted: Mapping[str, set[str]], name_of: Mapping[str, str]
) -> list[Doubt]:
    """Return the figures of a file that are in doubt, in the order of their names; one a row of the table.

    Parameters
    ----------
    new, stored
        Figures of one table, of the file and on record, as `series.figures_of` gives them.
    accepted
        Names accepted before, by release. A step away from one of these says nothing against the figure it leads to, and
        what another release says that was accepted there is not asked about again.
    name_of
        Council names by code, for the text.
    """
    if table not in RULES:
        return []
    new, rule = new[~new["council"].isin(TINY_COUNCILS)], RULES[table]
    doubts: dict[str, Doubt] = {}
    stored = stored[stored["year"].between(new["year"].min() - REACH_YEARS, new["year"].max() + REACH_YEARS)]
    new, stored = _restless(_with_yardstick(new, rule), _with_yardstick(stored, rule), rule)
    on_record = _series(stored, lambda source, name: _Place(source, name in accepted.get(source, ())))
    for (council, what, column), own in _series(new, lambda source, name: _IN_FILE).items():
        for figure, against in _odd(own, on_record.get((council, what, column), []), partial(rule.is_unlikely, rule.times_of(what))):
            expected = " and ".join(f"{other.value:,.15g} in {other.period} ({other.place.source or 'this file'})" for other in against)
            where = f"{file}, {figure.name} ({name_of.get(council, council)})"
            doubts.setdefault(figure.name, Doubt(where, f"{figure.value:,.15g} ({column})", f"a figure like {expected}", figure.name))
    return [doubts[name] for name in sorted(doubts)]


def _with_yardstick(figures: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return the figures with the yardstick of their steps."""
    by = ["council", "period", "source"] if rule.yardstick == "largest" else ["what", "column", "period"]
    sizes = figures["value"].abs().groupby([figures[name] for name in by])
    return figures.assign(yardstick=sizes.transform("max" if rule.yardstick == "largest" else "median"))


def _restless(new: pd.DataFrame, stored: pd.DataFrame, rule: Rule) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures of those series, few of them, in which a new one and another within reach cannot well both be right."""
    every = pd.concat([new, stored], ignore_index=True)
    series = every.groupby(_SERIES, sort=False).ngroup().to_numpy()
    order = np.lexsort((every["year"].to_numpy(dtype=int), series))
    year, value, yardstick = (every[name].to_numpy(dtype=float)[order] for name in ("year", "value", "yardstick"))
    times = every["what"].map({what: rule.times_of(what) for what in every["what"].unique()}).to_numpy(dtype=float)[order]
    is_odd = np.zeros(len(every), dtype=bool)
    for apart in range(1, len(every)):
        here, there = slice(None, -apart), slice(apart, None)
        is_near = (series[order[here]] == series[order[there]]) & (year[there] - year[here] <= REACH_YEARS)
        if not is_near.any():
            break
        of = [_Figures(year[place], value[place], yardstick[place]) for place in (here, there)]
        is_of_file = np.minimum(order[here], order[there]) < len(new)
        is_odd[series[order[here]][is_near & is_of_file & rule.is_unlikely(times[here], *of)]] = True
    return new[is_odd[series[: len(new)]]], stored[is_odd[series[len(new) :]]]


def _series(figures: pd.DataFrame, place: Callable[[str, str], _Place]) -> dict[tuple[str, str, str], list[_Figure]]:
    """Return each council's figures of one subject and column."""
    series = defaultdict(list)
    columns = ("year", "period", "value", "name", "source", *_SERIES, "yardstick")
    rows = zip(*(figures[column].tolist() for column in columns), strict=True)
    for year, period, value, name, source, council, what, column, yardstick in rows:
        series[council, what, column].append(_Figure(year, period, value, yardstick, name, place(source, name)))
    return series


def _odd(own: list[_Figure], stored: list[_Figure], is_unlikely: _Unlikely) -> Iterator[tuple[_Figure, list[_Figure]]]:
    """Yield each figure of one series that is in doubt, with the neighbours that speak against it."""
    years = {figure.year for figure in own}
    beside = own + [figure for figure in stored if figure.year not in years]
    sides = {figure.year: [_against(figure, beside, is_unlikely, way) for way in (-1, 1)] for figure in own}
    outliers = {year for year, (before, after) in sides.items() if before and after}
    for figure in own:
        same = [other for other in stored if other.year == figure.year]
        agree = [other for other in same if not is_unlikely(figure, other)]
        if any(other.place.is_accepted for other in agree):
            continue
        differ = [other for other in same if not other.place.is_accepted]
        against = [other for other in sides[figure.year] if other]
        if differ and not agree:
            yield figure, differ
        elif figure.year in outliers or any(_is_named_by(figure, other, outliers) for other in against):
            yield figure, against


def _is_named_by(figure: _Figure, other: _Figure, outliers: set[int]) -> bool:
    """Return whether the step between two figures is told of the first: the one in the file, the later of two in the file."""
    return other.place.source != "" or (other.year not in outliers and other.year < figure.year)


def _against(figure: _Figure, beside: list[_Figure], is_unlikely: _Unlikely, way: int) -> _Figure | None:
    """Return the nearest figure to one side if it speaks against this one; from accepted oddities look on to the next year."""
    for apart in range(1, REACH_YEARS + 1):
        nearest = [other for other in beside if other.year == figure.year + way * apart]
        if not nearest:
            continue
        if not all(is_unlikely(figure, other) for other in nearest):
            return None
        if not any(other.place.is_accepted for other in nearest):
            return nearest[0]
    return None
