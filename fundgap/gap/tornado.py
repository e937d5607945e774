"""Which assumption matters most: the gap when each is moved, by itself, to the low and high end of its own history."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fundgap.errors import NoData
from fundgap.gap.arithmetic import gap_of, need_of
from fundgap.gap.scenario import Scenario
from fundgap.gap.shock_figures import Figures, figures_until, national_growth
from fundgap.gap.start import Start, start_of
from fundgap.models.standardise import Floats
from fundgap.shown import Told

LOW, HIGH = 0.1, 0.9
# With fewer, the tenth and ninetieth percentile are the extremes themselves.
FEWEST_WINDOWS = 4
# As in `shock_figures.SERIES`: what each stands for among the assumptions.
_SERIES = (
    ("demand_growth", "looked-after children per child"),
    ("price_growth", "cost of a looked-after child"),
    ("price_growth", "safeguarding, cost per child"),
    ("price_growth", "preventative services, cost per child"),
)


@dataclass(frozen=True)
class Tornado(Told):
    """England's gap of one year with each assumption moved alone.

    Parameters
    ----------
    table : assumption, label, low, central, high, windows, gap_low_gbp, gap_high_gbp, gap_low_gbp_real, gap_high_gbp_real, swing_gbp_real
        One row an assumption, the largest swing first. `low`, `central`, `high` are growth a year (fraction; real, but for general prices);
        low and high are the 10th and 90th percentile of mean growth over the panel's overlapping windows of the scenario's length, of
        which there are `windows`. `gap_low_gbp` is the gap at `low`, be it the smaller or the larger one.
    financial_year
        The year of the gap; gap_gbp, gap_gbp_real the gap with nothing moved, £.
    window_years
        Length of the windows.
    """

    table: pd.DataFrame
    scenario: Scenario
    financial_year: str
    price_base: str
    gap_gbp: float
    gap_gbp_real: float
    window_years: int

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def __str__(self) -> str:
        """Say each assumption's range."""
        head = (
            f"Gap of {self.financial_year} under '{self.scenario.id}': £{self.gap_gbp_real / 1e9:.1f}bn in {self.price_base} prices "
            f"(cash £{self.gap_gbp / 1e9:.1f}bn); with one assumption moved to the 10th and "
            f"90th percentile of its {self.window_years}-year windows"
        )
        rows = [
            f"  {row['label']}: {row['low']:+.1%} to {row['high']:+.1%} a year (assumed {row['central']:+.1%}), "
            f"£{row['gap_low_gbp_real'] / 1e9:.1f}bn to £{row['gap_high_gbp_real'] / 1e9:.1f}bn"
            for row in self.table.to_dict("records")
        ]
        return "\n".join([head, *rows])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))


def tornado(years: pd.DataFrame, scenario: Scenario, year: str | None = None, *, projected: pd.DataFrame | None = None) -> Tornado:
    """Move each assumption of a scenario of growth to a low and a high value of its own history, one at a time.

    Growth over windows is that of the nation: sums of councils with both years, definition breaks left out or bridged as for the shocks.
    Every council's path is moved alike. For funding, of which the panel holds none, the history is that of what councils spent in
    all, in real terms. Windows overlap and are few: the ends are a plausible range, no interval with a probability.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it; nothing after the base year is looked at.
    year
        Of the gap; the scenario's last unless given.
    projected
        As `project_gap` takes it.

    Raises
    ------
    BadScenario
        When the scenario follows paths in pounds: it has no growth to move.
    NoData
        When the panel holds too few windows of an assumption, or the scenario not the year.

    Examples
    --------
    What the gap of 2029-30 hangs on most, by the range of its own history:

    >>> import fundgap as fg
    >>> fg.tornado(fg.council_years(), fg.scenario("trend"), "2029-30").table["label"].iloc[0]
    'funding'
    """
    start = start_of(years, scenario, projected)
    last = start.years[-1] if year is None else year
    if last not in start.years[1:]:
        raise NoData(f"Scenario '{scenario.id}' does not project {last}; it runs from {start.years[1]} to {start.years[-1]}.")
    place = start.years.index(last)
    figures = figures_until(years, start.years[0])
    histories = window_growth(figures, _price_growth(years, figures.years), scenario.window_years)
    rows = []
    for assumption, label, central, moved in _moves(start, place, _is_funding_real(scenario)):
        known = histories[label][np.isfinite(histories[label])]
        if len(known) < FEWEST_WINDOWS:
            raise NoData(
                f"{label}: the panel holds {len(known)} windows of {scenario.window_years} years up to {start.years[0]}; "
                f"{FEWEST_WINDOWS} are wanted."
            )
        ends = np.expm1(np.quantile(known, [LOW, HIGH]))
        gaps = [_gap(moved((1 + end) / (1 + central)), place) for end in ends]
        (low, low_real), (high, high_real) = gaps
        rows.append((assumption, label, ends[0], central, ends[1], len(known), low, high, low_real, high_real, abs(high_real - low_real)))
    names = "assumption label low central high windows gap_low_gbp gap_high_gbp gap_low_gbp_real gap_high_gbp_real swing_gbp_real"
    table = pd.DataFrame(rows, columns=names.split()).sort_values("swing_gbp_real", ascending=False, ignore_index=True)
    return Tornado(table, scenario, last, start.years[0], *_gap(start, place), scenario.window_years)


