"""Shares of variance where they can be worked out by hand, and a tornado against projections run one by one."""

import itertools

import chance
import frames
import numpy as np
import pandas as pd
import pytest
from frames import PENNY

from fundgap.errors import BadScenario, NoData
from fundgap.gap.draws import BLOCK
from fundgap.gap.projection import project_gap
from fundgap.gap.scenario import scenario
from fundgap.gap.simulation import simulate_gap
from fundgap.gap.tornado import Tornado, tornado
from fundgap.gap.variance_shares import SOURCES, TOGETHER

# Shocks this small act on pounds as on logarithms, to a part in a few hundred.
SMALL = 1e-6
# A share from 10,000 draws of independent normal sources is off by about sqrt(2 / 10,000); four and a half times that.
NOISE = 4.5 * np.sqrt(2 / 10_000)


def test_shares_of_small_independent_shocks_are_those_of_their_variances() -> None:
    # Two equal councils that spend on looked-after children only, one in each region; all in the first year. Their need moves by
    # national volume 3, price 4, drift 2 and 1, and in the sum of two by half of regional (1 + 1) and own volume 4 and price 2.
    table = chance.panel([(1e7, 0.0, 0.0), (1e7, 0.0, 0.0)])
    shocks = chance.shocks(
        table,
        national_cov=SMALL * np.diag([3.0, 4, 9, 9]),
        drift_cov=SMALL * np.diag([2.0, 1, 9, 9]),
        regional_cov=SMALL * np.eye(2),
        own_cov=SMALL * np.diag([4.0, 2]),
    )
    drawn = simulate_gap(table, chance.scenario(), 10, shocks=shocks)
    found = drawn.variance_shares().table.set_index(["source", "financial_year"]).xs("2020-21", level=1)
    parts = pd.Series([3.0, 4, 2, 1, 1, 2, 1], index=list(SOURCES))
    assert found["share"][list(SOURCES)].tolist() == pytest.approx((parts / 14).tolist(), abs=NOISE)
    assert found["alone"][list(SOURCES)].tolist() == pytest.approx((parts / 14).tolist(), abs=NOISE)
    assert found["share"].sum() == pytest.approx(1, abs=1e-9)
    assert abs(found["share"][TOGETHER]) < 0.005
    # A council's own shocks are not halved: 4 and 2 of 18, and 2 of its region.
    own = drawn.variance_shares("Council 0").table.set_index(["source", "financial_year"]).xs("2020-21", level=1)
    assert own["share"][list(SOURCES)].tolist() == pytest.approx([3 / 18, 4 / 18, 2 / 18, 1 / 18, 2 / 18, 4 / 18, 2 / 18], abs=NOISE)


def test_shares_add_up_and_errors_are_those_of_other_draws() -> None:
    table = chance.panel()
    runs = [simulate_gap(table, chance.scenario(), 10, seed, shocks=chance.lively(table)).variance_shares() for seed in range(6)]
    assert runs[0].draws == 2 * BLOCK
    tables = [run.table.set_index(["source", "financial_year"]) for run in runs]
    for one in tables:
        assert one.groupby("financial_year")["share"].sum().tolist() == pytest.approx([1, 1, 1], abs=1e-9)
    shares = np.array([one["share"] for one in tables])
    said = np.mean([one["share_error"] for one in tables], axis=0)
    # A spread from six runs is good to a third; over 24 shares the mean of ratios is steadier.
    assert np.mean(shares.std(axis=0, ddof=1) / said) == pytest.approx(1, abs=0.4)


def test_what_is_told_of_a_place_names_it_and_the_largest_source_first() -> None:
    table = chance.panel()
    drawn = simulate_gap(table, chance.scenario(), 10, shocks=chance.shocks(table, drift_cov=1e-3 * np.diag([0.0, 1, 1, 1])))
    shares = drawn.variance_shares("Council 3", draws=10)
    assert str(shares).startswith("Variance of the gap of Council 3 in 2022-23, 5,000 draws\n  drift of price: 100% ± 0%")
    assert shares.of_year("2020-21")["source"].iloc[0] == "drift of price"


# Tornado ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def moved() -> Tornado:
    return tornado(frames.panel(), scenario("trend").replace(years=5))


def row(moved: Tornado, label: str) -> "pd.Series[float]":
    return moved.table.set_index("label").loc[label]


