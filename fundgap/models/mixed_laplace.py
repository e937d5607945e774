"""The Laplace log-likelihood of an ordered logit with crossed random intercepts, and its gradient: arrays in, arrays out.

The model is P(y <= j | u) = F(threshold_j - x'slope - sum over factors f of deviation_f * u_f[level of f]), F the logistic
function and every u standard normal. With h(u) the log-likelihood of y given u less u'u / 2, and D = -h''(u) at its maximum,

    Laplace log-likelihood = max over u of h(u) - log|D| / 2

(Pinheiro and Bates, 1995, "Approximations to the log-likelihood function in the nonlinear mixed-effects model", JCGS 4), the
approximation of `ordinal::clmm` and `lme4::glmer` with nAGQ = 1. Two grades make it the binary logit.

For the logistic function log(F(a) - F(b)) = log F(a) + log F(-b) + log(1 - exp(b - a)), so that every derivative along x'slope
is a sum over the two bounds: no difference of nearly equal numbers, and third derivatives in one line.

Shapes: n rows, p columns of x, J grades, F factors of q_f levels, k = J - 1 + p + F parameters (thresholds, slopes, log
deviations). Factors stand largest first: D has a diagonal block for that one, the levels of all others make a dense block
of size r, and Schur's complement joins them: the cost of a step is n + q_1 r^2 + r^3.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats

MAX_MODE_STEPS = 100
MAX_HALVINGS = 40
# Newton's method squares its error: a step of this size leaves the modes exact to rounding.
MODE_STEP = 1e-8
_TINY = 1e-300


@dataclass(frozen=True)
class Crossed:
    """What is fitted: grades, columns and the level of every factor in every row.

    Parameters
    ----------
    y : (n,)
        Grades 0 … grades - 1.
    x : (n, p)
    levels : (F, n)
        Level 0 … sizes[f] - 1 of each factor; the factor with most levels first.
    sizes : (F,)
    """

    y: Ints
    x: Floats
    grades: int
    levels: Ints
    sizes: Ints

    @cached_property
    def starts(self) -> Ints:
        """Where each factor's levels begin among all levels, (F + 1,)."""
        return np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)

    @cached_property
    def places(self) -> Ints:
        """Place of each row's level among all levels, (F, n)."""
        return np.asarray(self.levels + self.starts[:-1, None], dtype=np.int64)

    def only(self, kept: Ints) -> "Crossed":
        """Return the same with some of the factors."""
        return replace(self, levels=self.levels[kept], sizes=self.sizes[kept])

    def sums(self, values: Floats) -> Floats:
        """Return the sum of row values in every level of every factor, (q,)."""
        parts = [np.bincount(level, values, size) for level, size in zip(self.levels, self.sizes, strict=True)]
        return np.concatenate(parts)

    def spread(self, deviations: Floats) -> Floats:
        """Return each level's deviation, (q,)."""
        return np.repeat(deviations, self.sizes)


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
class System:
    """D in blocks, factorised: diagonal (q_1,), ratio = diagonal^-1 x border (q_1, r), Cholesky of Schur's complement."""

    diagonal: Floats
    ratio: Floats
    chol: tuple[Floats, bool]

    def solve(self, right: Floats) -> Floats:
        """Return D^-1 right, (q,)."""
        first = len(self.diagonal)
        scaled = right[:first] / self.diagonal
        if not self.ratio.shape[1]:
            return scaled
        rest = cho_solve(self.chol, right[first:] - self.ratio.T @ right[:first], check_finite=False)
        return np.concatenate([scaled - self.ratio @ rest, rest])

    @property
    def log_determinant(self) -> float:
        """log|D|."""
        return float(np.log(self.diagonal).sum() + 2 * np.log(np.diag(self.chol[0])).sum())


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
    variances, leverage = _inverse_parts(data, system, deviations)
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
        for _ in range(MAX_HALVINGS):
            trial = modes + step
            rows = at(trial)
            # Near the maximum the gain is lost in rounding; a fall of that size is not a fall.
            if rows.loglik - trial @ trial / 2 >= value - 1e-12 * abs(value):
                break
            step = step / 2
        modes = trial
        if np.abs(step).max() < MODE_STEP:
            return modes, rows, True
    return modes, rows, False


def factorise(data: Crossed, weight: Floats, deviations: Floats) -> System:
    """Return D = I + deviations x (weights summed over shared levels) x deviations, in blocks."""
    first, rest = int(data.sizes[0]), int(data.sizes[1:].sum())
    weights = data.sums(weight)
    diagonal = 1 + deviations[0] ** 2 * weights[:first]
    if not rest:
        return System(diagonal, np.zeros((first, 0)), (np.zeros((0, 0)), True))
    spread = data.spread(deviations)[first:]
    shared = np.zeros((first, rest))
    corner = np.diag(weights[first:])
    for f in range(1, len(data.sizes)):
        left, right = data.starts[f] - first, data.starts[f + 1] - first
        shared[:, left:right] = _shared(data, 0, f, weight)
        for g in range(f + 1, len(data.sizes)):
            block = _shared(data, f, g, weight)
            start, end = data.starts[g] - first, data.starts[g + 1] - first
            corner[left:right, start:end], corner[start:end, left:right] = block, block.T
    border = deviations[0] * shared * spread
    ratio = border / diagonal[:, None]
    complement = np.eye(rest) + spread[:, None] * corner * spread - border.T @ ratio
    return System(diagonal, ratio, cho_factor(complement, lower=True, check_finite=False))


def _shared(data: Crossed, f: int, g: int, weight: Floats) -> Floats:
    """Return the weights summed over rows of each pair of levels of two factors, (q_f, q_g)."""
    size = data.sizes[f], data.sizes[g]
    return np.bincount(data.levels[f] * size[1] + data.levels[g], weight, size[0] * size[1]).reshape(size)


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


def _inverse_parts(data: Crossed, system: System, deviations: Floats) -> tuple[Floats, Floats]:
    """Return the diagonal of D^-1, (q,), and the variance of each row's sum of intercepts that it implies, (n,)."""
    rest = system.ratio.shape[1]
    corner = cho_solve(system.chol, np.eye(rest), check_finite=False) if rest else np.zeros((0, 0))
    cross = system.ratio @ corner
    variances = np.concatenate([1 / system.diagonal + (cross * system.ratio).sum(axis=1), np.diag(corner)])
    leverage = (data.spread(deviations) ** 2 * variances)[data.places].sum(axis=0)
    inside = data.places - data.sizes[0]
    for f in range(1, len(data.sizes)):
        leverage -= 2 * deviations[0] * deviations[f] * cross[data.levels[0], inside[f]]
        for g in range(f + 1, len(data.sizes)):
            leverage += 2 * deviations[f] * deviations[g] * corner[inside[f], inside[g]]
    return variances, leverage


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
