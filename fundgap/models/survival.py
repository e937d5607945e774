"""How long something lasts when not all of it has ended: Kaplan and Meier's curve, its interval and its median."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from fundgap.errors import CannotFit
from fundgap.models.proportions import exact_interval
from fundgap.models.standardise import Floats

# A month is a twelfth of a mean year: six of them are 182.6 days.
DAYS_IN_YEAR = 365.25
DAYS_IN_MONTH = DAYS_IN_YEAR / 12
# Survival is a product of fractions, so that a half seldom comes out as 0.5 to the last digit; R takes this near for equal.
_SAME = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True)
class Survival:
    """The share still going on after so many days.

    Parameters
    ----------
    days : (k,)
        Days at which one or more spells ended, in order.
    at_risk, ended : (k,)
        Spells followed at least that long; spells that ended on that day.
    survival : (k,)
        Share still going on after it.
    std_error : (k,)
        Of the logarithm of `survival`; infinite where that is 0.
    lower, upper : (k,)
        Log-log interval of `survival`; missing where it is 0, as R has it.
    spell_days, spell_ended : (n,)
        Length of every spell, and whether it ended rather than being cut off.
    level
        Of the interval.
    """

    days: Floats
    at_risk: Floats
    ended: Floats
    survival: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    spell_days: Floats
    spell_ended: NDArray[np.bool_]
    level: float

    @property
    def median(self) -> tuple[float, float, float]:
        """Days by which half have ended, with interval: the first at which survival (upper and lower end) is 0.5 or less; NaN = never.

        A curve that lies at 0.5 for a while has its median in the middle of that while, as R's `quantile.survfit` has it. The interval is
        that of Brookmeyer and Crowley (1982, Biometrics 38), from the log-log limits.
        """
        return self._first(self.survival), self._first(self.lower), self._first(self.upper)

    def _first(self, curve: Floats) -> float:
        # Limits are missing where nobody is left: survival is 0 there, below any limit.
        left = np.where(np.isnan(curve), 0.0, curve)
        reached, passed = (np.flatnonzero(left <= 0.5 + side) for side in (_SAME, -_SAME))
        if not len(reached) or np.isnan(curve[reached[0]]):
            return float("nan")
        leaves = self.days[passed[0]] if len(passed) else self.spell_days.max()
        is_flat = left[reached[0]] > 0.5 - _SAME
        return float((self.days[reached[0]] + leaves) / 2 if is_flat else self.days[reached[0]])

    def ended_within(self, days: float) -> dict[str, float]:
        """Return the share that has ended within so many days: share, lower, upper, ended, at_risk (followed that long or ended by then).

        Where none has ended yet the log-log interval does not exist: the upper end is then the exact binomial one for the spells
        followed that long.

        Raises
        ------
        CannotFit
            When no spell was followed that long, so that nothing is known of it.
        """
        if days > self.spell_days.max():
            raise CannotFit(f"No spell was followed for {days:.0f} days; the longest is {self.spell_days.max():.0f}.")
        by_then = np.flatnonzero(self.days <= days)
        counts = {"ended": float(self.ended[by_then].sum()), "at_risk": float((self.spell_days >= days).sum())}
        if not len(by_then):
            return {"share": 0.0, "lower": 0.0, "upper": exact_interval(0, int(counts["at_risk"]), self.level)[1]} | counts
        last = by_then[-1]
        return {"share": 1 - self.survival[last], "lower": 1 - self.upper[last], "upper": 1 - self.lower[last]} | counts

    def to_frame(self) -> pd.DataFrame:
        """Return the curve: days, at_risk, ended, survival, std_error, lower, upper."""
        names = ("days", "at_risk", "ended", "survival", "std_error", "lower", "upper")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def __str__(self) -> str:
        middle, lower, upper = (f"{days:.0f}" if np.isfinite(days) else "not reached" for days in self.median)
        return f"{len(self.spell_days)} spells, {int(self.spell_ended.sum())} ended; median {middle} days ({lower} to {upper})."


def kaplan_meier(days: Floats, ended: NDArray[np.bool_], clusters: NDArray[np.int64] | None = None, level: float = 0.95) -> Survival:
    """Return the Kaplan–Meier estimate of how long spells last, right-censored, with log-log intervals.

    Parameters
    ----------
    days, ended : (n,)
        Length of each spell, and whether it ended (or was cut off) then.
    clusters : (n,), optional
        Numbers from 0. Spells of one cluster (council) belong together: the standard error is then the sum over clusters of the
        infinitesimal jackknife, as R's `survfit(…, cluster = )` has it; else Greenwood's.

    Raises
    ------
    CannotFit
        With no spell, or one of no or negative length.

    Notes
    -----
    Kaplan and Meier (1958, Journal of the American Statistical Association 53), by statsmodels' `SurvfuncRight`. The interval is
    S^exp(±z s / log S), s the standard error of log S (Kalbfleisch and Prentice, 1980), which R calls "log-log": it stays within 0 and 1.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    if not len(days) or not (np.asarray(days) > 0).all():
        raise CannotFit(f"{len(days)} spells, the shortest of {min(days, default=0)} days: a spell has to last a day at the least.")
    days, ended = np.asarray(days, dtype=float), np.asarray(ended, dtype=bool)
    if not ended.any():
        none = np.array([])
        return Survival(none, none, none, none, none, none, none, days, ended, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = SurvfuncRight(days, ended.astype(int))
        times, at_risk, count = (np.asarray(values, dtype=float) for values in (fit.surv_times, fit.n_risk, fit.n_events))
        survival = np.asarray(fit.surv_prob, dtype=float)
        error = np.asarray(fit.surv_prob_se) / survival if clusters is None else _clustered(days, ended, clusters, times, at_risk, count)
        lower, upper = _log_log(survival, error, level)
    return Survival(times, at_risk, count, survival, error, lower, upper, days, ended, level)


def _clustered(
    days: Floats, ended: NDArray[np.bool_], clusters: NDArray[np.int64], times: Floats, at_risk: Floats, count: Floats
) -> Floats:
    """Return the standard error of log survival at each time, (k,), clusters being independent and the spells in one not.

    A spell's influence on log(1 - d/n) is -(own event - d/n) / (n - d) at each time until its end, and adds up over times.
    """
    there = days[:, None] >= times
    own = (days[:, None] == times) & ended[:, None]
    influence = np.cumsum((own - there * (count / at_risk)) / (at_risk - count), axis=1)
    sums = np.zeros((int(clusters.max()) + 1, len(times)))
    np.add.at(sums, clusters, influence)
    result: Floats = np.sqrt((sums**2).sum(axis=0))
    return result


def _log_log(survival: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    z = norm.ppf(0.5 + level / 2)
    # log survival is negative, so that the plus sign gives the lower end's exponent above 1.
    width = z * error / np.log(survival)
    lower, upper = survival ** np.exp(-width), survival ** np.exp(width)
    gone = survival <= 0
    return np.where(gone, np.nan, lower), np.where(gone, np.nan, upper)
