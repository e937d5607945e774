"""Three links of the ordered regression: each row's log-probability and its derivatives, safe however far out a row lies.

The model is P(y <= j) = F(threshold_j - x'slope). A row of grade j lies between the bounds u = threshold_j - x'slope and
l = threshold_(j-1) - x'slope; its probability is P = F(u) - F(l), with F(u) = 1 in the best grade and F(l) = 0 in the worst.

- "logit": F(u) = 1 / (1 + exp(-u)). P = F(u) F(-l) (1 - exp(l - u)): apart from the spacing of its thresholds, which all rows
  of a grade share, each bound counts by itself, and one exponential a row serves both.
- "probit": F the standard normal. P / f(u) is a difference of Mills' ratios, which do not underflow.
- "cloglog": F(u) = 1 - exp(-exp(u)), as `link = "cloglog"` of R's `ordinal::clm`: the grouped proportional-hazards model
  (Prentice and Gloeckler, 1978, Biometrics 34). P = exp(-exp(l)) (1 - exp(-(exp(u) - exp(l)))), which cannot cancel.

Shapes: T rows, sorted by grade; B replicates, or 1 where all are at the same point; J - 1 thresholds. `bounds`, (J + 1,), says
where each grade's rows begin and the last end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, expit, log_ndtr, ndtr

from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]
Link = Literal["logit", "probit", "cloglog"]

# Beyond these an exponential would overflow; the log-probability goes on beyond as the straight line that it is there.
_FAR = 300.0


@dataclass(frozen=True)
class Side:
    """Derivatives of rows' weighted log-probability in the bound that one threshold makes for them.

    Parameters
    ----------
    threshold
        Its number, from 0.
    rows
        The rows on one or on both sides of it.
    pull : (rows, B)
        First derivative in the bound, without that of `spacing`.
    bend : (rows, B)
        Second derivative as this bound, then both bounds of the row, move: in itself plus with the other.
    coupling : (rows, B)
        Second derivative across this bound and the one below, without that of `spacing`; None where it is nil.
    """

    threshold: int
    rows: slice
    pull: Floats
    bend: Floats
    coupling: Floats | None = None


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


def edges(link: Link, thresholds: Floats) -> Floats:
    """Return thresholds, (J - 1, B), in the form in which rows need them: their exponentials, but for the probit."""
    result: Floats = thresholds if link == "probit" else np.exp(np.clip(thresholds, -_FAR, _FAR))
    return result


def sides(link: Link, weights: Floats, linear: Floats, edge: Floats, bounds: Ints, room: Floats) -> Iterator[Side]:
    """Give the derivatives of rows in the bounds that they have, one threshold after the other.

    Numbers that overflow on the way are right in the end; the caller silences numpy's warning of them.

    Parameters
    ----------
    weights : (T, B)
    linear : (T, B) or (T, 1)
        x'slope.
    edge : (J - 1, B) or (J - 1, 1)
        As `edges` gives them.
    room : (3, T, B)
        Where derivatives may be written: what one side holds is gone when the next is asked for.
    """
    return _SIDES[link](weights, linear, edge, bounds, room)


def log_probability(link: Link, linear: Floats, edge: Floats, bounds: Ints) -> Iterator[tuple[slice, Floats]]:
    """Give rows and their log P, (rows, B), without `spacing`; arguments as in `sides`."""
    for _, rows, low, up in _by_grade(edge, bounds):
        yield rows, _LOGS[link](linear[rows], low, up)


def spacing(link: Link, thresholds: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the part of log P that hangs on a middle grade's thresholds alone, and its two derivatives in their distance.

    For the logit log(1 - exp(-distance)), nil for the others. All (J - 2, B).
    """
    distance = thresholds[1:] - thresholds[:-1]
    if link != "logit":
        return np.zeros_like(distance), np.zeros_like(distance), np.zeros_like(distance)
    growth = np.expm1(distance)
    first = 1 / growth
    return np.log(-np.expm1(-distance)), first, -first * (1 + first)


def _by_grade(edge: Floats, bounds: Ints) -> Iterator[tuple[int, slice, Floats | None, Floats | None]]:
    """Give each grade that has rows, its rows, and its lower and upper edge; the worst has no lower, the best no upper."""
    for grade in range(len(bounds) - 1):
        if bounds[grade] < bounds[grade + 1]:
            low, up = edge[grade - 1] if grade > 0 else None, edge[grade] if grade < len(edge) else None
            yield grade, slice(bounds[grade], bounds[grade + 1]), low, up


