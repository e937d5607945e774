"""What others published as the gap: their figures beside what comes out of the scenario that holds their assumptions."""

from collections.abc import Callable

import pandas as pd

from fundgap.data.store import Store, default_store, read_table
from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import scenario

# How a published sum of a year is to be read from England's years, first the base year, last the year in question.
READINGS: dict[str, Callable[[pd.DataFrame], float]] = {
    "need": lambda years: years["need_gbp"].iloc[-1],
    "rise in need": lambda years: years["need_gbp"].iloc[-1] - years["need_gbp"].iloc[0],
    "fall in funding": lambda years: years["funding_gbp"].iloc[0] - years["funding_gbp"].iloc[-1],
    "yearly gap": lambda years: years["gap_gbp"].iloc[-1],
    # The cumulative reading of 2016: each year's rise since the base year, the rises of all years together.
    "rises in need added up": lambda years: (years["need_gbp"] - years["need_gbp"].iloc[0]).sum(),
    # The ask of 2021 counts what was missing in the base year already, which a gap does not.
    "need less funding": lambda years: years["need_gbp"].iloc[-1] - years["funding_gbp"].iloc[-1],
}


def published_gaps(years: pd.DataFrame, store: Store | None = None) -> pd.DataFrame:
    """Set every published figure of the Local Government Association's vintages beside what their scenario gives.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it.

    Returns
    -------
    pandas.DataFrame
        scenario, reading, financial_year, published_gbp, computed_gbp (both cash), is_met (equal to the published
        rounding), is_met_by_parts (a difference of two published, rounded figures: equal to the rounding of both), source.

    Examples
    --------
    >>> import fundgap as fg
    >>> bool(fg.published_gaps(fg.council_years())["is_met_by_parts"].all())
    True
    """
    table = read_table((store or default_store()).raw / "published_gaps.csv")
    table = table.astype({"published_gbp": float, "rounded_to_gbp": float})
    england = {name: project_gap(years, scenario(name)).england for name in table["scenario"].unique()}
    table["computed_gbp"] = [
        READINGS[row["reading"]](frame[frame["financial_year"] <= row["financial_year"]])
        for row in table.to_dict("records")
        for frame in [england[row["scenario"]]]
    ]
    apart = (table["computed_gbp"] - table["published_gbp"]).abs()
    # A hundredth of a pound is what sums of a hundred and fifty councils are good to.
    table["is_met"] = apart <= table["rounded_to_gbp"] / 2 + 0.01
    table["is_met_by_parts"] = apart <= table["rounded_to_gbp"] + 0.01
    return table[["scenario", "reading", "financial_year", "published_gbp", "computed_gbp", "is_met", "is_met_by_parts", "source"]]


def published_overspends(store: Store | None = None) -> pd.DataFrame:
    """Return what councils spent over their budgets of children's social care, as published: one row a figure.

    The budget is net of income, as the Revenue Outturn is: the Local Government Association's £8.303bn spent in 2015-16 is the
    Revenue Outturn's net total of that year (£8.302bn), not the Section 251 gross total (£9.012bn).

    Returns
    -------
    pandas.DataFrame
        financial_year, publisher, overspend_gbp (cash), is_at_least, councils_overspent, councils, is_doubtful, source, remark.

    Examples
    --------
    The National Audit Office's £872m of 2017-18:

    >>> import fundgap as fg
    >>> fg.published_overspends().query("publisher == 'National Audit Office'")["overspend_gbp"].tolist()
    [872000000.0]
    """
    table = read_table((store or default_store()).raw / "published_overspends.csv")
    flags = {name: table[name].eq("True") for name in ("is_at_least", "is_doubtful")}
    counts = {name: table[name].astype("Int64") for name in ("councils_overspent", "councils")}
    return table.assign(overspend_gbp=table["overspend_gbp"].astype(float), **flags, **counts)
