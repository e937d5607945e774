"""The verdict on £2bn: what was forecast, what was budgeted and overspent, what was spent, in the same prices."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.data.boundaries import joined_areas
from fundgap.data.prices import price_index
from fundgap.data.store import Store
from fundgap.errors import NoData
from fundgap.gap.projection import project_gap
from fundgap.gap.published import published_overspends
from fundgap.gap.scenario import scenario
from fundgap.shown import Told

BASE, LAST = "2016-17", "2019-20"
BILLION = 1e9
_VINTAGES = ("lga-2016", "lga-2017")
_LGA = "children's social care and education services"
# What was spent: column of the panel, name, services and money it counts.
_SPENT = (
    ("gross_spend_gbp", "spent, gross (Section 251)", "children's and young people's services, before income"),
    ("net_spend_gbp", "spent, net (Section 251)", "children's and young people's services, after income; not comparable from 2019-20 on"),
    ("ro3_gross_spend_gbp", "spent, gross (Revenue Outturn)", "children's social care, before income"),
    ("ro3_net_spend_gbp", "spent, net (Revenue Outturn)", "children's social care, after income: what budgets and overspends are told in"),
)
# Section 251 puts other things into income from then on (definition_breaks).
_NET_UNTIL = "2018-19"


@dataclass(frozen=True)
class Verdict(Told):
    """What was forecast, overspent and spent.

    Parameters
    ----------
    table : figure, kind, covers, financial_year, areas, areas_left_out, gbp, gbp_real, rise_gbp, rise_gbp_real, rise
        One row a figure and year, base year first. `kind` is "need forecast", "funding forecast" or "spent"; `gbp` is cash,
        `gbp_real` the prices of the last year, deflated by the GDP deflator as published since; rises are since the base year,
        `rise` in cash as a fraction. Spent is over areas with the figure in every year shown, so that rises compare like with
        like; areas left out are counted (councils redrawn in between are one area).
    overspends : financial_year, publisher, overspend_gbp, overspend_gbp_real, share_of_gap, is_at_least, is_doubtful, source
        As published; `share_of_gap` is of the gap forecast for the last year by the latest vintage, both in that year's prices.
    gap_gbp
        That gap, cash of the last year.
    """

    table: pd.DataFrame
    overspends: pd.DataFrame
    gap_gbp: float

    def to_frame(self) -> pd.DataFrame:
        """Return the table of figures and years."""
        return self.table

    def rise(self, figure: str, column: str = "rise_gbp") -> float:
        """Return a figure's rise from the base year to the last, in pounds."""
        row = self.table[(self.table["figure"] == figure) & (self.table["financial_year"] == LAST)]
        return float(row[column].iloc[0])

    def __str__(self) -> str:
        """Say what was forecast and what was spent; the story has the words."""
        need, spent = self.rise("need forecast, LGA 2017"), self.rise("spent, gross (Section 251)")
        return (
            f"{BASE} to {LAST}, cash: need forecast to rise by £{need / BILLION:.2f}bn (LGA 2017, a gap of "
            f"£{self.gap_gbp / BILLION:.1f}bn), gross spend rose by £{spent / BILLION:.2f}bn (Section 251; other services)"
        )

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))


def verdict(years: pd.DataFrame, store: Store | None = None) -> Verdict:
    """Set the £2bn of 2017 beside what was budgeted and spent.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it.

    Raises
    ------
    NoData
        When the panel does not hold the years from 2016-17 to 2019-20.

    Examples
    --------
    The gap forecast in 2017 for 2019-20, in £bn:

    >>> import fundgap as fg
    >>> round(fg.verdict(fg.council_years()).gap_gbp / 1e9, 1)
    2.0
    """
    span = scenario(_VINTAGES[-1]).projected_years(BASE)
    if not set(span) <= set(years["financial_year"]):
        raise NoData(
            f"The verdict needs {BASE} to {LAST}; the panel holds {years['financial_year'].min()} to {years['financial_year'].max()}."
        )
    gaps = {name: project_gap(years, scenario(name)) for name in _VINTAGES}
    prices = price_index(LAST, store) / 100
    rows = []
    for name, gap in gaps.items():
        label = name.replace("lga-", "LGA ")
        for kind, column in (("need forecast", "need_gbp"), ("funding forecast", "funding_gbp")):
            values = gap.england.set_index("financial_year")[column]
            rows.append(_rows(f"{kind}, {label}", kind, _LGA, values, prices))
    areas = joined_areas(years, store)
    for column, figure, covers in _SPENT:
        held = [year for year in span if column != "net_spend_gbp" or year <= _NET_UNTIL]
        wide = areas[areas["financial_year"].isin(held)].pivot(index="area", columns="financial_year", values=column)
        whole = wide.dropna()
        table = _rows(figure, "spent", covers, whole.sum(), prices)
        rows.append(table.assign(areas=len(whole), areas_left_out=len(wide) - len(whole)))
    forecast = float(gaps["lga-2017"].england["gap_gbp"].iloc[-1])
    table = pd.concat(rows, ignore_index=True).astype({"areas": "Int64", "areas_left_out": "Int64"})
    return Verdict(table, _overspends(prices, forecast, store), forecast)


def _rows(figure: str, kind: str, covers: str, values: "pd.Series[float]", prices: "pd.Series[float]") -> pd.DataFrame:
    """Return a figure's years with their rises since the first."""
    table = pd.DataFrame({"figure": figure, "kind": kind, "covers": covers, "financial_year": values.index})
    # Forecasts are of England, not of areas.
    table = table.assign(areas=np.nan, areas_left_out=np.nan, gbp=values.to_numpy())
    table["gbp_real"] = (values / prices.reindex(values.index)).to_numpy()
    for name in ("gbp", "gbp_real"):
        table[f"rise_{name}"] = table[name] - table[name].iloc[0]
    table["rise"] = table["gbp"] / table["gbp"].iloc[0] - 1
    return table


def _overspends(prices: "pd.Series[float]", gap: float, store: Store | None) -> pd.DataFrame:
    table = published_overspends(store)
    table["overspend_gbp_real"] = table["overspend_gbp"] / table["financial_year"].map(prices)
    table["share_of_gap"] = table["overspend_gbp_real"] / gap
    columns = ["financial_year", "publisher", "overspend_gbp", "overspend_gbp_real", "share_of_gap", "is_at_least", "is_doubtful", "source"]
    return table[columns]
