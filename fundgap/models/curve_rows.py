"""Which judgements a specification stands on, and what stands beside spend in it.

All functions take the arrays of `CurveData` and the choices; N is the number of judgements.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundgap.models.curve_choices import Choices, Specification
from fundgap.models.curve_data import WORKFORCE, Bools, CurveData
from fundgap.models.ordinal import Ints
from fundgap.models.standardise import Floats

# A column of which this share or less is not in the columns before it repeats them.
_REPEATS = 1e-9


def grades_of(data: CurveData, options: Choices, outcome: str) -> Ints:
    """Return the outcome of every judgement, (N,), larger = better: 0 … 3, or 0 and 1 where it is a cut; -1 = not given."""
    grade: Ints = data.grades[options.setting("outcome", outcome, "column")]
    threshold = {"Requires improvement": 1, "Good": 2}.get(options.setting("outcome", outcome, "from"))
    if threshold is None:
        return grade
    cut: Ints = np.where(grade < 0, -1, grade >= threshold).astype(np.int64)
    return cut


def in_frameworks(data: CurveData, options: Choices, frameworks: str) -> Bools:
    """Return which judgements were made under the frameworks, (N,)."""
    return np.isin(data.framework, options.setting("frameworks", frameworks, "of"))


def in_place(data: CurveData, options: Choices, place: str) -> Bools:
    """Return which judgements are of councils of the place, (N,)."""
    london = options.setting("place", place, "london")
    fits = np.ones(len(data.names), dtype=bool) if london is None else data.is_london == london
    return np.asarray(fits & (bool(options.setting("place", place, "tiny")) | ~data.is_tiny))[data.council]


def figures_year(data: CurveData, options: Choices, lag: str) -> Ints:
    """Return the column of the spend arrays that each judgement takes, (N,); -1 = before the first year."""
    return np.maximum(data.year - int(options.setting("lag", lag, "years")), -1)


def at(values: Floats, council: Ints, year: Ints) -> Floats:
    """Return the figures of councils in years, nan where the year is -1."""
    return np.where(year < 0, np.nan, values[council, year])


def deprivation_of(data: CurveData, deprivation: str, edition: str) -> Floats:
    """Return deprivation at each judgement, (N,): of the edition of the inspection's year; low income of the year before."""
    year = data.year - 1 if deprivation == "low_income" else data.year
    return at(data.deprivation[deprivation, edition], data.council, year)


def controls_held(data: CurveData, controls: str) -> Bools:
    """Return which judgements have the figures of the controls, (N,)."""
    if controls == "workforce":
        return np.asarray(~np.isnan(data.workforce).any(axis=1))
    return np.ones(len(data.council), dtype=bool)


def beside_spend(data: CurveData, options: Choices, specification: Specification, rows: Ints, y: Ints) -> Floats:
    """Return the columns beside spend, (n, q), standardised, without any that repeats those before it.

    Parameters
    ----------
    rows, y : (n,)
        The judgements, and the grade of each.

    Deprivation comes first, but not where spend is already a residual given it; then a term for each framework but one, and the
    controls.
    """
    parts: list[Floats] = []
    if specification.form != "residual":
        parts.append(deprivation_of(data, specification.deprivation, specification.edition)[rows, None])
    parts += [_indicators(data.framework[rows]), _controls(data, specification.controls, rows, y, options.fewest_in_year)]
    return independent(np.hstack(parts))


def _controls(data: CurveData, controls: str, rows: Ints, y: Ints, fewest: int) -> Floats:
    if controls == "workforce":
        return data.workforce[rows]
    if controls == "year":
        return _indicators(merged_years(data.year[rows], y, fewest))
    groups = {"none": np.zeros(len(rows)), "region": data.region[rows], "council_class": data.council_class[rows]}
    return _indicators(groups[controls])


def merged_years(year: Ints, y: Ints, fewest: int) -> Ints:
    """Return the years, (n,), each that cannot have a term of its own made one with the next; the last, with the one before.

    A year needs `fewest` judgements, and at least two grades among them: a year in which all were alike would be told by its term
    without error.
    """
    result = year.copy()
    for this, after in pairwise(np.unique(year)):
        if not _can_stand(y[result == this], fewest):
            result[result == this] = after
    kept = np.unique(result)
    if len(kept) > 1 and not _can_stand(y[result == kept[-1]], fewest):
        result[result == kept[-1]] = kept[-2]
    return result


def _can_stand(y: Ints, fewest: int) -> bool:
    return len(y) >= fewest and len(np.unique(y)) > 1


def _indicators(groups: NDArray[Any]) -> Floats:
    """Return a column of 0 and 1 for each group but the first, (n, groups - 1)."""
    names = np.unique(groups)
    return np.asarray(groups[:, None] == names[None, 1:], dtype=np.float64)


def independent(columns: Floats) -> Floats:
    """Return the columns, standardised, that are no combination of those before them; constant ones go too."""
    kept: list[Floats] = []
    basis = np.empty((len(columns), 0))
    for column in columns.T:
        spread = column.std()
        if spread <= _REPEATS * max(np.abs(column).max(initial=0.0), 1.0):
            continue
        standard = (column - column.mean()) / spread
        # Twice, so that what rounding left of the first projection goes too (Giraud, Langou and Rozloznik 2005).
        rest = standard - basis @ (basis.T @ standard)
        rest -= basis @ (basis.T @ rest)
        size = np.linalg.norm(rest)
        if size > _REPEATS * np.sqrt(len(columns)):
            kept.append(standard)
            basis = np.column_stack([basis, rest / size])
    return np.column_stack(kept) if kept else np.empty((len(columns), 0))


def slopes_beside(data: CurveData, options: Choices, frameworks: str, place: str, controls: str) -> int:
    """Return how many columns framework and controls take up in a sample at most, spend and deprivation not counted."""
    rows = np.flatnonzero(in_frameworks(data, options, frameworks) & in_place(data, options, place))
    if controls == "workforce":
        return _width(independent(_indicators(data.framework[rows]))) + len(WORKFORCE)
    overall = data.grades["rating"][rows]
    parts = [_indicators(data.framework[rows]), _controls(data, controls, rows, overall, options.fewest_in_year)]
    return _width(independent(np.hstack(parts)))


def _width(columns: Floats) -> int:
    return int(columns.shape[1])
