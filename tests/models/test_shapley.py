"""Shares of R²: by hand, against every order one after the other, and exact sums."""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import fundgap
from fundgap.errors import BadFormula, CannotFit
from fundgap.models.shapley import MOST_GROUPS, shapley_values, subset_r_squared, subsets
from fundgap.models.shares import spend_shares

# Normal equations in place of QR, on columns of spread 1.
SAME = 1e-8


@pytest.fixture(scope="module")
def years() -> pd.DataFrame:
    return fundgap.in_real_terms(fundgap.council_years())


def by_orders(y: np.ndarray, x: np.ndarray, weights: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return what each group adds to statsmodels' R² when it enters, averaged over all orders."""
    count = groups.max() + 1

    def r_squared(chosen: tuple[int, ...]) -> float:
        if not chosen:
            return 0.0
        return float(sm.WLS(y, sm.add_constant(x[:, np.isin(groups, chosen)]), weights=weights).fit().rsquared)

    added = np.zeros(count)
    orders = list(itertools.permutations(range(count)))
    for order in orders:
        for place, group in enumerate(order):
            added[group] += r_squared(order[: place + 1]) - r_squared(order[:place])
    return added / len(orders)


def case(seed: int, n: int, widths: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return correlated columns in groups, an outcome that goes with them, and weights."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, sum(widths))) + rng.normal(size=(n, 1))
    y = x @ rng.normal(size=sum(widths)) + 3 * rng.normal(size=n)
    return y, x, rng.uniform(0.5, 3, n), np.repeat(np.arange(len(widths)), widths)


def test_two_columns_by_hand() -> None:
    # Two columns with correlation 1/2 and an outcome that is their sum: each alone gives 3/4, both give 1.
    first, second, third = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1]), np.array([1.0, -1, -1, 1])
    a, b = first + second, first + third
    y = a + b
    values = subset_r_squared(y, np.column_stack([a, b]), np.ones(4), np.array([0, 1]))
    np.testing.assert_allclose(values, [0, 3 / 4, 3 / 4, 1], atol=SAME)
    # Entering first it gives 3/4, entering second 1/4: half each.
    np.testing.assert_allclose(shapley_values(values), [1 / 2, 1 / 2], atol=SAME)


def test_unequal_columns_by_hand() -> None:
    # Values of {}, {a}, {b}, {a, b}: a gives 0.3 first and 0.5 - 0.4 = 0.1 second.
    np.testing.assert_allclose(shapley_values(np.array([0, 0.3, 0.4, 0.5])), [0.2, 0.3], atol=1e-12)


def test_shares_are_those_of_every_order_fitted_by_statsmodels() -> None:
    y, x, weights, groups = case(seed=11, n=80, widths=(1, 2, 3, 1))
    ours = shapley_values(subset_r_squared(y, x, weights, groups))
    np.testing.assert_allclose(ours, by_orders(y, x, weights, groups), atol=SAME)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), widths=st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_shares_add_up_to_r_squared_and_a_group_twice_as_a_copy_shares_evenly(seed: int, widths: list[int]) -> None:
    y, x, weights, groups = case(seed, n=40, widths=tuple(widths))
    values = subset_r_squared(y, x, weights, groups)
    shares = shapley_values(values)
    assert shares.sum() == pytest.approx(values[-1], abs=1e-12)
    whole = sm.WLS(y, sm.add_constant(x), weights=weights).fit().rsquared
    assert values[-1] == pytest.approx(whole, abs=SAME)
    # Adding a column to a fit never explains less.
    order = subsets(len(widths))
    assert all(values[order.index(small)] <= values[order.index(big)] + SAME for small in order for big in order if set(small) < set(big))
    doubled = shapley_values(subset_r_squared(y, np.hstack([x, x]), weights, np.concatenate([groups, groups + len(widths)])))
    np.testing.assert_allclose(doubled[: len(widths)], doubled[len(widths) :], atol=SAME)
    assert doubled.sum() == pytest.approx(values[-1], abs=SAME)


def test_weights_are_as_good_as_rows_written_twice() -> None:
    y, x, _, groups = case(seed=2, n=30, widths=(1, 2))
    drawn = np.random.default_rng(2).integers(0, 3, 30)
    again = np.repeat(np.arange(30), drawn)
    np.testing.assert_allclose(
        subset_r_squared(y, x, drawn.astype(float), groups), subset_r_squared(y[again], x[again], np.ones(len(again)), groups), atol=SAME
    )


def test_a_column_that_no_row_of_the_draw_has_explains_nothing() -> None:
    y, x, weights, groups = case(seed=4, n=30, widths=(1, 1))
    x[:, 1] = np.arange(30) < 3
    weights[:3] = 0
    values = subset_r_squared(y, x, weights, groups)
    assert values[2] == 0
    assert values[3] == pytest.approx(values[1], abs=SAME)


def test_too_many_groups_and_a_constant_outcome_are_refused() -> None:
    y, x, weights, groups = case(seed=1, n=60, widths=(1,) * (MOST_GROUPS + 1))
    with pytest.raises(CannotFit, match="subsets; at most"):
        subset_r_squared(y, x, weights, groups)
    with pytest.raises(CannotFit, match="does not vary"):
        subset_r_squared(np.ones(60), x[:, :2], weights, groups[:2])


def test_shares_of_real_spend_add_up_to_r_squared_of_the_fit(years: pd.DataFrame) -> None:
    shares = spend_shares(years, replicates=20)
    fit = fundgap.expected_spend(years)
    assert shares.shares["share"].sum() == pytest.approx(shares.r_squared, abs=1e-12)
    assert shares.r_squared == pytest.approx(fit.r_squared, abs=SAME)
    assert shares.councils == len(fit.councils)
    table = shares.shares
    assert ((table["added_last"] <= table["share"]) | (table["alone"] <= table["share"])).all()
    alone = fundgap.expected_spend(years, need=("deprivation",)).r_squared
    assert table.set_index("group").loc["deprivation", "alone"] == pytest.approx(alone, abs=SAME)


def test_the_bootstrap_draws_whole_councils_and_is_the_same_again(years: pd.DataFrame) -> None:
    ask = {"financial_years": ["2016-17", "2017-18"], "need": ("deprivation", "council"), "replicates": 10}
    first, again, other = (spend_shares(years, **ask, seed=seed) for seed in (1, 1, 2))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(first.shares, again.shares)
    assert first.lower != other.lower
    # Deprivation is the same in both years, so that a council's own level holds all of it.
    table = first.shares.set_index("group")
    assert table.loc["deprivation", "added_last"] == pytest.approx(0, abs=SAME)
    assert table.loc["deprivation", "share"] == pytest.approx(table.loc["deprivation", "alone"] / 2, abs=SAME)


def test_a_group_that_there_is_not_and_a_single_replicate_are_refused(years: pd.DataFrame) -> None:
    with pytest.raises(BadFormula, match="name each of"):
        spend_shares(years, need=("deprivation", "rurality"))
    with pytest.raises(CannotFit, match="no interval"):
        spend_shares(years, replicates=1)
