"""How long spells last: R's survfit on the same spells, and arithmetic by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundgap.errors import CannotFit
from fundgap.models.survival import DAYS_IN_MONTH, Survival, kaplan_meier

HERE = Path(__file__).parent / "reference"
# Both compute in double precision; the file holds fifteen digits.
SAME = 1e-10
CASES = ("inadequate_first", "inadequate_each", "good", "outstanding", "made_up")
# Curves that lie at a half for a while, where floating point decides which side of it they seem to be on.
CASES += ("half_of_2", "half_of_4", "half_of_6", "half_to_the_end", "one")


def of_case(case: str, variance: str) -> tuple[Survival, pd.DataFrame, pd.Series]:
    """Return our curve of a case, R's, and R's median."""
    spells = pd.read_csv(HERE / "survival_spells.csv").query("case == @case")
    clusters = pd.factorize(spells["cluster"])[0] if variance == "clustered" else None
    ours = kaplan_meier(spells["days"].to_numpy(float), spells["ended"].to_numpy(bool), clusters)
    theirs = pd.read_csv(HERE / "survival_curves.csv").query("case == @case and variance == @variance")
    medians = pd.read_csv(HERE / "survival_medians.csv").set_index(["case", "variance"])
    return ours, theirs, medians.loc[(case, variance)]


@pytest.mark.parametrize("variance", ["plain", "clustered"])
@pytest.mark.parametrize("case", CASES)
def test_curve_interval_and_median_are_those_of_survfit(case: str, variance: str) -> None:
    ours, theirs, median = of_case(case, variance)
    assert ours.days.tolist() == theirs["days"].tolist()
    assert ours.at_risk.tolist() == theirs["at_risk"].tolist()
    assert ours.ended.tolist() == theirs["ended"].tolist()
    for name in ("survival", "lower", "upper"):
        np.testing.assert_allclose(getattr(ours, name), theirs[name].to_numpy(float), rtol=0, atol=SAME)
    # R's summary gives the standard error of survival, ours is that of its logarithm.
    left = ours.survival > 0
    np.testing.assert_allclose((ours.std_error * ours.survival)[left], theirs["std_error"].to_numpy(float)[left], rtol=0, atol=SAME)
    np.testing.assert_array_equal(ours.median, median.to_numpy(float))


def test_five_spells_by_hand() -> None:
    curve = kaplan_meier(np.array([10.0, 20, 20, 30, 40]), np.array([True, True, False, False, True]))
    # 4 of 5 are left after day 10; of the 4 then at risk one ends on day 20; the last one ends on day 40.
    np.testing.assert_allclose(curve.survival, [4 / 5, 4 / 5 * 3 / 4, 0], atol=SAME)
    assert curve.at_risk.tolist() == [5, 4, 1]
    assert curve.median[0] == 40
    assert curve.ended_within(25)["share"] == pytest.approx(2 / 5)
    assert curve.ended_within(25)["ended"] == 2
    assert curve.ended_within(25)["at_risk"] == 2


def test_where_none_has_ended_the_upper_end_is_the_exact_one_for_those_followed_so_long() -> None:
    curve = kaplan_meier(np.array([100.0, 150, 300, 400]), np.array([False, False, True, True]))
    within = curve.ended_within(6 * DAYS_IN_MONTH)
    assert (within["share"], within["lower"], within["at_risk"]) == (0, 0, 2)
    # None of 2: the chance at which none is seen in 2.5% of cases is 1 - 0.025^(1/2).
    assert within["upper"] == pytest.approx(1 - 0.025**0.5, abs=SAME)


def test_a_median_that_is_not_reached_is_missing() -> None:
    curve = kaplan_meier(np.array([1.0, 2, 3, 4]), np.array([True, False, False, False]))
    assert np.isnan(curve.median[0])
    assert "not reached" in str(curve)


def test_spells_of_which_none_ended_have_a_curve_without_a_step() -> None:
    curve = kaplan_meier(np.array([5.0, 6]), np.array([False, False]))
    assert len(curve.days) == 0
    assert np.isnan(curve.median).all()
    assert curve.ended_within(5)["share"] == 0


@pytest.mark.parametrize("days", [[], [0.0, 3.0], [-1.0, 2.0]])
def test_a_spell_without_time_is_refused(days: list[float]) -> None:
    with pytest.raises(CannotFit, match="a spell has to last a day"):
        kaplan_meier(np.array(days), np.ones(len(days), dtype=bool))


def test_what_lies_beyond_the_longest_spell_is_not_known() -> None:
    with pytest.raises(CannotFit, match="followed for 9 days"):
        kaplan_meier(np.array([3.0, 4]), np.array([True, False])).ended_within(9)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=30))
def test_with_every_spell_its_own_cluster_the_curve_stays_and_it_never_rises(spells: list[tuple[int, bool]]) -> None:
    days, ended = (np.array(values) for values in zip(*spells, strict=True))
    plain, own = kaplan_meier(days.astype(float), ended), kaplan_meier(days.astype(float), ended, np.arange(len(days)))
    np.testing.assert_array_equal(plain.survival, own.survival)
    assert (np.diff(plain.survival) < 0).all()
    known = ~np.isnan(plain.lower)
    assert (plain.lower[known] <= plain.survival[known]).all()
    assert (plain.survival[known] <= plain.upper[known]).all()
