"""When grades are told apart without error: which column does it, and where.

A logit has no finite estimate when the data are separated (Albert and Anderson, 1984, Biometrika 71). Whether they are is a
linear programme (Konis, 2007, DPhil thesis, Oxford): is there a direction of thresholds and slopes along which the likelihood
of no judgement falls, and of one rises?
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats, Scale

# The direction's parameters lie between -1 and 1; sums below this are rounding in the solver.
_NOTHING = 1e-7
_MOST_NAMED = 4


def separating_terms(y: Ints, x: Floats) -> tuple[list[int], Floats | None]:
    """Return the fewest columns of x, (n, p), found to separate grades 0 … J - 1, and their slopes per standard deviation.

    One column alone where one suffices; else columns are left out one by one as long as the rest still separate. No
    columns and None when nothing separates.
    """
    z = Scale.of(x, 1).standardised(x)
    for column in range(x.shape[1]):
        direction = _direction(y, z[:, [column]])
        if direction is not None:
            return [column], direction
    chosen, direction = list(range(x.shape[1])), _direction(y, z)
    if direction is None:
        return [], None
    for column in range(x.shape[1]):
        fewer = [other for other in chosen if other != column]
        without = _direction(y, z[:, fewer]) if fewer else None
        if without is not None:
            chosen, direction = fewer, without
    return chosen, direction


def separation_words(
    y: Ints, x: Floats, terms: tuple[str, ...], grades: tuple[str, ...], members: Mapping[str, NDArray[np.bool_]] | None = None
) -> str:
    """Say which terms separate the grades and at which values; empty where none do.

    Parameters
    ----------
    members : of (n,) arrays, optional
        Which rows are in each category, by what to call it ("region = North"). The category that the
        others are set against has no column in `x`, yet may be the one that separates.
    """
    for name, inside in (members or {}).items():
        found = np.unique(y[inside])
        if len(found) == 1 and separating_terms(y, inside[:, None].astype(np.float64))[0]:
            return f"all {int(inside.sum())} judgements with {name} are {grades[found[0]]}"
    columns, direction = separating_terms(y, x)
    if direction is None:
        return ""
    if len(columns) > 1:
        named = [terms[column] for column in columns[:_MOST_NAMED]]
        rest = len(columns) - len(named)
        more = f" and {rest} more" if rest else ""
        return f"{', '.join(named)}{more} together tell the grades apart without error"
    (column,) = columns
    where = _where(y, x[:, column], terms[column], grades, is_rising=bool(direction[0] > 0))
    return f"{terms[column]} tells the grades apart without error: {where}"


def _where(y: Ints, values: Floats, term: str, grades: tuple[str, ...], is_rising: bool) -> str:
    """Say at which value of the term, or in which category, one side ends and the other begins."""
    if len(np.unique(values)) == 2:
        for value in (values.max(), values.min()):
            found = np.unique(y[values == value])
            if len(found) == 1:
                return f"all {int((values == value).sum())} judgements with {term} = {value:g} are {grades[found[0]]}"
    sides = []
    for cut in range(int(y.min()), int(y.max())):
        worse, better = values[y <= cut], values[y > cut]
        above, ends = ("above", (worse.max(), better.min())) if is_rising else ("below", (worse.min(), better.max()))
        name = grades[cut + 1] if cut + 2 == len(grades) else f"{grades[cut + 1]} or better"
        sides.append(f"{name} are those {above} {np.mean(ends):.6g}" if ends[0] != ends[1] else f"{name} begin at {ends[0]:.6g}")
    return "; ".join(sides)


def _direction(y: Ints, z: Floats) -> Floats | None:
    """Return slopes of a direction in which the log-likelihood only rises, or None where there is none."""
    n, inner = len(y), int(y.max())
    rows = np.arange(n)
    thresholds = np.eye(inner)
    upper, lower = rows[y < inner], rows[y > 0]
    # Along the direction the upper bound of a row's grade must not fall, nor its lower bound rise.
    gains = np.vstack([np.hstack([thresholds[y[upper]], -z[upper]]), np.hstack([-thresholds[y[lower] - 1], z[lower]])])
    solved = linprog(-gains.sum(axis=0), A_ub=-gains, b_ub=np.zeros(len(gains)), bounds=(-1, 1), method="highs")
    if solved.fun is None or solved.x is None or -solved.fun < _NOTHING * n:
        return None
    return np.asarray(solved.x[inner:], dtype=np.float64)
