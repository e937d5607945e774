"""Back-test with a rolling origin: what would have been forecast in each year of the past, and how good it was.

Standing at the end of a financial year, only figures of that year and before it are used: spend, children, looked-after
children, prices. Three reservations stay, and none can be had away with from what is held: children are the estimates as
revised since (their growth hardly moves), spend is as in the panel's releases, and the deflator is the one published in 2025.

Money: a forecast is made in prices of its origin. `real` compares it with the outcome deflated by what prices turned out to be.
`cash` multiplies it by general prices as they could be drawn at the origin (the same draws for every rule) and compares it
with the pounds that were spent: it has the error of prices in it too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from fundgap.data.prices import financial_year, price_index
from fundgap.errors import BadScenario, NoData
from fundgap.gap import rivals, trends
from fundgap.gap.areas import spend_columns, unbroken_areas
from fundgap.gap.backtest_result import LEVELS, Backtest, summed_up
from fundgap.gap.scenario import Scenario
from fundgap.gap.scenario import scenario as scenario_of
from fundgap.gap.scores import Scored, score
from fundgap.gap.shock_figures import figures_until
from fundgap.gap.shock_paths import draw_paths, real_spend
from fundgap.gap.shocks import Recipe, Shocks, estimate_shocks
from fundgap.models.resampling import generator
from fundgap.models.standardise import Floats

FIRST_ORIGIN = "2013-14"
HORIZON = 5
OURS = "fundgap"
DRAWS, SEED = 1000, 20131401
# Growth in children is that of up to so many years, each council's own.
CHILDREN_YEARS = 5


@dataclass(frozen=True)
class Outturn:
    """What was spent after an origin, in cash.

    Parameters
    ----------
    base : (C, K)
        Spend of the origin by category.
    later : (C, H)
        Spend on everything h years on; nan where not published.
    prices : (H,)
        General prices over the origin's, as published since.
    years : (H,) tuple
    """

    base: Floats
    later: Floats
    prices: Floats
    years: tuple[str, ...]


def backtest(
    years: pd.DataFrame, scenario: str | Scenario = "trend", *, recipe: Recipe | None = None, draws: int = DRAWS, seed: int = SEED
) -> Backtest:
    """Forecast from every year since 2013-14 and hold it against what was spent, beside simple rules and the LGA's paths.

    Parameters
    ----------
    years
        `council_years()`. Councils since split or joined are followed through as the areas that stayed the same.
    scenario
        One whose demand and price are estimated from the panel: the only kind of which one can tell what it would have
        said in another year. How they are estimated is `recipe`'s.
    recipe
        By default the one chosen on origins up to 2017-18 (`fundgap.gap.choice`).
    draws, seed
        Paths drawn an origin and rule; the same seed gives the same figures.

    Returns
    -------
    Backtest

    Raises
    ------
    BadScenario
        When the scenario does not estimate growth from the panel.
    NoData
        When the panel holds no origin with a year after it.
    """
    chosen = scenario_of(scenario) if isinstance(scenario, str) else scenario
    if not all(item is not None and item.estimate == "panel" for item in (chosen.demand_growth, chosen.price_growth)):
        raise BadScenario(
            f"Scenario '{chosen.id}' does not take demand and price from the panel, so nobody can tell what it would have said in another year."
        )
    recipe = recipe or Recipe()
    areas, prices = unbroken_areas(years), price_index()
    parts, left_out = [], []
    for number, origin in enumerate(origins(areas)):
        shocks = estimate_shocks(areas, origin, recipe, prices=prices)
        outturn = outturn_after(areas, shocks, prices)
        parts += list(_forecasts(areas, shocks, outturn, draws, generator(seed, number)))
        left_out.append(_left_out(areas, shocks, outturn))
    forecasts = pd.concat(parts, ignore_index=True)
    names = areas.drop_duplicates("council").set_index("council")["council_name"]
    forecasts.insert(2, "council_name", forecasts["council"].map(names).fillna("England"))
    return summed_up(forecasts, pd.concat(left_out, ignore_index=True), recipe, draws, seed)


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


def outturn_after(areas: pd.DataFrame, shocks: Shocks, prices: "pd.Series[float]") -> Outturn:
    """Return what the councils of `shocks` spent in the origin's year and in up to five years after it."""
    first = int(shocks.origin[:4])
    held = set(areas.loc[areas["gross_spend_gbp"].notna(), "financial_year"])
    span = [financial_year(first + h) for h in range(1, HORIZON + 1)]
    span = [year for year in span if year in held]
    wide = areas.pivot(index="council", columns="financial_year", values="gross_spend_gbp")
    base = areas[areas["financial_year"] == shocks.origin].set_index("council")[spend_columns()]
    councils = list(shocks.councils)
    return Outturn(
        base.loc[councils].to_numpy(dtype=float),
        wide.loc[councils, span].to_numpy(dtype=float),
        (prices[span] / prices[shocks.origin]).to_numpy(dtype=float),
        tuple(span),
    )


