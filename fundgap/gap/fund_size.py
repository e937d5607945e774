"""How large a fund must be to close a share of England's gap."""

from collections.abc import Sequence

import pandas as pd

from fundgap.errors import BadScenario
from fundgap.gap.intervals import checked_interval
from fundgap.gap.result import Gap

SHARES = (0.1, 0.25, 0.5, 1.0)


def fund_to_close(gap: Gap, shares: Sequence[float] = SHARES, interval: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return how large a fund must be to close a share of England's gap, year by year.

    Parameters
    ----------
    shares
        Fractions of the gap, above 0 and up to 1.
    interval
        financial_year, low_gbp, high_gbp: an interval of England's gap in cash, as for `coverage`.

    Returns
    -------
    pandas.DataFrame
        financial_year, share, fund_gbp, low_gbp, high_gbp (cash; 0 where there is no gap), fund_gbp_real (prices of the gap's base
        year), fund_per_child_gbp (cash, children of the councils in the gap).

    Raises
    ------
    BadScenario
        For a share that is none.
    BadFigures
        With every fault of the interval.

    Examples
    --------
    Half of the £2.0bn that the Local Government Association forecast for 2019-20:

    >>> import fundgap as fg
    >>> gap = fg.project_gap(fg.council_years(), fg.scenario("lga-2017"))
    >>> round(fg.fund_to_close(gap, [0.5]).set_index("financial_year").loc["2019-20", "fund_gbp"])
    1000000000
    """
    wrong = [share for share in shares if not 0 < share <= 1]
    if wrong or not shares:
        raise BadScenario(f"Shares of a gap are above 0 and up to 1, not {', '.join(map(str, wrong)) or 'none'}.")
    years = gap.england.iloc[1:]
    nothing = pd.DataFrame(float("nan"), index=pd.Index(years["financial_year"]), columns=["low_gbp", "high_gbp"])
    ends = nothing if interval is None else checked_interval(interval, {year: year for year in years["financial_year"]})
    rows = []
    for year in years.to_dict("records"):
        low, high = (max(0.0, ends.loc[year["financial_year"], end]) if interval is not None else float("nan") for end in ends.columns)
        for share in shares:
            fund = share * max(0.0, year["gap_gbp"])
            real = share * max(0.0, year["gap_gbp_real"])
            rows.append((year["financial_year"], share, fund, share * low, share * high, real, fund / year["children"]))
    columns = ["financial_year", "share", "fund_gbp", "low_gbp", "high_gbp", "fund_gbp_real", "fund_per_child_gbp"]
    return pd.DataFrame(rows, columns=columns)
