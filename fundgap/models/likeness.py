"""How alike two councils are in need and size: a symmetric distance on figures of one financial year."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS, council_index
from fundgap.data.store import default_store
from fundgap.errors import NoData
from fundgap.models.standardise import Floats

# Dimension: what a reader calls it. Size and looked-after rate go in as logarithms: twice as many is as far as half as many.
DIMENSIONS = {
    "children": "children aged 0-17",
    "deprivation": "deprivation (IMD score)",
    "low_income": "children in low-income families, %",
    "looked_after": "children looked after per 10,000",
}
_LOGS = ("children", "looked_after")
# The series of low income in the order of preference, each another definition: one of them serves all councils in a year.
_LOW_INCOME = ("low_income_dwp_revised_under_16_pct", "low_income_hmrc_under_16_share", "low_income_dwp_0_15")
_COUNT_OF_LOW_INCOME = "low_income_dwp_0_15"
_ENOUGH = 0.9
# A difference of more standard deviations than this counts as this many: no one dimension decides alone.
FARTHEST = 3.0
# The interquartile range of the normal distribution is so many standard deviations.
_QUARTILES = 1.349


@dataclass(frozen=True)
class Likeness:
    """Councils of one year beside each other.

    Parameters
    ----------
    financial_year
        Of the figures.
    councils
        ONS codes, (n,), the order of the arrays.
    figures
        council (index), then one column a dimension in its own unit (children; score; per cent; per 10,000 children).
    standardised : (n, 4)
        Dimensions on one scale: less the median, over the interquartile range in standard deviations.
    distance : (n, n)
        Root mean square of the differences in `standardised`, each counted as 3 at the most; symmetric, 0 on the diagonal.
    low_income
        Which series of low income it is.
    left_out
        council, reason: councils of the year that lack a figure.
    """

    financial_year: str
    councils: tuple[str, ...]
    figures: pd.DataFrame
    standardised: Floats
    distance: Floats
    low_income: str
    left_out: pd.DataFrame

    def place(self, council: str) -> int:
        """Return where a council stands in the arrays.

        Raises
        ------
        NoData
            When it lacks a figure, saying which.
        """
        if council in self.councils:
            return self.councils.index(council)
        reasons = self.left_out.set_index("council")["reason"]
        name = council_index(default_store()).names.get(council, council)
        raise NoData(f"{name} cannot be compared in {self.financial_year}: {reasons.get(council, 'it did not exist then')}.")

    def closer_than(self, distance: Floats) -> Floats:
        """Return the share of all pairs of councils (the two tiny ones apart) that are farther apart, one for each distance, (m,)."""
        is_usual = ~np.isin(self.councils, TINY_COUNCILS)
        usual = self.distance[np.ix_(is_usual, is_usual)]
        pairs = np.sort(usual[np.triu_indices(len(usual), 1)])
        result: Floats = 1 - np.searchsorted(pairs, distance, side="right") / len(pairs)
        return result


def likeness(years: pd.DataFrame, financial_year: str) -> Likeness:
    """Return how alike the councils of a year are.

    Parameters
    ----------
    years
        `fundgap.council_years()`.
    financial_year
        Such as "2024-25"; figures of that year, deprivation of the edition in force.

    Raises
    ------
    NoData
        When the year is not held, or no series of low income covers it.

    Notes
    -----
    The scale is that of all councils of the year, so that the distance from one to another is that back again; medians and quartiles,
    so that the largest city does not set it. The four dimensions weigh the same: a choice, and a simple one. They overlap (deprivation
    and low income go together), which gives poverty more weight than size. Density is not held.
    """
    year = years[years["financial_year"] == financial_year].set_index("council").sort_index()
    if year.empty:
        raise NoData(f"No figures of {financial_year}; they run from {years['financial_year'].min()} to {years['financial_year'].max()}.")
    low_income = next((name for name in _LOW_INCOME if name in year and year[name].notna().mean() >= _ENOUGH), None)
    if low_income is None:
        raise NoData(f"No series of children in low-income families covers {financial_year}: it begins in 2011-12.")
    share = _per_cent(year, low_income)
    table = pd.DataFrame(
        {"children": year["children"], "deprivation": year["imd_score"], "low_income": share, "looked_after": year["looked_after_per_10k"]}
    )
    missing = table.isna() | table[list(_LOGS)].le(0).reindex(columns=table.columns, fill_value=False)
    reasons = [
        f"no figure of {', '.join(DIMENSIONS[name] for name in row.index[row])} for {financial_year}" for _, row in missing.iterrows()
    ]
    is_held = ~missing.any(axis=1)
    left_out = pd.DataFrame({"council": table.index, "reason": reasons})[~is_held.to_numpy()].reset_index(drop=True)
    used = table[is_held]
    standardised = _standardised(used)
    return Likeness(financial_year, tuple(used.index), used, standardised, distances(standardised), low_income, left_out)


def _per_cent(year: pd.DataFrame, low_income: str) -> pd.Series:
    """Return the children in low-income families, per cent: one series is that already, one is a share, one a count of ages 0 to 15."""
    if low_income == _COUNT_OF_LOW_INCOME:
        return 100 * year[low_income] / year["children"]
    return year[low_income] if low_income.endswith("_pct") else 100 * year[low_income]


def _standardised(used: pd.DataFrame) -> Floats:
    scaled = used.assign(**{name: np.log(used[name]) for name in _LOGS})
    usual = scaled[~scaled.index.isin(TINY_COUNCILS)]
    spread = (usual.quantile(0.75) - usual.quantile(0.25)) / _QUARTILES
    result: Floats = ((scaled - usual.median()) / spread).to_numpy(float)
    return result


def distances(standardised: Floats) -> Floats:
    """Return the distance between each two rows of an (n, d) array, (n, n)."""
    apart = np.minimum(np.abs(standardised[:, None] - standardised[None]), FARTHEST)
    result: Floats = np.sqrt((apart**2).mean(axis=2))
    return result
