"""Back-test with a rolling origin: what would have been forecast in each year of the past, and how good it was.

Standing at the end of a financial year, only figures of that year and before it are used: spend, children, looked-after
children, prices. Three reservations stay, which what is held cannot lift: children are the estimates as revised since (their
growth hardly moves), spend is as the panel's releases give it, and the deflator is the one published in 2025.

Money: a forecast is made in prices of its origin. `real` compares it with the outcome deflated by what prices turned out to be.
`cash` multiplies it by general prices as they could be drawn at the origin (the same draws for every rule) and compares it
with the pounds that were spent: it has the error of prices in it too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track

from fundgap.data.prices import price_index
from fundgap.errors import BadScenario, NoData
from fundgap.gap import rivals
from fundgap.gap.areas import unbroken_areas
from fundgap.gap.backtest_draws import Outturn, our_draws, outturn_after, price_draws
from fundgap.gap.backtest_result import LEVELS, Backtest, summed_up
from fundgap.gap.draws import BLOCK
from fundgap.gap.scenario import Scenario
from fundgap.gap.scenario import scenario as scenario_of
from fundgap.gap.scores import Scored, score
from fundgap.gap.shock_figures import Figures, Ints, figures_until
from fundgap.gap.shocks import Recipe, Shocks, shocks_of
from fundgap.models.resampling import generator
from fundgap.models.standardise import Floats

FIRST_ORIGIN = "2013-14"
OURS = "fundgap"
SEED = 20131401
# A rule's forecast of a council is a normal distribution in logs: so many draws of it are enough.
RIVAL_DRAWS = 500


def backtest(
    years: pd.DataFrame, scenario: str | Scenario = "trend", *, recipe: Recipe | None = None, seed: int = SEED, progress: bool = False
) -> Backtest:
    """Forecast from every year since 2013-14 and hold it against what was spent, beside simple rules and the LGA's paths.

    Parameters
    ----------
    years
        `council_years()`. Councils since split or joined are followed through as the areas that stayed the same.
    scenario
        One whose demand and price are estimated from the panel: the only kind of which one can tell what it would have
        said in another year. It is scored beside the default forecast: constant growth over its own window, drawn around as
        `simulate_gap` does (children grow as they did, since official projections of those years are not held).
    recipe
        How the forecast named "fundgap" is made: by default the recipe chosen on origins up to 2017-18
        (`fundgap.gap.choice`).
    seed
        5,000 paths are drawn from each origin; the same seed gives the same figures.
    progress
        Show on a terminal's stderr how far it has come: it takes about twenty seconds.

    Raises
    ------
    BadScenario
        When the scenario does not estimate growth from the panel.
    NoData
        When the panel holds no origin with a year after it.

    Examples
    --------
    From 2013-14, one year ahead; England then spent £8,933m:

    >>> import fundgap as fg
    >>> years = fg.council_years()
    >>> result = fg.backtest(years[years["financial_year"] <= "2014-15"])
    >>> england = result.forecasts.query("level == 'England' and model == 'fundgap' and prices == 'cash'")
    >>> (england["outcome_gbp"] / 1e6).round().tolist()
    [8933.0]
    """
    chosen = scenario_of(scenario) if isinstance(scenario, str) else scenario
    if not all(item is not None and item.estimate == "panel" for item in (chosen.demand_growth, chosen.price_growth)):
        raise BadScenario(
            f"Scenario '{chosen.id}' does not take demand and price from the panel, so nobody can tell what it would have said "
            "in another year."
        )
    recipe = recipe or Recipe()
    as_scenario = recipe.of_constant_growth(chosen.window_years)
    areas, prices = unbroken_areas(years), price_index()
    parts, left_out = [], []
    console = Console(stderr=True)
    shown = track(origins(areas), "Back-test", console=console, transient=True, disable=not (progress and console.is_terminal))
    for number, origin in enumerate(shown):
        figures = figures_until(areas, origin)
        shocks = shocks_of(figures, prices, recipe)
        outturn = outturn_after(areas, shocks, prices)
        ours = {OURS: our_draws(areas, shocks, outturn, seed, number)}
        # A scenario knows nothing of a shock in its base year that would fade.
        around = replace(shocks_of(figures, prices, as_scenario), national_state=np.zeros_like(shocks.national_state))
        ours[f"{chosen.id} scenario"] = our_draws(areas, around, outturn, seed, number)
        parts += list(_forecasts(figures, shocks, outturn, ours, seed, number))
        left_out.append(_left_out(areas, shocks, outturn))
    forecasts = pd.concat(parts, ignore_index=True)
    names = areas.drop_duplicates("council").set_index("council")["council_name"]
    forecasts.insert(2, "council_name", forecasts["council"].map(names).fillna("England"))
    return summed_up(forecasts, pd.concat(left_out, ignore_index=True), recipe, seed)


def origins(areas: pd.DataFrame) -> list[str]:
    """Return the years to forecast from: since 2013-14, with spend of a later year to hold it against.

    Raises
    ------
    NoData
        When there is none.
    """
    held = sorted(areas.loc[areas["gross_spend_gbp"].notna(), "financial_year"].unique())
    found = [year for year in held[:-1] if year >= FIRST_ORIGIN]
    if not found:
        raise NoData(f"No year since {FIRST_ORIGIN} with a later one to hold its forecast against: spend is held for {', '.join(held)}.")
    return found


def _forecasts(
    figures: Figures, shocks: Shocks, outturn: Outturn, ours: Mapping[str, Floats], seed: int, block: int
) -> Iterator[pd.DataFrame]:
    """Give the scored forecasts of one origin: ours, (C, H, D) each, and every rule's; England and councils, real and cash."""
    rng, horizon = generator(seed, block), len(outturn.years)
    general = price_draws(shocks, horizon, BLOCK, rng)
    normals = rng.standard_normal((len(shocks.councils), horizon, RIVAL_DRAWS), dtype=np.float32)
    england_normals = rng.standard_normal((horizon, BLOCK))
    for name in (*ours, *rivals.RIVALS):
        own, england = (
            (ours[name], outturn.england_of(ours[name])) if name in ours else rivals.rival_draws(name, figures, normals, england_normals)
        )
        for prices, factor in (("real", np.ones_like(general)), ("cash", general)):
            yield _england(shocks, outturn, name, prices, england * factor)
            yield _councils(shocks, outturn, name, prices, own * factor[:, : own.shape[2]].astype(own.dtype))
    for name, scenario in rivals.PUBLISHED.items():
        path = scenario_of(scenario)
        if path.base_year == shocks.origin:
            rise = rivals.published_rise(path)
            yield _england(shocks, outturn, name, "cash", np.array([[rise.get(year, np.nan)] for year in outturn.years]))


