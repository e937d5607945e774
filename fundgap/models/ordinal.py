"""The ordered regression: arrays in, arrays out, any number of weightings at once.

The model is P(y <= j) = F(threshold_j - x'slope), F the logistic function, the normal or the complementary log-log
(see `links`). `newton` climbs to the maximum, `likelihood` gives score and Hessian; this module is the way in and out.

Shapes: n rows, p columns of x, J grades, R replicates (weightings, or designs that differ in some columns),
k = J - 1 + p parameters (thresholds first).

A replicate's numbers are the same bit for bit whatever others run beside it, and however many, on a BLAS whose products do not
depend on a column's place among a multiple of eight (OpenBLAS, which numpy ships, does not; held by a test). For x of shape
(R, n, p) that needs the columns that differ to be named by `varying`.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from fundgap.errors import CannotFit
from fundgap.models import likelihood
from fundgap.models.links import Ints, Link
from fundgap.models.newton import Flags, Summit, climb, inverse
from fundgap.models.standardise import Floats, Scale, Turn
from fundgap.models.tiles import ROWS_ALONE, Block, Problem, room_for

__all__ = ["Floats", "Ints", "Link", "OrdinalFit", "clustered_covariance", "fit", "scores_by_row"]


@dataclass(frozen=True)
class OrdinalFit:
    """Estimates of R replicates, in the units of x.

    Parameters
    ----------
    thresholds : (R, J - 1)
    slopes : (R, p)
    loglik : (R,)
    information, covariance : (R, k, k)
        Minus the Hessian at the estimates, and its inverse; inverted in standardised units, where it is well conditioned.
    score : (R,)
        Largest absolute element of the score, per unit of weight and standard deviation of x; what convergence was judged on.
    has_empty_grade, is_collinear, is_separated, is_converged : (R,)
        A replicate with an empty grade, or in which a column is constant or follows from others, has no estimates (nan); one
        that is separated has none that mean anything. Only what is converged may be used.
    """

    thresholds: Floats
    slopes: Floats
    loglik: Floats
    information: Floats
    covariance: Floats
    score: Floats
    has_empty_grade: Flags
    is_collinear: Flags
    is_separated: Flags
    is_converged: Flags

    def counts(self) -> dict[str, int]:
        """Return how many replicates there are, how many converged, and how many failed for which reason."""
        failed = ~self.is_converged
        known = self.has_empty_grade | self.is_collinear | self.is_separated
        return {
            "replicates": len(self.loglik),
            "converged": int(self.is_converged.sum()),
            "empty grade": int(self.has_empty_grade.sum()),
            "collinear": int(self.is_collinear.sum()),
            "separated": int(self.is_separated.sum()),
            "not arrived": int((failed & ~known).sum()),
        }

    def summary(self) -> str:
        """Say in a line how many replicates can be used and why the others cannot."""
        counts = self.counts()
        failed = [f"{count} {reason}" for reason, count in list(counts.items())[2:] if count]
        reasons = f" ({', '.join(failed)})" if failed else ""
        return f"{counts['converged']:,} of {counts['replicates']:,} replicates converged{reasons}"


def fit(
    y: Ints,
    x: Floats,
    weights: Floats | None = None,
    *,
    grades: int | None = None,
    link: Link = "logit",
    varying: Floats | None = None,
) -> OrdinalFit:
    """Fit the ordered regression once for every row of weights, or for every design.

    Parameters
    ----------
    y : (n,)
        Grades 0 … J - 1, worst first.
    x : (n, p), or (R, n, p)
        No constant column: the thresholds are the constants. With (R, n, p) each replicate has its own; columns that are the
        same in all are found and done once.
    weights : (R, n) or (n,), optional
        Bootstrap counts, fractional weights or fold masks; ones where left out.
    grades
        J, where the highest grade may be absent from `y`.
    link
        "logit", "probit" or "cloglog", F(u) = 1 - exp(-exp(u)).
    varying : (R, n, q), optional
        Columns that differ between replicates (shuffled ones, say), to stand after those of `x`, (n, p).

    Returns
    -------
    OrdinalFit
        In the units of `x`.

    Raises
    ------
    CannotFit
        When shapes do not belong together, y holds what is no grade, x or weights hold what is no number, or weights are negative.
    """
    shared, own, place = _columns(x, varying)
    weights = np.ones((1, len(y))) if weights is None else np.atleast_2d(np.asarray(weights, dtype=float))
    _check(y, shared, own, weights)
    grades = int(y.max()) + 1 if grades is None else grades
    _check_grades(y, grades)
    scale = Scale.of(shared, grades - 1)
    z = scale.standardised(shared)
    problem = Problem.of(y, z, grades, link)
    start = _start(problem if len(problem.tiles) == 1 else Problem.of(y, z, grades, link, ROWS_ALONE))
    replicates = max(len(weights), len(own))
    weights, own = np.broadcast_to(weights, (replicates, len(y))), np.broadcast_to(own, (replicates, *own.shape[1:]))
    parts, room = [], room_for(problem, replicates)
    for first in range(0, replicates, problem.block):
        last = min(first + problem.block, replicates)
        parts.append(_fit_block(problem, scale, start, Block.of(problem, weights[first:last], own[first:last], room), last - first, place))
    return OrdinalFit(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(OrdinalFit)})


def scores_by_row(y: Ints, x: Floats, thresholds: Floats, slopes: Floats, link: Link = "logit") -> Floats:
    """Return each row's contribution to the score, (n, k), at one set of estimates."""
    problem = Problem.of(y, x, len(thresholds) + 1, link)
    return likelihood.scores_by_row(problem, np.concatenate([thresholds, slopes]))


