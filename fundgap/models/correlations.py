"""Grades and spend by their ranks alone: the plain correlation that can be read off a scatter, with nothing held equal but on request."""

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from fundgap.data.councils import TINY_COUNCILS
from fundgap.errors import NoData
from fundgap.models.standardise import Floats

NEED = "children_in_need_per_10k"
MEASURES = {
    "gross spend a child in need": "gross_spend_per_child_in_need",
    "gross spend a child": "gross_spend_per_child",
    "preventative spend a child": "preventative_per_child",
}
_PER = 10_000
_FEWEST = 10


def grade_correlations(
    inspections: pd.DataFrame,
    council_years: pd.DataFrame,
    as_at: str = "2017-11-30",
    financial_year: str = "2016-17",
    framework: str = "SIF",
    level: float = 0.95,
) -> pd.DataFrame:
    """Correlate councils' grades of the day with what they spent, by rank: alone, and given deprivation.

    Parameters
    ----------
    inspections, council_years
        As `fundgap.inspections()` and `fundgap.council_years()` give them, in cash: all spend is of one year.
    as_at
        The last overall judgement of each council published until this day counts, re-inspections included.
    level
        Of the interval of the correlation alone.

    Returns
    -------
    pandas.DataFrame
        One row a measure: measure, n (councils with a grade, spend and deprivation; the two tiny ones are left out),
        correlation (Spearman, ties at their mean rank), lower, upper (Fisher's z with the standard error of Bonett and
        Wright, 2000, Psychometrika 65), and given_deprivation: the partial rank correlation with the IMD score held.

    Raises
    ------
    NoData
        When too few councils have all of it.

    Examples
    --------
    >>> import fundgap as fg
    >>> table = fg.grade_correlations(fg.inspections(), fg.council_years())
    >>> bool(table["correlation"].between(table["lower"], table["upper"]).all())
    True
    """
    before = inspections[(inspections["framework"] == framework) & (inspections["publication_date"] <= as_at)]
    latest = before.sort_values("publication_date").drop_duplicates("council", keep="last")
    grades = latest.set_index("council")["rating"].cat.codes.rename("grade")
    year = council_years[council_years["financial_year"] == financial_year].set_index("council")
    in_need = year[NEED] * year["children"] / _PER
    table = year.assign(gross_spend_per_child_in_need=year["gross_spend_gbp"] / in_need).join(grades[grades >= 0], how="inner")
    table = table[~table.index.isin(TINY_COUNCILS)]
    rows = [{"measure": name} | _row(table, column, level) for name, column in MEASURES.items()]
    return pd.DataFrame(rows)


def _row(table: pd.DataFrame, column: str, level: float) -> dict[str, float]:
    held = table[[column, "grade", "imd_score"]].dropna()
    if len(held) < _FEWEST:
        raise NoData(f"{len(held)} councils have a grade, {column} and deprivation; a correlation needs {_FEWEST} at the least.")
    spend, grade, deprivation = (rankdata(held[name]) for name in held)
    correlation = _correlation(spend, grade)
    with_grade, with_spend = _correlation(grade, deprivation), _correlation(spend, deprivation)
    partial = (correlation - with_grade * with_spend) / np.sqrt((1 - with_grade**2) * (1 - with_spend**2))
    width = norm.ppf(0.5 + level / 2) * np.sqrt((1 + correlation**2 / 2) / (len(held) - 3))
    lower, upper = np.tanh(np.arctanh(correlation) + np.array([-width, width]))
    return {"n": len(held), "correlation": correlation, "lower": lower, "upper": upper, "given_deprivation": float(partial)}


def _correlation(first: Floats, second: Floats) -> float:
    return float(np.corrcoef(first, second)[0, 1])
