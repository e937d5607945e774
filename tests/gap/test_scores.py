"""Scores of forecasts against closed forms and arithmetic by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fundgap.gap import rivals
from fundgap.gap.backtest_result import scored
from fundgap.gap.scores import QUANTILES, crps, score

# 4,000 evenly spaced quantiles stand for a normal: what their steps leave out of a score is under a thousandth of its spread.
MANY, STEP = 4000, 1e-3
ROUNDING = 1e-12


def normal_crps(mean: float, spread: float, outcome: float) -> float:
    """Return the closed form for a normal forecast (Gneiting and Raftery, 2007, p. 367)."""
    z = (outcome - mean) / spread
    return float(spread * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)))


@pytest.mark.parametrize("outcome", [-3.0, 0.0, 1.0, 2.5, 7.0])
@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (2.0, 0.5)])
def test_the_score_of_a_normal_forecast_is_its_closed_form(mean: float, spread: float, outcome: float) -> None:
    draws = stats.norm.ppf((np.arange(MANY) + 0.5) / MANY, mean, spread)
    assert crps(draws, np.array(outcome)) == pytest.approx(normal_crps(mean, spread, outcome), abs=STEP * spread)


def test_the_score_of_three_draws_by_hand() -> None:
    # |0-1|, |1-1|, |3-1| have mean 1. The nine pairs of 0, 1, 3 are 12 apart in all, half of their mean is 2/3.
    assert crps(np.array([3.0, 0.0, 1.0]), np.array(1.0)) == pytest.approx(1 - 2 / 3, abs=ROUNDING)


def test_the_score_of_a_point_is_its_absolute_error() -> None:
    assert crps(np.array([[2.0], [5.0]]), np.array([3.5, 1.0])).tolist() == [1.5, 4.0]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.floats(-100, 100))
def test_sorting_gives_the_mean_over_all_pairs(draws: list[float], outcome: float) -> None:
    values = np.array(draws)
    pairs = np.abs(values[:, None] - values).mean() / 2
    assert crps(values, np.array(outcome)) == pytest.approx(np.abs(values - outcome).mean() - pairs, abs=1e-10)


def test_coverage_is_counted_by_hand() -> None:
    # Of 0, 1, … 1000 the central 80% is 100 to 900 and the central 95% is 25 to 975; ends count as in.
    outcomes = np.array([24.0, 25.0, 99.0, 100.0, 500.0, 900.0, 901.0, 975.0, 976.0])
    result = score(np.tile(np.arange(1001.0)[::-1], (9, 1)), outcomes)
    assert result.quantiles[:, 0].tolist() == [25, 100, 500, 900, 975]
    assert result.is_in_80.tolist() == [False, False, False, True, True, True, False, False, False]
    assert result.is_in_95.tolist() == [False, True, True, True, True, True, True, True, False]


def test_quantiles_are_those_of_numpy() -> None:
    draws = np.random.default_rng(4).normal(size=(3, 77))
    np.testing.assert_allclose(score(draws, np.zeros(3)).quantiles, np.quantile(draws, QUANTILES, axis=1), atol=ROUNDING)


GROWTH = np.array([[np.nan, 0.02, np.nan, 0.04, 0.00, 0.02]])


def test_naive_drift_by_hand() -> None:
    mean, spread = rivals.naive_drift(GROWTH, False, 3)
    # Mean of 2, 4, 0, 2%: 2%; deviations 0, 2, -2, 0: variance 8/3; of h years h s² (1 + h / 4).
    s = 0.01 * np.sqrt(8 / 3)
    np.testing.assert_allclose(mean, [[0.02, 0.04, 0.06]], atol=ROUNDING)
    np.testing.assert_allclose(spread, [[s * np.sqrt(1.25), s * np.sqrt(3), s * np.sqrt(3 * 1.75)]], atol=ROUNDING)


def test_last_growth_by_hand() -> None:
    mean, spread = rivals.last_growth(GROWTH, False, 3)
    # Changes of growth 2, -4, 2: mean square 8. Growth as a random walk: variances 1, 1 + 4, 1 + 4 + 9 times it.
    s = 0.01 * np.sqrt(8)
    np.testing.assert_allclose(mean, [[0.02, 0.04, 0.06]], atol=ROUNDING)
    np.testing.assert_allclose(spread, [[s, s * np.sqrt(5), s * np.sqrt(14)]], atol=ROUNDING)


def test_damped_trend_by_hand() -> None:
    mean, spread = rivals.damped_trend(GROWTH, False, 2)
    np.testing.assert_allclose(mean, [[0.02 * 0.8, 0.02 * (0.8 + 0.64)]], atol=ROUNDING)
    np.testing.assert_allclose(spread, 0.01 * np.sqrt(8 / 3) * np.sqrt([[1, 2]]), atol=ROUNDING)


def test_flat_real_by_hand() -> None:
    mean, spread = rivals.flat_real(GROWTH, False, 2)
    # Growth itself is its error: squares 4, 16, 0, 4 have mean 6.
    assert mean.tolist() == [[0, 0]]
    np.testing.assert_allclose(spread, 0.01 * np.sqrt(6) * np.sqrt([[1, 2]]), atol=ROUNDING)


def test_only_the_last_five_growths_count_for_a_drift() -> None:
    long = np.array([[0.5, 0.01, 0.02, 0.03, 0.04, 0.05]])
    assert rivals.naive_drift(long, False, 1)[0][0, 0] == pytest.approx(0.03, abs=ROUNDING)


def test_councils_share_one_spread() -> None:
    two = np.array([[0.02, 0.04], [0.0, 0.06]])
    # Deviations 1, 1 and 3, 3 with one degree of freedom each: (2 + 18) / 2.
    _, spread = rivals.naive_drift(two, True, 1)
    np.testing.assert_allclose(spread, 0.01 * np.sqrt(10) * np.sqrt(1.5), atol=ROUNDING)


def test_the_median_council_is_the_median_of_means() -> None:
    rows = pd.DataFrame(
        {
            "level": "councils",
            "prices": "real",
            "model": "a rule",
            "origin": "2013-14",
            "council": ["A", "A", "B", "B", "C", "C"],
            "crps": [1.0, 3.0, 0.0, 0.0, 9.0, 11.0],
            "error": [-1.0, 1.0, 2.0, 2.0, -5.0, -7.0],
            "is_in_80": pd.array([True, False, True, True, True, True], dtype="boolean"),
            "is_in_95": pd.array([True] * 6, dtype="boolean"),
        }
    )
    row = scored(rows, ["origin"]).iloc[0]
    # Means of A, B, C: scores 2, 0, 10; sizes of error 1, 2, 6; errors 0, 2, -6.
    assert (row["crps"], row["error"], row["bias"], row["forecasts"]) == (2.0, 2.0, 0.0, 6)
    assert (row["coverage_80"], row["coverage_95"]) == (pytest.approx(5 / 6), 1.0)
