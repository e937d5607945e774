"""Newton's method for many weightings of one ordered regression, side by side; each climbs as if it were alone.

The log-likelihood is concave in thresholds and slopes together, for all three links (Pratt, 1981, "Concavity of the log
likelihood", JASA 76; Burridge, 1981, JRSS B 43), so the maximum is the one point with no score, and is reached from any start,
unless a grade is empty, a column says nothing, or the data are separated, when there is none; all three are detected.

Shapes: B replicates along the last axis, k parameters (thresholds, shared slopes, own slopes), x standardised.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dposv

from fundgap.models.likelihood import derivatives, loglik
from fundgap.models.links import Link
from fundgap.models.standardise import Floats
from fundgap.models.tiles import Block, Problem, padded

Flags = NDArray[np.bool_]

MAX_NEWTON_STEPS = 50
MAX_HALVINGS = 40
# Largest score that still counts as the maximum, per unit of weight and standard deviation of x.
SCORE_TOLERANCE = 1e-9
# Standard deviation of x'slope over rows that is separation, not information: at 15 the odds of the logit move by a factor of
# three million from one row to the next; the other links' by as many standard deviations of their own latent error.
SEPARATION_SPREAD: dict[Link, float] = {"logit": 15.0, "probit": 8.3, "cloglog": 10.6}
# Information per unit of weight, in its weakest direction, below which the likelihood is flat.
FLAT_INFORMATION = 1e-7
# What a step must bring the score down to, to be taken without asking the log-likelihood.
CONTRACTION = 0.9
# Share of a block's replicates.
MOST = 0.75
# Variance of a combination of columns, in units of theirs over all rows, that leaves no more information than FLAT_INFORMATION:
# a row has at most 0.64 (probit), so that less than this means that the columns are at fault, not the grades.
NO_VARIANCE = 1.5e-7
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
    is_collinear, is_separated, is_converged : (B,)
        No single maximum, because columns are constant or follow from others, or because slopes run away; or there.
    """

    estimates: Floats
    score: Floats
    information: Floats
    covariance: Floats
    is_collinear: Flags
    is_separated: Flags
    is_converged: Flags


def climb(problem: Problem, block: Block, start: Floats, sound: Flags) -> Summit:
    """Climb to the maximum of every sound replicate from a common start, (k, 1); those that arrive drop out of the work."""
    inner, total = problem.inner, block.in_grade.sum(axis=0)
    estimates = np.repeat(start, len(total), axis=1)
    active, lost = np.flatnonzero(sound), np.zeros(len(total), dtype=bool)
    with np.errstate(all="ignore"):
        score, information = derivatives(problem, block, start)
        for _ in range(MAX_NEWTON_STEPS):
            steep = active[np.abs(estimates[inner:, active]).max(axis=0, initial=0.0) > SEPARATION_SPREAD[problem.link]]
            lost[steep] = [_runs_away(problem, block, estimates[inner:, replicate], int(replicate)) for replicate in steep]
            active = active[(_size(score, total)[active] >= SCORE_TOLERANCE) & ~lost[active]]
            if not len(active):
                break
            here = (estimates, score, information)
            if len(active) > MOST * len(total):
                # To take the few that have arrived along and drop their results is cheaper than to copy all the others.
                moving = np.zeros(len(total), dtype=bool)
                moving[active] = True
                for mine, new in zip(here, _step(problem, block, estimates, score, information, total), strict=True):
                    np.copyto(mine, new, where=moving)
            else:
                lanes = padded(active)
                at, slope, curve = estimates[:, lanes], score[:, lanes], information[:, :, lanes]
                moved = _step(problem, block.only(lanes), at, slope, curve, total[lanes])
                for mine, new in zip(here, moved, strict=True):
                    mine[..., lanes] = new
        covariance, flat = _covariance(information, total, sound)
        size = _size(score, total)
    lost |= flat
    collinear = np.zeros_like(lost)
    collinear[lost] = [_is_collinear(problem, block, int(replicate)) for replicate in np.flatnonzero(lost)]
    converged = sound & ~lost & (size < SCORE_TOLERANCE)
    return Summit(estimates, size, information, covariance, collinear, lost & ~collinear, converged)


