"""Slopes of a fitted model of grades as tables: on the latent scale, as odds ratios, and in a line of words each.

Shapes: p terms, B bootstrap refits.
"""

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.stats import norm

from fundgap.errors import BadFormula, NoData
from fundgap.models.bootstrap import Replicates
from fundgap.models.prediction import Estimates, basic_interval

READABLE_STEP_GBP = 100.0


def coefficient_table(estimates: Estimates, terms: tuple[str, ...], level: float) -> pd.DataFrame:
    """Return one row a term: slope, std_error, lower, upper (Wald), p_value."""
    error = np.sqrt(np.diag(estimates.covariance))[len(estimates.thresholds) :]
    slopes, width = estimates.slopes, norm.ppf(0.5 + level / 2) * error
    ends = {"lower": slopes - width, "upper": slopes + width, "p_value": 2 * norm.sf(np.abs(slopes / error))}
    return pd.DataFrame({"slope": slopes, "std_error": error} | ends, index=pd.Index(terms, name="term"))


def odds_ratio_table(
    estimates: Estimates, terms: tuple[str, ...], per: Mapping[str, float] | None, level: float, replicates: Replicates | None
) -> pd.DataFrame:
    """Return one row a term: odds_ratio, lower, upper, p_value (Wald), per (the step that the ratio is for, 1 where `per` has none).

    The interval is Wald's, or the basic bootstrap interval of the log odds ratio where `replicates` are given.

    Raises
    ------
    NoData
        When `per` names a term that there is not.
    BadFormula
        When the link is not the logit: nothing else has odds ratios.
    """
    if estimates.link != "logit":
        raise BadFormula(f"A {estimates.link} has no odds ratios; ask for marginal() or coefficients().")
    unknown = set(per or ()) - set(terms)
    if unknown:
        raise NoData(f"No term {sorted(unknown)} in this model; its terms are {list(terms)}.")
    step = np.array([(per or {}).get(term, 1.0) for term in terms])
    table = coefficient_table(estimates, terms, level)
    if replicates is None:
        # A negative step turns the ends round.
        ends = np.sort(np.column_stack([table["lower"] * step, table["upper"] * step]), axis=1).T
    else:
        ends = np.stack(basic_interval(estimates.slopes * step, replicates.slopes * step, level))
    lower, upper = np.exp(ends)
    columns = {"odds_ratio": np.exp(estimates.slopes * step), "lower": lower, "upper": upper, "p_value": table["p_value"], "per": step}
    return pd.DataFrame(columns, index=table.index)


def readable_steps(names: Iterable[str]) -> dict[str, float]:
    """Return £100 as the step of what is in £ a child: one pound moves no odds that anyone could read."""
    return {name: READABLE_STEP_GBP for name in names if re.fullmatch(r"\w+_per_child(_real)?", name)}


def readable_table(estimates: Estimates, terms: tuple[str, ...]) -> pd.DataFrame:
    """Return odds ratios for steps that can be read, or slopes where the link has no odds ratios, with 95% intervals."""
    if estimates.link == "logit":
        return odds_ratio_table(estimates, terms, readable_steps(terms), 0.95, None)
    return coefficient_table(estimates, terms, 0.95)


def readable_lines(estimates: Estimates, terms: tuple[str, ...]) -> list[str]:
    """Return the rows of `readable_table` in words."""
    rows = readable_table(estimates, terms).itertuples()
    if estimates.link != "logit":
        return [f"  {row.Index}: slope {row.slope:.3g} ({row.lower:.3g} to {row.upper:.3g})" for row in rows]
    steps = dict.fromkeys(terms, "") | {term: f" (per £{step:.0f})" for term, step in readable_steps(terms).items()}
    return [f"  {row.Index}{steps[str(row.Index)]}: odds ratio {row.odds_ratio:.2f} ({row.lower:.2f} to {row.upper:.2f})" for row in rows]
