"""What a projection starts from and grows by, as arrays: the common ground of run 0 and of every draw around it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.data.projected import projected_children
from fundgap.errors import BadScenario, NoData
from fundgap.gap import trends
from fundgap.gap.arithmetic import cumulative
from fundgap.gap.assumption import Assumption
from fundgap.gap.demography import projected_index
from fundgap.gap.scenario import Scenario
from fundgap.models.standardise import Floats


@dataclass(frozen=True)
class Start:
    """Where a projection by growth starts, and how it grows. C councils, K categories of spend, T years, first the base year.

    Parameters
    ----------
    councils : council, council_name, region
        C rows, in the order of every array.
    children : (C,)
        Children aged 0-17 of the base year.
    spend : (C, K)
        Outturn of the base year by `trends.CATEGORIES`, pounds.
    demography : (C, T)
        Index of children, base year = 1.
    demand, price : (K, T)
        Index of volume per child, and of real cost per unit of volume.
    prices : (T,)
        Index of general prices.
    funding : (C, T)
        Pounds in cash.
    years
        The T financial years.
    rates : assumption, category, growth, basis
        Mean yearly rates as used, and what they rest on.
    left_out : council, council_name, reason
        Councils without the outturn to start from.
    """

    councils: pd.DataFrame
    children: Floats
    spend: Floats
    demography: Floats
    demand: Floats
    price: Floats
    prices: Floats
    funding: Floats
    years: tuple[str, ...]
    rates: pd.DataFrame
    left_out: pd.DataFrame


def start_of(years: pd.DataFrame, scenario: Scenario, projected: pd.DataFrame | None = None) -> Start:
    """Return what a scenario of growth starts from and grows by.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it. Nothing after the base year is looked at.
    projected
        As `projected_children()` gives it, which is read where the scenario asks for it and none is given.

    Raises
    ------
    NoData
        When the panel does not hold the base year or the window before it, or the projection not a council or year.
    BadScenario
        When the scenario follows paths in pounds: it has no growth.
    """
    base_year = base_year_of(years, scenario)
    base, left_out = base_of(years, base_year)
    span = scenario.projected_years(base_year)
    demography, demography_basis = _demography(years, base, scenario, base_year, projected)
    spend = base[list(trends.SPEND)].to_numpy(dtype=float)
    demand, demand_basis = _by_category(years, scenario, "demand_growth", base_year, spend)
    price, price_basis = _by_category(years, scenario, "price_growth", base_year, spend)
    prices = cumulative(_rates(scenario, "general_price_growth", span))
    funding = _funding(scenario, span, prices)
    bases = {"demography_growth": demography_basis, "demand_growth": demand_basis, "price_growth": price_basis}
    rates = _rates_table(demography, demand, price, funding / prices, bases)
    return Start(
        base.reset_index()[["council", "council_name", "region"]],
        base["children"].to_numpy(dtype=float),
        spend,
        demography,
        demand,
        price,
        prices,
        spend.sum(axis=1)[:, None] * funding,
        tuple(span),
        rates,
        left_out,
    )


def base_year_of(years: pd.DataFrame, scenario: Scenario) -> str:
    """Return the scenario's base year; "latest" is the last of the panel."""
    return str(years["financial_year"].max()) if scenario.base_year == "latest" else scenario.base_year