def window_growth(figures: Figures, prices: Floats, length: int) -> dict[str, Floats]:
    """Return mean yearly log growth over every window of `length` years, (W,) each; nan where a year is missing.

    Parameters
    ----------
    prices : (T,)
        Yearly log growth of general prices, in the years of `figures`.

    Returns
    -------
    dict
        By label of `_SERIES`, and "children", "funding", "general prices".
    """
    children = _sum_growth(figures.children)
    spend = _sum_growth(figures.spend.sum(axis=1))
    series = {label: growth for (_, label), growth in zip(_SERIES, national_growth(figures), strict=True)}
    series |= {"children": children, "funding": spend, "general prices": prices}
    return {label: _means(growth[1:], length) for label, growth in series.items()}


_Move = Callable[[float], Start]


def _moves(start: Start, place: int, is_funding_real: bool) -> Iterator[tuple[str, str, float, _Move]]:
    """Yield each assumption: name, label, growth a year as assumed, and the start with (1 + growth) multiplied by a factor."""
    steps = np.arange(len(start.years), dtype=float)

    def mean(index: Floats) -> float:
        return float(index[place] ** (1 / place) - 1)

    def demand(factor: float) -> Start:
        return replace(start, demand=start.demand * np.where(_row(start.demand, 0), factor**steps, 1.0))

    def price(row: int) -> _Move:
        return lambda factor: replace(start, price=start.price * np.where(_row(start.price, row), factor**steps, 1.0))

    def general(factor: float) -> Start:
        moved = factor**steps
        return replace(start, prices=start.prices * moved, funding=start.funding * (moved if is_funding_real else 1.0))

    children = start.children @ start.demography / start.children.sum()
    yield "demography_growth", "children", mean(children), lambda factor: replace(start, demography=start.demography * factor**steps)
    for series, (name, label) in enumerate(_SERIES):
        index = start.demand[0] if series == 0 else start.price[series - 1]
        yield name, label, mean(index), demand if series == 0 else price(series - 1)
    funding = start.funding.sum(axis=0) / start.prices / start.funding[:, 0].sum()
    yield "funding_growth", "funding", mean(funding), lambda factor: replace(start, funding=start.funding * factor**steps)
    yield "general_price_growth", "general prices", mean(start.prices), general


def _row(index: Floats, row: int) -> NDArray[np.bool_]:
    """Return which row of an index is meant, (K, 1)."""
    chosen: NDArray[np.bool_] = np.arange(len(index))[:, None] == row
    return chosen


def _is_funding_real(scenario: Scenario) -> bool:
    return scenario.funding_growth is not None and scenario.funding_growth.is_real


def _price_growth(years: pd.DataFrame, span: Sequence[str]) -> Floats:
    """Return yearly log growth of general prices, (T,), nan in the first year."""
    index = years.drop_duplicates("financial_year").set_index("financial_year")["price_index"].reindex(list(span))
    return np.diff(np.log(index.to_numpy(dtype=float)), prepend=np.nan)


def _gap(start: Start, place: int) -> tuple[float, float]:
    """Return England's gap of a year, in cash and in prices of the base year."""
    need = need_of(start.spend, start.demography, start.demand, start.price, start.prices).sum(axis=1)
    gap = float(gap_of(need, start.funding)[:, place].sum())
    return gap, gap / float(start.prices[place])


def _sum_growth(values: Floats) -> Floats:
    """Return yearly log growth of a sum over the councils that have both years, (T,)."""
    growth = np.full(values.shape[1], np.nan)
    for year in range(1, values.shape[1]):
        both = values[np.isfinite(values[:, year - 1 : year + 1]).all(axis=1), year - 1 : year + 1].sum(axis=0)
        if both.all():
            growth[year] = np.log(both[1] / both[0])
    return growth


def _means(growth: Floats, length: int) -> Floats:
    if len(growth) < length:
        return np.empty(0)
    means: Floats = np.lib.stride_tricks.sliding_window_view(growth, length).mean(axis=1)
    return means
