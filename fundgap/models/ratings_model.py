"""A fitted model of a grade: odds ratios, predictions with intervals, and what was left out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from fundgap.errors import NoData
from fundgap.models import ordinal
from fundgap.models.design import Design, columns_of, split_formula
from fundgap.models.standardise import Floats

Kind = Literal["ordered", "binary"]
GOOD = "Good"
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
