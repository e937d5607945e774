"""Need, funding and the gap between them, council by council: the deterministic run that everything else starts from.

gap(t) = [need(t) - need(0)] - [funding(t) - funding(0)], a yearly figure; England is the sum of the councils.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.errors import BadScenario, NoData
from fundgap.gap import trends
from fundgap.gap.result import Gap
from fundgap.gap.scenario import Assumption, Scenario
from fundgap.models.standardise import Floats

_FLOOR = 1e-100


def project_gap(years: pd.DataFrame, scenario: Scenario) -> Gap:
    """Project need, funding and the gap of every council under a scenario: run 0, without chance.

    Parameters
    ----------
    years
        As `fundgap.council_years()` gives it.
    scenario
        From `fundgap.scenario(...)`.

    Raises
    ------
    NoData
        When the panel does not hold the base year, or not enough years before it for the scenario's estimates.

    Examples
    --------
    The gap of £2.0bn that the Local Government Association forecast for 2019-20 is given back exactly:

    >>> import fundgap as fg
    >>> gap = fg.project_gap(fg.council_years(), fg.scenario("lga-2017"))
    >>> round(gap.england["gap_gbp"].iloc[-1])
    2000000000
    """
    base_year = str(years["financial_year"].max()) if scenario.base_year == "latest" else scenario.base_year
    base, left_out = _base(years, base_year)
    span = scenario.projected_years(base_year)
    prices = _prices(years, scenario, span)
    if scenario.need_gbp is not None and scenario.funding_gbp is not None:
        need, funding, parts, rates = _along_paths(base, scenario.need_gbp, scenario.funding_gbp, span)
        children = _observed_children(years, base, span)
    else:
        indices = _rates(years, base, scenario, base_year, span)
        need, funding, parts = _grown(base, indices, prices)
        children = base["children"].to_numpy(dtype=float)[:, None] * indices.demography
        rates = indices.to_frame(span)
    councils = _council_table(base, span, need, funding, children, prices)
    england = _england_table(councils)
    drivers = _driver_table(parts, span)
    return Gap(scenario, england, councils, drivers, rates, left_out, base_year, pd.Series(prices, index=span, name="prices"))


@dataclass(frozen=True)
class _Rates:
    """Indices of growth since the base year; demography (C, T), demand and price (K, T), funding (T,)."""

    demography: Floats
    demand: Floats
    price: Floats
    funding: Floats

    def to_frame(self, span: list[str]) -> pd.DataFrame:
        """Return the mean yearly growth behind each index."""
        steps = len(span) - 1
        rows = [("demography_growth", "all (median council)", np.median(self.demography[:, -1]))]
        rows += [("demand_growth", name, index[-1]) for name, index in zip(trends.CATEGORIES, self.demand, strict=True)]
        rows += [("price_growth", name, index[-1]) for name, index in zip(trends.CATEGORIES, self.price, strict=True)]
        rows += [("funding_growth", "all", self.funding[-1])]
        return pd.DataFrame(
            [(name, category, last ** (1 / steps) - 1) for name, category, last in rows], columns=["assumption", "category", "growth"]
        )


def _base(years: pd.DataFrame, base_year: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the outturn that the projection starts from, and the councils that have none."""
    rows = years[years["financial_year"] == base_year].set_index("council")
    if rows.empty:
        raise NoData(f"The panel holds no {base_year}: it runs from {years['financial_year'].min()} to {years['financial_year'].max()}.")
    spend = [f"{category}_spend_gbp" for category in trends.CATEGORIES]
    has_all = rows[spend].notna().all(axis=1)
    if not has_all.any():
        raise NoData(f"No council has its spend of {base_year} in all of {', '.join(spend)}.")
    left_out = rows.loc[~has_all, ["council_name"]].assign(reason=f"no spend published for {base_year}").reset_index()
    return rows[has_all], left_out


def _prices(years: pd.DataFrame, scenario: Scenario, span: list[str]) -> Floats:
    """Return general prices, base year = 1.

    A path in pounds of the past is put in real terms by the deflator as published since. Growth from an outturn uses the
    scenario's assumption from the first year on, so that what became known later cannot change a projection.
    """
    published = years.drop_duplicates("financial_year").set_index("financial_year")["price_index"]
    index = [1.0]
    for year in span[1:]:
        if scenario.need_gbp is not None and year in published.index:
            index.append(float(published[year] / published[span[0]]))
        elif scenario.general_price_growth is not None:
            index.append(index[-1] * (1 + scenario.general_price_growth.in_year(year)))
        else:
            raise NoData(f"The panel has no price index for {year}, and scenario '{scenario.id}' grows no prices.")
    return np.array(index)


def _rates(years: pd.DataFrame, base: pd.DataFrame, scenario: Scenario, base_year: str, span: list[str]) -> _Rates:
    window, categories = scenario.window_years, trends.CATEGORIES
    demography, demand, price, funding = scenario.demography_growth, scenario.demand_growth, scenario.price_growth, scenario.funding_growth
    if demography is None or demand is None or price is None or funding is None:
        raise BadScenario(f"Scenario '{scenario.id}' lacks a rate of growth.")
    if demography.estimate:
        own, england = trends.demography_growth(years, base_year, window)
        demography_index = _compounded(own.reindex(base.index).fillna(england), span)
    else:
        demography_index = np.tile(_index(demography, span), (len(base), 1))
    indices = []
    for assumption, estimate in ((demand, trends.demand_growth), (price, trends.price_growth)):
        if assumption.estimate:
            indices.append(_compounded(estimate(years, base_year, window)[list(categories)], span))
        else:
            indices.append(np.tile(_index(assumption, span), (len(categories), 1)))
    return _Rates(demography_index, indices[0], indices[1], _index(funding, span))


