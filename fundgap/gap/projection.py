"""Need, funding and the gap between them, council by council: the deterministic run that everything else starts from.

gap(t) = [need(t) - need(0)] - [funding(t) - funding(0)], a yearly figure; regions and England are sums of councils.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.errors import NoData
from fundgap.gap import trends
from fundgap.gap.arithmetic import gap_of, need_of, parts_of_gap
from fundgap.gap.assumption import Assumption
from fundgap.gap.gap_tables import category_table, council_table, driver_table, summed
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Scenario
from fundgap.gap.start import base_of, base_year_of, start_of
from fundgap.models.standardise import Floats

PATH_CATEGORY = "all services of the path"


def project_gap(years: pd.DataFrame, scenario: Scenario, *, projected: pd.DataFrame | None = None) -> Gap:
    """Project need, funding and the gap of every council under a scenario: run 0, without chance.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it.
    scenario
        From `fundgap.scenario(...)`.
    projected
        As `fundgap.projected_children()` gives it; read where the scenario takes children from the official projection
        and none is given.

    Raises
    ------
    NoData
        When the panel does not hold the base year, or not enough years before it for the scenario's estimates; when the
        official projection does not hold a council or a year, or was not published by the base year.

    Examples
    --------
    The gap of £2.0bn that the Local Government Association forecast for 2019-20 is given back exactly:

    >>> import fundgap as fg
    >>> gap = fg.project_gap(fg.council_years(), fg.scenario("lga-2017"))
    >>> round(gap.england["gap_gbp"].iloc[-1])
    2000000000
    """
    run = _along_paths(years, scenario) if scenario.need_gbp is not None else _grown(years, scenario, projected)
    need = run.need.sum(axis=1)
    councils = council_table(run.councils, run.years, need, run.funding, run.children, run.prices)
    council_drivers = driver_table(run.councils, run.years, run.parts, run.prices)
    money = ["gap_gbp", "gap_gbp_real"]
    return Gap(
        scenario=scenario,
        england=summed(councils, ["financial_year"]),
        regions=summed(councils, ["region", "financial_year"]),
        councils=councils,
        categories=category_table(run.councils, run.years, run.categories, run.need, run.prices),
        drivers=council_drivers.groupby(["financial_year", "driver"])[money].sum().reset_index(),
        region_drivers=council_drivers.groupby(["region", "financial_year", "driver"])[money].sum().reset_index(),
        council_drivers=council_drivers,
        rates=run.rates,
        left_out=run.left_out,
        price_base=run.years[0],
        prices=pd.Series(run.prices, index=list(run.years), name="prices"),
    )


@dataclass(frozen=True)
class _Run:
    """A run as arrays: need (C, K, T), funding and children (C, T), parts of the gap by driver (C, T), prices (T,)."""

    councils: pd.DataFrame
    categories: tuple[str, ...]
    years: tuple[str, ...]
    need: Floats
    funding: Floats
    children: Floats
    parts: dict[str, Floats]
    prices: Floats
    rates: pd.DataFrame
    left_out: pd.DataFrame


def _grown(years: pd.DataFrame, scenario: Scenario, projected: pd.DataFrame | None) -> _Run:
    start = start_of(years, scenario, projected)
    growth = (start.spend, start.demography, start.demand, start.price, start.prices)
    children = start.children[:, None] * start.demography
    return _Run(
        start.councils,
        trends.CATEGORIES,
        start.years,
        need_of(*growth),
        start.funding,
        children,
        parts_of_gap(*growth, start.funding),
        start.prices,
        start.rates,
        start.left_out,
    )


def _along_paths(years: pd.DataFrame, scenario: Scenario) -> _Run:
    """Share England's published paths among councils by what each spent in the base year."""
    base_year = base_year_of(years, scenario)
    base, left_out = base_of(years, base_year)
    span = scenario.projected_years(base_year)
    share = (base["gross_spend_gbp"] / base["gross_spend_gbp"].sum()).to_numpy(dtype=float)[:, None]
    need, funding = (share * _path(item, span) for item in (scenario.need_gbp, scenario.funding_gbp) if item is not None)
    no_change = np.zeros_like(funding)
    return _Run(
        base.reset_index()[["council", "council_name", "region"]],
        (PATH_CATEGORY,),
        tuple(span),
        need[:, None, :],
        funding,
        years.pivot(index="council", columns="financial_year", values="children").reindex(index=base.index, columns=span).to_numpy(),
        {"need as published": gap_of(need, no_change), "funding": gap_of(no_change, funding)},
        _published_prices(years, scenario, span),
        pd.DataFrame({"assumption": [], "category": [], "growth": [], "basis": []}),
        left_out,
    )


def _path(assumption: Assumption, span: list[str]) -> Floats:
    return np.array([assumption.in_year(year) for year in span])


def _published_prices(years: pd.DataFrame, scenario: Scenario, span: list[str]) -> Floats:
    """Return general prices for a path in pounds, base year = 1: the deflator as published since, then as assumed."""
    published = years.drop_duplicates("financial_year").set_index("financial_year")["price_index"].dropna()
    if span[0] not in published.index:
        raise NoData(f"The panel has no price index (GDP deflator) for {span[0]}, the base year of scenario '{scenario.id}'.")
    index = [1.0]
    for year in span[1:]:
        if year in published.index:
            index.append(float(published[year] / published[span[0]]))
        elif scenario.general_price_growth is not None:
            index.append(index[-1] * (1 + scenario.general_price_growth.in_year(year)))
        else:
            raise NoData(f"The panel has no price index for {year}, and scenario '{scenario.id}' grows no prices.")
    return np.array(index)