def children_ahead(areas: pd.DataFrame, shocks: Shocks, horizon: int) -> Floats:
    """Return children over those of the origin, (C, H), growing as each council's did over up to five years; else as England's."""
    counted = areas.loc[areas["children"].notna() & (areas["financial_year"] <= shocks.origin), "financial_year"].min()
    length = min(CHILDREN_YEARS, int(shocks.origin[:4]) - int(counted[:4]))
    own, england = trends.demography_growth(areas[areas["financial_year"] <= shocks.origin], shocks.origin, length)
    growth = own.reindex(list(shocks.councils)).fillna(england).to_numpy(dtype=float)
    result: Floats = (1 + growth[:, None]) ** np.arange(1, horizon + 1)
    return result


def our_draws(areas: pd.DataFrame, shocks: Shocks, outturn: Outturn, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return drawn real spend over that of the base year, (D, C, H), and drawn general prices, (D, H)."""
    horizon = len(outturn.years)
    paths = draw_paths(shocks, horizon, draws, rng)
    real = real_spend(outturn.base, children_ahead(areas, shocks, horizon), paths)
    return real / outturn.base.sum(axis=1)[:, None], np.exp(paths.general)


def england_of(councils: Floats, outturn: Outturn) -> Floats:
    """Return England's drawn spend over its base, (D, H): each year the sum of the councils whose outcome of it is known."""
    weight = np.where(np.isfinite(outturn.later), outturn.base.sum(axis=1)[:, None], 0.0)
    result: Floats = np.einsum("dch,ch->dh", councils, weight / weight.sum(axis=0))
    return result


def england_base(outturn: Outturn) -> tuple[Floats, Floats]:
    """Return the base, (H,), and the outcome, (H,), of England over the councils whose outcome is known, in cash."""
    known = np.isfinite(outturn.later)
    return np.where(known, outturn.base.sum(axis=1)[:, None], 0.0).sum(axis=0), np.where(known, outturn.later, 0.0).sum(axis=0)


def _forecasts(areas: pd.DataFrame, shocks: Shocks, outturn: Outturn, draws: int, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    """Give the scored forecasts of one origin: every rule, England and councils, real and cash."""
    councils, general = our_draws(areas, shocks, outturn, draws, rng)
    drawn = {OURS: (councils, england_of(councils, outturn))}
    figures = figures_until(areas, shocks.origin)
    drawn |= {name: rivals.rival_draws(name, figures, len(outturn.years), draws, rng) for name in rivals.RIVALS}
    for name, (own, england) in drawn.items():
        for prices, factor in (("real", np.ones_like(general)), ("cash", general)):
            yield _england(shocks, outturn, name, prices, england * factor)
            yield _councils(shocks, outturn, name, prices, own * factor[:, None])
    for name, scenario in rivals.PUBLISHED.items():
        rise = rivals.published_rise(scenario_of(scenario))
        if scenario_of(scenario).base_year == shocks.origin:
            points = np.array([[rise.get(year, np.nan) for year in outturn.years]])
            yield _england(shocks, outturn, name, "cash", points)


def _england(shocks: Shocks, outturn: Outturn, model: str, prices: str, drawn: Floats) -> pd.DataFrame:
    base, later = england_base(outturn)
    known = np.isfinite(drawn).all(axis=0)
    horizon = np.arange(1, len(base) + 1)[known]
    deflate = outturn.prices if prices == "real" else np.ones_like(outturn.prices)
    scored = score(drawn[:, known], (later / deflate / base)[known])
    keys = {"level": LEVELS[0], "council": "", "origin": shocks.origin, "model": model, "prices": prices}
    return _rows(keys, horizon, base[known], (later / deflate)[known], outturn, scored, is_point=len(drawn) == 1)


def _councils(shocks: Shocks, outturn: Outturn, model: str, prices: str, drawn: Floats) -> pd.DataFrame:
    base = outturn.base.sum(axis=1)
    deflate = outturn.prices if prices == "real" else np.ones_like(outturn.prices)
    later = outturn.later / deflate
    place, year = np.nonzero(np.isfinite(later))
    scored = score(drawn[:, place, year], later[place, year] / base[place])
    codes = np.array(shocks.councils, dtype=object)[place]
    keys = {"level": LEVELS[1], "council": codes, "origin": shocks.origin, "model": model, "prices": prices}
    return _rows(keys, year + 1, base[place], later[place, year], outturn, scored, is_point=False)


def _rows(
    keys: dict[str, object], horizon: Floats, base: Floats, outcome: Floats, outturn: Outturn, scored: Scored, *, is_point: bool
) -> pd.DataFrame:
    low95, low80, middle, high80, high95 = scored.quantiles * base
    table = pd.DataFrame(keys | {"horizon": horizon}, index=range(len(horizon)))
    table["financial_year"] = [outturn.years[h - 1] for h in horizon]
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