def _logit_sides(weights: Floats, linear: Floats, edge: Floats, bounds: Ints, room: Floats) -> Iterator[Side]:
    # Each threshold by itself is a binary logit among the rows of the two grades that it parts. An exponential that overflows
    # is right here: F is 0 then. `minus` is -F at the bound, for one replicate or for all.
    e = np.exp(linear, out=linear)
    for j, at in enumerate(edge):
        rows, above = slice(bounds[j], bounds[j + 2]), bounds[j + 1] - bounds[j]
        minus, pull, bend = room[0, rows, : e.shape[1]], room[1, rows], room[2, rows]
        np.add(e[rows], at, out=minus)
        np.divide(-at, minus, out=minus)
        np.multiply(weights[rows], minus, out=pull)
        pull[:above] += weights[bounds[j] : bounds[j + 1]]
        np.multiply(pull, minus, out=bend)
        bend[above:] += pull[above:]
        yield Side(j, rows, pull, bend)


def _logit_log(linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        e = np.exp(linear)
        result: Floats = e + (0.0 if up is None else up)
        np.divide(e if up is None else up, result, out=result)
        if low is not None:
            result *= np.divide(e, e + low, out=e)
        np.log(result, out=result)
    far = np.abs(linear) > _FAR
    if far.any():
        under = 0.0 if up is None else np.minimum(np.log(up) - linear, 0)
        over = 0.0 if low is None else np.minimum(linear - np.log(low), 0)
        result = np.where(far, under + over, result)
    return result


def _probit_sides(weights: Floats, linear: Floats, edge: Floats, bounds: Ints, _: Floats) -> Iterator[Side]:
    for grade, rows, low, up in _by_grade(edge, bounds):
        w = weights[rows]
        if low is None and up is not None:
            upper = up - linear[rows]
            rise = 1 / _mills(-upper)
            yield Side(grade, rows, w * rise, -w * rise * (upper + rise))
        elif up is None and low is not None:
            lower = low - linear[rows]
            fall = 1 / _mills(lower)
            yield Side(grade - 1, rows, -w * fall, -w * fall * (fall - lower))
        elif low is not None and up is not None:
            upper, lower = up - linear[rows], low - linear[rows]
            near, far, flip = _tail(lower, upper)
            ratio = np.exp(0.5 * (near - far) * (near + far))
            at_near = 1 / (_mills(near) - ratio * _mills(far))
            at_far = ratio * at_near
            rise, fall = np.where(flip, at_far, at_near), np.where(flip, at_near, at_far)
            yield Side(grade, rows, w * rise, w * rise * (fall - rise - upper), w * rise * fall)
            yield Side(grade - 1, rows, -w * fall, w * fall * (rise - fall + lower))


def _probit_log(linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    if low is None and up is not None:
        result: Floats = log_ndtr(up - linear)
    elif up is None and low is not None:
        result = log_ndtr(linear - low)
    elif low is not None and up is not None:
        near, far, _ = _tail(low - linear, up - linear)
        out = np.maximum(near, 0)
        tail = _mills(out) - np.exp(0.5 * (out - far) * (out + far)) * _mills(far)
        with np.errstate(divide="ignore"):
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


def _cloglog_sides(weights: Floats, linear: Floats, edge: Floats, bounds: Ints, _: Floats) -> Iterator[Side]:
    for grade, rows, low, up in _by_grade(edge, bounds):
        # The exponential of a bound is e times its edge.
        w, e = weights[rows], np.exp(np.clip(-linear[rows], -_FAR, _FAR))
        if up is None and low is not None:
            pull = -w * (e * low)
            yield Side(grade - 1, rows, pull, pull)
        elif up is not None:
            gap = e * (up if low is None else up - low)
            growth = np.expm1(gap)
            rise, fall = e * up / growth, 0.0 if low is None else e * low * (1 + 1 / growth)
            yield Side(grade, rows, w * rise, w * rise * (1 - gap * (1 + 1 / growth)), w * rise * fall)
            if low is not None:
                yield Side(grade - 1, rows, -w * fall, -w * fall * (1 - gap / growth))


def _cloglog_log(linear: Floats, low: Floats | None, up: Floats | None) -> Floats:
    near = np.clip(linear, -_FAR, _FAR)
    e = np.exp(-near)
    result: Floats = np.zeros_like(e) if low is None else -e * low
    if up is not None:
        gap = e * (up if low is None else up - low)
        result = result + np.log(-np.expm1(-gap)) - np.maximum(linear - near, 0)
    return result


_Sides = Callable[[Floats, Floats, Floats, Ints, Floats], Iterator[Side]]
_Logs = Callable[[Floats, Floats | None, Floats | None], Floats]
_SIDES: dict[Link, _Sides] = {"logit": _logit_sides, "probit": _probit_sides, "cloglog": _cloglog_sides}
_LOGS: dict[Link, _Logs] = {"logit": _logit_log, "probit": _probit_log, "cloglog": _cloglog_log}
