"""What was forecast beside what was spent."""

import pandas as pd

from fundgap.data.boundaries import areas_of
from fundgap.errors import NoData
from fundgap.gap.result import Gap


def compare_with_outturn(gap: Gap, years: pd.DataFrame) -> pd.DataFrame:
    """Set a projection of past years beside the outturn, both in cash and as a rise since the base year.

    The levels differ where the projection covers other services than Section 251 spend does (the Local Government
    Association's need includes education services), so compare the rises.

    Parameters
    ----------
    gap
        From `project_gap`, on a base year in the past.
    years
        As `fundgap.council_years()` gives it.

    Returns
    -------
    pandas.DataFrame
        financial_year, councils (whose outturn is in the sum), councils_missing, need_gbp, funding_gbp, outturn_gbp, and
        the rises since the base year need_rise_gbp, outturn_rise_gbp, need_rise (fraction), outturn_rise (fraction), and
        outturn_rise_same_areas (fraction): of the areas with an outturn in the base year and in this one, councils redrawn in
        between taken together. The plain rise is low by the councils that are missing at the end.

    Raises
    ------
    NoData
        When no projected year has an outturn yet.

    Examples
    --------
    The rise in need that the Local Government Association forecast in 2017, and the rise in councils' gross spend, in £bn:

    >>> import fundgap as fg
    >>> years = fg.council_years()
    >>> last = fg.compare_with_outturn(fg.project_gap(years, fg.scenario("lga-2017")), years).iloc[-1]
    >>> last["financial_year"], *[round(float(last[rise]) / 1e9, 2) for rise in ("need_rise_gbp", "outturn_rise_gbp")]
    ('2019-20', 1.1, 1.37)
    """
    grouped = years.groupby("financial_year")["gross_spend_gbp"]
    outturn = pd.DataFrame({"outturn_gbp": grouped.sum(min_count=1), "councils": grouped.count(), "rows": grouped.size()})
    outturn = outturn.dropna(subset="outturn_gbp")
    outturn["councils_missing"] = outturn["rows"] - outturn["councils"]
    path = gap.england.set_index("financial_year")[["need_gbp", "funding_gbp"]]
    table = path.join(outturn, how="inner")[["councils", "councils_missing", "need_gbp", "funding_gbp", "outturn_gbp"]]
    if len(table) < 2 or table.index[0] != gap.price_base:
        raise NoData(f"Scenario '{gap.scenario.id}' runs from {gap.price_base}; no outturn of that year and a later one is held.")
    for name in ("need", "outturn"):
        table[f"{name}_rise_gbp"] = table[f"{name}_gbp"] - table[f"{name}_gbp"].iloc[0]
        table[f"{name}_rise"] = table[f"{name}_gbp"] / table[f"{name}_gbp"].iloc[0] - 1
    table["outturn_rise_same_areas"] = _rise_of_same_areas(years, list(table.index))
    return table.reset_index()


def _rise_of_same_areas(years: pd.DataFrame, span: list[str]) -> list[float]:
    """Return each year's rise in outturn since the first over the areas that have one in both."""
    rows = years[years["financial_year"].isin(span)]
    grouped = rows.groupby([areas_of(rows["council"]), "financial_year"])["gross_spend_gbp"]
    # An area without one of its councils has no sum.
    wide = grouped.sum().where(grouped.count() == grouped.size()).unstack()
    return [float(both[year].sum() / both[span[0]].sum() - 1) for year in span for both in [wide.dropna(subset=[span[0], year])]]