def clustered_covariance(y: Ints, x: Floats, fitted: OrdinalFit, clusters: Ints, link: Link = "logit") -> Floats:
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
    problem = Problem.of(y, scale.standardised(x), inner + 1, link)
    estimates = scale.standard_estimates(np.hstack([fitted.thresholds[:1], fitted.slopes[:1]]))
    scores = likelihood.scores_by_row(problem, estimates[0])
    with np.errstate(all="ignore"):
        _, information = likelihood.derivatives(problem, Block.whole(problem), estimates.T)
    bread = inverse(information)[:, :, 0]
    count = int(clusters.max()) + 1
    sums = np.zeros((count, scores.shape[1]))
    np.add.at(sums, clusters, scores)
    meat = sums.T @ sums * count / (count - 1)
    result: Floats = scale.covariance((bread @ meat @ bread)[None])[0]
    return result


def _columns(x: Floats, varying: Floats | None) -> tuple[Floats, Floats, Ints]:
    """Return the columns that replicates share, (n, p), those that they do not, (R or 1, n, q), and where each slope belongs."""
    if x.ndim == 2:
        own = np.empty((1, len(x), 0)) if varying is None else np.asarray(varying, dtype=float)
        return np.asarray(x, dtype=float), own, np.arange(x.shape[1] + own.shape[2])
    if varying is not None:
        raise CannotFit("Give the columns that differ between replicates in `varying`, or all columns as x of shape (R, n, p), not both.")
    differs = (x != x[:1]).any(axis=(0, 1))
    place = np.argsort(np.concatenate([np.flatnonzero(~differs), np.flatnonzero(differs)]))
    return np.asarray(x[0][:, ~differs], dtype=float), np.asarray(x[:, :, differs], dtype=float), place


def _check(y: Ints, shared: Floats, own: Floats, weights: Floats) -> None:
    n = len(y)
    if len(shared) != n or own.shape[1] != n or weights.shape[1] != n or not n:
        raise CannotFit(f"y has {n} rows, x {len(shared)}, columns of its own {own.shape[1]}, weights {weights.shape[1]}: they must agree.")
    if len(weights) != len(own) and 1 not in (len(weights), len(own)):
        raise CannotFit(f"{len(weights)} rows of weights and {len(own)} designs: there must be as many of both, or one of either.")
    if not (np.isfinite(shared).all() and np.isfinite(own).all()):
        raise CannotFit("x holds missing or infinite values; leave those rows out first, or give them weight 0 and any number.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise CannotFit("A weight is missing, infinite or negative; weights are counts, shares or masks, 0 where a row is left out.")


def _check_grades(y: Ints, grades: int) -> None:
    if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= grades:
        raise CannotFit(f"y holds {y.min()} to {y.max()} ({y.dtype}); {grades} grades are whole numbers, 0 (worst) to {grades - 1}.")


def _start(problem: Problem) -> Floats:
    """Return where all replicates start, (k of shared columns, 1): the estimates with every row counted once, if there are any."""
    n, block = len(problem.order), Block.whole(problem)
    # Half a row more in each grade, so that thresholds are finite and apart even where one is empty.
    share = (np.cumsum(block.in_grade[:, 0] + 0.5) / (n + 0.5 * len(block.in_grade)))[:-1]
    start = np.concatenate([np.log(share / (1 - share)), np.zeros(problem.shared - problem.inner)])[:, None]
    summit = climb(problem, block, start, block.in_grade.min(axis=0) > 0)
    return summit.estimates[:, :1] if summit.is_converged[0] else start


def _fit_block(problem: Problem, scale: Scale, start: Floats, raw: Block, count: int, place: Ints) -> OrdinalFit:
    """Fit the first `count` replicates of a block whose own columns are in their own units."""
    centre, spread = raw.own.mean(axis=1), raw.own.std(axis=1)
    spread = np.where(spread > 0, spread, 1.0)
    block = replace(raw, own=(raw.own - centre[:, None]) / spread[:, None])
    width = raw.width if len(centre) else 1
    empty = block.in_grade.min(axis=0) <= 0
    summit = climb(problem, block, np.vstack([start, np.zeros((len(centre), 1))]), ~empty)
    with np.errstate(all="ignore"):
        value = likelihood.loglik(problem, block, summit.estimates)
    shared = [np.repeat(side[:, None], width, axis=1) for side in (scale.centre, scale.spread)]
    turn = Turn.of(np.vstack([shared[0], centre[:, :width]]), np.vstack([shared[1], spread[:, :width]]), problem.inner)
    return _result(problem, turn, summit, value, empty, place, count)


def _result(problem: Problem, turn: Turn, summit: Summit, value: Floats, empty: Flags, place: Ints, count: int) -> OrdinalFit:
    """Return the first `count` replicates in the units and the order of x's columns."""
    inner = problem.inner
    parameters = np.concatenate([np.arange(inner), inner + place])
    unknown = empty | summit.is_collinear
    estimates = np.where(unknown, np.nan, turn.estimates(summit.estimates))[parameters, :count].T
    matrices = [
        np.where(unknown, np.nan, matrix)[parameters[:, None], parameters, :count].transpose(2, 0, 1)
        for matrix in (turn.information(summit.information), turn.covariance(summit.covariance))
    ]
    score = np.where(unknown, np.nan, summit.score)[:count]
    value = np.where(unknown, np.nan, value)[:count]
    flags = [flag[:count] for flag in (empty, summit.is_collinear, summit.is_separated, summit.is_converged)]
    return OrdinalFit(estimates[:, :inner], estimates[:, inner:], value, matrices[0], matrices[1], score, *flags)
