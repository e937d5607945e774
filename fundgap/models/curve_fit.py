"""One specification on the figures as observed and on every shuffle of them, in one call of the engine.

Shapes: n judgements, S shuffles (row 0 of S + 1 is as observed), q columns beside spend, G councils.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from fundgap.models import curve_rows, ordinal
from fundgap.models.curve_choices import Choices, Specification
from fundgap.models.curve_data import Bools, CurveData
from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats


@dataclass(frozen=True)
class FittedSpecification:
    """Estimates of one specification.

    Parameters
    ----------
    slope, error, spread : (S + 1,)
        Change in log odds of a better grade for one unit of spend and its standard error, nan where the fit failed; and the standard
        deviation of spend in the sample, the two tiny councils left aside.
    n : (S + 1,)
        Judgements; a record with gaps takes some from the council that it is handed to.
    is_separated, has_empty_grade, is_collinear, is_converged : (S + 1,)
        As the engine reports them.
    councils, is_clustered
        Councils in the sample; whether any was judged more than once, so that the errors are clustered by council (CR1), or
        not (inverse observed information).
    """

    slope: Floats
    error: Floats
    spread: Floats
    n: Ints
    is_separated: Bools
    has_empty_grade: Bools
    is_collinear: Bools
    is_converged: Bools
    councils: int
    is_clustered: bool


@dataclass(frozen=True)
class Arrays:
    """What is fitted.

    Parameters
    ----------
    y : (n,)
        Grades 0 … J - 1.
    spend : (S + 1, n)
        nan where a record has a gap.
    beside : (n, q)
        Columns beside spend, standardised.
    cluster : (n,)
        Number of the council.
    is_typical : (n,)
        Not a tiny council: what one standard deviation of spend is measured on, or one council would stretch it.
    """

    y: Ints
    spend: Floats
    beside: Floats
    cluster: Ints
    is_typical: Bools


def arrays_of(data: CurveData, options: Choices, specification: Specification, owners: Ints) -> Arrays:
    """Return the arrays of a specification.

    Parameters
    ----------
    owners : (S + 1, C)
        Whose record each council holds, as `curve_shuffles.permutations` gives it.
    """
    grade = curve_rows.grades_of(data, options, specification.outcome)
    year = curve_rows.figures_year(data, options, specification.lag)
    held = (grade >= 0) & (year >= 0) & ~np.isnan(curve_rows.deprivation_of(data, specification.deprivation, specification.edition))
    held &= curve_rows.in_frameworks(data, options, specification.frameworks)
    held &= curve_rows.in_place(data, options, specification.place) & curve_rows.controls_held(data, specification.controls)
    rows = np.flatnonzero(held)
    spend = _spend(data, specification, owners, rows, year[rows])
    # A judgement without spend in any of them, the observed one included, says nothing.
    some = ~np.isnan(spend).all(axis=0)
    rows, spend = rows[some], spend[:, some]
    observed = ~np.isnan(spend[0])
    present = np.unique(grade[rows[observed]])
    known = np.isin(grade[rows], present)
    rows, spend = rows[known], spend[:, known]
    y = np.searchsorted(present, grade[rows])
    _, cluster = np.unique(data.council[rows], return_inverse=True)
    beside = curve_rows.beside_spend(data, options, specification, rows, y)
    return Arrays(y, spend, beside, cluster, ~data.is_tiny[data.council[rows]])


def _spend(data: CurveData, specification: Specification, owners: Ints, rows: Ints, year: Ints) -> Floats:
    council = data.council[rows]
    if specification.form != "residual":
        return data.spend[specification.spend, specification.form][owners[:, council], year]
    result = np.empty((len(owners), len(rows)))
    deprivation = data.deprivation[specification.deprivation, specification.edition]
    for this in np.unique(year):
        records = data.spend[specification.spend, "per_child"][owners, this]
        here = year == this
        result[:, here] = residuals(records, deprivation[:, this], ~data.is_tiny)[:, council[here]]
    return result


def residuals(records: Floats, deprivation: Floats, counted: Bools) -> Floats:
    """Return what is left of spend, (S, C), after its least-squares line on deprivation, (C,), over the councils counted.

    A council that is not counted, or lacks spend, moves no line; where spend or deprivation lacks, so does the residual.
    """
    held = ~np.isnan(records) & ~np.isnan(deprivation) & counted
    weight = held / np.maximum(held.sum(axis=1, keepdims=True), 1)
    x = np.nan_to_num(deprivation)
    y = np.nan_to_num(records)
    centre_x, centre_y = (weight * x).sum(axis=1, keepdims=True), (weight * y).sum(axis=1, keepdims=True)
    dx, dy = x - centre_x, y - centre_y
    variance = (weight * dx**2).sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (weight * dx * dy).sum(axis=1, keepdims=True) / variance
    return np.where(np.isnan(records) | np.isnan(deprivation), np.nan, dy - slope * dx)


def fit_specification(arrays: Arrays) -> FittedSpecification:
    """Fit one specification on the observed figures and on every shuffle."""
    weights = (~np.isnan(arrays.spend)).astype(np.float64)
    spend, unit = _standardised(arrays.spend, weights)
    _, spread = _standardised(arrays.spend, weights * arrays.is_typical)
    fitted = ordinal.fit(arrays.y, arrays.beside, weights, grades=int(arrays.y.max()) + 1, varying=spend[:, :, None])
    times_judged = np.bincount(arrays.cluster, weights=weights[0])
    is_clustered = bool(times_judged.max(initial=0) > 1)
    good = fitted.is_converged
    variance = clustered_variance(arrays, spend, weights, fitted) if is_clustered else fitted.covariance[:, -1, -1]
    return FittedSpecification(
        slope=np.where(good, fitted.slopes[:, -1] / unit, np.nan),
        error=np.where(good, np.sqrt(np.where(good, variance, np.nan)) / unit, np.nan),
        spread=spread,
        n=weights.sum(axis=1).astype(np.int64),
        is_separated=fitted.is_separated,
        has_empty_grade=fitted.has_empty_grade,
        is_collinear=fitted.is_collinear,
        is_converged=good,
        councils=int((times_judged > 0).sum()),
        is_clustered=is_clustered,
    )


def _standardised(spend: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return spend with mean 0 and standard deviation 1 over what is held, 0 where it is not, and that deviation."""
    count = weights.sum(axis=1, keepdims=True)
    values = np.nan_to_num(spend)
    centred = np.where(weights > 0, values - (values * weights).sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / count)
    return centred / spread, spread[:, 0]