def _step(
    problem: Problem, block: Block, start: Floats, score: Floats, information: Floats, total: Floats
) -> tuple[Floats, Floats, Floats]:
    """Take one Newton step and return estimates, score and information there.

    A step that brings the score down is taken as it is. Where one does not, the log-likelihood is asked, and the step halved
    until it does not fall.
    """
    step = _solution(information, score)
    trial = start + step
    there = derivatives(problem, block, trial)
    gained = (np.diff(trial[: problem.inner], axis=0) > 0).all(axis=0) & (_size(there[0], total) <= CONTRACTION * _size(score, total))
    if not gained.all():
        doubtful = padded(np.flatnonzero(~gained))
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


def _solution(information: Floats, score: Floats) -> Floats:
    """Return the Newton steps, (k, B), by Gauss's elimination over all replicates at once; positive definite, so without pivoting."""
    k, width = score.shape
    a = np.concatenate([information, score[:, None]], axis=1)
    a[range(k), range(k)] += _RIDGE * np.trace(information)
    if width == 1:
        # The common start: one small matrix is LAPACK's, many side by side are not.
        _, alone, fault = dposv(a[:, :k, 0], score)
        if not fault:
            return np.asarray(alone, dtype=np.float64)
    outer = np.empty_like(a)
    for j in range(k - 1):
        rest, after = slice(j + 1, None), np.s_[j + 1 :, j + 1 :]
        a[after] -= np.multiply((a[rest, j] / a[j, j])[:, None], a[j, rest], out=outer[after])
    step = a[:, k]
    for j in reversed(range(k)):
        step[j] /= a[j, j]
        step[:j] -= np.multiply(a[:j, j], step[j], out=outer[:j, j])
    return step


def inverse(information: Floats) -> Floats:
    """Return the inverses of positive definite matrices, (k, k, B), by Gauss-Jordan sweeps over all replicates at once."""
    a, outer = information.copy(), np.empty_like(information)
    for j in range(len(a)):
        pivot, column = a[j, j].copy(), a[:, j].copy()
        row = a[j] / pivot
        np.multiply(column[:, None], row, out=outer)
        a -= outer
        a[j], a[:, j], a[j, j] = row, -column / pivot, 1 / pivot
    return (a + a.transpose(1, 0, 2)) / 2


def _covariance(information: Floats, total: Floats, sound: Flags) -> tuple[Floats, Flags]:
    """Return the inverses (nan where there is none) and which replicates have a flat likelihood."""
    result = inverse(information)
    # One over the weakest eigenvalue is at most the trace of the inverse: only the few that this leaves in doubt are looked at.
    variances = np.diagonal(result).T
    doubtful = np.flatnonzero(sound & ~((variances > 0).all(axis=0) & (variances.sum(axis=0) * total < 1 / FLAT_INFORMATION)))
    flat = np.zeros(len(total), dtype=bool)
    if len(doubtful):
        matrices = np.nan_to_num(information[:, :, doubtful]).transpose(2, 0, 1)
        flat[doubtful] = np.linalg.eigvalsh(matrices)[:, 0] / total[doubtful] < FLAT_INFORMATION
    result[:, :, flat | ~sound] = np.nan
    return result, flat


def _runs_away(problem: Problem, block: Block, slopes: Floats, replicate: int) -> bool:
    """Say whether steep slopes are separation. They are not where columns nearly agree and their slopes all but cancel."""
    return bool(np.std(_columns(problem, block, replicate) @ slopes) > SEPARATION_SPREAD[problem.link])


def _is_collinear(problem: Problem, block: Block, replicate: int) -> bool:
    """Say whether a column is constant or follows from others among the rows that have weight in a replicate."""
    weights = block.weights[:, replicate] / block.weights[:, replicate].sum()
    x = _columns(problem, block, replicate)
    away = x - weights @ x
    return bool(np.linalg.eigvalsh((away.T * weights) @ away)[0] < NO_VARIANCE)


def _columns(problem: Problem, block: Block, replicate: int) -> Floats:
    """Return all columns of one replicate, (n, p + q)."""
    return np.hstack([np.vstack([tile.x for tile in problem.tiles]), block.own[:, :, replicate].T])


def _size(score: Floats, total: Floats) -> Floats:
    result: Floats = np.abs(score).max(axis=0) / total
    return result
