"""The Laplace log-likelihood of an ordered logit with crossed random intercepts, and its gradient: arrays in, arrays out.

The model is P(y <= j | u) = F(threshold_j - x'slope - sum over factors f of deviation_f * u_f[level of f]), F the logistic
function and every u standard normal. With h(u) the log-likelihood of y given u less u'u / 2, and D = -h''(u) at its maximum,

    Laplace log-likelihood = max over u of h(u) - log|D| / 2

(Pinheiro and Bates, 1995, "Approximations to the log-likelihood function in the nonlinear mixed-effects model", JCGS 4), the
approximation of `ordinal::clmm` and `lme4::glmer` with nAGQ = 1. Two grades make it the binary logit.

For the logistic function log(F(a) - F(b)) = log F(a) + log F(-b) + log(1 - exp(b - a)), so that every derivative along x'slope
is a sum over the two bounds: no difference of nearly equal numbers, and third derivatives in one line.

Shapes: n rows, p columns of x, J grades, F factors of q_f levels (q in all), k = J - 1 + p + F parameters: thresholds, slopes,
log deviations.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from fundgap.models.mixed_crossed import Crossed, System, factorise, inverse_parts
from fundgap.models.standardise import Floats

MAX_MODE_STEPS = 100
MAX_HALVINGS = 40
# Newton's method squares its error: a step of this size leaves the modes exact to rounding.
MODE_STEP = 1e-8
_TINY = 1e-300


@dataclass(frozen=True)
class Rows:
    """Each row's log-likelihood along its linear predictor.

    Parameters
    ----------
    loglik
        Sum over the rows, but for what the distances between thresholds add.
    above, below : (n,)
        F(upper bound) and 1 - F(lower bound).
    weight : (n,)
        Minus the second derivative.
    """

    loglik: float
    above: Floats
    below: Floats
    weight: Floats

    @property
    def score(self) -> Floats:
        """First derivative along the linear predictor, (n,)."""
        return self.above - self.below


@dataclass(frozen=True)
class Laplace:
    """The approximation at one set of parameters.

    Parameters
    ----------
    gradient : (k,)
        In thresholds, slopes and log deviations.
    modes : (q,)
        The u that maximise h, in units of their deviation.
    variances : (q,)
        Diagonal of D^-1.
    has_modes
        Whether Newton's method reached them.
    """

    loglik: float
    gradient: Floats
    modes: Floats
    variances: Floats
    has_modes: bool


def laplace(data: Crossed, parameters: Floats, modes: Floats) -> Laplace:
    """Return the Laplace log-likelihood and its gradient.

    Parameters
    ----------
    parameters : (k,)
        Thresholds in rising order, slopes, log deviations.
    modes : (q,)
        Where to start the search for the modes.
    """
    inner, p = data.grades - 1, data.x.shape[1]
    thresholds, deviations = parameters[:inner], np.exp(parameters[inner + p :])
    fixed = data.x @ parameters[inner : inner + p]
    modes, rows, has_modes = find_modes(data, thresholds, fixed, deviations, modes)
    system = factorise(data, rows.weight, deviations)
    variances, leverage = inverse_parts(data, system, deviations)
    gradient = _gradient(data, thresholds, deviations, modes, rows, system, variances, leverage)
    loglik = rows.loglik + _gaps(data, thresholds) - modes @ modes / 2 - system.log_determinant / 2
    return Laplace(float(loglik), gradient, modes, variances, has_modes)


def find_modes(data: Crossed, thresholds: Floats, fixed: Floats, deviations: Floats, modes: Floats) -> tuple[Floats, Rows, bool]:
    """Climb h by Newton's method with step halving; it is concave, so there is one maximum.

    Parameters
    ----------
    fixed : (n,)
        x'slope.
    """
    spread = data.spread(deviations)

    def at(place: Floats) -> Rows:
        return _rows(data, thresholds, fixed + (spread * place)[data.places].sum(axis=0))

    rows = at(modes)
    for _ in range(MAX_MODE_STEPS):
        value = rows.loglik - modes @ modes / 2
        step = factorise(data, rows.weight, deviations).solve(spread * data.sums(rows.score) - modes)
        is_last = np.abs(step).max() < MODE_STEP
        for _ in range(MAX_HALVINGS):
            trial = modes + step
            rows = at(trial)
            # Near the maximum the gain is lost in rounding; a fall of that size is not a fall.
            if rows.loglik - trial @ trial / 2 >= value - 1e-12 * abs(value):
                break
            step = step / 2
        modes = trial
        if is_last:
            return modes, rows, True
    return modes, rows, False


def _rows(data: Crossed, thresholds: Floats, linear: Floats) -> Rows:
    padded = np.concatenate([[-np.inf], thresholds, [np.inf]])
    above, below = expit(padded[data.y + 1] - linear), expit(linear - padded[data.y])
    # A row out of reach underflows to 0; a floor keeps the search for the modes going.
    loglik = np.log(np.maximum(above * below, _TINY)).sum()
    return Rows(float(loglik), above, below, above * (1 - above) + below * (1 - below))


def _gaps(data: Crossed, thresholds: Floats) -> float:
    """Return the part of the log-likelihood that depends on the distance between thresholds alone."""
    inside = np.bincount(data.y, minlength=data.grades)[1:-1]
    return float(inside @ np.log(-np.expm1(-np.diff(thresholds))))


def _gradient(
    data: Crossed,
    thresholds: Floats,
    deviations: Floats,
    modes: Floats,
    rows: Rows,
    system: System,
    variances: Floats,
    leverage: Floats,
) -> Floats:
    """Differentiate h - log|D| / 2, with the modes as a function of the parameters (implicit differentiation).

    log|D| moves with a row's weight by its leverage, and with the modes through the weights: `pull` is D^-1 times that
    derivative, and carries it back to whatever moves the modes.
    """
    dense_above, dense_below = rows.above * (1 - rows.above), rows.below * (1 - rows.below)
    # Derivatives of the two densities at the bounds; the weight falls by their sum along the linear predictor.
    bend_above, bend_below = dense_above * (1 - 2 * rows.above), dense_below * (2 * rows.below - 1)
    bend = bend_above + bend_below
    spread = data.spread(deviations)
    pull = system.solve(-spread * data.sums(leverage * bend))
    row_pull = (spread * pull)[data.places].sum(axis=0)
    linear = rows.score + (leverage * bend + row_pull * rows.weight) / 2
    size = data.grades - 1
    upper = np.bincount(data.y, 1 - rows.above - (leverage * bend_above + row_pull * dense_above) / 2, data.grades)[:size]
    lower = np.bincount(data.y, rows.below - 1 - (leverage * bend_below + row_pull * dense_below) / 2, data.grades)[1:]
    gaps = np.bincount(data.y, minlength=data.grades)[1:-1] / np.expm1(np.diff(thresholds))
    at_thresholds = upper + lower + np.diff(np.concatenate([[0.0], -gaps, [0.0]])) if size > 1 else upper + lower
    through_rows = spread * modes * data.sums(linear)
    # D itself is deviation x weights x deviation, and the score of a mode is its deviation times that of its rows.
    through_levels = -(1 - variances) - pull * spread * data.sums(rows.score) / 2
    at_deviations = np.add.reduceat(through_rows + through_levels, data.starts[:-1])
    return np.concatenate([at_thresholds, data.x.T @ linear, at_deviations])
