"""A fitted model of a grade: what it can be asked. Its methods put questions together; the numbers come from the modules beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import pandas as pd

from fundgap.errors import BadFormula, CannotFit, NoData
from fundgap.models import bootstrap, brant, goodness, marginal, odds_ratios, prediction, residuals, validation
from fundgap.models.bootstrap import Replicates
from fundgap.models.brant import BrantTest
from fundgap.models.design import Design, columns_of, split_formula
from fundgap.models.goodness import FitStatistics, NestedTest
from fundgap.models.links import Link
from fundgap.models.marginal import Change
from fundgap.models.ordinal import Ints
from fundgap.models.prediction import Estimates, Targets
from fundgap.models.standardise import Floats
from fundgap.models.validation import CrossValidation
from fundgap.shown import Shown

Kind = Literal["ordered", "binary"]
GOOD = "Good"
GOOD_OR_BETTER = "Good or better"
UNIT = "council"


@dataclass(frozen=True)
class RatingsModel(Shown):
    """A fitted ordered (or binary) regression of a grade.

    Parameters
    ----------
    formula, kind, link
        What was fitted: P(grade j or worse) is the link's distribution function at threshold_j - x'slope.
    grades
        The grades in order, worst first (J of them; two for kind "binary").
    thresholds : (J - 1,)
    slopes : (p,)
        Move of the latent scale towards a better grade for one unit of a term; for the logit, the change in log odds.
    covariance : (k, k)
        Of thresholds then slopes, as `errors` says: "observed information", "robust (HC0)", "clustered by … (CR1)" or "… (CR3)".
    counts
        Judgements in each grade.
    left_out
        Judgements not used, with the reason.
    y : (n,)
        Grade of each judgement used, 0 … J - 1.
    data
        The columns of the formula, and the council, of the judgements used; and the cluster's column where there is one.
    """

    formula: str
    kind: Kind
    link: Link
    grades: tuple[str, ...]
    terms: tuple[str, ...]
    thresholds: Floats
    slopes: Floats
    covariance: Floats
    errors: str
    loglik: float
    counts: pd.Series
    cluster: str | None
    left_out: pd.DataFrame
    y: Ints
    data: pd.DataFrame
    design: Design

    @property
    def n(self) -> int:
        """How many judgements the model stands on."""
        return int(self.counts.sum())

    @property
    def estimates(self) -> Estimates:
        """The arrays of the model, for the functions that compute with them."""
        return Estimates(self.thresholds, self.slopes, self.covariance, self.link)

    def coefficients(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row a term: its slope on the latent scale.

        Returns
        -------
        pandas.DataFrame
            Index term; slope, std_error, lower, upper (Wald), p_value.
        """
        return odds_ratios.coefficient_table(self.estimates, self.terms, level)

    def odds_ratios(
        self, per: Mapping[str, float] | None = None, level: float = 0.95, replicates: Replicates | None = None
    ) -> pd.DataFrame:
        """Return one row a term: how the odds of a better grade multiply with it.

        Parameters
        ----------
        per
            Step of a term that the ratio is for, such as {"preventative_per_child": 100} for £100 a child; 1 elsewhere.
            A negative step asks for less of it.
        level
            Of the interval: Wald, or from `replicates` where given (see `bootstrap`).

        Returns
        -------
        pandas.DataFrame
            Index term; odds_ratio, lower, upper, p_value (Wald), per.

        Raises
        ------
        NoData
            When `per` names a term that the model has not.
        BadFormula
            When the link is not the logit: nothing else has odds ratios.
        """
        self._check_own(replicates)
        return odds_ratios.odds_ratio_table(self.estimates, self.terms, per, level, replicates)

    def predict(self, frame: pd.DataFrame, ci: float = 0.95, replicates: Replicates | None = None) -> pd.DataFrame:
        """Return the predicted probability of every grade, and of good or better, for each row of a frame.

        Parameters
        ----------
        frame
            The model's columns, in its units.
        ci
            Level of the intervals: delta method on the logit scale, so that they stay between 0 and 1; or from
            `replicates` where given (see `bootstrap`), on that scale too.

        Returns
        -------
        pandas.DataFrame
            One row a row of `frame`; for each grade a column with its name, and `… lower`, `… upper`; for ordered models
            the same for "Good or better".
        """
        self._check_own(replicates)
        self._check_columns(frame)
        return prediction.predicted_table(self.design.of(frame), self.estimates, self._targets(), ci, replicates, frame.index)

    def marginal(
        self,
        per: Mapping[str, float] | None = None,
        change: Change = "difference",
        level: float = 0.95,
        replicates: Replicates | None = None,
    ) -> pd.DataFrame:
        """Return the average difference in the predicted probability of every grade that goes with a change of each column.

        For every judgement of the model the column is changed and all else kept; the differences are averaged. The literature
        calls this the average marginal effect (Williams, 2012, Stata Journal 12); it is a difference between predictions, and
        says nothing of what would happen if a council spent more.

        Parameters
        ----------
        per
            Columns and their steps, such as {"preventative_per_child": 100}. All columns of the formula where left out, with
            steps of £100 for £ a child and 1 elsewhere. Categories are set against the first, whatever the step.
        change
            "difference": from where each council is to one step more. "derivative": the slope where it is, times the step.
        level
            Of the interval: delta method with the model's covariance, columns held as they are; or from
            `replicates` (see `bootstrap`), which resample the columns too.

        Returns
        -------
        pandas.DataFrame
            column, change, grade (each, and "Good or better"), difference (0.05 = five in a hundred more), std_error, lower,
            upper; from replicates also used and failed, how many refits the interval stands on and how many it could not.

        Raises
        ------
        NoData
            When `per` names a column that the model has not.
        """
        self._check_own(replicates)
        columns = self._columns()
        steps = per if per is not None else dict.fromkeys(columns, 1.0) | odds_ratios.readable_steps(columns)
        changes = marginal.all_contrasts(self.design, self.data, columns, steps, change)
        parts = [marginal.table(contrast, self.estimates, self._targets(), level, replicates) for contrast in changes]
        return pd.concat(parts, ignore_index=True)

    def bootstrap(self, replicates: int = 1000, seed: int = 1, *, fractional: bool = False) -> Replicates:
        """Refit to resampled councils, for intervals of `odds_ratios`, `predict` and `marginal`.

        The intervals of log odds ratios and of logits of probabilities are basic bootstrap intervals (`prediction.basic_interval`);
        those of average differences stand on the covariance of the refits (`marginal.table`).

        All judgements of a council (or of the column that the model is clustered by) are drawn together. Refits in which a
        grade is missing, or separated by a column, are counted and left out, never averaged in: print the result to see
        them. `fractional` draws Bayesian bootstrap weights instead of counts; then no grade can go missing.

        Raises
        ------
        CannotFit
            When more than half of the refits fail.
        """
        unit = self.cluster or UNIT
        return bootstrap.bootstrap(
            self.y, self.design.x, self._numbers(unit), self._centre(), grades=len(self.grades), replicates=replicates, seed=seed,
            fractional=fractional, link=self.link, unit=unit,
        )  # fmt: skip

    def brant(self) -> BrantTest:
        """Test whether the slopes are the same at every cut between grades; clustered as the model is."""
        if self.link != "logit":
            raise BadFormula(f"Brant's test is of the logit's proportional odds; this model is a {self.link}.")
        clusters = self._numbers(self.cluster) if self.cluster else None
        return brant.brant_test(self.y, self.design.x, self.grades, self.terms, clusters, self.cluster)

    def fit_statistics(self) -> FitStatistics:
        """Return pseudo-R2 (McFadden, Cox-Snell, Nagelkerke), AIC and BIC, all in sample."""
        return goodness.fit_statistics(self.loglik, self.counts.to_numpy(dtype=np.float64), len(self.slopes))

    def wald(self, terms: Iterable[str]) -> NestedTest:
        """Return the Wald test that the slopes of some terms are all nought, with the model's own covariance.

        Raises
        ------
        NoData
            When the model has no such term.
        """
        asked = (terms,) if isinstance(terms, str) else tuple(dict.fromkeys(terms))
        return goodness.wald(self.estimates, self.terms, asked)

    def cross_validate(self, folds: int = 5, repeats: int = 20, seed: int = 1) -> CrossValidation:
        """Predict the grades of councils left out of the fit, fold by fold, beside the grade shares of the others alone.

        A council's judgements are in one fold, whatever the model is clustered by.

        Raises
        ------
        CannotFit
            When there are fewer councils than folds, or no fold can be fitted.
        """
        good = 1 if self.kind == "binary" else self.grades.index(GOOD) if GOOD in self.grades else None
        return validation.cross_validate(
            self.y, self.design.x, self._numbers(UNIT), grades=len(self.grades), good=good, folds=folds, repeats=repeats,
            seed=seed, link=self.link, unit=UNIT,
        )  # fmt: skip

    def surrogate_residuals(self, seed: int = 1) -> pd.DataFrame:
        """Return one row a judgement: a residual on the latent scale, and as a uniform between 0 and 1 (Liu and Zhang, 2018).

        When the model is true `uniform` is spread evenly whatever the columns are. It is drawn within what the grade allows,
        so another seed gives another, as good, set.
        """
        residual, uniform = residuals.surrogate_residuals(self.y, self.design.x, self.thresholds, self.slopes, self.link, 1, seed)
        return pd.DataFrame({"residual": residual[0], "uniform": uniform[0]}, index=self.design.rows)

    def to_frame(self) -> pd.DataFrame:
        """Return one row a term: odds ratios, or the slopes where the link has none."""
        return self.odds_ratios() if self.link == "logit" else self.coefficients()

    def __str__(self) -> str:
        """Say what was fitted and what came out, in a few lines."""
        name = "Ordered" if self.kind == "ordered" else "Binary"
        counts = ", ".join(f"{count} {str(grade).lower()}" for grade, count in self.counts.items())
        lines = [
            f"{name} {self.link}: {self.formula}",
            f"{self.n} judgements ({counts}); {len(self.left_out)} left out; standard errors: {self.errors}",
        ]
        return "\n".join([*lines, *odds_ratios.readable_lines(self.estimates, self.terms)])

    def _repr_html_(self) -> str:
        caption = f"<p>{self.n} judgements; {len(self.left_out)} left out; standard errors: {escape(self.errors)}.</p>"
        return str(odds_ratios.readable_table(self.estimates, self.terms).round(3).to_html()) + caption

    def _check_columns(self, frame: pd.DataFrame) -> None:
        missing = [name for name in self._columns() if name not in frame]
        if missing:
            raise NoData(f"The frame has no column {missing}; it holds {list(frame.columns)}.")

    def _columns(self) -> list[str]:
        return columns_of(split_formula(self.formula)[1])

    def _centre(self) -> Floats:
        return np.concatenate([self.thresholds, self.slopes])

    def _check_own(self, replicates: Replicates | None) -> None:
        """Refuse refits of another model: of the same shape they would give an interval that looks right."""
        if replicates is not None and not np.array_equal(replicates.centre, self._centre()):
            raise CannotFit(
                f"These bootstrap refits are of another model than '{self.formula}' on these judgements; use its own bootstrap()."
            )

    def _numbers(self, column: str) -> Ints:
        """Return the values of a column as numbers 0 … G - 1."""
        return pd.factorize(self.data[column])[0].astype(np.int64)

    def _targets(self) -> Targets:
        good = self.grades.index(GOOD) if self.kind == "ordered" and GOOD in self.grades else None
        return Targets.of(self.grades, good, GOOD_OR_BETTER)
