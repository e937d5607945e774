"""How well a model fits the judgements it was fitted on: pseudo-R2, information criteria, and tests between nested models."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2

from fundgap.errors import NoData
from fundgap.models.prediction import Estimates
from fundgap.models.standardise import Floats
from fundgap.shown import Shown


@dataclass(frozen=True)
class FitStatistics(Shown):
    """What the log-likelihood says, in sample. For how well others' grades are predicted, cross-validate.

    Parameters
    ----------
    n, parameters
        Judgements; thresholds and slopes.
    loglik, null_loglik
        Of the model, and of one with thresholds alone (the shares of the grades).
    mcfadden
        1 - loglik / null_loglik (McFadden, 1974).
    cox_snell
        1 - exp(2 (null_loglik - loglik) / n) (Cox and Snell, 1989; also Maddala, 1983). Its largest value is below 1.
    nagelkerke
        cox_snell over that largest value, 1 - exp(2 null_loglik / n) (Nagelkerke, 1991, Biometrika 78).
    aic, bic
        -2 loglik + 2 parameters; -2 loglik + log(n) parameters, n being judgements, not councils.
    """

    n: int
    parameters: int
    loglik: float
    null_loglik: float
    mcfadden: float
    cox_snell: float
    nagelkerke: float
    aic: float
    bic: float

    def __str__(self) -> str:
        return (
            f"{self.n} judgements, {self.parameters} parameters: "
            f"log-likelihood {self.loglik:.2f} ({self.null_loglik:.2f} without columns)\n"
            f"pseudo-R2: McFadden {self.mcfadden:.3f}, Cox-Snell {self.cox_snell:.3f}, Nagelkerke {self.nagelkerke:.3f}; "
            f"AIC {self.aic:.1f}, BIC {self.bic:.1f}"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row, a column a statistic."""
        return pd.DataFrame([vars(self)])


@dataclass(frozen=True)
class NestedTest(Shown):
    """A test of the terms that the larger of two models has and the smaller has not.

    Parameters
    ----------
    name
        "likelihood ratio" or "Wald".
    terms
        What is tested.
    statistic, df, p_value
        Chi-squared.
    """

    name: str
    terms: tuple[str, ...]
    statistic: float
    df: int
    p_value: float

    def __str__(self) -> str:
        terms = " and ".join(self.terms)
        return f"{self.name} test of {terms}: chi2 {self.statistic:.2f} on {self.df} df, p = {self.p_value:.4f}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row: name, terms, statistic, df, p_value."""
        return pd.DataFrame([vars(self) | {"terms": " and ".join(self.terms)}])


def fit_statistics(loglik: float, counts: Floats, slopes: int) -> FitStatistics:
    """Return the statistics of a model with `slopes` columns, from its log-likelihood and the judgements in each grade, (J,)."""
    n, parameters = int(counts.sum()), len(counts) - 1 + slopes
    null = float((counts * np.log(counts / n)).sum())
    cox_snell = float(-np.expm1(2 * (null - loglik) / n))
    nagelkerke = cox_snell / float(-np.expm1(2 * null / n))
    aic, bic = -2 * loglik + 2 * parameters, -2 * loglik + np.log(n) * parameters
    return FitStatistics(n, parameters, loglik, null, 1 - loglik / null, cox_snell, nagelkerke, aic, float(bic))


def likelihood_ratio(smaller: float, larger: float, terms: tuple[str, ...], df: int) -> NestedTest:
    """Return the likelihood-ratio test (Wilks, 1938) of two log-likelihoods."""
    # A larger model is never below a smaller one but for where the two fits stopped.
    statistic = max(0.0, 2 * (larger - smaller))
    return NestedTest("likelihood ratio", terms, statistic, df, float(chi2.sf(statistic, df)))


def wald(estimates: Estimates, terms: tuple[str, ...], asked: tuple[str, ...]) -> NestedTest:
    """Return the Wald test that the slopes of the terms asked for, among a model's p, are all nought.

    Raises
    ------
    NoData
        When none is asked for, or the model has no such term.
    """
    unknown = [term for term in asked if term not in terms]
    if unknown or not asked:
        raise NoData(f"No term {unknown} in this model; its terms are {list(terms)}.")
    place = [terms.index(term) for term in asked]
    inside = [len(estimates.thresholds) + column for column in place]
    slopes, covariance = estimates.slopes[place], estimates.covariance[np.ix_(inside, inside)]
    statistic = float(slopes @ np.linalg.solve(covariance, slopes))
    return NestedTest("Wald", asked, statistic, len(asked), float(chi2.sf(statistic, len(asked))))
