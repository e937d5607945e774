"""The back-test: nothing later than an origin changes its forecast, outcomes are as published, the default is the one chosen."""

from dataclasses import asdict
from functools import cache
from pathlib import Path

import frames
import numpy as np
import pandas as pd
import pytest

from fundgap.data.prices import price_index
from fundgap.errors import BadScenario, NoData
from fundgap.gap import backtest as module
from fundgap.gap.areas import unbroken_areas
from fundgap.gap.backtest import OURS, backtest
from fundgap.gap.backtest_result import Backtest
from fundgap.gap.rivals import RIVALS, published_rise
from fundgap.gap.scenario import scenario
from fundgap.gap.shocks import Recipe
from fundgap.story.backtest_figures import backtest_table, coverage_by_horizon, forecast_fans, published_paths_table

ORIGIN, LAST = "2016-17", "2018-19"
FORECAST = ["base_gbp", "low_95_gbp", "low_80_gbp", "median_gbp", "high_80_gbp", "high_95_gbp"]
KEY = ["level", "council", "origin", "model", "prices", "horizon"]
TABLE = Path(__file__).parents[2] / "benchmarks" / "backtest" / "candidates.csv"
# DfE, England, gross spend excluding CERA; the GDP deflator as the ONS published it in June 2025, 2024-25 = 100.
PUBLISHED = {"2016-17": 9_158_398_642, "2017-18": 9_359_863_288, "2018-19": 9_854_909_853}
DEFLATOR = {"2016-17": 76.218, "2018-19": 79.043}
ROUNDED_DEFLATOR = 1e-4


