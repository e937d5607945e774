"""How much the answer hangs on what the trend is taken from: how far back it reaches, and returns that look wrong."""

from collections.abc import Iterable

import pandas as pd

from fundgap.data.prices import years_after
from fundgap.gap.projection import project_gap
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Scenario

WINDOWS = (3, 4, 5, 6, 7, 8)


def gap_by_window(years: pd.DataFrame, scenario: Scenario, windows: Iterable[int] = WINDOWS) -> pd.DataFrame:
    """Project the gap with growth estimated over windows of several lengths.

    This is the spread of one choice, not an interval of what may happen: shocks come with the simulation.

    Returns
    -------
    pandas.DataFrame
        window_years, financial_year, need_gbp, funding_gbp, gap_gbp (cash), gap_gbp_real (base-year prices).

    Examples
    --------
    >>> import fundgap as fg
    >>> table = fg.gap_by_window(fg.council_years(), fg.scenario("trend"), windows=(4, 5, 8))
    >>> table.loc[table["financial_year"] == "2029-30", "gap_gbp"].div(1e9).round(1).tolist()
    [5.8, 4.5, 4.1]
    """
    columns = ["financial_year", "need_gbp", "funding_gbp", "gap_gbp", "gap_gbp_real"]
    parts = [project_gap(years, scenario.replace(window_years=length)).england[columns].assign(window_years=length) for length in windows]
    return pd.concat(parts, ignore_index=True)[["window_years", *columns]]


def odd_returns_at_ends(years: pd.DataFrame, base_year: str, window_years: int) -> pd.DataFrame:
    """Return the returns of a window's first and last year that fit neither the Revenue Outturn nor the council's other years.

    Returns
    -------
    pandas.DataFrame
        council, council_name, financial_year; the earlier year first.
    """
    ends = years["financial_year"].isin([years_after(base_year, -window_years), base_year])
    odd = years[ends & years["is_spend_out_of_line"]]
    return odd[["council", "council_name", "financial_year"]].sort_values(["financial_year", "council_name"], ignore_index=True)


def gap_without_odd_returns(years: pd.DataFrame, scenario: Scenario) -> Gap:
    """Project the gap with England's growth in demand and cost estimated without councils whose return at an end of the window looks wrong.

    They are left out at both ends, so that like is compared with like. They stay in the gap, which starts from every council's
    return as published, and England's rates are put to them.

    Raises
    ------
    NoData
        As `project_gap`.
    """
    # Growth is taken from councils with every figure at both ends: one that lacks a count there is in no rate, and its spend is untouched.
    return project_gap(years.assign(looked_after=years["looked_after"].mask(years["is_spend_out_of_line"])), scenario)
