"""How much the answer hangs on how far back the trend is taken from."""

from collections.abc import Iterable

import pandas as pd

from fundgap.gap.projection import project_gap
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