def run(frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, prices: "pd.Series[float]") -> Backtest:
    """Return the back-test of one origin, on prices of one's own."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "origins", lambda _: [ORIGIN])
        patch.setattr(module, "price_index", lambda: prices)
        return backtest(frame)


@cache
def known() -> pd.DataFrame:
    """Return the panel up to two years after the origin."""
    return frames.panel()[frames.panel()["financial_year"] <= LAST]


@pytest.fixture(scope="module")
def result() -> Backtest:
    """Return the back-test of one origin as it is."""
    with pytest.MonkeyPatch.context() as patch:
        return run(known(), patch, price_index())


def test_later_figures_change_no_bit_of_any_forecast(result: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = known().copy()
    later = frame["financial_year"] > ORIGIN
    names = [name for name in frame.columns if name.endswith("_gbp")] + ["children", "looked_after"]
    figures = frame.loc[later, names]
    order = np.random.default_rng(3).permutation(len(figures))
    frame.loc[later, names] = figures.iloc[order].set_axis(figures.index)
    frame["price_index"] = frame["price_index"].where(~later, 50.0)
    prices = price_index()
    other = run(frame, monkeypatch, prices.where(prices.index <= ORIGIN, 50.0))
    before, after = (table.forecasts.set_index(KEY) for table in (result, other))
    pd.testing.assert_frame_equal(before[FORECAST], after[FORECAST], check_exact=True)
    assert (before["outcome_gbp"] != after["outcome_gbp"]).all()


def test_an_earlier_figure_does_change_forecasts(result: Backtest, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = known().copy()
    frame.loc[frame["financial_year"] == "2014-15", "safeguarding_spend_gbp"] *= 1.5
    frame.loc[frame["financial_year"] == "2014-15", "gross_spend_gbp"] += frame["safeguarding_spend_gbp"] / 3
    other = run(frame, monkeypatch, price_index())
    ratio = other.forecasts["high_95_gbp"] / result.forecasts["high_95_gbp"]
    assert (ratio[result.forecasts["model"] == OURS] > 1).mean() > 0.9


def test_outcomes_are_the_published_totals(result: Backtest) -> None:
    rows = result.forecasts[(result.forecasts["level"] == "England") & (result.forecasts["model"] == OURS)]
    cash, real = (rows[rows["prices"] == prices].set_index("financial_year") for prices in ("cash", "real"))
    for year in ("2017-18", "2018-19"):
        assert cash.loc[year, "outcome_gbp"] == pytest.approx(PUBLISHED[year], abs=10)
        assert cash.loc[year, "base_gbp"] == pytest.approx(PUBLISHED[ORIGIN], abs=10)
    expected = PUBLISHED["2018-19"] * DEFLATOR["2016-17"] / DEFLATOR["2018-19"]
    assert real.loc["2018-19", "outcome_gbp"] == pytest.approx(expected, rel=ROUNDED_DEFLATOR)


def test_every_rule_forecasts_the_same_councils_and_years(result: Backtest) -> None:
    rows = result.forecasts[~result.forecasts["model"].str.startswith("LGA")]
    sets = {name: set(part[["council", "horizon", "prices"]].itertuples(index=False, name=None)) for name, part in rows.groupby("model")}
    assert set(sets) == {OURS, "trend scenario", *RIVALS}
    assert all(one == sets[OURS] for one in sets.values())


def test_scores_are_means_of_the_forecasts(result: Backtest) -> None:
    rows = result.forecasts
    rows = rows[(rows["model"] == OURS) & (rows["prices"] == "real") & (rows["level"] == "councils") & (rows["horizon"] == 2)]
    row = result.scores.query("model == @OURS and prices == 'real' and level == 'councils' and horizon == 2 and period == 'early'").iloc[0]
    inside = (rows["low_80_gbp"] <= rows["outcome_gbp"]) & (rows["outcome_gbp"] <= rows["high_80_gbp"])
    assert row["coverage_80"] == pytest.approx(inside.mean())
    assert row["crps"] == pytest.approx(rows["crps"].median())
    error = (rows["median_gbp"] - rows["outcome_gbp"]) / rows["base_gbp"]
    assert row["bias"] == pytest.approx(error.median(), abs=1e-9)
    assert row["error"] == pytest.approx(error.abs().median(), abs=1e-9)


def test_the_path_of_2016_is_scored_as_a_point(result: Backtest) -> None:
    # £11.1bn, 11.4, 11.7 (FUNDS, autumn 2016); England's spend rose by 2.20% and 7.61%.
    rows = result.forecasts[result.forecasts["model"] == "LGA 2016"].set_index("horizon")
    for year, horizon, path in (("2017-18", 1, 11.4), ("2018-19", 2, 11.7)):
        assert rows.loc[horizon, "crps"] == pytest.approx(abs(path / 11.1 - PUBLISHED[year] / PUBLISHED[ORIGIN]), abs=1e-7)
    assert rows[["is_in_80", "is_in_95"]].isna().all(axis=None)


def test_published_rises_are_over_their_first_year() -> None:
    rise = published_rise(scenario("lga-2021"))
    assert rise == pytest.approx({"2022-23": 11.4 / 10.9, "2023-24": 12.1 / 10.9, "2024-25": 12.6 / 10.9})


def test_councils_without_a_figure_are_named() -> None:
    areas = unbroken_areas(frames.panel())
    gone = areas[areas["gross_spend_gbp"].isna() & (areas["financial_year"] == "2022-23")]
    assert gone["council_name"].tolist() == ["Luton"]
    # A council since split is followed through as the area it was.
    split = areas[areas["council_name"] == "Cumberland, Westmorland and Furness"].set_index("financial_year")
    cumbria = frames.panel()[frames.panel()["council_name"] == "Cumbria"].set_index("financial_year")
    assert split.loc["2016-17", "gross_spend_gbp"] == cumbria.loc["2016-17", "gross_spend_gbp"]


def test_only_a_scenario_from_the_panel_can_be_back_tested() -> None:
    with pytest.raises(BadScenario, match=r"lga-2016.*another year"):
        backtest(frames.panel(), "lga-2016")


def test_a_panel_without_outcomes_says_so() -> None:
    early = frames.panel()[frames.panel()["financial_year"] <= "2013-14"]
    with pytest.raises(NoData, match="No year since 2013-14"):
        backtest(early)


def test_the_default_recipe_is_the_best_of_the_table() -> None:
    table = pd.read_csv(TABLE)
    assert (table["rule"] - (table["england_crps"] * table["council_crps"]) ** 0.5).abs().max() < 2e-5
    best = table.sort_values("rule").iloc[0]
    assert {name: best[name] for name in asdict(Recipe())} == asdict(Recipe())


def test_charts_and_tables_say_what_the_back_test_holds(result: Backtest) -> None:
    fans, coverage = forecast_fans(result), coverage_by_horizon(result)
    assert len(fans.data) == 2
    assert f"{fans.data['is_in_95'].sum()} times in 2" in fans.title
    whole = result.scores.query("model == @OURS and prices == 'real' and level == 'councils' and horizon == 0 and period == 'all'").iloc[0]
    assert f"80% intervals held {whole['coverage_80']:.0%}" in coverage.title
    table = backtest_table(result)
    assert str(table).count("*") == 4
    assert "+2.7%" in str(published_paths_table(result))
    assert "2016-17" in str(result)
    assert "<table" in result._repr_html_()
