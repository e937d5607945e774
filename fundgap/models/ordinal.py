"""The ordered-logit engine: arrays in, arrays out, any number of weightings at once.

The model is P(y <= j) = F(threshold_j - x'slope), F the logistic function. Its log-likelihood is concave in thresholds and
slopes together (Pratt, 1981, "Concavity of the log likelihood", JASA 76), so Newton's method with step halving finds the
maximum from any start, unless a grade is empty or the data are separated, when there is none; both are detected.

Shapes: n rows, p columns of x, J grades, R weightings, k = J - 1 + p parameters (thresholds first).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from fundgap.models.standardise import Floats, Scale

Ints = NDArray[np.int64]

MAX_NEWTON_STEPS = 50
MAX_HALVINGS = 40
# Largest score that still counts as the maximum, per unit of weight and standard deviation of x.
SCORE_TOLERANCE = 1e-9
# A slope of 15 per standard deviation moves odds by a factor of three million: the data are separated, not informative.
SEPARATION_SLOPE = 15.0
# Information per unit of weight, in its weakest direction, below which the likelihood is flat: an estimate that runs away
# (separation by a rare column) or a column that says nothing in this replicate.
FLAT_INFORMATION = 1e-7
_TINY = 1e-300


@dataclass(frozen=True)
class OrdinalFit:
    """Estimates of R weightings.

    Parameters
    ----------
    thresholds : (R, J - 1)
    slopes : (R, p)
    loglik : (R,)
    information, covariance : (R, k, k)
        Minus the Hessian at the estimates, and its inverse; inverted in standardised units, where it is well conditioned.
    score : (R,)
        Largest absolute element of the score, per unit of weight; what convergence was judged on.
    has_empty_grade, is_separated, is_converged : (R,)
        A replicate with an empty grade has no estimates (nan); one that is separated, or in which a column has no
        variation, has none that mean anything.
    """

    thresholds: Floats
    slopes: Floats
    loglik: Floats
    information: Floats
    covariance: Floats
    score: Floats
    has_empty_grade: NDArray[np.bool_]
    is_separated: NDArray[np.bool_]
    is_converged: NDArray[np.bool_]


@dataclass(frozen=True)
class _Design:
    """Rows of the upper and lower bound's derivatives, and their pairwise products, made once for all replicates."""

    y: Ints
    x: Floats
    grades: int
    upper: Floats
    lower: Floats
    products: tuple[Floats, Floats, Floats]

    @classmethod
    def of(cls, y: Ints, x: Floats, grades: int) -> "_Design":
        n, inner = len(y), grades - 1
        upper, lower = np.zeros((n, inner)), np.zeros((n, inner))
        rows = np.arange(n)
        upper[rows[y < inner], y[y < inner]] = 1
        lower[rows[y > 0], y[y > 0] - 1] = 1
        upper, lower = np.hstack([upper, -x]), np.hstack([lower, -x])
        outer = np.einsum("ni,nj->nij", upper, lower)
        products = (
            np.einsum("ni,nj->nij", upper, upper).reshape(n, -1),
            (outer + outer.transpose(0, 2, 1)).reshape(n, -1),
            np.einsum("ni,nj->nij", lower, lower).reshape(n, -1),
        )
        return cls(y, x, grades, upper, lower, products)


