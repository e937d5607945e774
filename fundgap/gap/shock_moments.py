"""Variances of shocks from few years and many councils. Pure functions: arrays in, arrays out.

Shapes: S national series, C councils, T years, R regions.
"""

import numpy as np
from numpy.typing import NDArray

from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]
_ITERATIONS = 200
CLOSE = 1e-8
# Growth over up to four years tells what lasts from what passes.
LONGEST = 4
# Steps up to a fifth last as a rule: the year after goes neither with nor against them. Larger ones come back in part.
LEAP = 0.2
PRIOR_LEAP = 0.5
LEAST_STEP = 1e-3


def drift_and_covariance(growth: Floats, window: int, persistence: float) -> tuple[Floats, Floats, Floats, Floats, Ints]:
    """Return drift (S,), its covariance (S, S), that of yearly innovations (S, S), the last shock (S,) and years used (S,).

    Innovations are residuals e_t = r_t - persistence * r_(t-1) about the mean of all years held; the drift is the mean of
    the last `window`. Correlations between series are halved: from so few years half of one is noise
    (shrinkage as in Ledoit and Wolf, 2004, Journal of Multivariate Analysis 88, with the share set, not estimated).
    """
    known = np.isfinite(growth)
    drift = np.array([row[here][-window:].mean() for row, here in zip(growth, known, strict=True)])
    used = np.minimum(known.sum(axis=1), window)
    residual = growth - np.nanmean(growth, axis=1, keepdims=True)
    before = np.concatenate([np.full((len(growth), 1), np.nan), residual[:, :-1]], axis=1)
    # After a gap nothing is known of the shock before: the residual is then scaled to an innovation's variance.
    innovation = np.where(np.isfinite(before), residual - persistence * np.nan_to_num(before), np.sqrt(1 - persistence**2) * residual)
    degrees = np.maximum(known.sum(axis=1) - 1, 1)
    spread = np.sqrt(np.nansum(innovation**2, axis=1) / degrees)
    both = np.isfinite(innovation).all(axis=0)
    correlation = np.eye(len(growth))
    if both.sum() >= 3:
        scaled = innovation[:, both]
        raw = scaled @ scaled.T / np.sqrt(np.outer((scaled**2).sum(axis=1), (scaled**2).sum(axis=1)))
        correlation = np.where(np.eye(len(growth), dtype=bool), 1.0, 0.5 * raw)
    covariance = correlation * np.outer(spread, spread)
    spread_of_mean = np.array([variance_of_mean(int(n), persistence) for n in used]) ** 0.5
    drift_cov = covariance * np.outer(spread_of_mean, spread_of_mean)
    return drift, drift_cov, covariance, np.nan_to_num(growth[:, -1] - drift), used


def variance_of_mean(count: int, persistence: float) -> float:
    """Return the variance of the mean of `count` values in a row of a first-order autoregression with innovations of variance 1.

    Sum of all autocovariances persistence ** |s - t| / (1 - persistence ** 2), over count ** 2 (Box, Jenkins, Reinsel and Ljung, 2015,
    Time Series Analysis, 2.1).
    """
    apart = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    return float((persistence**apart).mean() / (1 - persistence**2))


def volume_and_prices(values: Floats) -> Floats:
    """Turn looked-after spend per child (second) into spend per looked-after child: less its volume (first).

    (S,) a vector; (S, S) a covariance, turned on both sides.
    """
    turn = np.eye(len(values))
    turn[1, 0] = -1
    result: Floats = turn @ values if values.ndim == 1 else turn @ values @ turn.T
    return result


def t_variance(values: Floats, df: float) -> float:
    """Return the squared scale of a centred Student t with `df` degrees of freedom, by maximum likelihood (EM; Liu and Rubin, 1995)."""
    squares = values[np.isfinite(values)] ** 2
    scale = float(np.median(squares)) * 2
    if np.isinf(df):
        return float(squares.mean())
    for _ in range(_ITERATIONS):
        after = float(np.mean((df + 1) * squares / (df + squares / scale)))
        if abs(after - scale) < CLOSE * scale:
            break
        scale = after
    return scale


def within_and_between(growth: Floats, scale: Floats, region_of: Ints, df: float) -> tuple[Floats, Floats, float]:
    """Split councils' growth, (C, T), into variance within regions over 1 … H years, (H,), and the yearly variance between.

    `scale`, (C,), is what a council's shocks are measured in; a typical council's is 1.

    Returns
    -------
    within : (H,)
        Squared scale of t of growth over h years about the region's mean.
    steps : (C, T)
        One-year growth about the region's mean of the year.
    between
        Yearly variance of regions' means beyond what councils' own shocks give: growth of h years fitted by h times it.
    """
    regions = np.arange(region_of.max() + 1)
    steps = _about_region(growth, region_of)[0]
    longest = min(LONGEST, int(np.isfinite(growth).any(axis=0).sum()))
    within, top, bottom = np.empty(longest), 0.0, 0.0
    for h in range(1, longest + 1):
        sums = np.stack([growth[:, t - h + 1 : t + 1].sum(axis=1) for t in range(h - 1, growth.shape[1])], axis=1)
        about, means, counts = _about_region(sums, region_of)
        within[h - 1] = t_variance(about / scale[:, None], df)
        if len(regions) > 1:
            held = np.isfinite(means).all(axis=0)
            about_nation = means[:, held] - means[:, held].mean(axis=0)
            # The noise of a mean has the councils' plain variance, tails and all.
            noise = np.nanmean(about[:, held] ** 2) / counts[:, held]
            beyond = (about_nation**2).mean() * len(regions) / (len(regions) - 1) - noise.mean()
            top, bottom = top + h * beyond, bottom + h * h
    return within, steps, max(top / bottom, 0.0) if bottom else 0.0


