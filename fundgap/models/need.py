"""The rows and columns that a model of spend stands on: spend a child, and what a council cannot choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from fundgap.data.councils import TINY_COUNCILS
from fundgap.data.processed_tables import PER_CHILD_COLUMNS
from fundgap.errors import BadFormula, CannotFit, NoData
from fundgap.models.reasons import first_reason

Category = Literal["gross_spend", "looked_after", "safeguarding", "preventative"]
Deprivation = Literal["imd", "idaci"]
# Columns of a formula, by the name that a caller gives the group.
TERMS = {
    "deprivation": "deprivation",
    "low_income": "low_income",
    "region": "C(region)",
    "year": "C(financial_year)",
    "council": "C(council)",
}
# Three measures, never one series (docs/data-notes.md); the later one where two are held for a year.
_LOW_INCOME_SINCE = (
    ("2021-22", "low_income_dwp_revised_under_16_pct"),
    ("2016-17", "low_income_dwp_0_15"),
    ("2011-12", "low_income_hmrc_under_16_share"),
)
_LOCAL_SERIES = "low_income_dwp_0_15"
_IDENTITY = ["council", "council_name", "region", "financial_year"]


@dataclass(frozen=True)
class NeedRows:
    """Council-years to fit, and those asked for but not usable.

    Parameters
    ----------
    used
        One row a council and year: the panel's columns, with `spend` (£ a child, real), `deprivation` (standard deviations within
        the edition of the Indices in force) and, where asked for, `low_income` (%).
    left_out
        council, council_name, financial_year, reason.
    """

    used: pd.DataFrame
    left_out: pd.DataFrame


def need_rows(
    years: pd.DataFrame,
    financial_years: Sequence[str],
    category: Category,
    need: Sequence[str],
    deprivation: Deprivation,
    *,
    include_tiny: bool,
    include_out_of_line: bool,
) -> NeedRows:
    """Return the rows of the years asked for, each with its spend and need, or with the reason why it cannot be used.

    Raises
    ------
    BadFormula
        For a need that there is not.
    NoData
        For a year that is not held, cash where real terms belong, or low income that cannot be set side by side.
    CannotFit
        When no row is left.
    """
    _check_names(need)
    unknown = sorted(set(financial_years) - set(years["financial_year"]))
    if unknown or not financial_years:
        raise NoData(f"No figures for {unknown}; the panel holds {years['financial_year'].min()} to {years['financial_year'].max()}.")
    column = f"{PER_CHILD_COLUMNS[category]}_real"
    if column not in years:
        raise NoData(f"No column {column}: spend is compared in real terms. Take fundgap.in_real_terms(fundgap.council_years()).")
    chosen = years[years["financial_year"].isin(financial_years)].copy()
    chosen["spend"] = chosen[column]
    if "low_income" in need:
        chosen["low_income"] = low_income(chosen, financial_years, need)
    reason = _reasons(chosen, need, f"{deprivation}_score", include_tiny, include_out_of_line)
    used = chosen[reason == ""].copy()
    if used.empty:
        why = ", ".join(f"{count} {text}" for text, count in reason.value_counts().items())
        raise CannotFit(f"No council-year is left to fit, of {len(chosen)}: {why}.")
    used["deprivation"] = within_edition(used, f"{deprivation}_score", used)
    left_out = chosen.loc[reason != "", _IDENTITY].assign(reason=reason[reason != ""])
    return NeedRows(used.reset_index(drop=True), left_out.drop(columns="region").reset_index(drop=True))


def _check_names(need: Sequence[str]) -> None:
    unknown = [name for name in need if name not in TERMS]
    if unknown or not need or len(set(need)) < len(need):
        raise BadFormula(f"need={tuple(need)}: name each of {list(TERMS)} once at most, and one at least.")


def low_income(chosen: pd.DataFrame, financial_years: Sequence[str], need: Sequence[str]) -> pd.Series:
    """Return the low-income measure of the years, in %; years of two measures, or of one that leaps, are not pooled."""
    measures = {year: next((name for since, name in _LOW_INCOME_SINCE if year >= since), "") for year in financial_years}
    found = sorted(set(measures.values()))
    advice = "Take years of one measure, or leave low_income out of need."
    if "" in found:
        raise NoData(f"No low-income measure is held for {sorted(year for year, name in measures.items() if not name)}. {advice}")
    if len(found) > 1:
        raise NoData(f"These years have different low-income measures ({', '.join(found)}), which are not one series. {advice}")
    name = found[0]
    if name == _LOCAL_SERIES:
        # Each region's figures hang on its own survey estimate: the East Midlands rise by half in 2021-22.
        if len(financial_years) > 1 or "region" not in need:
            raise NoData(f"{name} can be compared within one year and region only: take one year and keep region in need. {advice}")
        return 100 * chosen[name] / chosen["children"]
    return chosen[name] * (100 if name.endswith("_share") else 1)


def _reasons(chosen: pd.DataFrame, need: Sequence[str], score: str, include_tiny: bool, include_out_of_line: bool) -> pd.Series:
    """Return why each row cannot be used, "" where it can; the first reason that applies."""
    tests = {
        "tiny council": chosen["council"].isin(TINY_COUNCILS) & (not include_tiny),
        "no usable spend return": chosen["is_missing_return"],
        "children not published": chosen["children"].isna(),
        "spend of this kind missing": chosen["spend"].isna(),
        "spend of this kind not above £0": chosen["spend"] <= 0,
        "no deprivation score": chosen[score].isna() & ("deprivation" in need),
        "out of line with its other return and years": chosen["is_spend_out_of_line"] & (not include_out_of_line),
    }
    if "low_income" in need:
        tests["no low-income figure"] = chosen["low_income"].isna()
    return first_reason(tests)


def within_edition(rows: pd.DataFrame, score: str, reference: pd.DataFrame) -> pd.Series:
    """Return scores in standard deviations from the mean council of the reference in their edition: levels of two editions never mix."""
    once = reference.drop_duplicates(["council", "deprivation_vintage"]).groupby("deprivation_vintage")[score]
    centre, spread = once.mean(), once.std(ddof=0)
    edition = rows["deprivation_vintage"]
    return (rows[score] - edition.map(centre)) / edition.map(spread).replace(0, np.nan)
