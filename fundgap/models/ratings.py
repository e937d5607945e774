"""What goes with a better judgement: a formula and a table of inspections in, a results object out."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import BadFormula, CannotFit, NoData
from fundgap.models import ordinal
from fundgap.models.covariance import CLUSTERED, SINGLE, Covariance, covariance_name, covariance_of
from fundgap.models.design import Design, build_design, collinear_words, columns_of, split_formula
from fundgap.models.links import Link
from fundgap.models.ordinal import Ints
from fundgap.models.ratings_model import GOOD, UNIT, Kind, RatingsModel
from fundgap.models.reasons import first_reason
from fundgap.models.separation import separation_words

# A grade given once informs its own threshold and little else; two grades given more often carry the rest.
_FEWEST_IN_GRADE = 2
_FEWEST_CLUSTERS = 2
_IDENTITY = ("council", "council_name", "framework", "publication_date")


def fit_ratings(
    formula: str,
    inspections: pd.DataFrame,
    frameworks: Iterable[str] | None = None,
    kind: Kind = "ordered",
    cluster: str | None = None,
    *,
    link: Link = "logit",
    covariance: Covariance | None = None,
    include_reinspections: bool = False,
    include_tiny: bool = False,
) -> RatingsModel:
    """Fit an ordered or binary regression of a grade on columns of the inspections table.

    Parameters
    ----------
    formula
        "rating ~ deprivation_decile + preventative_per_child"; the outcome may be any grade column. Right of the ~: column
        names, `+ : *`, `C(column)` for categories, `log(column)`.
    inspections
        As `fundgap.inspections()` gives it, real-terms columns added where wanted.
    frameworks
        Such as ["SIF"]; all where left out.
    kind
        "ordered" over the four grades, or "binary": good or better against below.
    cluster
        Column whose values share errors, such as "council".
    link
        "logit", "probit" or "cloglog"; P(grade j or worse) is its distribution function at threshold_j - x'slope.
    covariance
        Without a cluster: "information", the inverse observed information (where left out), or "HC0", the score sandwich of
        single judgements. With one: "CR1", the sandwich of the clusters' scores times G / (G - 1) (where left out), or "CR3",
        leaving out each cluster in turn, which covers better where clusters are few or uneven. See `covariance_of`.
    include_reinspections, include_tiny
        Re-inspections, and the two tiny councils (City of London, Isles of Scilly), are left out unless asked for.

    Raises
    ------
    BadFormula, NoData, CannotFit
        Saying what in the formula or the data is the cause.

    Examples
    --------
    >>> import fundgap as fg
    >>> judgements = fg.in_real_terms(fg.inspections())
    >>> model = fg.fit_ratings("rating ~ deprivation_decile + preventative_per_child_real", judgements, frameworks=["SIF"])
    >>> model.n, len(model.left_out)
    (147, 5)
    >>> per_100_pounds = model.odds_ratios({"preventative_per_child_real": 100}).loc["preventative_per_child_real"]
    >>> per_100_pounds[["odds_ratio", "lower", "upper"]].round(2).tolist()
    [1.54, 1.17, 2.01]
    """
    errors: Covariance = covariance or ("information" if cluster is None else "CR1")
    _check_choices(errors, cluster)
    outcome, rhs = split_formula(formula)
    used, left_out = sample_of(inspections, outcome, rhs, frameworks, include_reinspections, include_tiny, cluster)
    design = build_design(rhs, used)
    grades, y = grades_of(used[outcome], kind)
    fitted = ordinal.fit(y, design.x, grades=len(grades), link=link)
    check_fit(fitted, formula, design, y, grades, used)
    clusters = None if cluster is None else _cluster_numbers(used[cluster])
    counts = pd.Series(np.bincount(y, minlength=len(grades)), index=pd.Index(grades, name=outcome), name="judgements")
    kept = list(dict.fromkeys([UNIT, *columns_of(rhs), *([cluster] if cluster else [])]))
    return RatingsModel(
        formula=formula,
        kind=kind,
        link=link,
        grades=grades,
        terms=design.terms,
        thresholds=fitted.thresholds[0],
        slopes=fitted.slopes[0],
        covariance=covariance_of(y, design.x, fitted, errors, clusters, link),
        errors=covariance_name(errors, cluster),
        loglik=float(fitted.loglik[0]),
        counts=counts,
        cluster=cluster,
        left_out=left_out,
        y=y,
        data=used[kept],
        design=design,
    )


def _check_choices(covariance: Covariance, cluster: str | None) -> None:
    """Refuse errors by cluster without one, and others with one."""
    if (cluster is None) == (covariance in CLUSTERED):
        told = "no cluster" if cluster is None else f"cluster='{cluster}'"
        raise BadFormula(
            f"covariance='{covariance}' with {told}: {' and '.join(CLUSTERED)} are by cluster, {' and '.join(SINGLE)} are without one."
        )


def sample_of(
    inspections: pd.DataFrame,
    outcome: str,
    rhs: str,
    frameworks: Iterable[str] | None,
    include_reinspections: bool,
    include_tiny: bool,
    cluster: str | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the judgements to use and those asked for but not usable, each with its reason."""
    columns = [outcome, *columns_of(rhs), *([cluster] if cluster else [])]
    missing = [name for name in dict.fromkeys([*_IDENTITY, "is_reinspection", *columns]) if name not in inspections]
    if missing:
        raise NoData(f"The inspections table has no column {missing}. It holds {list(inspections.columns)}.")
    is_chosen = pd.Series(True, index=inspections.index) if include_reinspections else ~inspections["is_reinspection"]
    if frameworks is not None:
        wanted = [frameworks] if isinstance(frameworks, str) else list(frameworks)
        unknown = sorted(set(wanted) - set(inspections["framework"]))
        if unknown:
            raise NoData(f"No inspections under {unknown}; the table has {sorted(set(inspections['framework']))}.")
        is_chosen &= inspections["framework"].isin(wanted)
    # The table is wide, and rows are taken from it more than once.
    chosen = inspections.loc[is_chosen, list(dict.fromkeys([*_IDENTITY, *columns]))]
    tests = {"tiny council": chosen["council"].isin(TINY_COUNCILS) & (not include_tiny)}
    reason = first_reason(tests | {f"no {name}": chosen[name].isna() for name in columns})
    left_out = chosen.loc[reason != "", list(_IDENTITY)].assign(reason=reason[reason != ""])
    used = chosen[reason == ""]
    if used.empty:
        why = ", ".join(f"{count} {text}" for text, count in reason.value_counts().items())
        raise CannotFit(f"No judgement is left to fit, of {len(chosen)}: {why or 'none was asked for'}.")
    return used, left_out


