"""Maximum likelihood for the mixed ordered logit: the climb over all parameters, deviations of zero, and the Hessian.

The climb is quasi-Newton (BFGS) on the analytic gradient of `mixed_laplace`, from the fit without random intercepts. It ends
with Newton steps on the Hessian (central differences of that gradient) that the standard errors need in any case. One start
is enough: a second is taken only where a deviation has fallen towards 0 although the likelihood rises with it from there.
"""

from dataclasses import dataclass

import numpy as np

from fundgap.models.mixed_crossed import Crossed
from fundgap.models.mixed_laplace import Laplace, laplace
from fundgap.models.ordinal import Ints, OrdinalFit
from fundgap.models.standardise import Floats, Scale

MAX_CLIMB_STEPS = 200
MAX_NEWTON_STEPS = 10
MAX_HALVINGS = 40
START_DEVIATION = 0.5
# What a further step would still add to the log-likelihood: half the square of its length in standard errors.
CLIMB_GAIN = 1e-8
LAST_STEP_GAIN = 1e-7
CONVERGED_GAIN = 1e-12
# Central differences of an exact gradient: their error is the square of this, and rounding takes 1e-12 of the Hessian.
HESSIAN_STEP = 1e-4
# A deviation below this is held against 0. The log-likelihood is smooth in the variance, and its slope at a deviation of PROBE
# says whether 0 is a maximum.
SMALL_DEVIATION = 0.05
PROBE = 1e-3
# One standard deviation, of the intercepts or of a column, moves odds by e^15: the likelihood rises for ever.
RUNAWAY = 15.0
LONGEST_LOG_STEP = 1.0


@dataclass(frozen=True)
class MixedFit:
    """Estimates in the units of x; factors in the order they were given.

    Parameters
    ----------
    thresholds : (J - 1,)
    slopes : (p,)
    deviations : (F,)
        Standard deviation of the random intercepts of each factor; 0 where that is the maximum.
    covariance : (k, k)
        Of thresholds, slopes and log deviations: inverse of minus the Hessian of the Laplace log-likelihood over all of them.
        A deviation of 0 has nan in its row and column, and the rest is that of the model without the factor.
    modes, mode_errors : F arrays of (q_f,)
        Conditional mode of each level's intercept, in log odds, and its standard deviation given y and the estimates.
    loglik
        Laplace log-likelihood.
    gain
        What a further Newton step would add to it; what convergence was judged on.
    is_runaway
        A deviation or slope grows without end; nothing else in here means anything.
    """

    thresholds: Floats
    slopes: Floats
    deviations: Floats
    covariance: Floats
    modes: tuple[Floats, ...]
    mode_errors: tuple[Floats, ...]
    loglik: float
    gain: float
    is_runaway: bool
    is_converged: bool


@dataclass(frozen=True)
class _Place:
    """Parameters reached and the approximation there."""

    parameters: Floats
    value: Laplace


def fit_crossed(y: Ints, x: Floats, levels: Ints, without: OrdinalFit) -> MixedFit:
    """Fit the ordered logit with random intercepts for one or more crossed factors by the Laplace approximation.

    Parameters
    ----------
    y : (n,)
        Grades 0 … J - 1, worst first.
    x : (n, p)
        No constant column.
    levels : (F, n)
        Level 0 … q_f - 1 of each factor; every level occurs.
    without
        `ordinal.fit(y, x)`, the fit without random intercepts, converged.

    Returns
    -------
    MixedFit
        Check `is_runaway` and `is_converged` before anything else in it.
    """
    inner = without.thresholds.shape[1]
    scale = Scale.of(x, inner)
    sizes = levels.max(axis=1) + 1
    order = np.argsort(-sizes, kind="stable")
    data = Crossed(y, scale.standardised(x), inner + 1, levels[order], sizes[order])
    fixed = scale.standard_estimates(np.concatenate([without.thresholds[0], without.slopes[0]])[None])[0]
    into = np.linalg.inv(scale.back)
    curvature = into @ without.covariance[0] @ into.T
    kept, place = _best(data, fixed, curvature)
    if not len(kept):
        return _without_any(without, sizes)
    data, order = data.only(kept), order[kept]
    place, information, gain = _polish(data, place)
    return _result(data, scale, order, sizes, place, information, gain)


def _best(data: Crossed, fixed: Floats, curvature: Floats) -> tuple[Ints, _Place]:
    """Climb with all factors, then hold each small deviation against 0; return the factors kept."""
    kept = np.arange(len(data.sizes))
    place = _climb(data, np.concatenate([fixed, np.full(len(kept), np.log(START_DEVIATION))]), curvature)
    while len(kept) and (place.parameters[len(fixed) :].min() < np.log(SMALL_DEVIATION)):
        # The smallest goes first: another may grow once that one is gone.
        smallest = len(fixed) + int(np.argmin(place.parameters[len(fixed) :]))
        fewer = np.delete(kept, smallest - len(fixed))
        lower = np.delete(place.parameters, smallest) if len(fewer) else fixed
        lower_place = _climb(data.only(fewer), lower, curvature) if len(fewer) else _Place(fixed, place.value)
        now = data.only(kept)
        if _slope_at_zero(now, np.insert(lower_place.parameters, smallest, np.log(PROBE)), smallest) <= 0:
            kept, place = fewer, lower_place
            continue
        again = _climb(now, np.insert(lower_place.parameters, smallest, np.log(2 * SMALL_DEVIATION)), curvature)
        return kept, max(place, again, key=lambda one: one.value.loglik)
    return kept, place