def fit(y: Ints, x: Floats, weights: Floats | None = None, *, grades: int | None = None) -> OrdinalFit:
    """Fit the ordered logit once for every row of weights.

    Parameters
    ----------
    y : (n,)
        Grades 0 … J - 1, worst first.
    x : (n, p)
        No constant column: the thresholds are the constants.
    weights : (R, n), optional
        Bootstrap counts, fractional weights or fold masks; one row of ones where left out.
    grades
        J, where the highest grade may be absent from `y`.

    Returns
    -------
    OrdinalFit
        In the units of `x`.
    """
    grades = int(y.max()) + 1 if grades is None else grades
    weights = np.ones((1, len(y))) if weights is None else np.atleast_2d(weights)
    scale = Scale.of(x, grades - 1)
    design = _Design.of(y, scale.standardised(x), grades)
    in_grade = weights @ np.eye(grades)[y]
    empty: NDArray[np.bool_] = np.any(in_grade <= 0, axis=1)
    estimates, score, separated = _newton(design, weights, in_grade, empty)
    loglik, _, hessian = _derivatives(design, estimates, weights)
    covariance, flat = _inverse(-hessian, weights.sum(axis=1), usable=~empty & np.isfinite(score))
    separated |= flat
    converged: NDArray[np.bool_] = ~empty & ~separated & (score < SCORE_TOLERANCE)
    turned = scale.estimates(estimates)
    thresholds, slopes = turned[:, : grades - 1], turned[:, grades - 1 :]
    return OrdinalFit(
        thresholds, slopes, loglik, scale.information(-hessian), scale.covariance(covariance), score, empty, separated, converged
    )


def scores_by_row(y: Ints, x: Floats, thresholds: Floats, slopes: Floats) -> Floats:
    """Return each row's contribution to the score, (n, k), at one set of estimates."""
    design = _Design.of(y, x, len(thresholds) + 1)
    probability, up, low = _probability(*_bounds(design, np.concatenate([thresholds, slopes])[None, :]))
    result: Floats = (up / probability)[0, :, None] * design.upper - (low / probability)[0, :, None] * design.lower
    return result


def clustered_covariance(y: Ints, x: Floats, fitted: OrdinalFit, clusters: Ints) -> Floats:
    """Return the CR1 sandwich of the first weighting: bread x summed outer products of clusters' scores x bread x G / (G - 1).

    Parameters
    ----------
    clusters : (n,)
        Number of each row's cluster, 0 … G - 1, G at least 2.

    Returns
    -------
    (k, k) array, thresholds first, in the units of `x`.
    """
    inner = fitted.thresholds.shape[1]
    scale = Scale.of(x, inner)
    design = _Design.of(y, scale.standardised(x), inner + 1)
    estimates = scale.standard_estimates(np.hstack([fitted.thresholds[:1], fitted.slopes[:1]]))
    scores = scores_by_row(y, design.x, estimates[0, :inner], estimates[0, inner:])
    _, _, hessian = _derivatives(design, estimates, np.ones((1, len(y))))
    bread = np.linalg.inv(-hessian[0])
    count = int(clusters.max()) + 1
    sums = np.zeros((count, scores.shape[1]))
    np.add.at(sums, clusters, scores)
    meat = sums.T @ sums * count / (count - 1)
    result: Floats = scale.covariance((bread @ meat @ bread)[None])[0]
    return result


def probabilities(x: Floats, thresholds: Floats, slopes: Floats) -> Floats:
    """Return P(each grade), (n, J), at one set of estimates."""
    below = expit(thresholds[None, :] - (x @ slopes)[:, None])
    padded = np.hstack([np.zeros((len(x), 1)), below, np.ones((len(x), 1))])
    return np.diff(padded, axis=1)


