"""What would a council like this be expected to spend? Spend a child on need, and what is left over."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student

from fundgap.errors import BadFormula, CannotFit
from fundgap.models import least_squares
from fundgap.models.design import build_design
from fundgap.models.need import TERMS, Category, Deprivation, need_rows
from fundgap.models.standardise import Floats
from fundgap.shown import Shown

NEED = ("deprivation", "low_income", "region")
# A council's years each carry a part of its weight of 1, and the parts add up to it but for this.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class ExpectedSpend(Shown):
    """Spend a child as need predicts it, beside what was spent.

    Parameters
    ----------
    terms
        k names: "constant", then one a column of need. The constant is the base region and year.
    estimates : (k,)
        Of log spend a child. "deprivation" is for one standard deviation among the councils of its edition of the Indices,
        "low_income" for one percentage point, a region or year against the one not listed.
    covariance : (k, k)
        HC1 of one year, CR1 by council of several years; `covariance_kind` says which.
    degrees_of_freedom
        Of the t intervals: rows less estimates of one year, councils less one of several.
    r_squared
        Of log spend a child, weighted by children.
    smearing
        By what the exponential of fitted log spend is multiplied: Duan's factor.
    councils
        One row a council and year: council, council_name, region, financial_year, children, spend (£ a child, real), expected,
        lower, upper (prediction interval, £ a child), residual_log (log points), residual (£ a child: spend less expected),
        is_outside (spend lies outside the interval), deprivation (as fitted), is_spend_out_of_line, is_deprivation_derived.
    left_out
        council, council_name, financial_year, reason.
    """

    category: Category
    financial_years: tuple[str, ...]
    need: tuple[str, ...]
    price_base: str
    terms: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    covariance_kind: str
    degrees_of_freedom: int
    r_squared: float
    smearing: float
    level: float
    councils: pd.DataFrame
    left_out: pd.DataFrame

    def coefficients(self, level: float = 0.95) -> pd.DataFrame:
        """Return one row a term: estimate, standard_error, lower, upper (t interval), p_value, and percent.

        `percent` is by how many per cent spend is higher with one unit of the term: 100 (exp(estimate) - 1).
        """
        error = np.sqrt(np.diag(self.covariance))
        width = student.ppf(0.5 + level / 2, self.degrees_of_freedom) * error
        table = {
            "estimate": self.estimates,
            "standard_error": error,
            "lower": self.estimates - width,
            "upper": self.estimates + width,
            "p_value": 2 * student.sf(np.abs(self.estimates / error), self.degrees_of_freedom),
            "percent": 100 * np.expm1(self.estimates),
        }
        return pd.DataFrame(table, index=pd.Index(self.terms, name="term"))

    def to_frame(self) -> pd.DataFrame:
        """Return the coefficients, one row a term."""
        return self.coefficients()

    def __str__(self) -> str:
        """Say what was fitted and what came out, in a few lines."""
        years = self.financial_years[0] if len(self.financial_years) == 1 else f"{self.financial_years[0]} to {self.financial_years[-1]}"
        lines = [
            f"Expected {self.category.replace('_', ' ')} a child, {years}, {self.price_base} prices, on {', '.join(self.need)}",
            f"{len(self.councils)} council-years, {len(self.left_out)} left out; weighted by children; R² {self.r_squared:.2f}; "
            f"standard errors: {self.covariance_kind}",
        ]
        for term, row in self.coefficients().drop(index="constant").to_dict("index").items():
            low, high = (100 * np.expm1(row[bound]) for bound in ("lower", "upper"))
            lines.append(f"  {term}: {row['percent']:+.1f}% ({low:+.1f}% to {high:+.1f}%)")
        return "\n".join(lines)


def expected_spend(
    years: pd.DataFrame,
    financial_years: str | Sequence[str] = "2024-25",
    category: Category = "gross_spend",
    need: Sequence[str] = NEED,
    deprivation: Deprivation = "imd",
    level: float = 0.95,
    *,
    include_tiny: bool = False,
    include_out_of_line: bool = True,
) -> ExpectedSpend:
    """Fit log real spend a child on need, weighted by children, and set each council's spend beside what it leads to expect.

    Parameters
    ----------
    years
        `fundgap.in_real_terms(fundgap.council_years())`.
    financial_years
        One year, or several: then with a term for each year, and errors that a council's years share.
    need
        Of "deprivation" (within the edition in force), "low_income" (the measure held for the year) and "region". Region stands
        in for what it costs to work in an area, of which no index is held; it takes with it all else that sets regions apart.
    deprivation
        "imd" or "idaci": which average score.
    level
        Of the prediction interval.
    include_tiny, include_out_of_line
        City of London and Isles of Scilly are left out unless asked for; returns flagged `is_spend_out_of_line` are in unless not.

    Returns
    -------
    ExpectedSpend

    Raises
    ------
    BadFormula, NoData, CannotFit
        Saying what in the request or the data is the reason.

    Notes
    -----
    Expected pounds are exp(fitted) times the mean of exp(residual) over the rows, which assumes no shape of the residuals: the
    smearing estimate of Duan (1983, Journal of the American Statistical Association 78), rows counting alike. A council that
    spends what the fitted logarithm says is therefore a little below expected pounds.

    The prediction interval takes no shape either: exp(fitted) times the quantiles of the residuals that councils have when they
    are predicted from all others (the jackknife of Barber, Candès, Ramdas and Tibshirani 2021, Annals of Statistics 49, with whole
    councils left out and each tail of its own). It is for a council drawn like these, all sizes alike; that about as many as
    promised lie inside is how it is made, not a test of it.

    A residual is what these few columns leave over: reporting, age, disability, past decisions and efficiency alike.

    Examples
    --------
    >>> import fundgap as fg
    >>> fitted = fg.expected_spend(fg.in_real_terms(fg.council_years()), "2024-25")
    >>> beside = fitted.councils.set_index("council_name").loc["Kirklees"]
    >>> bool(beside["lower"] < beside["expected"] < beside["upper"])
    True
    >>> bool(abs(beside["spend"] - beside["expected"] - beside["residual"]) < 1e-9)
    True
    """
    wanted = (financial_years,) if isinstance(financial_years, str) else tuple(sorted(set(financial_years)))
    if {"council", "year"} & set(need):
        raise BadFormula(
            "need: 'year' is added by itself where several years are asked for, and 'council' would leave no residual to read."
        )
    rows = need_rows(years, wanted, category, need, deprivation, include_tiny=include_tiny, include_out_of_line=include_out_of_line)
    used, is_pooled = rows.used, len(wanted) > 1
    design = build_design(" + ".join(TERMS[name] for name in (*need, *(["year"] if is_pooled else []))), used)
    fitted = least_squares.fit(np.log(used["spend"].to_numpy(float)), design.x, used["children"].to_numpy(float))
    clusters = pd.factorize(used["council"])[0].astype(np.int64)
    covariance = least_squares.cluster_covariance(fitted, clusters) if is_pooled else least_squares.hc1_covariance(fitted)
    smearing = float(np.exp(fitted.residuals).mean())
    return ExpectedSpend(
        category,
        wanted,
        tuple(need),
        str(years.attrs.get("price_base", "unstated")),
        ("constant", *design.terms),
        fitted.estimates,
        covariance,
        "CR1 by council" if is_pooled else "HC1",
        int(clusters.max()) if is_pooled else fitted.degrees_of_freedom,
        fitted.r_squared,
        smearing,
        level,
        _beside(used, fitted.residuals, smearing, *_bounds(least_squares.residuals_left_out(fitted, clusters), clusters, used, level)),
        rows.left_out,
    )


def _bounds(left_out: Floats, clusters: least_squares.Ints, used: pd.DataFrame, level: float) -> tuple[float, float]:
    """Return the outer quantiles of left-out residuals, each council counting once whatever its number of years."""
    if np.isnan(left_out).any():
        names = sorted(set(used.loc[np.isnan(left_out), "council_name"]))
        raise CannotFit(f"{', '.join(names)} alone carries a term, so nobody else predicts it: a region or year with one council.")
    councils = int(clusters.max()) + 1
    # Of one council more than there are: the one to be predicted may have the largest residual of all.
    tail = (1 - level) / 2 * (councils + 1)
    if tail < 1:
        raise CannotFit(f"{councils} councils are too few for a prediction interval of {level:.0%}.")
    weights = 1 / np.bincount(clusters)[clusters]
    return _outer_quantile(left_out, weights, tail), -_outer_quantile(-left_out, weights, tail)


def _outer_quantile(values: Floats, weights: Floats, tail: float) -> float:
    """Return the largest value that no more than `tail` of the weight reaches down to."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) <= tail + _ROUNDING
    return float(values[order][max(int(reached.sum()) - 1, 0)])


def _beside(used: pd.DataFrame, residuals: Floats, smearing: float, lower: float, upper: float) -> pd.DataFrame:
    fitted = np.exp(np.log(used["spend"].to_numpy(float)) - residuals)
    table = used[["council", "council_name", "region", "financial_year", "children", "spend"]].copy()
    table["expected"] = fitted * smearing
    table["lower"], table["upper"] = fitted * np.exp(lower), fitted * np.exp(upper)
    table["residual_log"] = residuals
    table["residual"] = table["spend"] - table["expected"]
    table["is_outside"] = (table["spend"] < table["lower"]) | (table["spend"] > table["upper"])
    return table.join(used[["deprivation", "is_spend_out_of_line", "is_deprivation_derived"]])
