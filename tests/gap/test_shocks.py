"""Shocks are estimated rightly from panels whose shocks are known, and from nothing later than their origin."""

from dataclasses import fields, replace
from functools import cache

import frames
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fundgap.data.prices import financial_year, price_index
from fundgap.errors import NoData
from fundgap.gap import shock_moments as moments
from fundgap.gap.areas import unbroken_areas
from fundgap.gap.backtest_draws import children_ahead, our_draws, outturn_after, price_draws, principal
from fundgap.gap.fan_design import design_around
from fundgap.gap.shock_figures import figures_until, national_growth, total_growth
from fundgap.gap.shocks import Recipe, Shocks, estimate_shocks, shocks_of

ROUNDING = 1e-9
# Simulated panels: 12 years of 240 councils tell a standard deviation to about 2% (1 / sqrt(2 n), heavier tails a little
# worse); regions are 12, of which a standard deviation is known to about 10% in twelve years and whose own noise is taken off.
OWN, REGIONAL = 0.08, 0.3
COUNCILS, YEARS, REGIONS = 240, 12, 12
# No definition changes after 2012-13, so that every year of the simulated panel counts.
FIRST = 2012


@cache
def simulated(seed: int = 5) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return a panel grown with known shocks, and their standard deviations."""
    rng, truth = np.random.default_rng(seed), {"volume": 0.07, "price": 0.05, "passing": 0.03, "regional": 0.03, "drift": 0.02}
    region = np.arange(COUNCILS) % REGIONS
    children = np.full((COUNCILS, YEARS), 50_000.0)
    scale = 1 / np.sqrt(rng.chisquare(5, COUNCILS) / 5)[:, None]

    def paths(sd: float) -> np.ndarray:
        return np.cumsum(sd * rng.standard_normal((COUNCILS, YEARS)), axis=1)

    price = scale * (paths(truth["price"]) + truth["passing"] * rng.standard_normal((COUNCILS, YEARS)))
    price += np.cumsum(truth["regional"] * rng.standard_normal((REGIONS, YEARS)), axis=1)[region] + truth["drift"] * np.arange(YEARS)
    volume = scale * paths(truth["volume"])
    spend = {
        "looked_after_spend_gbp": 5e7 * np.exp(volume + price),
        "safeguarding_spend_gbp": 2e7 * np.exp(price),
        "preventative_spend_gbp": 3e7 * np.exp(price),
    }
    columns = {"children": children, "looked_after": 400 * np.exp(volume), **spend, "gross_spend_gbp": sum(spend.values())}
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    frame["council"] = np.repeat([f"C{number:03d}" for number in range(COUNCILS)], YEARS)
    frame["region"] = np.repeat([f"R{number:02d}" for number in region], YEARS)
    frame["financial_year"] = np.tile([financial_year(FIRST + t) for t in range(YEARS)], COUNCILS)
    parts = {f"{name}_spend_gbp": 0.0 for name in ("family_support", "sure_start", "young_people", "youth_justice", "other")}
    return frame.assign(price_index=100.0, **parts), truth


@cache
def recovered() -> Shocks:
    """Return what is estimated from the simulated panel."""
    panel, _ = simulated()
    return estimate_shocks(panel, financial_year(FIRST + YEARS - 1), Recipe(window=99, persistence=0.0, own_df=5.0), prices=price_index())


@cache
def areas() -> pd.DataFrame:
    """Return the committed panel in unbroken areas."""
    return unbroken_areas(frames.panel())


def test_councils_own_shocks_are_recovered() -> None:
    _, truth = simulated()
    assert recovered().own_cov[0, 0] ** 0.5 == pytest.approx(truth["volume"], rel=OWN)
    # What passes is told from what lasts by how variance grows with the years, so it is known less well.
    assert recovered().transitory_sd == pytest.approx(truth["passing"], rel=3 * OWN)
    assert recovered().own_cov[1, 1] ** 0.5 == pytest.approx(truth["price"], rel=2 * OWN)


def test_regional_shocks_are_recovered_without_the_councils_noise() -> None:
    _, truth = simulated()
    assert recovered().regional_cov[1, 1] ** 0.5 == pytest.approx(truth["regional"], rel=REGIONAL)
    assert recovered().regional_cov[0, 0] ** 0.5 < truth["regional"] / 3


def test_drift_is_recovered_within_its_own_error() -> None:
    _, truth = simulated()
    # Safeguarding has nothing but price in it: drift, and what is left of 240 councils' and 12 regions' shocks.
    assert recovered().drift[2] == pytest.approx(truth["drift"], abs=3 * recovered().drift_cov[2, 2] ** 0.5)


def test_councils_of_one_size_have_one_scale() -> None:
    assert np.ptp(recovered().own_scale) < ROUNDING


def test_smaller_councils_move_more_by_the_power_that_was_put_in() -> None:
    rng = np.random.default_rng(8)
    size = np.exp(rng.uniform(-2, 2, 500))
    steps = size[:, None] ** -0.2 * rng.standard_normal((500, 10))
    assert moments.size_exponent(steps, size) == pytest.approx(0.2, abs=0.05)


def test_the_scale_of_t_is_that_of_scipy() -> None:
    values = stats.t.rvs(5, scale=0.07, size=800, random_state=3)
    _, _, scale = stats.t.fit(values, fdf=5, floc=0)
    # scipy's optimiser stops at about 1e-4 of its own.
    assert moments.t_variance(values, 5) ** 0.5 == pytest.approx(scale, rel=1e-3)


def test_what_lasts_and_what_passes_by_hand() -> None:
    # Variance of h years: h x 4 + 2 x 3.
    assert moments.lasting_and_passing(np.array([10.0, 14.0, 18.0, 22.0]), 0.0) == pytest.approx((4, 3))
    # Growing faster than a random walk: nothing passes.
    assert moments.lasting_and_passing(np.array([1.0, 3.0]), 0.0) == pytest.approx((1.25, 0))


def test_the_passing_error_after_one_step_by_hand() -> None:
    # Step = lasting + u1 - u0 with variances 4, 3, 3: u1 is expected at 3/10 of it, and known to 3 - 9/10.
    error, known_to = moments.passing_now(np.array([[0.1], [np.nan]]), 4.0, 3.0, 0.0)
    np.testing.assert_allclose(error, [0.03, 0.0])
    np.testing.assert_allclose(known_to**2, [2.1, 3.0])


def test_a_leap_returns_in_part() -> None:
    # 0.6 is 0.4 beyond a fifth; a quarter of that is expected back, as one chance in four of all of it.
    error, known_to = moments.passing_now(np.array([[0.6]]), 1.0, 0.0, 0.25)
    assert error[0] == pytest.approx(0.1)
    assert known_to[0] == pytest.approx(0.4 * np.sqrt(0.25 * 0.75))


def test_the_share_that_returns_by_hand() -> None:
    # Beyond a fifth: 1 and -1, of which 0.5 and 0.7 come back; -0.3, after which nothing; 0.5, after which another 0.1.
    steps = np.array([[1.2, -0.5, 0.0], [-1.2, 0.7, 0.1]])
    assert moments.returning_share(steps) == pytest.approx((0.5 + 0.7 - 0.5 * 0.1) / (2 + 0.3**2 + 0.5**2 + 0.5**2))


def test_spend_growth_becomes_price_by_taking_volume_off() -> None:
    np.testing.assert_allclose(moments.volume_and_prices(np.array([0.01, 0.05, 0.02, -0.08])), [0.01, 0.04, 0.02, -0.08])
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]])
    # var(b - a) = 9 + 4 - 2, cov(a, b - a) = 1 - 4.
    np.testing.assert_allclose(moments.volume_and_prices(covariance), [[4, -3], [-3, 11]])


def test_drift_and_innovations_by_hand() -> None:
    growth = np.array([[0.0, 0.02, 0.04, 0.06]])
    drift, drift_cov, covariance, state, used = moments.drift_and_covariance(growth, 2, 0.5)
    # Drift of the last two: 5%. About the mean of 3%: -3, -1, 1, 3; innovations sqrt(0.75) x -3, 0.5, 1.5, 2.5.
    variance = 1e-4 * (0.75 * 9 + 0.25 + 2.25 + 6.25) / 3
    assert (drift[0], state[0], used[0]) == (pytest.approx(0.05), pytest.approx(0.01), 2)
    assert covariance[0, 0] == pytest.approx(variance)
    # The mean of two in a row of an autoregression: (2 + 2 * 0.5) / 4 of its variance, 1 / (1 - 0.25).
    assert drift_cov[0, 0] == pytest.approx(variance * 3 / 4 / 0.75)


def test_the_mean_of_a_window_is_as_uncertain_as_means_of_simulated_windows_are() -> None:
    rng = np.random.default_rng(5)
    paths, draws = np.zeros(40_000), []
    # Sixty years wear off the start.
    for _ in range(65):
        paths = 0.5 * paths + rng.standard_normal(40_000)
        draws.append(paths)
    assert moments.variance_of_mean(5, 0.5) == pytest.approx(np.mean(draws[-5:], axis=0).var(), rel=5 * np.sqrt(2 / 40_000))
    assert moments.variance_of_mean(7, 0.0) == pytest.approx(1 / 7)


def test_growth_that_goes_on_is_off_by_more_every_year_and_more_so_if_taken_from_few() -> None:
    figures = figures_until(areas(), "2019-20")
    long, short = (shocks_of(figures, price_index(), Recipe().of_constant_growth(window)) for window in (9, 3))
    assert long.damping == short.damping == 1
    assert (np.diag(short.drift_cov) > 1.5 * np.diag(long.drift_cov)).all()
    np.testing.assert_array_equal(long.national_cov, short.national_cov)
    one = design_around(np.ones((1, 5)), np.full((1, 3, 5), 1 / 3), np.zeros(1, dtype=np.int64), short, np.zeros(1, dtype=np.int64))
    np.testing.assert_array_equal(one.drift_response, [1, 2, 3, 4, 5])


def test_england_grew_as_the_published_totals_did() -> None:
    # DfE, gross spend: £9,158,398,642 in 2016-17 and £9,359,863,288 in 2017-18; GDP deflator 76.218 and 77.419 (2024-25 = 100).
    growth = total_growth(figures_until(areas(), "2017-18"))[1][-1]
    assert growth == pytest.approx(np.log(9_359_863_288 / 77.419 / (9_158_398_642 / 76.218)), abs=1e-5)


def test_no_growth_is_taken_across_a_changed_definition() -> None:
    figures = figures_until(areas(), "2014-15")
    growth = pd.DataFrame(national_growth(figures), columns=list(figures.years))
    assert growth[["2010-11", "2011-12"]].loc[3].isna().all()
    assert growth.loc[2, ["2010-11"]].isna().all()
    # Preventative spend of 2012-13 is linked by its parts without Sure Start, in which another grant entered.
    assert -0.03 < growth.loc[3, "2012-13"] < 0.0
    england = total_growth(figures)[1]
    assert np.isnan(england[[2, 3]]).all()
    assert np.isfinite(england[4:]).all()


@pytest.mark.parametrize("change", ["shuffled", "blank", "absent"])
@pytest.mark.parametrize("origin", ["2013-14", "2019-20"])
def test_later_figures_change_no_bit_of_an_estimate(origin: str, change: str) -> None:
    frame, prices = areas(), price_index()
    later = frame["financial_year"] > origin
    names = [name for name in frame.columns if name.endswith("_gbp")] + ["children", "looked_after", "price_index"]
    other = frame.copy()
    if change == "absent":
        other = frame[~later]
    else:
        order = np.random.default_rng(7).permutation(later.sum())
        figures = frame.loc[later, names]
        changes = {"shuffled": figures.iloc[order].set_axis(figures.index), "blank": figures * np.nan}
        other.loc[later, names] = changes[change]
    known = prices.where(prices.index <= origin, 17.0)
    before, after = estimate_shocks(frame, origin, prices=prices), estimate_shocks(other, origin, prices=known)
    for field in fields(Shocks):
        np.testing.assert_array_equal(getattr(before, field.name), getattr(after, field.name), err_msg=field.name)
    np.testing.assert_array_equal(children_ahead(frame, before, 5), children_ahead(other, after, 5))


def test_earlier_figures_do_change_an_estimate() -> None:
    frame = areas().copy()
    frame.loc[frame["financial_year"] == "2015-16", "safeguarding_spend_gbp"] *= 1.5
    assert not np.allclose(estimate_shocks(frame, "2017-18").national_cov, estimate_shocks(areas(), "2017-18").national_cov, rtol=0.1)


def quiet(shocks: Shocks) -> Shocks:
    """Return shocks without chance: what is left is drift, the fading shock, and the return of odd levels."""
    none = {name: 0 * getattr(shocks, name) for name in ("drift_cov", "national_cov", "regional_cov", "own_cov", "transitory_now_sd")}
    return replace(shocks, transitory_sd=0.0, inflation_sd=0.0, **none)


def test_without_chance_every_draw_is_the_formula_by_hand() -> None:
    shocks = replace(quiet(estimate_shocks(areas(), "2016-17")), damping=0.5, national_persistence=0.5)
    shocks = replace(shocks, drift=np.array([0.01, 0.02, 0.03, -0.04]), national_state=np.array([0.02, 0.0, 0.0, 0.04]))
    outturn = outturn_after(areas(), shocks, price_index())
    children = children_ahead(areas(), shocks, len(outturn.years))
    drawn = our_draws(areas(), shocks, outturn, seed=1, block=0)
    assert np.ptp(drawn, axis=2).max() < 1e-6
    # Two years on: drift times 1.5, the last shock times 0.5 + 0.25; looked-after volume and price together.
    factor = np.exp([0.045 + 0.015, 0.045, -0.06 + 0.03])
    expected = (outturn.base * factor).sum(axis=1) * children[:, 1] * np.exp(-shocks.transitory_now) / outturn.base.sum(axis=1)
    # Draws are single precision.
    np.testing.assert_allclose(drawn[:, 1, 0], expected, rtol=1e-5)


def test_what_councils_and_regions_add_leaves_england_where_the_nation_has_it() -> None:
    shocks = estimate_shocks(areas(), "2016-17")
    still = replace(shocks, national_cov=0 * shocks.national_cov, drift_cov=0 * shocks.drift_cov, transitory_now=0 * shocks.transitory_now)
    outturn = outturn_after(areas(), still, price_index())
    england = outturn.england_of(our_draws(areas(), still, outturn, seed=1, block=0))
    children = children_ahead(areas(), still, len(outturn.years))
    expected = principal(still, outturn.base, children).sum(axis=(0, 1)) / outturn.base.sum()
    # 2,000 draws of England, whose spread from councils and regions is about 3% after five years: 5 standard errors.
    assert np.abs(england.mean(axis=1) / expected - 1).max() < 5 * 0.03 / np.sqrt(2000)


def test_prices_without_chance_return_to_the_target() -> None:
    shocks = replace(quiet(estimate_shocks(areas(), "2016-17")), inflation_persistence=0.5, inflation_state=0.02)
    drawn = price_draws(shocks, 2, 3, np.random.default_rng(1))
    np.testing.assert_allclose(drawn, np.exp(np.array([[0.01], [0.015]])) * np.array([[1.02], [1.02**2]]) * np.ones((2, 3)))


def test_a_panel_too_short_says_which_series() -> None:
    with pytest.raises(NoData, match="looked_after volume, safeguarding price"):
        estimate_shocks(frames.panel(), "2010-11")


@pytest.mark.parametrize("names", [["Kirklees"], ["Kirklees", "Leeds", "Kent"]])
def test_a_council_alone_in_its_region_has_no_shocks_of_its_own_told_apart(names: list[str]) -> None:
    alone = "Yorkshire and the Humber" if len(names) == 1 else "South East"
    with pytest.raises(NoData, match=f"at most one in {alone} has growth"):
        estimate_shocks(frames.panel()[frames.panel()["council_name"].isin(names)], "2024-25")