@pytest.mark.parametrize(("label", "name"), [("funding", "funding_growth"), ("general prices", "general_price_growth")])
def test_a_moved_assumption_gives_the_gap_of_a_scenario_with_it(moved: Tornado, label: str, name: str) -> None:
    for end in ("low", "high"):
        run = project_gap(frames.panel(), scenario("trend").replace(**{"years": 5, name: float(row(moved, label)[end])}))
        last = run.england.iloc[-1]
        assert row(moved, label)[f"gap_{end}_gbp"] == pytest.approx(last["gap_gbp"], abs=1.0)
        assert row(moved, label)[f"gap_{end}_gbp_real"] == pytest.approx(last["gap_gbp_real"], abs=1.0)


def test_with_nothing_moved_it_is_the_projection(moved: Tornado) -> None:
    last = project_gap(frames.panel(), scenario("trend").replace(years=5)).england.iloc[-1]
    assert (moved.financial_year, moved.gap_gbp) == (last["financial_year"], pytest.approx(last["gap_gbp"], abs=PENNY))
    assert moved.gap_gbp_real == pytest.approx(last["gap_gbp_real"], abs=PENNY)


def test_a_moved_category_moves_its_own_need_only(moved: Tornado) -> None:
    run = project_gap(frames.panel(), scenario("trend").replace(years=5))
    need = run.categories[run.categories["financial_year"] == "2029-30"].groupby("category")["need_gbp"].sum()
    for label, category in (
        ("looked-after children per child", "looked_after"),
        ("cost of a looked-after child", "looked_after"),
        ("safeguarding, cost per child", "safeguarding"),
        ("preventative services, cost per child", "preventative"),
    ):
        one = row(moved, label)
        for end in ("low", "high"):
            more = need[category] * (((1 + one[end]) / (1 + one["central"])) ** 5 - 1)
            assert one[f"gap_{end}_gbp"] - moved.gap_gbp == pytest.approx(more, abs=1.0)


def test_ends_are_percentiles_of_windows_of_the_panel(moved: Tornado) -> None:
    panel = frames.panel()
    there = panel[panel["financial_year"] == "2024-25"].dropna(subset=list(frames.SPEND))["council"]
    wide = panel.pivot(index="council", columns="financial_year", values="children").loc[there]
    spans = list(wide.columns)
    yearly = []
    for before, after in itertools.pairwise(spans):
        both = wide[[before, after]].dropna()
        yearly.append(np.log(both[after].sum() / both[before].sum()) if len(both) else np.nan)
    windows = pd.Series(yearly).rolling(5).mean().dropna()
    one = row(moved, "children")
    assert one["windows"] == len(windows)
    assert [one["low"], one["high"]] == pytest.approx(np.expm1(np.quantile(windows, [0.1, 0.9])).tolist(), abs=1e-12)


def test_the_largest_swing_comes_first_and_more_funding_means_less_gap(moved: Tornado) -> None:
    assert moved.table["swing_gbp_real"].is_monotonic_decreasing
    assert len(moved.table) == 7
    for label in moved.table["label"]:
        one = row(moved, label)
        assert one["low"] < one["high"]
        if label != "general prices":
            assert (one["gap_low_gbp"] > one["gap_high_gbp"]) == (label == "funding")


def test_funding_in_cash_makes_general_prices_matter_in_real_terms() -> None:
    cash = tornado(frames.panel(), scenario("flat-cash").replace(years=5))
    assert row(cash, "general prices")["swing_gbp_real"] > 1e8
    assert row(tornado(frames.panel(), scenario("trend").replace(years=5)), "general prices")["swing_gbp_real"] < 1


def test_figures_after_the_base_year_move_no_end() -> None:
    early = scenario("trend").replace(base_year="2019-20", years=3)
    known = frames.panel()[frames.panel()["financial_year"] <= "2019-20"]
    pd.testing.assert_frame_equal(tornado(frames.panel(), early).table, tornado(known, early).table)


@pytest.mark.parametrize(
    ("run", "year", "error", "words"),
    [
        (scenario("lga-2017"), None, BadScenario, "lacks demography_growth"),
        (scenario("trend").replace(years=5), "2031-32", NoData, "2029-30"),
        (scenario("trend").replace(years=5, window_years=14), None, NoData, "windows"),
    ],
)
def test_what_cannot_be_moved_is_said(run: object, year: str | None, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        tornado(frames.panel(), run, year)  # type: ignore[arg-type]
