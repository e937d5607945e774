"""Maximum likelihood for the mixed ordered logit: from the fit without random intercepts, with deviations of zero held to be such.

One start of the climb (`mixed_climb`) is enough: a second is taken only where a deviation has fallen towards 0 although the
likelihood rises with it from there.
"""

from dataclasses import dataclass

import numpy as np

from fundgap.models.mixed_climb import Place, climb, is_runaway, polish
from fundgap.models.mixed_crossed import Crossed
from fundgap.models.mixed_laplace import laplace
from fundgap.models.ordinal import Ints, OrdinalFit
from fundgap.models.standardise import Floats, Scale

START_DEVIATION = 0.5
CONVERGED_GAIN = 1e-12
# A deviation below this is held against 0. The log-likelihood is smooth in the variance, and its slope at a deviation of PROBE
# says whether 0 is a maximum.
SMALL_DEVIATION = 0.05
PROBE = 1e-3


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
    place, information, gain = polish(data, place)
    return _result(data, scale, order, sizes, place, information, gain)


def _best(data: Crossed, fixed: Floats, curvature: Floats) -> tuple[Ints, Place]:
    """Climb with all factors, then hold each small deviation against 0; return the factors kept."""
    kept = np.arange(len(data.sizes))
    place = climb(data, np.concatenate([fixed, np.full(len(kept), np.log(START_DEVIATION))]), curvature)
    while len(kept) and (place.parameters[len(fixed) :].min() < np.log(SMALL_DEVIATION)):
        # The smallest goes first: another may grow once that one is gone.
        smallest = len(fixed) + int(np.argmin(place.parameters[len(fixed) :]))
        fewer = np.delete(kept, smallest - len(fixed))
        lower = np.delete(place.parameters, smallest) if len(fewer) else fixed
        lower_place = climb(data.only(fewer), lower, curvature) if len(fewer) else Place(fixed, place.value)
        now = data.only(kept)
        if _slope_at_zero(now, np.insert(lower_place.parameters, smallest, np.log(PROBE)), smallest) <= 0:
            kept, place = fewer, lower_place
            continue
        again = climb(now, np.insert(lower_place.parameters, smallest, np.log(2 * SMALL_DEVIATION)), curvature)
        return kept, max(place, again, key=lambda one: one.value.loglik)
    return kept, place


def _slope_at_zero(data: Crossed, parameters: Floats, position: int) -> float:
    return float(laplace(data, parameters, np.zeros(data.starts[-1])).gradient[position])


def _result(data: Crossed, scale: Scale, order: Ints, sizes: Ints, place: Place, information: Floats, gain: float) -> MixedFit:
    """Turn the place reached into the units of x and the factors' first order, with zeros for those not kept."""
    inner, fixed, factors = data.grades - 1, len(scale.back), len(sizes)
    runaway = is_runaway(data, place)
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
