"""From a formula and a table to the arrays of a model, with every reason not to fit said in words."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from formulaic.errors import FormulaicError

from fundgap.errors import BadFormula, CannotFit, NoData
from fundgap.models.standardise import Floats

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_TOKENS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|\s+|.", re.ASCII | re.DOTALL)
_SIGNS = "~+:*()"
_FUNCTIONS = ("C", "log")
_SINGULAR = 1e-9
# Part in a combination, in standard deviations, below which a column is not named: rounding.
_NAMED = 1e-7
_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")
_FORM = "A formula is 'outcome ~ column + column', with : * ( ) C(column) and log(column)."


@dataclass(frozen=True)
class Design:
    """A model matrix without its constant: (n, p) values, the p terms, and how to make the like for other rows."""

    x: Floats
    terms: tuple[str, ...]
    rows: pd.Index
    spec: ModelSpec
    levels: Mapping[str, frozenset[object]]

    def of(self, frame: pd.DataFrame) -> Floats:
        """Return the matrix of the same terms for other rows, (m, p).

        Raises
        ------
        NoData
            When a value is missing, is text where a number belongs, or is a category the model was not fitted on.
        """
        for column, known in self.levels.items():
            unknown = sorted({str(value) for value in frame[column]} - {str(value) for value in known})
            if unknown:
                raise NoData(f"The model has no {column} {unknown}; it was fitted on {sorted(map(str, known))}.")
        try:
            values = _values(self.spec, frame)
        except (FormulaicError, ValueError, TypeError) as error:
            raise NoData(f"The frame cannot be put into the model: {_plain(error)}") from None
        wrong = [term for term, column in zip(self.terms, values.T, strict=True) if not np.isfinite(column).all()]
        if wrong:
            raise NoData(f"The frame has rows without a finite {' and '.join(wrong)}; a prediction needs every column.")
        return values


def split_formula(formula: str) -> tuple[str, str]:
    """Return the outcome and the right-hand side of "rating ~ a + b", after checking that it is a plain formula.

    Raises
    ------
    BadFormula
        For anything but column names, `+ : * ( )`, `C(column)` and `log(column)`. Formulas may come from users, and a
        formula library runs what stands between brackets; letters outside ASCII are refused with the rest, because
        Python reads some of them as plain ones.
    """
    tokens = [token for token in _TOKENS.findall(formula) if not token.isspace()]
    strange = [token for token in tokens if not _NAME.fullmatch(token) and token not in _SIGNS]
    calls = [name for name, after in itertools.pairwise(tokens) if after == "(" and _NAME.fullmatch(name)]
    unknown = [name for name in calls if name not in _FUNCTIONS]
    if strange or unknown or tokens.count("~") != 1:
        wrong = ", ".join([*strange, *(f"{name}(…)" for name in unknown)]) or f"{tokens.count('~')} signs ~"
        raise BadFormula(f"'{formula}' holds {wrong}. {_FORM}")
    outcome, _, rhs = formula.partition("~")
    if not _NAME.fullmatch(outcome.strip()) or not rhs.strip():
        raise BadFormula(f"'{formula}' lacks an outcome or a column. {_FORM}")
    return outcome.strip(), rhs.strip()


def columns_of(rhs: str) -> list[str]:
    """Return the column names that a right-hand side uses."""
    tokens = [token for token in _TOKENS.findall(rhs) if not token.isspace()] + [""]
    called = {position for position, after in enumerate(tokens[1:]) if after == "("}
    return list(dict.fromkeys(token for position, token in enumerate(tokens) if _NAME.fullmatch(token) and position not in called))


def build_design(rhs: str, frame: pd.DataFrame) -> Design:
    """Return the model matrix of a checked right-hand side.

    Raises
    ------
    BadFormula
        When it does not parse.
    CannotFit
        When a column is constant, infinite, or made up of others.
    """
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            matrix = ModelSpec.from_spec(f"1 + {rhs}").get_model_matrix(frame, context={}, na_action="ignore")
        spec, values = matrix.model_spec, _without_constant(matrix)
    except (FormulaicError, ValueError, TypeError) as error:
        raise BadFormula(f"'{rhs}' cannot be read as a formula: {_plain(error)} {_FORM}") from None
    terms = tuple(name for name in spec.column_names if name != "Intercept")
    categories = [
        name for name in columns_of(rhs) if not pd.api.types.is_numeric_dtype(frame[name]) or f"C({name})" in rhs.replace(" ", "")
    ]
    levels = {name: frozenset(frame[name].unique()) for name in categories}
    _check_categories(levels, len(frame))
    design = Design(values, terms, frame.index, spec, levels)
    _check_finite(design)
    _check_rank(design)
    return design


def _values(spec: ModelSpec, frame: pd.DataFrame) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _without_constant(spec.get_model_matrix(frame, context={}, na_action="ignore"))


def _without_constant(matrix: pd.DataFrame) -> Floats:
    return np.asarray(matrix.drop(columns="Intercept"), dtype=np.float64)


def _plain(error: Exception) -> str:
    return " ".join(_COLOUR_CODES.sub("", str(error)).split())


def _check_finite(design: Design) -> None:
    for term, column in zip(design.terms, design.x.T, strict=True):
        count = int((~np.isfinite(column)).sum())
        if count:
            raise CannotFit(f"{term} is not finite in {count} of {len(column)} rows: a logarithm of zero or less, or an infinite value.")


def _check_rank(design: Design) -> None:
    if not design.terms:
        raise CannotFit("The formula leaves no column to fit: a category with one value, perhaps.")
    n, p = design.x.shape
    largest = np.abs(design.x).max(axis=0)
    spread = np.ptp(design.x, axis=0)
    constant = [term for term, size, level in zip(design.terms, spread, largest, strict=True) if size <= _SINGULAR * level]
    if constant:
        raise CannotFit(f"{' and '.join(constant)} is the same in all {n} rows, so nothing can go with it.")
    if n <= p:
        raise CannotFit(f"{n} rows cannot carry {p} terms ({', '.join(design.terms)}); use fewer columns or more judgements.")
    weakest, words = collinear_words(design)
    if weakest < _SINGULAR * n:
        raise CannotFit(f"A term is a combination of the terms before it, over {n} rows: {words}. Leave one of them out.")


def collinear_words(design: Design) -> tuple[float, str]:
    """Return how much the term nearest to a combination of those before it has of its own, and the combination in words.

    Returns
    -------
    Length left of the standardised column, and such as "twice = 1 + 2 x x".
    """
    scaled = (design.x - design.x.mean(axis=0)) / design.x.std(axis=0)
    own = np.abs(np.diag(np.linalg.qr(scaled)[1]))
    # The first that is not there at all, else the nearest to it: what comes after a column that is gone is noise.
    gone = np.flatnonzero(own < _SINGULAR * len(scaled))
    last = int(gone[0]) if len(gone) else int(np.argmin(own))
    parts = np.linalg.lstsq(scaled[:, :last], scaled[:, last], rcond=None)[0]
    found = np.flatnonzero(np.abs(parts) > _NAMED)
    factors = parts[found] * design.x[:, last].std() / design.x[:, found].std(axis=0)
    constant = float(design.x[:, last].mean() - design.x[:, found].mean(axis=0) @ factors)
    sides = [f"{factor:.6g} x {design.terms[place]}" for factor, place in zip(factors, found, strict=True)]
    start = [f"{constant:.6g}"] if abs(constant) > _NAMED * design.x[:, last].std() else []
    return float(own[last]), f"{design.terms[last]} = {' + '.join([*start, *sides])}"


def _check_categories(levels: Mapping[str, frozenset[object]], n: int) -> None:
    """Refuse a category with one value: the formula library would leave it out without a word."""
    for name, values in levels.items():
        if len(values) == 1:
            (only,) = values
            raise CannotFit(f"{name} is '{only}' in all {n} rows, so nothing can go with it.")
