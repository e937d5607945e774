"""Repeated judgements of the same councils in the same years: a formula and a table in, a mixed ordered logit out."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from fundgap.errors import BadFormula, CannotFit
from fundgap.models import ordinal
from fundgap.models.design import Design, build_design, columns_of, split_formula
from fundgap.models.mixed_climb import RUNAWAY
from fundgap.models.mixed_fit import MixedFit, fit_crossed
from fundgap.models.mixed_ratings import MixedRatings
from fundgap.models.ordinal import Ints
from fundgap.models.ratings import check_fit, grades_of, sample_of
from fundgap.models.ratings_model import UNIT, Kind, RatingsModel

GROUPS = ("council", "figures_year")


def fit_mixed(
    formula: str,
    inspections: pd.DataFrame,
    groups: str | Iterable[str] = GROUPS,
    frameworks: Iterable[str] | None = None,
    kind: Kind = "ordered",
    *,
    include_reinspections: bool = True,
    include_tiny: bool = False,
) -> MixedRatings:
    """Fit an ordered or binary logit of a grade with crossed random intercepts, by the Laplace approximation.

    The approximation is known to draw standard deviations towards 0 where a level has few judgements, with two grades most of
    all (Joe, 2008, "Accuracy of Laplace approximation for discrete response mixed models", Computational Statistics and Data
    Analysis 52); slopes suffer far less. `benchmarks/mixed.py` shows by simulation how far that goes on the panel.

    Parameters
    ----------
    formula
        As for `fit_ratings`: "rating ~ deprivation_decile + preventative_per_child".
    inspections
        As `fundgap.inspections()` gives it, real-terms columns added where wanted.
    groups
        Columns whose every value has an intercept of its own, drawn from a normal distribution: councils, and the financial
        year that the figures are from. A column of your own, such as the year of publication, does as well.
    frameworks
        Such as ["SIF", "ILACS"]; all where left out.
    kind
        "ordered" over the four grades, or "binary": good or better against below.
    include_reinspections
        Judgements of one council repeat, which is what its intercept stands for, so re-inspections are in unless left out.
    include_tiny
        The two tiny councils (City of London, Isles of Scilly) are left out unless asked for.

    Returns
    -------
    MixedRatings
        A standard deviation of 0 is a result and is reported as one, not an error.

    Raises
    ------
    BadFormula, NoData, CannotFit
        Saying what in the formula or the data is the cause.

    Examples
    --------
    >>> import fundgap as fg
    >>> model = fg.fit_mixed("rating ~ deprivation_decile", fg.in_real_terms(fg.inspections()))
    >>> print(str(model).splitlines()[0])
    Mixed ordered logit: rating ~ deprivation_decile, random intercepts for council and figures_year
    """
    outcome, rhs = split_formula(formula)
    named = _named_groups(groups, rhs)
    used, left_out = sample_of(inspections, outcome, " + ".join([rhs, *named]), frameworks, include_reinspections, include_tiny, None)
    design = build_design(rhs, used)
    grades, y = grades_of(used[outcome], kind)
    levels, names = _levels(used, named)
    without = ordinal.fit(y, design.x, grades=len(grades))
    check_fit(without, formula, design, y, grades, used)
    fitted = fit_crossed(y, design.x, levels, without)
    _check_mixed(fitted, formula, named, design)
    counts = pd.Series(np.bincount(y, minlength=len(grades)), index=pd.Index(grades, name=outcome), name="judgements")
    size = len(fitted.thresholds) + len(fitted.slopes)
    kept = list(dict.fromkeys([UNIT, *columns_of(rhs), *named]))
    fixed = RatingsModel(
        formula=formula,
        kind=kind,
        link="logit",
        grades=grades,
        terms=design.terms,
        thresholds=fitted.thresholds,
        slopes=fitted.slopes,
        covariance=fitted.covariance[:size, :size],
        errors="Laplace approximation",
        loglik=fitted.loglik,
        counts=counts,
        cluster=None,
        left_out=left_out,
        y=y,
        data=used[kept],
        design=design,
    )
    return MixedRatings(named, fitted, without, levels, names, fixed)


def _named_groups(groups: str | Iterable[str], rhs: str) -> tuple[str, ...]:
    named = (groups,) if isinstance(groups, str) else tuple(groups)
    if len(set(named)) < len(named):
        raise BadFormula(f"groups {list(named)} name a column twice.")
    both = [name for name in named if name in columns_of(rhs)]
    if both:
        raise BadFormula(f"{' and '.join(both)} cannot have random intercepts and stand in the formula '{rhs}' as well; leave one out.")
    return named


def _levels(used: pd.DataFrame, groups: tuple[str, ...]) -> tuple[Ints, tuple[tuple[str, ...], ...]]:
    """Return the level of every group in every row, (F, n), and the levels' names."""
    n = len(used)
    codes: list[Ints] = []
    names: list[tuple[str, ...]] = []
    for group in groups:
        code, values = pd.factorize(used[group], sort=True)
        if len(values) == 1:
            raise CannotFit(f"{group} is {values[0]} in all {n} judgements: its intercepts have nothing to differ by. Leave it out.")
        if len(values) == n:
            raise CannotFit(
                f"Every one of the {n} judgements has a {group} of its own, so its intercepts are one with chance; values must repeat."
            )
        for other, seen in zip(groups, codes, strict=False):
            if len(set(zip(code, seen, strict=True))) == len(values) == seen.max() + 1:
                raise CannotFit(f"{group} sorts the judgements exactly as {other} does: their intercepts are one. Leave one out.")
        codes.append(code.astype(np.int64))
        names.append(tuple(str(value) for value in values))
    return np.array(codes), tuple(names)


def _check_mixed(fitted: MixedFit, formula: str, groups: tuple[str, ...], design: Design) -> None:
    if fitted.is_runaway and fitted.deviations.max() > RUNAWAY:
        group = groups[int(np.argmax(fitted.deviations))]
        raise CannotFit(
            f"'{formula}': the standard deviation of {group}'s intercepts grows without end, as when every {group} keeps to one grade, "
            f"or a term tells the grades within each apart without error. Use a coarser group, or fit_ratings with cluster='{group}'."
        )
    if fitted.is_runaway:
        term = design.terms[int(np.argmax(np.abs(fitted.slopes) * design.x.std(axis=0)))]
        raise CannotFit(f"'{formula}' separates the grades once {' and '.join(groups)} differ: {term} has no finite odds ratio.")
    if not fitted.is_converged:
        why = f"{fitted.gain:.1e} of log-likelihood is left to gain" if np.isfinite(fitted.gain) else "the climb did not end at a maximum"
        raise CannotFit(
            f"'{formula}' with random intercepts for {' and '.join(groups)} did not converge: {why}. "
            f"There may be too few judgements for each {' and '.join(groups)}; try fewer groups, fewer terms, or kind='binary'."
        )
