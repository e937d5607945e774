"""A fitted mixed model of a grade: odds ratios within council and year, and how far councils and years differ otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from scipy.special import comb
from scipy.stats import chi2

from fundgap.errors import CannotFit, NoData
from fundgap.models.mixed_fit import MixedFit, fit_crossed
from fundgap.models.ordinal import Ints, OrdinalFit
from fundgap.models.ratings_model import Kind, RatingsModel
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

# Variance of the standard logistic distribution: what is left between judgements of one council in one year.
LOGISTIC_VARIANCE = np.pi**2 / 3
# A likelihood ratio this near 0 is rounding.
_NO_GAIN = 1e-8


@dataclass(frozen=True)
class MixedRatings(Shown):
    """A fitted ordered (or binary) logit of a grade with a random intercept for every level of one or more groups.

    Laplace approximation (as `ordinal::clmm` and `lme4::glmer` with nAGQ = 1). Its odds ratios compare judgements of the same
    council in the same year (the same level of every group); they lie further from 1 than those of `fit_ratings`, which compare
    judgements at large.

    Parameters
    ----------
    groups
        Columns with random intercepts (F of them).
    fitted
        Everything estimated, with the covariance over all parameters.
    without
        The fit without random intercepts.
    levels : (F, n)
        Number of each judgement's level.
    level_names
        Names of the levels of each group.
    _fixed
        Thresholds, slopes and their covariance as a ratings model. Kept out of sight, because what it can be asked beyond odds
        ratios (resampling, folds, Brant's test, average predictions) knows nothing of the intercepts.
    """

    groups: tuple[str, ...]
    fitted: MixedFit
    without: OrdinalFit
    levels: Ints
    level_names: tuple[tuple[str, ...], ...]
    _fixed: RatingsModel

    @property
    def formula(self) -> str:
        """What was fitted, random intercepts left out."""
        return self._fixed.formula

    @property
    def kind(self) -> Kind:
        """Whether "ordered" or "binary"."""
        return self._fixed.kind

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades in order, worst first."""
        return self._fixed.grades

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the slopes."""
        return self._fixed.terms

    @property
    def counts(self) -> pd.Series:
        """Judgements in each grade."""
        return self._fixed.counts

    @property
    def n(self) -> int:
        """How many judgements the model stands on."""
        return self._fixed.n

    @property
    def thresholds(self) -> Floats:
        """Log odds that bound the grades, (J - 1,)."""
        return self._fixed.thresholds

    @property
    def slopes(self) -> Floats:
        """Change in log odds of a better grade for one unit of a term, (p,)."""
        return self._fixed.slopes

    @property
    def covariance(self) -> Floats:
        """Of thresholds then slopes, from the Hessian over all parameters, (J - 1 + p, J - 1 + p)."""
        return self._fixed.covariance

    @property
    def deviations(self) -> Floats:
        """Standard deviation of each group's intercepts, in log odds, (F,); 0 where that is the most likely value."""
        return self.fitted.deviations

    @property
    def loglik(self) -> float:
        """Laplace log-likelihood."""
        return self.fitted.loglik

    @property
    def left_out(self) -> pd.DataFrame:
        """Judgements not used, with the reason."""
        return self._fixed.left_out

    def odds_ratios(self, per: Mapping[str, float] | None = None, level: float = 0.95) -> pd.DataFrame:
        """Return one row a term, in the shape of `RatingsModel.odds_ratios`: ratios within one level of every group.

        Parameters
        ----------
        per
            Step of a term that the ratio is for, such as {"preventative_per_child": 100}; 1 elsewhere.
        level
            Of the Wald interval.

        Returns
        -------
        pandas.DataFrame
            Index term; odds_ratio, lower, upper, p_value, per.
        """
        return self._fixed.odds_ratios(per, level)

    def variation(self) -> pd.DataFrame:
        """Return how far the levels of each group differ.

        Returns
        -------
        pandas.DataFrame
            Index group; levels; deviation (standard deviation of the intercepts, log odds); std_error (delta method; nan where
            the deviation is 0); share: its part of the latent variance, the logistic's own pi^2 / 3 included (intraclass
            correlation; Goldstein, Browne and Rasbash, 2002, Understanding Statistics 1); is_at_boundary: the deviation is 0, the
            edge of what it can be, because the levels differ no more than chance alone would make them.
        """
        fixed = len(self._fixed.thresholds) + len(self._fixed.slopes)
        error = self.deviations * np.sqrt(np.diag(self.fitted.covariance)[fixed:])
        table = {
            "levels": [len(names) for names in self.level_names],
            "deviation": self.deviations,
            "std_error": error,
            "share": self.deviations**2 / ((self.deviations**2).sum() + LOGISTIC_VARIANCE),
            "is_at_boundary": self.deviations == 0,
        }
        return pd.DataFrame(table, index=pd.Index(self.groups, name="group"))

    def modes(self, group: str) -> pd.DataFrame:
        """Return the conditional mode of every level's intercept: what the model makes of it, drawn towards 0.

        Returns
        -------
        pandas.DataFrame
            Index level; judgements; mode (log odds of a better grade); std_error (given the estimates, whose own error it leaves out).

        Raises
        ------
        NoData
            When the model has no such group.
        """
        if group not in self.groups:
            raise NoData(f"No random intercepts for '{group}' in this model; it has them for {list(self.groups)}.")
        place = self.groups.index(group)
        names = self.level_names[place]
        counts = np.bincount(self.levels[place], minlength=len(names))
        table = {"judgements": counts, "mode": self.fitted.modes[place], "std_error": self.fitted.mode_errors[place]}
        return pd.DataFrame(table, index=pd.Index(names, name=group))

    def likelihood_ratio(self) -> pd.DataFrame:
        """Test the model against the same without the intercepts of a group, and without any.

        A standard deviation cannot be below 0, so the ratio does not follow chi-squared: p-values are from its mixtures with
        weights C(m, d) / 2^m on d degrees of freedom, m the standard deviations left out (Self and Liang, 1987, JASA 82; Stram and
        Lee, 1994, Biometrics 50). For one that is half a point at 0 and half chi-squared on 1; for several it takes their scores
        for uncorrelated, as they nearly are where groups cross. With few levels these p-values are too large rather than too small
        (Crainiceanu and Ruppert, 2004, JRSS B 66).

        Returns
        -------
        pandas.DataFrame
            Index left_out (a group, or "all"); ratio (twice the difference of the log-likelihoods), deviations (m), p_value.

        Raises
        ------
        CannotFit
            When a smaller model cannot be fitted.
        """
        rows = []
        for group in self.groups if len(self.groups) > 1 else ():
            rows.append((group, 2 * (self.loglik - self._loglik_without(group)), 1))
        rows.append(("all", 2 * (self.loglik - float(self.without.loglik[0])), len(self.groups)))
        table = pd.DataFrame(rows, columns=["left_out", "ratio", "deviations"])
        table["ratio"] = table["ratio"].where(table["ratio"] > _NO_GAIN, 0.0)
        table["p_value"] = [mixture_p_value(ratio, count) for ratio, count in zip(table["ratio"], table["deviations"], strict=True)]
        return table.set_index("left_out")

    def _loglik_without(self, group: str) -> float:
        kept = [place for place, name in enumerate(self.groups) if name != group]
        smaller = fit_crossed(self._fixed.y, self._fixed.design.x, self.levels[kept], self.without)
        if not smaller.is_converged:
            raise CannotFit(f"The model without {group} did not converge, so there is nothing to hold this one against.")
        return smaller.loglik

    def to_frame(self) -> pd.DataFrame:
        """Return the odds ratios, one row a term."""
        return self.odds_ratios()

    def __str__(self) -> str:
        """Say what was fitted and what came out, in a few lines."""
        head, *rest = str(self._fixed).splitlines()
        named = " and ".join(self.groups)
        within = "the same " + " and the same ".join(self.groups)
        first = f"Mixed {head[0].lower()}{head[1:]}, random intercepts for {named}"
        return "\n".join([first, *rest, *self._lines(), f"Odds ratios compare judgements of {within}."])

    def _lines(self) -> list[str]:
        """Return one line a group and one for the likelihood ratio against no random intercepts."""
        lines = []
        for row in self.variation().itertuples():
            found = f"standard deviation {row.deviation:.2f}, {row.share:.0%} of the latent variance"
            nil = "standard deviation 0 (at its boundary): its levels differ no more than by chance"
            lines.append(f"  {row.Index} ({row.levels} levels): {nil if row.is_at_boundary else found}")
        ratio = max(0.0, 2 * (self.loglik - float(self.without.loglik[0])))
        p_value = mixture_p_value(ratio, len(self.groups))
        told = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
        return [*lines, f"  against no random intercepts: likelihood ratio {ratio:.1f}, {told} (mixture of chi-squared)"]

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line.strip())}</li>" for line in self._lines())
        return f"{self._fixed._repr_html_()}<ul>{lines}</ul>"


def mixture_p_value(ratio: float, deviations: int) -> float:
    """Return P(mixture of chi-squared >= ratio), weights C(m, d) / 2^m on d = 0 … m degrees of freedom; d = 0 is a point at 0."""
    if ratio <= _NO_GAIN:
        return 1.0
    freedom = np.arange(1, deviations + 1)
    return float((comb(deviations, freedom) * chi2.sf(ratio, freedom)).sum() / 2**deviations)