def _newton(design: _Design, weights: Floats, in_grade: Floats, empty: NDArray[np.bool_]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Climb to the maximum of each replicate; those that have arrived drop out of the work."""
    inner = design.grades - 1
    estimates = np.zeros((len(weights), inner + design.x.shape[1]))
    share = np.cumsum(in_grade, axis=1)[:, :-1] / np.where(empty, 1.0, in_grade.sum(axis=1))[:, None]
    estimates[:, :inner] = logit(np.clip(share, 1e-9, 1 - 1e-9))
    estimates[empty] = np.nan
    score = np.full(len(weights), np.inf)
    separated = np.zeros(len(weights), dtype=bool)
    active = np.flatnonzero(~empty)
    for _ in range(MAX_NEWTON_STEPS):
        loglik, gradient, hessian = _derivatives(design, estimates[active], weights[active])
        score[active] = np.abs(gradient).max(axis=1) / weights[active].sum(axis=1)
        separated[active] = np.abs(estimates[active, inner:]).max(axis=1, initial=0.0) > SEPARATION_SLOPE
        moving = (score[active] >= SCORE_TOLERANCE) & ~separated[active]
        if not moving.any():
            break
        active, loglik, gradient, hessian = active[moving], loglik[moving], gradient[moving], hessian[moving]
        # A ridge far below what counts as flat: one replicate with a singular Hessian must not stop the others.
        ridge = 1e-12 * np.trace(hessian, axis1=1, axis2=2)[:, None, None] * np.eye(hessian.shape[1])
        step: Floats = np.linalg.solve(-hessian - ridge, gradient[:, :, None])[:, :, 0].astype(float)
        estimates[active] = _halved(design, estimates[active], step, loglik, weights[active])
    return estimates, score, separated


def _halved(design: _Design, start: Floats, step: Floats, loglik: Floats, weights: Floats) -> Floats:
    """Take the Newton step, halved until thresholds stay in order and the log-likelihood does not fall."""
    inner = design.grades - 1
    size = np.ones(len(start))
    for _ in range(MAX_HALVINGS):
        trial = start + size[:, None] * step
        ordered = (np.diff(trial[:, :inner], axis=1) > 0).all(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = _loglik(design, trial, weights)
        # Near the maximum the gain is lost in rounding; a fall of that size is not a fall.
        good = ordered & (value >= loglik - 1e-12 * np.abs(loglik))
        if good.all():
            break
        size = np.where(good, size, size / 2)
    return trial


def _bounds(design: _Design, estimates: Floats) -> tuple[Floats, Floats]:
    """Return each row's upper and lower bound on the latent scale, (R, n)."""
    inner = design.grades - 1
    linear = estimates[:, inner:] @ design.x.T
    infinite = np.full((len(estimates), 1), np.inf)
    thresholds = np.hstack([-infinite, estimates[:, :inner], infinite])
    return thresholds[:, design.y + 1] - linear, thresholds[:, design.y] - linear


def _probability(upper: Floats, lower: Floats) -> tuple[Floats, Floats, Floats]:
    """Return P(row's grade) and the logistic densities at its bounds, all (R, n)."""
    # F(u) - F(l) loses digits where both are near 1; there, F(-l) - F(-u) is the same and exact.
    flip = upper + lower > 0
    probability = np.where(flip, expit(-lower) - expit(-upper), expit(upper) - expit(lower))
    # Rows far out of reach underflow to 0; a floor keeps their derivatives finite, so that weight 0 can take them out.
    return np.maximum(probability, _TINY), expit(upper) * expit(-upper), expit(lower) * expit(-lower)


def _loglik(design: _Design, estimates: Floats, weights: Floats) -> Floats:
    probability, _, _ = _probability(*_bounds(design, estimates))
    result: Floats = (weights * np.log(probability)).sum(axis=1)
    return result


def _derivatives(design: _Design, estimates: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log-likelihood (R,), score (R, k) and Hessian (R, k, k)."""
    upper, lower = _bounds(design, estimates)
    probability, density_up, density_low = _probability(upper, lower)
    up, low = density_up / probability, density_low / probability
    slope_up, slope_low = up * (expit(-upper) - expit(upper)), low * (expit(-lower) - expit(lower))
    score = (weights * up) @ design.upper - (weights * low) @ design.lower
    squares, cross, lower_squares = design.products
    hessian = (weights * (slope_up - up**2)) @ squares + (weights * up * low) @ cross - (weights * (slope_low + low**2)) @ lower_squares
    k = estimates.shape[1]
    loglik = (weights * np.log(probability)).sum(axis=1)
    return loglik, score, hessian.reshape(-1, k, k)


def _inverse(information: Floats, weight: Floats, usable: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the inverses (nan where there is none) and which replicates have a flat likelihood."""
    covariance = np.full_like(information, np.nan)
    flat = np.zeros(len(information), dtype=bool)
    rows = np.flatnonzero(usable)
    weakest = np.linalg.eigvalsh(information[rows])[:, 0] / weight[rows]
    flat[rows] = weakest < FLAT_INFORMATION
    sound = rows[weakest >= FLAT_INFORMATION]
    covariance[sound] = np.linalg.inv(information[sound])
    return covariance, flat
