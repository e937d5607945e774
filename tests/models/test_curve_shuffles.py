"""The null of the specification curve: whose record a council may hold, and how p-values are counted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundgap.models import curve_rows
from fundgap.models.curve_choices import Specification, choices
from fundgap.models.curve_data import CurveData
from fundgap.models.curve_fit import arrays_of
from fundgap.models.curve_shuffles import NULLS, Like, joint_statistics, p_values, permutations, strata

TINY = ("E09000001", "E06000053")


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30), st.integers(1, 8), st.integers(0, 2**32))
def test_a_shuffle_gives_every_record_to_one_council_of_its_stratum(stratum: list[int], count: int, seed: int) -> None:
    numbers = np.array(stratum)
    owners = permutations(numbers, count, seed)
    assert owners.shape == (count + 1, len(numbers))
    assert (owners[0] == np.arange(len(numbers))).all()
    assert (np.sort(owners, axis=1) == np.arange(len(numbers))).all()
    assert (numbers[owners] == numbers).all()


def test_a_shuffle_is_the_same_however_many_are_asked_for_and_another_with_another_seed() -> None:
    stratum = np.zeros(20, dtype=np.int64)
    many, few = permutations(stratum, 30, seed=1), permutations(stratum, 5, seed=1)
    assert (many[:6] == few).all()
    assert (permutations(stratum, 5, seed=2)[1:] != few[1:]).any()
    assert len({tuple(row) for row in many}) == 31


@pytest.mark.parametrize("null", NULLS)
def test_councils_of_a_stratum_are_alike(data: CurveData, null: Like) -> None:
    stratum = strata(data, null)
    for number in np.unique(stratum):
        members = np.flatnonzero(stratum == number)
        band = data.tenth[members] if null == "deprivation" else (data.tenth[members] + 1) // 2
        assert len(set(band)) == len(set(data.span[members])) == 1
        if null == "deprivation and London":
            assert len(set(data.is_london[members])) == 1
        assert len(members) == 1 or not set(np.array(data.names)[members]) & set(TINY)
    # Most councils have others to change places with, or the test could find nothing.
    assert (np.bincount(stratum)[stratum] >= 4).mean() > 0.85


def test_repeated_judgements_of_a_council_get_the_record_of_one_other_in_their_own_years(data: CurveData) -> None:
    pooled = Specification("rating", "sif_ilacs", "england", "total", "per_child", "one_year", "imd_score", "in_force", "none")
    options = choices()
    owners = permutations(strata(data, "deprivation"), 3, seed=7)
    spend = arrays_of(data, options, pooled, owners).spend
    used = curve_rows.in_frameworks(data, options, "sif_ilacs") & curve_rows.in_place(data, options, "england")
    used &= ~np.isnan(curve_rows.deprivation_of(data, "imd_score", "in_force"))
    record = data.spend["total", "per_child"]
    expected = np.array([record[owners[shuffle][data.council[used]], data.year[used] - 1] for shuffle in range(4)])
    expected = expected[:, ~np.isnan(expected).all(axis=0)]
    np.testing.assert_array_equal(spend, expected)
    assert (spend[0] != spend[1]).mean() > 0.8


def test_p_values_count_the_observed_among_the_shuffles() -> None:
    # Of nine shuffles two are as large or larger than 5, one of them a tie; eight as small or smaller.
    greater, two_sided = p_values(np.array([5.0, 5, 7, 1, 2, 3, 1, 2, 3, 4]))
    assert greater == pytest.approx(3 / 10)
    assert two_sided == pytest.approx(6 / 10)
    assert p_values(np.array([9.0, 1, 2, 3]))[0] == pytest.approx(1 / 4), "never nought"


def test_a_shuffle_without_a_statistic_makes_no_p_value_smaller() -> None:
    assert p_values(np.array([9.0, 1, np.nan, 3]))[0] == pytest.approx(2 / 4)
    assert np.isnan(p_values(np.array([np.nan, 1, 2]))).all()


def test_joint_statistics_leave_out_what_failed() -> None:
    log_ratio = np.array([[0.2, 0.1], [-0.1, np.nan], [0.4, -0.3]])
    z = np.array([[2.5, 1.0], [-0.5, np.nan], [3.0, -2.2]])
    ours = joint_statistics(log_ratio, z, critical=1.96)
    np.testing.assert_allclose(ours["median"], [0.2, -0.1])
    np.testing.assert_allclose(ours["share_positive"], [2 / 3, 1 / 2])
    np.testing.assert_allclose(ours["share_significant_positive"], [2 / 3, 0])
    np.testing.assert_allclose(ours["share_significant_negative"], [0, 1 / 2])
    np.testing.assert_allclose(ours["stouffer_z"], [5 / np.sqrt(3), -1.2 / np.sqrt(2)])
    assert ours["converged"].tolist() == [3, 2]
