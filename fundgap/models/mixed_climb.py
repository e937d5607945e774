"""The climb of the mixed ordered logit to its maximum: quasi-Newton steps, then Newton's, each halved until the likelihood rises.

BFGS on the analytic gradient of `mixed_laplace`, and at the end Newton steps on the Hessian (central differences of that
gradient) that the standard errors need in any case.
"""

from dataclasses import dataclass

import numpy as np

from fundgap.models.mixed_crossed import Crossed
from fundgap.models.mixed_laplace import Laplace, laplace
from fundgap.models.standardise import Floats

MAX_CLIMB_STEPS = 200
MAX_NEWTON_STEPS = 10
MAX_HALVINGS = 40
# What a further step would still add to the log-likelihood: half the square of its length in standard errors.
CLIMB_GAIN = 1e-8
LAST_STEP_GAIN = 1e-7
# Central differences of an exact gradient: their error is the square of this, and rounding takes 1e-12 of the Hessian.
HESSIAN_STEP = 1e-4
# One standard deviation, of the intercepts or of a column, moves odds by e^15: the likelihood rises for ever.
RUNAWAY = 15.0
LONGEST_LOG_STEP = 1.0


@dataclass(frozen=True)
class Place:
    """Parameters reached, (k,) as in `mixed_laplace`, and the approximation there."""

    parameters: Floats
    value: Laplace


def climb(data: Crossed, start: Floats, curvature: Floats) -> Place:
    """Climb by BFGS with a step-halving line search.

    Parameters
    ----------
    start : (k,)
        Thresholds in rising order, slopes, log deviations; columns standardised.
    curvature : (k - F, k - F)
        Covariance of thresholds and slopes without random intercepts, which the first steps take for the inverse Hessian.
    """
    fixed = len(curvature)
    inverse = np.zeros((len(start), len(start)))
    inverse[:fixed, :fixed] = curvature
    # The log standard deviation of q draws has variance 1 / (2 q); here the draws are not seen themselves.
    inverse[range(fixed, len(start)), range(fixed, len(start))] = 2 / data.sizes
    place = Place(start, laplace(data, start, np.zeros(data.starts[-1])))
    for _ in range(MAX_CLIMB_STEPS):
        step = inverse @ place.value.gradient
        step /= max(1.0, np.abs(step[fixed:]).max() / LONGEST_LOG_STEP)
        following = _search(data, place, step)
        if following is None or step @ place.value.gradient / 2 < CLIMB_GAIN or is_runaway(data, following):
            return following or place
        inverse = _updated(inverse, following.parameters - place.parameters, place.value.gradient - following.value.gradient)
        place = following
    return place


def _search(data: Crossed, place: Place, step: Floats) -> Place | None:
    """Take the step, halved until thresholds stay in order and the log-likelihood rises; None where it never does."""
    slope, value = step @ place.value.gradient, place.value.loglik
    for _ in range(MAX_HALVINGS):
        trial = place.parameters + step
        if (np.diff(trial[: data.grades - 1]) > 0).all():
            there = laplace(data, trial, place.value.modes)
            # Near the maximum the gain is lost in rounding; a fall of that size is not a fall.
            if there.loglik >= value + 1e-4 * slope - 1e-12 * abs(value):
                return Place(trial, there)
        step, slope = step / 2, slope / 2
    return None


def _updated(inverse: Floats, moved: Floats, change: Floats) -> Floats:
    """Return the BFGS update of the inverse of minus the Hessian (Nocedal and Wright, 2006, Numerical Optimization, 6.17)."""
    bend = moved @ change
    if bend <= 1e-10 * np.sqrt((moved @ moved) * (change @ change)):
        return inverse
    turn = np.eye(len(moved)) - np.outer(moved, change) / bend
    result: Floats = turn @ inverse @ turn.T + np.outer(moved, moved) / bend
    return result


def is_runaway(data: Crossed, place: Place) -> bool:
    """Say whether a deviation or the slope of a standardised column has left all bounds."""
    slopes, logs = np.split(place.parameters[data.grades - 1 :], [data.x.shape[1]])
    return bool((logs > np.log(RUNAWAY)).any() or (np.abs(slopes) > RUNAWAY).any())


def polish(data: Crossed, place: Place) -> tuple[Place, Floats, float]:
    """Take Newton steps to the maximum; return it, minus the Hessian within a small step of it, (k, k), and the gain still to be had.

    The gain is infinite where the steps did not end at a maximum.
    """
    for _ in range(MAX_NEWTON_STEPS):
        information = _information(data, place)
        if not np.isfinite(information).all() or np.linalg.eigvalsh(information)[0] <= 0:
            break
        step: Floats = np.linalg.solve(information, place.value.gradient).astype(float)
        is_last = step @ place.value.gradient / 2 < LAST_STEP_GAIN
        following = _search(data, place, step)
        if following is None:
            break
        place = following
        if is_last:
            return place, information, float(place.value.gradient @ np.linalg.solve(information, place.value.gradient) / 2)
    return place, information, np.inf


def _information(data: Crossed, place: Place) -> Floats:
    """Return minus the Hessian, (k, k), by central differences of the gradient."""
    columns = []
    for shift in HESSIAN_STEP * np.eye(len(place.parameters)):
        up, down = (laplace(data, place.parameters + sign * shift, place.value.modes).gradient for sign in (1, -1))
        columns.append((down - up) / (2 * HESSIAN_STEP))
    result: Floats = np.column_stack(columns)
    return (result + result.T) / 2