def clustered_variance(arrays: Arrays, spend: Floats, weights: Floats, fitted: ordinal.OrdinalFit) -> Floats:
    """Return the CR1 variance of the slope of spend in each replicate, (R,): that of `ordinal.clustered_covariance`, many at once.

    With b the row of the inverse information that belongs to that slope, the variance is the sum over councils of (b'score)² times
    G / (G - 1), so that no matrix of scores is needed, only one number a judgement.

    Parameters
    ----------
    spend, weights : (R, n)
        Spend as it was fitted; 1 where a judgement has spend and 0 where not.
    """
    inner = fitted.thresholds.shape[1]
    row = fitted.covariance[:, -1]
    linear = fitted.slopes[:, :-1] @ arrays.beside.T + fitted.slopes[:, -1:] * spend
    shift = row[:, inner:-1] @ arrays.beside.T + row[:, -1:] * spend
    ends, nought = np.full((len(row), 1), np.inf), np.zeros((len(row), 1))
    thresholds = np.hstack([-ends, fitted.thresholds, ends])
    moves = np.hstack([nought, row[:, :inner], nought])
    upper, lower = thresholds[:, arrays.y + 1] - linear, thresholds[:, arrays.y] - linear
    flip = upper + lower > 0
    probability = np.where(flip, expit(-lower) - expit(-upper), expit(upper) - expit(lower))
    density_up, density_low = expit(upper) * expit(-upper), expit(lower) * expit(-lower)
    change = density_up * (moves[:, arrays.y + 1] - shift) - density_low * (moves[:, arrays.y] - shift)
    with np.errstate(invalid="ignore", divide="ignore"):
        influence = np.where(weights > 0, weights * change / probability, 0.0)
    member = np.eye(int(arrays.cluster.max()) + 1)[arrays.cluster]
    count = ((weights @ member) > 0).sum(axis=1)
    result: Floats = ((influence @ member) ** 2).sum(axis=1) * count / (count - 1)
    return result
