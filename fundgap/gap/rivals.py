"""What a simple rule would have said: the forecasts that ours has to beat, each with its own interval.

All of them carry real spend on everything forward from the base year; none knows children, categories or unit costs. Their
intervals are normal in logs, from their own past: no rule is given an interval that it could not have had.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundgap.gap.scenario import Scenario
from fundgap.gap.shock_figures import Figures, total_growth
from fundgap.models.standardise import Floats

Drawn = NDArray[np.floating[Any]]

# Years whose mean growth is carried on.
WINDOW = 5
# What is left of a damped trend a year later; 0.8 to 0.98 is usual (Gardner and McKenzie, 1985, Management Science 31).
DAMPING = 0.8


def naive_drift(growth: Floats, pooled: bool, horizon: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation, (n, H), of a random walk that drifts as the mean of the last years.

    Its variance h s² (1 + h / m) counts that the drift is a mean of m years (Hyndman and Athanasopoulos, 2021,
    Forecasting: principles and practice, 5.5, drift method).
    """
    recent, years = _recent(growth)
    mean, h = np.nanmean(recent, axis=1), np.arange(1, horizon + 1)
    spread = _spread(growth - np.nanmean(growth, axis=1, keepdims=True), pooled, lost=1)
    return mean[:, None] * h, spread[:, None] * np.sqrt(h * (1 + h / years[:, None]))


def last_growth(growth: Floats, pooled: bool, horizon: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation when the last year's growth goes on, by how much it went wrong a year ahead.

    Growth is then itself a random walk, so its error adds up: h-year variance s² h (h + 1) (2h + 1) / 6.
    """
    h = np.arange(1, horizon + 1)
    last = np.array([row[np.isfinite(row)][-1] if np.isfinite(row).any() else np.nan for row in growth])
    spread = _spread(_changes(growth), pooled, lost=0)
    return last[:, None] * h, spread[:, None] * np.sqrt(h * (h + 1) * (2 * h + 1) / 6)


def damped_trend(growth: Floats, pooled: bool, horizon: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of a trend, the mean of the last years, of which `DAMPING` is left each year."""
    recent, _ = _recent(growth)
    h = np.arange(1, horizon + 1)
    spread = _spread(growth - np.nanmean(growth, axis=1, keepdims=True), pooled, lost=1)
    return np.nanmean(recent, axis=1)[:, None] * np.cumsum(DAMPING**h), spread[:, None] * np.sqrt(h)


def flat_real(growth: Floats, pooled: bool, horizon: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation when spend keeps its real value, with past growth as its error."""
    h = np.arange(1, horizon + 1)
    return np.zeros((len(growth), horizon)), _spread(growth, pooled, lost=0)[:, None] * np.sqrt(h)


RIVALS: dict[str, Callable[[Floats, bool, int], tuple[Floats, Floats]]] = {
    "naive drift": naive_drift,
    "last growth": last_growth,
    "damped trend": damped_trend,
    "flat real": flat_real,
}
# The Association's own paths, cash, England, rises since their first year: points, for no interval was published.
PUBLISHED = {"LGA 2016": "lga-2016", "LGA 2021": "lga-2021"}


def rival_draws(name: str, figures: Figures, normals: Drawn, england_normals: Floats) -> tuple[Drawn, Floats]:
    """Return real spend over that of the base year as one rule has it, (C, H, D) for councils and (H, D) for England.

    A council without a year of growth behind it is carried at the mean of the others.

    Parameters
    ----------
    normals, england_normals : (C, H, D) and (H, D)
        Standard normal numbers, the same for every rule.
    """
    own, england = total_growth(figures)
    horizon = normals.shape[1]
    mean, spread = RIVALS[name](own, True, horizon)
    mean = np.where(np.isfinite(mean), mean, np.nanmean(mean, axis=0))
    councils = np.exp(mean[..., None].astype(normals.dtype) + spread[..., None].astype(normals.dtype) * normals)
    mean, spread = RIVALS[name](england[None], False, horizon)
    return councils, np.exp(mean[0, :, None] + spread[0, :, None] * england_normals)


def published_rise(scenario: Scenario) -> dict[str, float]:
    """Return a published path of need over its first year's, by financial year."""
    path = scenario.need_gbp
    values = path.values if path is not None and path.values is not None else {}
    return {year: value / values[scenario.base_year] for year, value in values.items() if year != scenario.base_year}


def _recent(growth: Floats) -> tuple[Floats, Floats]:
    """Return the last `WINDOW` growths that each row has, nan before, and how many they are."""
    rows = [row[np.isfinite(row)][-WINDOW:] for row in growth]
    table = np.full((len(rows), WINDOW), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table, np.maximum(np.isfinite(table).sum(axis=1), 1)


def _changes(growth: Floats) -> Floats:
    """Return by how much each growth differs from the one known before it."""
    rows = [np.diff(row[np.isfinite(row)]) for row in growth]
    table = np.full((len(rows), growth.shape[1]), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table


def _spread(errors: Floats, pooled: bool, lost: int) -> Floats:
    """Return each row's root mean square error, with `lost` degrees of freedom a row; one for all rows where pooled."""
    squares, counts = np.nansum(errors**2, axis=1), np.isfinite(errors).sum(axis=1)
    if pooled:
        return np.full(len(errors), np.sqrt(squares.sum() / max((counts - lost).clip(0).sum(), 1)))
    result: Floats = np.sqrt(squares / np.maximum(counts - lost, 1))
    return result
