"""Newton's method for many weightings of one ordered regression, side by side; each climbs as if it were alone.

The log-likelihood is concave in thresholds and slopes together, for all three links (Pratt, 1981, "Concavity of the log
likelihood", JASA 76; Burridge, 1981, JRSS B 43), so the maximum is the one point with no score, and is reached from any start,
unless a grade is empty, a column says nothing, or the data are separated, when there is none; all three are detected.

Shapes: B replicates along the last axis, k parameters (thresholds, shared slopes, own slopes), x standardised.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fundgap.models.likelihood import LANES, Block, Ints, Problem, derivatives, loglik
from fundgap.models.links import Link
from fundgap.models.standardise import Floats

Flags = NDArray[np.bool_]

MAX_NEWTON_STEPS = 50
MAX_HALVINGS = 40
# Largest score that still counts as the maximum, per unit of weight and standard deviation of x.
SCORE_TOLERANCE = 1e-9
# Slopes per standard deviation of x that are separation, not information: the odds of the logit move by a factor of three
# million, and the other links' by as many standard deviations of their own.
SEPARATION_SLOPE: dict[Link, float] = {"logit": 15.0, "probit": 8.3, "cloglog": 10.6}
# Information per unit of weight, in its weakest direction, below which the likelihood is flat.
FLAT_INFORMATION = 1e-7
# A ridge far below what counts as flat: a replicate with a singular Hessian must not spoil its own step.
_RIDGE = 1e-12


@dataclass(frozen=True)
class Summit:
    """Where each replicate's climb ended.

    Parameters
    ----------
    estimates : (k, B)
    score : (B,)
        Largest element of the score, per unit of weight.
    information, covariance : (k, k, B)
        Minus the Hessian there, and its inverse (nan where there is none).
    is_collinear, is_separated : (B,)
        No information in some direction from the start; or none at the end, or slopes past all bounds.
    """

    estimates: Floats
    score: Floats
    information: Floats
    covariance: Floats
    is_collinear: Flags
    is_separated: Flags


def climb(problem: Problem, block: Block, start: Floats, sound: Flags) -> Summit:
    """Climb to the maximum of every sound replicate from a common start, (k, 1); those that arrive drop out of the work."""
    inner, total = problem.inner, block.weights.sum(axis=0)
    limit = SEPARATION_SLOPE[problem.link]
    estimates = np.repeat(start, len(total), axis=1)
    with np.errstate(all="ignore"):
        score, information = derivatives(problem, block, start)
        covariance, flat = _inverse(information, total, sound)
        active = np.flatnonzero(sound & ~flat)
        collinear, separated = flat, np.zeros(len(total), dtype=bool)
        for _ in range(MAX_NEWTON_STEPS):
            size = _size(score, total)
            separated[active] = np.abs(estimates[inner:, active]).max(axis=0, initial=0.0) > limit
            active = active[(size[active] >= SCORE_TOLERANCE) & ~separated[active]]
            if not len(active):
                break
            lanes = _padded(active)
            here = block if len(active) == len(total) else block.only(lanes)
            estimates[:, lanes], score[:, lanes], information[:, :, lanes] = _step(
                problem, here, estimates[:, lanes], score[:, lanes], information[:, :, lanes], total[lanes]
            )
        covariance, flat = _inverse(information, total, sound & ~collinear)
    return Summit(estimates, _size(score, total), information, covariance, collinear, separated | flat)


def _step(
    problem: Problem, block: Block, start: Floats, score: Floats, information: Floats, total: Floats
) -> tuple[Floats, Floats, Floats]:
    """Take one Newton step and return estimates, score and information there.

    A step that at least halves the score is taken as it is. Where one does not, the log-likelihood is asked, and the step
    halved until it does not fall.
    """
    k = len(start)
    ridge = _RIDGE * np.trace(information) * np.eye(k)[:, :, None]
    step = np.einsum("abr,br->ar", inverse(information + ridge), score)
    trial = start + step
    there = derivatives(problem, block, trial)
    gained = (np.diff(trial[: problem.inner], axis=0) > 0).all(axis=0) & (_size(there[0], total) <= _size(score, total) / 2)
    if not gained.all():
        doubtful = _padded(np.flatnonzero(~gained))
        part = block.only(doubtful)
        trial[:, doubtful] = _halved(problem, part, start[:, doubtful], step[:, doubtful])
        there[0][:, doubtful], there[1][:, :, doubtful] = derivatives(problem, part, trial[:, doubtful])
    return trial, *there


def _halved(problem: Problem, block: Block, start: Floats, step: Floats) -> Floats:
    """Return the end of the step, halved until thresholds stay in order and the log-likelihood does not fall."""
    base = loglik(problem, block, start)
    size = np.ones(start.shape[1])
    for _ in range(MAX_HALVINGS):
        trial = start + size * step
        ordered = (np.diff(trial[: problem.inner], axis=0) > 0).all(axis=0)
        # Near the maximum the gain is lost in rounding; a fall of that size is not a fall.
        good = ordered & (loglik(problem, block, trial) >= base - 1e-12 * np.abs(base))
        if good.all():
            break
        size = np.where(good, size, size / 2)
    return trial


def inverse(information: Floats) -> Floats:
    """Return the inverses of positive definite matrices, (k, k, B), by Gauss-Jordan sweeps over all replicates at once."""
    a = information.copy()
    for j in range(len(a)):
        pivot, column = a[j, j].copy(), a[:, j].copy()
        row = a[j] / pivot
        a -= column[:, None] * row
        a[j], a[:, j], a[j, j] = row, -column / pivot, 1 / pivot
    return (a + a.transpose(1, 0, 2)) / 2


def _inverse(information: Floats, total: Floats, usable: Flags) -> tuple[Floats, Flags]:
    """Return the inverses (nan where there is none) and which replicates have a flat likelihood."""
    result = inverse(information)
    # The trace of the inverse is at least the inverse of the weakest eigenvalue and at most k of it: the few that it leaves in
    # doubt are looked at.
    doubtful = np.flatnonzero(usable & ~(np.trace(result) * total < 1 / FLAT_INFORMATION))
    flat = np.zeros(len(total), dtype=bool)
    if len(doubtful):
        finite = np.nan_to_num(information[:, :, doubtful]).transpose(2, 0, 1)
        flat[doubtful] = np.linalg.eigvalsh(finite)[:, 0] / total[doubtful] < FLAT_INFORMATION
    result[:, :, flat | ~usable] = np.nan
    return result, flat


def _size(score: Floats, total: Floats) -> Floats:
    result: Floats = np.abs(score).max(axis=0) / total
    return result


def _padded(replicates: Ints) -> Ints:
    """Return the replicates with the last repeated up to a full number of lanes."""
    short = -len(replicates) % LANES
    return np.concatenate([replicates, np.repeat(replicates[-1:], short)])