def base_of(years: pd.DataFrame, base_year: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the outturn that the projection starts from, by council, and the councils that have none."""
    rows = years[years["financial_year"] == base_year].set_index("council")
    if rows.empty:
        raise NoData(f"The panel holds no {base_year}: it runs from {years['financial_year'].min()} to {years['financial_year'].max()}.")
    needed = [*trends.SPEND, "gross_spend_gbp"]
    has_all = rows[needed].notna().all(axis=1)
    if not has_all.any():
        raise NoData(f"No council has its spend of {base_year} in all of {', '.join(needed)}.")
    left_out = rows.loc[~has_all, ["council_name"]].assign(reason=f"no spend published for {base_year}").reset_index()
    return rows[has_all], left_out


def _assumption(scenario: Scenario, name: str) -> Assumption:
    found = scenario.assumptions().get(name)
    if found is None:
        raise BadScenario(f"Scenario '{scenario.id}' lacks {name}.")
    return found


def _rates(scenario: Scenario, name: str, span: list[str]) -> Floats:
    """Return an assumption's rates of the years after the base year, (T - 1,)."""
    return np.array([_assumption(scenario, name).in_year(year) for year in span[1:]])


def _demography(
    years: pd.DataFrame, base: pd.DataFrame, scenario: Scenario, base_year: str, projected: pd.DataFrame | None
) -> tuple[Floats, str]:
    """Return the index of children, (C, T), and what it rests on."""
    assumption, span = _assumption(scenario, "demography_growth"), scenario.projected_years(base_year)
    if assumption.estimate == "panel":
        own, england = trends.demography_growth(years, base_year, scenario.window_years)
        growth = own.reindex(base.index).fillna(england)
        return _constant(growth, scenario.years), trends.window_name(base_year, scenario.window_years)
    if assumption.estimate == "projection":
        table = projected_children() if projected is None else projected
        return projected_index(table, list(base.index), span), f"official projection, {', '.join(table['source'].unique())}"
    return np.tile(cumulative(_rates(scenario, "demography_growth", span)), (len(base), 1)), "assumed"


def _by_category(years: pd.DataFrame, scenario: Scenario, name: str, base_year: str, spend: Floats) -> tuple[Floats, str]:
    """Return the index of demand or of price, (K, T), and what it rests on."""
    assumption, window, categories = _assumption(scenario, name), scenario.window_years, list(trends.CATEGORIES)
    if assumption.estimate == "panel_high":
        weights = pd.Series(spend.sum(axis=0), index=categories)
        growth, basis = trends.highest_price_growth(years, base_year, window, weights)
        return _constant(growth[categories], scenario.years), basis
    if assumption.estimate:
        estimate = trends.demand_growth if name == "demand_growth" else trends.price_growth
        growth = estimate(years, base_year, window)[categories]
        return _constant(growth, scenario.years), trends.window_name(base_year, window)
    rates = np.tile(_rates(scenario, name, scenario.projected_years(base_year)), (len(categories), 1))
    if assumption.applies_to is not None:
        rates[[category not in assumption.applies_to for category in categories]] = 0.0
    return cumulative(rates), "assumed"


def _constant(growth: "pd.Series[float]", steps: int) -> Floats:
    """Return the index of constant rates, one row a rate."""
    result: Floats = np.power(1 + growth.to_numpy(dtype=np.float64)[:, None], np.arange(steps + 1, dtype=np.float64))
    return result


def _funding(scenario: Scenario, span: list[str], prices: Floats) -> Floats:
    """Return the index of funding in cash, (T,)."""
    grown = cumulative(_rates(scenario, "funding_growth", span))
    return grown * prices if _assumption(scenario, "funding_growth").is_real else grown


def _rates_table(demography: Floats, demand: Floats, price: Floats, funding_real: Floats, bases: dict[str, str]) -> pd.DataFrame:
    """Return the mean yearly growth behind each index, in real terms."""
    steps = len(funding_real) - 1
    rows = [("demography_growth", "all (median council)", np.median(demography[:, -1]))]
    rows += [("demand_growth", name, index[-1]) for name, index in zip(trends.CATEGORIES, demand, strict=True)]
    rows += [("price_growth", name, index[-1]) for name, index in zip(trends.CATEGORIES, price, strict=True)]
    rows += [("funding_growth", "all", funding_real[-1])]
    return pd.DataFrame(
        [(name, category, last ** (1 / steps) - 1, bases.get(name, "assumed")) for name, category, last in rows],
        columns=["assumption", "category", "growth", "basis"],
    )
