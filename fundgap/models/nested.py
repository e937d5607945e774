"""Likelihood-ratio test between two fitted models, refused where it does not hold."""

import numpy as np

from fundgap.errors import CannotFit
from fundgap.models import goodness
from fundgap.models.design import split_formula
from fundgap.models.goodness import NestedTest
from fundgap.models.ratings_model import UNIT, RatingsModel
from fundgap.models.standardise import Floats

# Part of a column's length that may lie outside the other model's columns by rounding.
_ROUNDING = 1e-8


def likelihood_ratio_test(smaller: RatingsModel, larger: RatingsModel) -> NestedTest:
    """Test the terms that the larger of two nested models has and the smaller has not (Wilks, 1938).

    Raises
    ------
    CannotFit
        When the two are not of the same judgements, grades and link, are not nested, or have clustered errors: the
        likelihood takes judgements as independent. `larger.wald(terms)` is the test for those.

    Examples
    --------
    >>> import fundgap as fg
    >>> judgements = fg.in_real_terms(fg.inspections()).dropna(subset=["preventative_per_child_real"])
    >>> smaller = fg.fit_ratings("rating ~ deprivation_decile", judgements, frameworks=["SIF"])
    >>> larger = fg.fit_ratings("rating ~ deprivation_decile + preventative_per_child_real", judgements, frameworks=["SIF"])
    >>> test = fg.likelihood_ratio_test(smaller, larger)
    >>> test.df, test.terms, round(test.statistic - 2 * (larger.loglik - smaller.loglik), 9)
    (1, ('preventative_per_child_real',), 0.0)
    """
    _check_same_outcome(smaller, larger)
    clustered = [model.errors for model in (smaller, larger) if model.cluster]
    if clustered:
        raise CannotFit(
            f"A likelihood-ratio test takes judgements as independent, and these errors are {clustered[0]}. "
            "Use wald(terms) of the larger model, which uses that covariance."
        )
    lost = [smaller.terms[column] for column in outside(smaller.design.x, larger.design.x)]
    df = len(larger.slopes) - len(smaller.slopes)
    if lost or df < 1:
        why = f"{' and '.join(lost)} is not in '{larger.formula}'" if lost else f"'{larger.formula}' adds no term to '{smaller.formula}'"
        raise CannotFit(f"The models are not nested: {why}. Give the smaller first, then one that has all of its terms and more.")
    new = tuple(larger.terms[column] for column in outside(larger.design.x, smaller.design.x))
    return goodness.likelihood_ratio(smaller.loglik, larger.loglik, new, df)


def outside(columns: Floats, others: Floats) -> list[int]:
    """Return which of `columns`, (n, p), are no combination of a constant and `others`, (n, q)."""
    # Centred and of length 1, so that rounding means the same for a year, a share and a column of £1,000s.
    base, unit = (part - part.mean(axis=0) for part in (others, columns))
    base, unit = base / np.linalg.norm(base, axis=0), unit / np.linalg.norm(unit, axis=0)
    rest = unit - base @ np.linalg.lstsq(base, unit, rcond=None)[0]
    return [int(column) for column in np.flatnonzero(np.linalg.norm(rest, axis=0) > _ROUNDING)]


def _check_same_outcome(smaller: RatingsModel, larger: RatingsModel) -> None:
    """Refuse two models whose likelihoods are of different judgements or outcomes."""
    if not smaller.design.rows.equals(larger.design.rows) or not smaller.data[UNIT].equals(larger.data[UNIT]):
        raise CannotFit(
            f"The models stand on different judgements ({smaller.n} and {larger.n}), so their likelihoods cannot be compared. "
            "Take out the rows without a value in any of the columns first, and fit both to the rest."
        )
    one, other = (f"{split_formula(model.formula)[0]}, {model.kind} {model.link}" for model in (smaller, larger))
    if one != other or not np.array_equal(smaller.y, larger.y):
        raise CannotFit(f"The models are not of the same outcome ({one} and {other}), so neither is nested in the other.")