def lasting_and_passing(within: Floats, persistence: float) -> tuple[float, float]:
    """Return the yearly variance of what lasts and the variance of what passes, both at least 0.

    Growth over h years has variance h * lasting + 2 (1 - persistence ** h) * passing: least squares over h.
    """
    h = np.arange(1, len(within) + 1)
    if len(within) < 2:
        return float(within[0]), 0.0
    columns = np.column_stack([h, 2 * (1 - persistence**h)]) / h[:, None]
    lasting, passing = np.linalg.lstsq(columns, within / h, rcond=None)[0]
    if passing < 0:
        return float(np.mean(within / h)), 0.0
    if lasting < 0:
        return 0.0, float(np.mean(within / (2 * (1 - persistence**h))))
    return float(lasting), float(passing)


def passing_now(steps: Floats, lasting: float, passing: float, returns: float) -> tuple[Floats, Floats]:
    """Return the passing error in each council's last level, (C,), as expected from its steps, and how well that is known, (C,).

    Kalman filter of a random walk seen with error (Harvey, 1989, Forecasting, Structural Time Series Models, ch. 3),
    started anew after a year without figures. What a step goes beyond `LEAP` is taken apart: the share `returns` of it is
    expected to go back, as if it were an odd return with that probability and a lasting change otherwise.
    """
    error, spread, beyond = np.zeros(len(steps)), np.full(len(steps), passing), np.zeros(len(steps))
    for step in steps.T:
        known = np.isfinite(step)
        # A leap that goes back is no news about the level.
        ordinary = np.clip(step, -LEAP, LEAP)
        ahead = spread + lasting
        gain = ahead / (ahead + passing) if passing > 0 else np.ones(len(steps))
        error = np.where(known, (1 - gain) * (ordinary + error), 0.0)
        spread = np.where(known, gain * passing, passing)
        beyond = np.where(known, step - ordinary, 0.0)
    return error + returns * beyond, np.sqrt(spread + returns * (1 - returns) * beyond**2)


def returning_share(steps: Floats) -> float:
    """Return the share of what a step goes beyond `LEAP` that is gone a year later, between 0 and 1: least squares, (C, T) steps.

    Drawn towards nothing by `PRIOR_LEAP`, since there are few leaps.
    """
    beyond = steps[:, :-1] - np.clip(steps[:, :-1], -LEAP, LEAP)
    after = steps[:, 1:]
    known = np.isfinite(beyond) & np.isfinite(after)
    share = -(beyond[known] * after[known]).sum() / ((beyond[known] ** 2).sum() + PRIOR_LEAP**2)
    return float(np.clip(share, 0, 1))


def size_exponent(steps: Floats, size: Floats) -> float:
    """Return gamma for which councils' steps, (C, T), have a scale proportional to size ** -gamma, (C,); 0 to 1/2.

    Least squares of log squared steps on log size, tiny steps held at `LEAST_STEP`.
    """
    x = np.broadcast_to(np.log(size)[:, None], steps.shape)
    y = np.log(np.maximum(steps**2, LEAST_STEP**2))
    known = np.isfinite(x) & np.isfinite(y)
    if known.sum() < 3 or np.ptp(x[known]) == 0:
        return 0.0
    slope = np.polyfit(x[known], y[known], 1)[0]
    return float(np.clip(-slope / 2, 0, 0.5))


def autoregression(values: Floats, df: float) -> tuple[float, float]:
    """Return the first-order autocorrelation of deviations, 0 to 0.95, and the scale (t with df) of what it leaves."""
    before, after = values[:-1], values[1:]
    rho = float(np.clip((before * after).sum() / (before * before).sum(), 0, 0.95))
    return rho, t_variance(after - rho * before, df) ** 0.5


def _about_region(growth: Floats, region_of: Ints) -> tuple[Floats, Floats, Floats]:
    """Return growth about its region's mean, (C, T), the means, (R, T), and how many councils are in each, (R, T)."""
    regions = np.arange(region_of.max() + 1)
    finite = np.isfinite(growth)
    counts = np.stack([finite[region_of == r].sum(axis=0) for r in regions])
    sums = np.stack([np.where(finite, growth, 0)[region_of == r].sum(axis=0) for r in regions])
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
        shrunk = counts / np.maximum(counts - 1, 1)
    means = np.where(counts > 1, means, np.nan)
    result: Floats = (growth - means[region_of]) * np.sqrt(shrunk)[region_of]
    return result, means, np.where(counts > 1, counts, np.nan)
