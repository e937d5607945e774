"""Three links of the ordered regression: each row's log-probability and its derivatives, safe however far out a row lies.

The model is P(y <= j) = F(threshold_j - x'slope). A row of grade j lies between the bounds u = threshold_j - x'slope and
l = threshold_(j-1) - x'slope; its probability is P = F(u) - F(l), with F(u) = 1 in the best grade and F(l) = 0 in the worst.

- "logit": F(u) = 1 / (1 + exp(-u)). P = F(u) F(-l) (1 - exp(l - u)), so that apart from the spacing of the thresholds each
  threshold is a binary logit among the rows on its two sides: one exponential a row serves both bounds.
- "probit": F the standard normal. P / f(u) is a difference of Mills' ratios, which do not underflow.
- "cloglog": F(u) = 1 - exp(-exp(u)), as `link = "cloglog"` of R's `ordinal::clm`: the grouped proportional-hazards model
  (Prentice and Gloeckler, 1978, Biometrics 34). P = exp(-exp(l)) (1 - exp(-(exp(u) - exp(l)))), which cannot cancel.

Shapes: T rows, all of one grade, and B replicates; B may be 1 where replicates share their estimates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, expit, log_ndtr, ndtr

from fundgap.models.standardise import Floats

Link = Literal["logit", "probit", "cloglog"]

# Beyond these an exponential would overflow; the log-probability is carried on beyond as the straight line that it is there.
_FAR = 300.0


@dataclass(frozen=True)
class Piece:
    """Derivatives of T rows' weighted log-probability in their bounds; None for a bound that the grade has not.

    Parameters
    ----------
    pull_up, pull_low : (T, B)
        First derivative in the upper and the lower bound, without `spacing`.
    bend_up, bend_low : (T, B)
        Second derivative in one bound along both: in itself plus with the other.
    spacing : (B,)
        A part of the first derivative, summed over rows, that adds to the upper bound and takes from the lower.
    coupling : (B,)
        Second derivative across the two bounds, summed over rows.
    """

    pull_up: Floats | None
    pull_low: Floats | None
    bend_up: Floats | None
    bend_low: Floats | None
    spacing: Floats | float = 0.0
    coupling: Floats | float = 0.0


def below(link: Link, bound: Floats) -> Floats:
    """Return F(bound), of the same shape."""
    match link:
        case "logit":
            result: Floats = expit(bound)
        case "probit":
            result = ndtr(bound)
        case "cloglog":
            result = -np.expm1(-np.exp(np.minimum(bound, _FAR)))
    return result


def piece(link: Link, weights: Floats, linear: Floats, low: Floats | None, up: Floats | None) -> Piece:
    """Return the derivatives of rows of one grade.

    Parameters
    ----------
    weights : (T, B)
    linear : (T, B) or (T, 1)
        x'slope.
    low, up : (B,) or (1,)
        The grade's thresholds; None below the worst grade and above the best.
    """
    return _PIECES[link](weights, linear, low, up)


def log_probability(link: Link, linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    """Return log P of rows of one grade, (T, B); arguments as in `piece`."""
    return _LOGS[link](linear, low, up)


def _logit_piece(weights: Floats, linear: Floats, low: Floats | None, up: Floats | None) -> Piece:
    # An exponential that overflows is right here: F is 0 then. `minus` is -F at the bound.
    e = np.exp(linear)
    pull_up = pull_low = bend_up = bend_low = None
    if up is not None:
        a = _exp(up)
        minus = -a / (e + a)
        pull_up = weights + weights * minus
        bend_up = pull_up * minus
    if low is not None:
        a = _exp(low)
        minus = -a / (e + a)
        pull_low = weights * minus
        bend_low = pull_low + pull_low * minus
    if low is None or up is None:
        return Piece(pull_up, pull_low, bend_up, bend_low)
    count, growth = weights.sum(axis=0), np.expm1(up - low)
    return Piece(pull_up, pull_low, bend_up, bend_low, count / growth, count * (growth + 1) / growth**2)


def _logit_log(linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    near = np.clip(linear, -_FAR, _FAR)
    e, beyond = np.exp(near), linear - near
    if low is None and up is not None:
        a = _exp(up)
        result: Floats = np.log(a / (e + a)) - np.maximum(beyond, 0)
    elif up is None and low is not None:
        result = np.log(e / (e + _exp(low))) + np.minimum(beyond, 0)
    elif low is not None and up is not None:
        a, b = _exp(low), _exp(up)
        result = np.log(b / (e + b) * (e / (e + a))) - np.abs(beyond) + np.log(-np.expm1(low - up))
    return result


def _probit_piece(weights: Floats, linear: Floats, low: Floats | None, up: Floats | None) -> Piece:
    if low is None and up is not None:
        upper = up - linear
        rise = 1 / _mills(-upper)
        return Piece(weights * rise, None, -weights * rise * (upper + rise), None)
    if up is None and low is not None:
        lower = low - linear
        fall = 1 / _mills(lower)
        return Piece(None, -weights * fall, None, -weights * fall * (fall - lower))
    assert low is not None and up is not None
    upper, lower = up - linear, low - linear
    near, far, flip = _tail(lower, upper)
    ratio = np.exp(0.5 * (near - far) * (near + far))
    at_near = 1 / (_mills(near) - ratio * _mills(far))
    at_far = ratio * at_near
    rise, fall = np.where(flip, at_far, at_near), np.where(flip, at_near, at_far)
    bend_up, bend_low = weights * rise * (fall - rise - upper), weights * fall * (rise - fall + lower)
    return Piece(weights * rise, -weights * fall, bend_up, bend_low, coupling=(weights * rise * fall).sum(axis=0))


def _probit_log(linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    if low is None and up is not None:
        result: Floats = log_ndtr(up - linear)
    elif up is None and low is not None:
        result = log_ndtr(linear - low)
    elif low is not None and up is not None:
        near, far, _ = _tail(low - linear, up - linear)
        out = np.maximum(near, 0)
        tail = _mills(out) - np.exp(0.5 * (out - far) * (out + far)) * _mills(far)
        result = np.where(near > 0, np.log(tail) - 0.5 * (out**2 + np.log(2 * np.pi)), np.log(ndtr(far) - ndtr(near)))
    return result


def _tail(lower: Floats, upper: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return a row's bounds turned to the upper tail, the nearer to the middle first, and which kept their sides."""
    flip = upper + lower > 0
    return np.where(flip, lower, -upper), np.where(flip, upper, -lower), flip


