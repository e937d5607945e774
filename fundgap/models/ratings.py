"""What goes with a better judgement: a formula and a table of inspections in, a results object out."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import BadFormula, CannotFit, NoData
from fundgap.models import ordinal
from fundgap.models.design import Design, build_design, columns_of, split_formula
from fundgap.models.ordinal import Floats, Ints

Kind = Literal["ordered", "binary"]
GOOD = "Good"
_FEWEST_IN_GRADE = 2
_FEWEST_CLUSTERS = 2
_IDENTITY = ("council", "council_name", "framework", "publication_date")
READABLE_STEP_GBP = 100.0
# Nearer to 0 or 1 than this, a probability has no logit to put an interval around.
_EDGE = 1e-12


@dataclass(frozen=True)
class RatingsModel:
    """A fitted ordered (or binary) logit of a grade.

    Parameters
    ----------
    formula, kind
        What was fitted.
    grades
        The grades in order, worst first (J of them; two for kind "binary").
    thresholds : (J - 1,)
    slopes : (p,)
        Change in log odds of a better grade for one unit of a term.
    covariance : (k, k)
        Of thresholds then slopes: inverse observed information, or clustered (CR1) where `cluster` is set.
    counts
        Judgements in each grade.
    left_out
        Judgements not used, with the reason.
    """

    formula: str
    kind: Kind
    grades: tuple[str, ...]
    terms: tuple[str, ...]
    thresholds: Floats
    slopes: Floats
    covariance: Floats
    loglik: float
    counts: pd.Series
    cluster: str | None
    left_out: pd.DataFrame
    design: Design

    @property
    def n(self) -> int:
        """How many judgements the model stands on."""
        return int(self.counts.sum())

    def odds_ratios(self, per: Mapping[str, float] | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return one row a term: how the odds of a better grade multiply with it.

        Parameters
        ----------
        per
            Step of a term that the ratio is for, such as {"preventative_per_child": 100} for £100 a child; 1 elsewhere.
            A negative step asks for less of it.
        level
            Of the Wald interval.

        Returns
        -------
        pandas.DataFrame
            Index term; odds_ratio, lower, upper, p_value, per.

        Raises
        ------
        NoData
            When `per` names a term that the model has not.
        """
        unknown = set(per or ()) - set(self.terms)
        if unknown:
            raise NoData(f"No term {sorted(unknown)} in this model; its terms are {list(self.terms)}.")
        step = np.array([(per or {}).get(term, 1.0) for term in self.terms])
        error = np.sqrt(np.diag(self.covariance))[len(self.thresholds) :]
        width = norm.ppf(0.5 + level / 2) * error
        table = {
            "odds_ratio": np.exp(self.slopes * step),
            "lower": np.exp(self.slopes * step - width * np.abs(step)),
            "upper": np.exp(self.slopes * step + width * np.abs(step)),
            "p_value": 2 * norm.sf(np.abs(self.slopes / error)),
            "per": step,
        }
        return pd.DataFrame(table, index=pd.Index(self.terms, name="term"))

    def predict(self, frame: pd.DataFrame, ci: float = 0.95) -> pd.DataFrame:
        """Return the predicted probability of every grade, and of good or better, for each row of a frame.

        Parameters
        ----------
        frame
            The model's columns, in its units.
        ci
            Level of the intervals: delta method on the logit scale, so that they stay between 0 and 1.

        Returns
        -------
        pandas.DataFrame
            One row a row of `frame`; for each grade a column with its name, and `… lower`, `… upper`; for ordered models
            the same for "Good or better".
        """
        self._check_columns(frame)
        x = self.design.of(frame)
        result: dict[str, Floats] = {}
        probability = ordinal.probabilities(x, self.thresholds, self.slopes)
        gradient = self._gradients(x)
        targets = {grade: (probability[:, j], gradient[:, j]) for j, grade in enumerate(self.grades)}
        if self.kind == "ordered" and GOOD in self.grades:
            first = self.grades.index(GOOD)
            targets["Good or better"] = (probability[:, first:].sum(axis=1), gradient[:, first:].sum(axis=1))
        z = norm.ppf(0.5 + ci / 2)
        for name, (value, slope) in targets.items():
            error = np.sqrt(np.einsum("nk,kl,nl->n", slope, self.covariance, slope))
            inside = np.clip(value, _EDGE, 1 - _EDGE)
            width = z * error / (inside * (1 - inside))
            result |= {name: value, f"{name} lower": expit(logit(inside) - width), f"{name} upper": expit(logit(inside) + width)}
        return pd.DataFrame(result, index=frame.index)

    def to_frame(self) -> pd.DataFrame:
        """Return the odds ratios, one row a term."""
        return self.odds_ratios()

    def __str__(self) -> str:
        """Say what was fitted and what came out, in a few lines."""
        name = "Ordered" if self.kind == "ordered" else "Binary"
        counts = ", ".join(f"{count} {str(grade).lower()}" for grade, count in self.counts.items())
        error = f"clustered by {self.cluster} (CR1)" if self.cluster else "observed information"
        lines = [
            f"{name} logit: {self.formula}",
            f"{self.n} judgements ({counts}); {len(self.left_out)} left out; standard errors: {error}",
        ]
        for row in self.odds_ratios(self._readable_steps()).itertuples():
            step = f" (per £{row.per:.0f})" if row.per != 1 else ""
            lines.append(f"  {row.Index}{step}: odds ratio {row.odds_ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        caption = f"<p>{self.n} judgements; {len(self.left_out)} left out.</p>"
        return str(self.odds_ratios(self._readable_steps()).round(3).to_html()) + caption

    def _readable_steps(self) -> dict[str, float]:
        """Return £100 as the step of terms in £ a child: one pound moves no odds that anyone could read."""
        return {term: READABLE_STEP_GBP for term in self.terms if re.fullmatch(r"\w+_per_child(_real)?", term)}

    def _check_columns(self, frame: pd.DataFrame) -> None:
        missing = [name for name in columns_of(split_formula(self.formula)[1]) if name not in frame]
        if missing:
            raise NoData(f"The frame has no column {missing}; it holds {list(frame.columns)}.")

    def _gradients(self, x: Floats) -> Floats:
        """Return the derivative of each grade's probability in thresholds and slopes, (n, J, k)."""
        inner, n = len(self.thresholds), len(x)
        latent = self.thresholds[None, :] - (x @ self.slopes)[:, None]
        density = expit(latent) * expit(-latent)
        below = np.zeros((n, inner + 2, inner + len(self.slopes)))
        for j in range(inner):
            below[:, j + 1, j] = density[:, j]
            below[:, j + 1, inner:] = -density[:, j, None] * x
        return np.diff(below, axis=1)


def fit_ratings(
    formula: str,
    inspections: pd.DataFrame,
    frameworks: Iterable[str] | None = None,
    kind: Kind = "ordered",
    cluster: str | None = None,
    *,
    include_reinspections: bool = False,
    include_tiny: bool = False,
) -> RatingsModel:
    """Fit an ordered or binary logit of a grade on columns of the inspections table.

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
        Column whose values share errors, such as "council": CR1 standard errors, the score sandwich times G / (G - 1).
    include_reinspections, include_tiny
        Re-inspections, and the two tiny councils (City of London, Isles of Scilly), are left out unless asked for.

    Raises
    ------
    BadFormula, NoData, CannotFit
        Saying what in the formula or the data is the cause.
    """
    if kind not in ("ordered", "binary"):
        raise BadFormula(f"kind '{kind}': there are 'ordered' and 'binary'.")
    outcome, rhs = split_formula(formula)
    used, left_out = _sample(inspections, outcome, rhs, frameworks, include_reinspections, include_tiny, cluster)
    design = build_design(rhs, used)
    grades, y = _grades(used[outcome], kind)
    fitted = ordinal.fit(y, design.x, grades=len(grades))
    _check_fit(fitted, formula, design)
    thresholds, slopes = fitted.thresholds[0], fitted.slopes[0]
    covariance = fitted.covariance[0]
    if cluster is not None:
        covariance = ordinal.clustered_covariance(y, design.x, fitted, _cluster_numbers(used[cluster]))
    counts = pd.Series(np.bincount(y, minlength=len(grades)), index=pd.Index(grades, name=outcome), name="judgements")
    loglik = float(fitted.loglik[0])
    return RatingsModel(formula, kind, grades, design.terms, thresholds, slopes, covariance, loglik, counts, cluster, left_out, design)


def _sample(
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
    chosen = inspections
    if frameworks is not None:
        wanted = [frameworks] if isinstance(frameworks, str) else list(frameworks)
        unknown = sorted(set(wanted) - set(inspections["framework"]))
        if unknown:
            raise NoData(f"No inspections under {unknown}; the table has {sorted(set(inspections['framework']))}.")
        chosen = chosen[chosen["framework"].isin(wanted)]
    if not include_reinspections:
        chosen = chosen[~chosen["is_reinspection"]]
    reason = pd.Series("", index=chosen.index)
    for name in columns:
        reason = reason.mask((reason == "") & chosen[name].isna(), f"no {name}")
    if not include_tiny:
        reason = reason.mask(chosen["council"].isin(TINY_COUNCILS), "tiny council")
    left_out = chosen.loc[reason != "", list(_IDENTITY)].assign(reason=reason[reason != ""])
    used = chosen[reason == ""]
    if used.empty:
        why = ", ".join(f"{count} {text}" for text, count in reason.value_counts().items())
        raise CannotFit(f"No judgement is left to fit, of {len(chosen)}: {why or 'none was asked for'}.")
    return used, left_out


def _grades(outcome: pd.Series, kind: Kind) -> tuple[tuple[str, ...], Ints]:
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
    if len(grades) < 2 or counts.min() < _FEWEST_IN_GRADE:
        found = ", ".join(f"{count} {grade}" for grade, count in zip(grades, counts, strict=True))
        raise CannotFit(
            f"Too few judgements in a grade ({found}): each needs at least {_FEWEST_IN_GRADE}. Use kind='binary' or more frameworks."
        )
    return grades, y


def _check_fit(fitted: ordinal.OrdinalFit, formula: str, design: Design) -> None:
    if fitted.is_separated[0]:
        term = design.terms[int(np.argmax(np.abs(fitted.slopes[0]) * design.x.std(axis=0)))]
        raise CannotFit(
            f"'{formula}' separates the grades: {term} tells them apart without error, so its odds ratio has no finite estimate."
        )
    if not fitted.is_converged[0]:
        raise CannotFit(f"'{formula}' did not converge: the largest score is {fitted.score[0]:.1e} per judgement.")


def _cluster_numbers(clusters: pd.Series) -> Ints:
    codes, names = pd.factorize(clusters)
    if len(names) < _FEWEST_CLUSTERS:
        raise CannotFit(f"{clusters.name} has {len(names)} cluster in these rows; clustered errors need {_FEWEST_CLUSTERS} at the least.")
    return codes.astype(np.int64)