def _compounded(growth: "pd.Series[float]", span: list[str]) -> Floats:
    """Return cumulative growth at constant rates, one row a rate."""
    return np.power(1 + growth.to_numpy(dtype=np.float64)[:, None], np.arange(len(span), dtype=np.float64))


def _index(assumption: Assumption, span: Iterable[str]) -> Floats:
    """Return cumulative growth since the base year, 1 in that year."""
    growth = [0.0 if position == 0 else assumption.in_year(year) for position, year in enumerate(span)]
    return np.cumprod(1 + np.array(growth))


def _grown(base: pd.DataFrame, rates: _Rates, prices: Floats) -> tuple[Floats, Floats, dict[str, Floats]]:
    """Return need and funding, (C, T), and each driver's part of the gap, (T,), from the outturn grown by the rates."""
    spend = base[[f"{category}_spend_gbp" for category in trends.CATEGORIES]].to_numpy()
    shape = (len(base), len(trends.CATEGORIES), len(prices))
    indices = {
        "demography": rates.demography[:, None, :],
        "demand": rates.demand[None, :, :],
        "price": rates.price[None, :, :],
        "general prices": prices[None, None, :],
    }
    # An index that falls to nothing has no logarithm; a floor this low changes no penny and keeps the parts adding up.
    indices = {name: np.maximum(index, _FLOOR) for name, index in indices.items()}
    need = spend[:, :, None] * np.prod([np.broadcast_to(index, shape) for index in indices.values()], axis=0)
    weight = _log_mean(need, spend[:, :, None])
    parts = {name: (weight * np.log(index)).sum(axis=(0, 1)) for name, index in indices.items()}
    total = spend.sum(axis=1)[:, None]
    funding = total * (rates.funding * prices)[None, :]
    parts["funding"] = (total - funding).sum(axis=0)
    return need.sum(axis=1), funding, parts


def _log_mean(a: Floats, b: Floats) -> Floats:
    """Return the logarithmic mean (a - b) / ln(a / b), a where the two are equal: the weights of LMDI-I (Ang, 2005).

    Spend below nothing (a correction of an earlier year) has a mean too, as long as both are: a / b is then positive.
    """
    b = np.broadcast_to(b, a.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(a / b)
        mean = np.where(np.abs(ratio) < 1e-9, a, (a - b) / ratio)
    return np.where(b == 0, 0.0, mean)


def _along_paths(
    base: pd.DataFrame, need: Assumption, funding: Assumption, span: list[str]
) -> tuple[Floats, Floats, dict[str, Floats], pd.DataFrame]:
    """Share England's published paths among councils by what each spent in the base year."""
    share = (base["gross_spend_gbp"] / base["gross_spend_gbp"].sum()).to_numpy()[:, None]
    need_path, funding_path = (np.array([path.in_year(year) for year in span]) for path in (need, funding))
    parts = {"need as published": need_path - need_path[0], "funding": funding_path[0] - funding_path}
    rates = pd.DataFrame({"assumption": [], "category": [], "growth": []})
    return share * need_path, share * funding_path, parts, rates


def _observed_children(years: pd.DataFrame, base: pd.DataFrame, span: list[str]) -> Floats:
    wide = years.pivot(index="council", columns="financial_year", values="children")
    return wide.reindex(index=base.index, columns=span).to_numpy()


def _council_table(base: pd.DataFrame, span: list[str], need: Floats, funding: Floats, children: Floats, prices: Floats) -> pd.DataFrame:
    gap = (need - need[:, :1]) - (funding - funding[:, :1])
    count, length = gap.shape
    return pd.DataFrame(
        {
            "council": np.repeat(base.index.to_numpy(), length),
            "council_name": np.repeat(base["council_name"].to_numpy(), length),
            "financial_year": np.tile(span, count),
            "children": children.ravel(),
            "need_gbp": need.ravel(),
            "funding_gbp": funding.ravel(),
            "gap_gbp": gap.ravel(),
            "cumulative_gap_gbp": gap.cumsum(axis=1).ravel(),
            "gap_gbp_real": (gap / prices).ravel(),
        }
    )


def _england_table(councils: pd.DataFrame) -> pd.DataFrame:
    """Add the councils up; children only where they are known for every council."""
    by_year = councils.groupby("financial_year", sort=False)
    money = [name for name in councils.columns if "_gbp" in name]
    england = by_year[money].sum()
    england.insert(0, "councils", by_year.size())
    england.insert(1, "children", by_year["children"].agg(lambda values: values.sum(skipna=False)))
    return england.reset_index()


def _driver_table(parts: dict[str, Floats], span: list[str]) -> pd.DataFrame:
    rows = [(year, name, values[position]) for name, values in parts.items() for position, year in enumerate(span)]
    return pd.DataFrame(rows, columns=["financial_year", "driver", "gap_gbp"]).sort_values(["financial_year", "driver"], ignore_index=True)
