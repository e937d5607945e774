"""From a formula and a table to the arrays of a model, with every reason not to fit said in words."""

import itertools
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import ModelSpec
from formulaic.errors import FormulaicError

from fundgap.errors import BadFormula, CannotFit
from fundgap.models.ordinal import Floats

_TOKENS = re.compile(r"[A-Za-z_]\w*|\d+|[~+\-:*()]|\s+|.")
_FUNCTIONS = ("C", "log")
_SINGULAR = 1e-9


@dataclass(frozen=True)
class Design:
    """A model matrix without its constant: (n, p) values, the p terms, and how to make the like for other rows."""

    x: Floats
    terms: tuple[str, ...]
    rows: pd.Index
    spec: ModelSpec

    def of(self, frame: pd.DataFrame) -> Floats:
        """Return the matrix of the same terms for other rows, (m, p)."""
        matrix = self.spec.get_model_matrix(frame, na_action="raise")
        return np.asarray(matrix.drop(columns="Intercept"), dtype=float)


def split_formula(formula: str) -> tuple[str, str]:
    """Return the outcome and the right-hand side of "rating ~ a + b", after checking that it is a plain formula.

    Raises
    ------
    BadFormula
        For anything but column names, numbers, `+ - : * ( )`, `C(column)` and `log(column)`. Formulas may come from
        users, and a formula library runs what stands between brackets.
    """
    tokens = [token for token in _TOKENS.findall(formula) if not token.isspace()]
    strange = [token for token in tokens if not re.fullmatch(r"\w+|[~+\-:*()]", token)]
    calls = [name for name, after in itertools.pairwise(tokens) if after == "(" and re.fullmatch(r"[A-Za-z_]\w*", name)]
    unknown = [name for name in calls if name not in _FUNCTIONS]
    if strange or unknown or tokens.count("~") != 1:
        wrong = ", ".join([*strange, *(f"{name}(…)" for name in unknown)]) or f"{tokens.count('~')} signs ~"
        raise BadFormula(f"'{formula}' holds {wrong}. A formula is 'outcome ~ column + column', with : * ( ) C(column) and log(column).")
    outcome, _, rhs = formula.partition("~")
    return outcome.strip(), rhs.strip()


def columns_of(rhs: str) -> list[str]:
    """Return the column names that a right-hand side uses."""
    words = re.findall(r"[A-Za-z_]\w*", rhs)
    return [word for word in dict.fromkeys(words) if word not in _FUNCTIONS]


def build_design(rhs: str, frame: pd.DataFrame) -> Design:
    """Return the model matrix of a checked right-hand side.

    Raises
    ------
    CannotFit
        When a column is constant, or is made up of others.
    """
    try:
        matrix = ModelSpec.from_spec(f"1 + {rhs}").get_model_matrix(frame, na_action="raise")
    except FormulaicError as error:
        raise BadFormula(f"'{rhs}' cannot be read as a formula: {error}") from None
    values = matrix.drop(columns="Intercept")
    design = Design(np.asarray(values, dtype=float), tuple(values.columns), frame.index, matrix.model_spec)
    _check_rank(design)
    return design


def _check_rank(design: Design) -> None:
    if not design.terms:
        raise CannotFit("The formula leaves no column to fit: a category with one value, perhaps.")
    spread = design.x.std(axis=0)
    constant = [term for term, size in zip(design.terms, spread, strict=True) if size <= _SINGULAR]
    if constant:
        raise CannotFit(f"{' and '.join(constant)} is the same in all {len(design.x)} rows, so nothing can go with it.")
    scaled = (design.x - design.x.mean(axis=0)) / spread
    _, triangular = np.linalg.qr(scaled)
    weak = np.abs(np.diag(triangular)) < _SINGULAR * len(scaled)
    if weak.any():
        term = design.terms[int(np.flatnonzero(weak)[0])]
        raise CannotFit(f"{term} is a combination of the terms before it; leave one of them out.")