def _slope_at_zero(data: Crossed, parameters: Floats, position: int) -> float:
    return float(laplace(data, parameters, np.zeros(data.starts[-1])).gradient[position])


def _climb(data: Crossed, start: Floats, curvature: Floats) -> _Place:
    """BFGS with a step-halving line search, from the curvature of the fit without random intercepts."""
    fixed = len(curvature)
    inverse = np.zeros((len(start), len(start)))
    inverse[:fixed, :fixed] = curvature
    # The log standard deviation of q draws has variance 1 / (2 q); here the draws are not seen themselves.
    inverse[range(fixed, len(start)), range(fixed, len(start))] = 2 / data.sizes
    place = _Place(start, laplace(data, start, np.zeros(data.starts[-1])))
    for _ in range(MAX_CLIMB_STEPS):
        step = inverse @ place.value.gradient
        step /= max(1.0, np.abs(step[fixed:]).max() / LONGEST_LOG_STEP)
        following = _search(data, place, step)
        if following is None or step @ place.value.gradient / 2 < CLIMB_GAIN or _is_runaway(data, following):
            return following or place
        inverse = _updated(inverse, following.parameters - place.parameters, place.value.gradient - following.value.gradient)
        place = following
    return place


def _search(data: Crossed, place: _Place, step: Floats) -> _Place | None:
    """Take the step, halved until thresholds stay in order and the log-likelihood rises; None where it never does."""
    slope, value = step @ place.value.gradient, place.value.loglik
    for _ in range(MAX_HALVINGS):
        trial = place.parameters + step
        if (np.diff(trial[: data.grades - 1]) > 0).all():
            there = laplace(data, trial, place.value.modes)
            # Near the maximum the gain is lost in rounding; a fall of that size is not a fall.
            if there.loglik >= value + 1e-4 * slope - 1e-12 * abs(value):
                return _Place(trial, there)
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


def _is_runaway(data: Crossed, place: _Place) -> bool:
    slopes, logs = np.split(place.parameters[data.grades - 1 :], [data.x.shape[1]])
    return bool((logs > np.log(RUNAWAY)).any() or (np.abs(slopes) > RUNAWAY).any())


def _polish(data: Crossed, place: _Place) -> tuple[_Place, Floats, float]:
    """Take Newton steps to the maximum; return it, minus the Hessian within a small step of it, and the gain still to be had."""
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


def _information(data: Crossed, place: _Place) -> Floats:
    """Return minus the Hessian, (k, k), by central differences of the gradient."""
    columns = []
    for shift in HESSIAN_STEP * np.eye(len(place.parameters)):
        up, down = (laplace(data, place.parameters + sign * shift, place.value.modes).gradient for sign in (1, -1))
        columns.append((down - up) / (2 * HESSIAN_STEP))
    result: Floats = np.column_stack(columns)
    return (result + result.T) / 2


def _result(data: Crossed, scale: Scale, order: Ints, sizes: Ints, place: _Place, information: Floats, gain: float) -> MixedFit:
    """Turn the place reached into the units of x and the factors' first order, with zeros for those not kept."""
    inner, fixed, factors = data.grades - 1, len(scale.back), len(sizes)
    runaway = _is_runaway(data, place)
    back = np.eye(fixed + len(order))
    back[:fixed, :fixed] = scale.back
    small = back @ np.linalg.inv(information) @ back.T if np.isfinite(gain) else np.full_like(back, np.nan)
    covariance = np.full((fixed + factors, fixed + factors), np.nan)
    where = np.concatenate([np.arange(fixed), fixed + order])
    covariance[np.ix_(where, where)] = small
    estimates = scale.estimates(place.parameters[None, :fixed])[0]
    deviations = np.zeros(factors)
    deviations[order] = np.exp(place.parameters[fixed:])
    modes, errors = [np.zeros(size) for size in sizes], [np.zeros(size) for size in sizes]
    for f, start, end in zip(order, data.starts[:-1], data.starts[1:], strict=True):
        modes[f] = deviations[f] * place.value.modes[start:end]
        errors[f] = deviations[f] * np.sqrt(place.value.variances[start:end])
    converged = bool(gain < CONVERGED_GAIN and place.value.has_modes and not runaway)
    return MixedFit(
        estimates[:inner],
        estimates[inner:],
        deviations,
        covariance,
        tuple(modes),
        tuple(errors),
        place.value.loglik,
        gain,
        runaway,
        converged,
    )


def _without_any(without: OrdinalFit, sizes: Ints) -> MixedFit:
    """Return the fit without random intercepts as the one in which every deviation is 0."""
    fixed, factors = len(without.covariance[0]), len(sizes)
    covariance = np.full((fixed + factors, fixed + factors), np.nan)
    covariance[:fixed, :fixed] = without.covariance[0]
    zeros = tuple(np.zeros(size) for size in sizes)
    thresholds, slopes = without.thresholds[0], without.slopes[0]
    return MixedFit(thresholds, slopes, np.zeros(factors), covariance, zeros, zeros, float(without.loglik[0]), 0.0, False, True)