def grades_of(outcome: pd.Series, kind: Kind) -> tuple[tuple[str, ...], Ints]:
    """Return the grades that occur, worst first, and each judgement's as a number."""
    if not isinstance(outcome.dtype, pd.CategoricalDtype) or not outcome.dtype.ordered:
        raise BadFormula(f"'{outcome.name}' is not a grade: the outcome must be an ordered category such as rating.")
    if kind == "binary" and GOOD not in outcome.cat.categories:
        raise BadFormula(f"'{outcome.name}' has no grade '{GOOD}', so there is no 'good or better' to model.")
    if kind == "binary":
        y = (outcome >= GOOD).to_numpy().astype(np.int64)
        grades: tuple[str, ...] = ("Below good", "Good or better")
    else:
        present = outcome.cat.remove_unused_categories()
        grades, y = tuple(str(grade) for grade in present.cat.categories), present.cat.codes.to_numpy().astype(np.int64)
    counts = np.bincount(y, minlength=len(grades))
    if counts.min() < 1 or (counts >= _FEWEST_IN_GRADE).sum() < 2:
        found = ", ".join(f"{count} {grade}" for grade, count in zip(grades, counts, strict=True))
        few = " and ".join(grade for grade, count in zip(grades, counts, strict=True) if count < _FEWEST_IN_GRADE) or "all but one"
        merge = "" if kind == "binary" else "kind='binary', which joins grades into good or better and below; or "
        raise CannotFit(
            f"Too few judgements in a grade ({found}): at least two grades need {_FEWEST_IN_GRADE} or more, and {few} falls short. "
            f"Use {merge}more frameworks, include_reinspections=True, or columns with fewer gaps."
        )
    return grades, y


def check_fit(fitted: ordinal.OrdinalFit, formula: str, design: Design, y: Ints, grades: tuple[str, ...], used: pd.DataFrame) -> None:
    """Refuse estimates that mean nothing, naming what in the data is the cause."""
    if fitted.is_collinear[0]:
        raise CannotFit(
            f"'{formula}' has a term that all but follows from the others: {collinear_words(design)[1]}. Leave one of them out."
        )
    if fitted.is_separated[0]:
        members = {
            f"{name} = {level}": (used[name] == level).to_numpy(dtype=bool) for name in design.levels for level in design.levels[name]
        }
        why = separation_words(y, design.x, design.terms, grades, members)
        if not why:
            term = design.terms[int(np.argmax(np.abs(fitted.slopes[0]) * design.x.std(axis=0)))]
            why = f"{term} all but tells them apart"
        raise CannotFit(
            f"'{formula}' separates the grades: {why}. So there is no finite estimate. Leave the term out, join its category with "
            "another or the grade with its neighbour, or use more judgements."
        )
    if not fitted.is_converged[0]:
        raise CannotFit(f"'{formula}' did not converge: the largest score is {fitted.score[0]:.1e} per judgement.")


def _cluster_numbers(clusters: pd.Series) -> Ints:
    codes, names = pd.factorize(clusters)
    if len(names) < _FEWEST_CLUSTERS:
        raise CannotFit(f"{clusters.name} has {len(names)} cluster in these rows; clustered errors need {_FEWEST_CLUSTERS} at the least.")
    return codes.astype(np.int64)