def _mills(t: Floats) -> Floats:
    """Return Mills' ratio (1 - F(t)) / f(t) of the normal; infinite far to the left."""
    result: Floats = np.sqrt(np.pi / 2) * erfcx(t / np.sqrt(2))
    return result


def _cloglog_piece(weights: Floats, linear: Floats, low: Floats | None, up: Floats | None) -> Piece:
    e = np.exp(np.clip(-linear, -_FAR, _FAR))
    if up is None and low is not None:
        pull = -weights * (e * _exp(low))
        return Piece(None, pull, None, pull)
    assert up is not None
    start: Floats | float = 0.0 if low is None else _exp(low)
    gap = e * (_exp(up) if low is None else start * np.expm1(up - low))
    growth = np.expm1(gap)
    rise = e * _exp(up) / growth
    bend_up = weights * rise * (1 - gap * (1 + 1 / growth))
    if low is None:
        return Piece(weights * rise, None, bend_up, None)
    fall = e * start * (1 + 1 / growth)
    bend_low = -weights * fall * (1 - gap / growth)
    return Piece(weights * rise, -weights * fall, bend_up, bend_low, coupling=(weights * rise * fall).sum(axis=0))


def _cloglog_log(linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    near = np.clip(linear, -_FAR, _FAR)
    e = np.exp(-near)
    if up is None and low is not None:
        return -e * _exp(low)
    assert up is not None
    gap = e * (_exp(up) if low is None else _exp(low) * np.expm1(up - low))
    inside: Floats = np.log(-np.expm1(-gap)) - np.maximum(linear - near, 0)
    return inside if low is None else inside - e * _exp(low)


def _exp(threshold: Floats) -> Floats:
    result: Floats = np.exp(np.clip(threshold, -_FAR, _FAR))
    return result


_Pieces = Callable[[Floats, Floats, Floats | None, Floats | None], Piece]
_Logs = Callable[[Floats, Floats | None, Floats | None], Floats]
_PIECES: dict[Link, _Pieces] = {"logit": _logit_piece, "probit": _probit_piece, "cloglog": _cloglog_piece}
_LOGS: dict[Link, _Logs] = {"logit": _logit_log, "probit": _probit_log, "cloglog": _cloglog_log}