def _england(shocks: Shocks, outturn: Outturn, model: str, prices: str, drawn: Floats) -> pd.DataFrame:
    """Return the scored forecasts of England from draws over its base, (H, D); years without any are not forecast."""
    known = np.isfinite(drawn).all(axis=1)
    base, later = (part[known] for part in outturn.england)
    outcome = later / outturn.prices[known] if prices == "real" else later
    keys: dict[str, Any] = {"level": LEVELS[0], "council": "", "origin": shocks.origin, "model": model, "prices": prices}
    scored = score(drawn[known], outcome / base)
    return _rows(keys, np.flatnonzero(known) + 1, base, outcome, outturn, scored, is_point=drawn.shape[1] == 1)


def _councils(shocks: Shocks, outturn: Outturn, model: str, prices: str, drawn: Floats) -> pd.DataFrame:
    base = outturn.base.sum(axis=1)
    later = outturn.later / outturn.prices if prices == "real" else outturn.later
    place, year = np.nonzero(np.isfinite(later))
    scored = score(drawn[place, year], later[place, year] / base[place])
    codes = np.array(shocks.councils, dtype=object)[place]
    keys: dict[str, Any] = {"level": LEVELS[1], "council": codes, "origin": shocks.origin, "model": model, "prices": prices}
    return _rows(keys, year + 1, base[place], later[place, year], outturn, scored, is_point=False)


def _rows(
    keys: dict[str, Any], horizon: Ints, base: Floats, outcome: Floats, outturn: Outturn, scored: Scored, *, is_point: bool
) -> pd.DataFrame:
    low95, low80, middle, high80, high95 = scored.quantiles * base
    table = pd.DataFrame(keys | {"horizon": horizon}, index=range(len(horizon)))
    table["financial_year"] = np.array(outturn.years, dtype=object)[horizon - 1]
    table = table.assign(base_gbp=base, low_95_gbp=low95, low_80_gbp=low80, median_gbp=middle, high_80_gbp=high80, high_95_gbp=high95)
    table = table.assign(outcome_gbp=outcome, crps=scored.crps, error=scored.quantiles[2] - outcome / base)
    for name, inside in (("is_in_80", scored.is_in_80), ("is_in_95", scored.is_in_95)):
        # A point has no interval to be in or out of.
        table[name] = pd.array([pd.NA] * len(inside) if is_point else inside, dtype="boolean")
    return table


def _left_out(areas: pd.DataFrame, shocks: Shocks, outturn: Outturn) -> pd.DataFrame:
    """Return the areas that are not in the forecasts of an origin, or whose outcome of a year is not known, with why."""
    now = areas[areas["financial_year"] == shocks.origin]
    gone = [(code, "no spend published for the origin") for code in now["council"] if code not in set(shocks.councils)]
    missing = [
        (code, f"no spend published for {year}")
        for h, year in enumerate(outturn.years)
        for code, value in zip(shocks.councils, outturn.later[:, h], strict=True)
        if not np.isfinite(value)
    ]
    names = areas.drop_duplicates("council").set_index("council")["council_name"]
    rows = [(shocks.origin, code, names[code], reason) for code, reason in gone + missing]
    return pd.DataFrame(rows, columns=["origin", "council", "council_name", "reason"])
