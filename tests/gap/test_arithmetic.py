"""The arithmetic of need: by hand, and what adds up whatever the figures."""

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fundgap.gap.arithmetic import DRIVERS, cumulative, gap_of, need_of, parts_of_gap, signed_log_mean

# Sums of under a billion pounds: a float is good to less than a millionth of a penny, products of four indices to a penny.
PENNY = 0.01
COUNCILS, CATEGORIES, YEARS = 3, 2, 4
INDEX = st.floats(0.5, 2.0)


def indices(*shape: int) -> st.SearchStrategy[np.ndarray]:
    """Return indices that are 1 in the base year."""
    return hnp.arrays(float, shape, elements=INDEX).map(
        lambda values: np.concatenate([np.ones((*shape[:-1], 1)), values[..., 1:]], axis=-1)
    )


SPEND = hnp.arrays(float, (COUNCILS, CATEGORIES), elements=st.integers(0, 10**10).map(lambda pence: pence / 100))
GROWTH = {
    "spend": SPEND,
    "demography": indices(COUNCILS, YEARS),
    "demand": st.one_of(indices(CATEGORIES, YEARS), indices(COUNCILS, CATEGORIES, YEARS)),
    "price": st.one_of(indices(CATEGORIES, YEARS), indices(COUNCILS, CATEGORIES, YEARS)),
    "prices": indices(YEARS),
}


def test_growth_is_compounded_from_one() -> None:
    assert cumulative(np.array([[0.1, 0.2], [0.0, -0.5]])) == pytest.approx(np.array([[1, 1.1, 1.32], [1, 1, 0.5]]))


def test_need_is_volume_times_price_by_hand() -> None:
    need = need_of(
        np.array([[100.0, 50.0]]), np.array([[1, 1.1]]), np.array([[1, 1.2], [1, 1.0]]), np.array([[1, 1.0], [1, 1.5]]), np.array([1, 1.02])
    )
    assert need == pytest.approx(np.array([[[100, 100 * 1.1 * 1.2 * 1.02], [50, 50 * 1.1 * 1.5 * 1.02]]]))


@pytest.mark.parametrize(
    ("first", "second", "mean"),
    [
        pytest.param(2.0, 1.0, 1 / log(2), id="by its formula"),
        pytest.param(-2.0, -1.0, -1 / log(2), id="below nothing"),
        pytest.param(3.0, 3.0, 3.0, id="of the same twice"),
        pytest.param(0.0, 0.0, 0.0, id="of nothing"),
    ],
)
def test_the_logarithmic_mean(first: float, second: float, mean: float) -> None:
    assert signed_log_mean(np.array([first]), np.array([second])).item() == pytest.approx(mean, rel=1e-12)


def test_two_drivers_share_a_rise_as_their_logarithms_do() -> None:
    # 100 doubles: 1.25 x 1.6.
    one = np.array([[1, 1.0]])
    parts = parts_of_gap(np.array([[100.0]]), np.array([[1, 1.25]]), one, np.array([[1, 1.6]]), np.ones(2), np.array([[100.0, 90.0]]))
    expected = {"demography": 100 * log(1.25) / log(2), "demand": 0, "price": 100 * log(1.6) / log(2), "general prices": 0, "funding": 10}
    assert {name: part[0, 1] for name, part in parts.items()} == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(growth=st.fixed_dictionaries(GROWTH), share=hnp.arrays(float, (COUNCILS, YEARS), elements=st.floats(0, 2)))
def test_drivers_add_up_to_each_councils_gap(growth: dict[str, np.ndarray], share: np.ndarray) -> None:
    funding = growth["spend"].sum(axis=1)[:, None] * share
    gap = gap_of(need_of(**growth).sum(axis=1), funding)
    parts = parts_of_gap(**growth, funding=funding)
    assert tuple(parts) == DRIVERS
    assert sum(parts.values()) == pytest.approx(gap, abs=PENNY, rel=0)


@settings(max_examples=50, deadline=None)
@given(growth=st.fixed_dictionaries(GROWTH), name=st.sampled_from(["demography", "demand", "price", "prices"]), more=st.floats(0, 1))
def test_a_higher_index_never_lowers_need(growth: dict[str, np.ndarray], name: str, more: float) -> None:
    assert (need_of(**(growth | {name: growth[name] * (1 + more)})) >= need_of(**growth)).all()
