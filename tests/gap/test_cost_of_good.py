"""What good would cost: R's estimates and arithmetic by hand, and what has no finite answer is never averaged over."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from frames import panel

from fundgap.data.panel import inspections
from fundgap.data.prices import in_real_terms
from fundgap.errors import NoData
from fundgap.gap.cost_of_good import cost_of_good, shortfall, target_spend
from fundgap.gap.cost_result import CostOfGood, interval
from fundgap.models.ratings import fit_ratings

# R 4.2.2, MASS::polr on the first SIF judgements (tests/models/reference/estimates.csv, case "sif"; spend in £100 a child).
THRESHOLD, DEPRIVATION, PER_POUND = 1.1186777299527551, -0.20069227627491748, 0.0042910190757915678
POUND = 0.01
REPLICATES, MANY = 200, 1000


@cache
def answer(*without: str) -> CostOfGood:
    """Return the answer of the SIF model, with few draws."""
    return cost_of_good(panel(), inspections(), without=without, replicates=REPLICATES)


def test_the_target_is_what_r_estimates_say() -> None:
    councils = answer().councils.set_index("deprivation_decile")["target_per_child"].groupby(level=0).first()
    expected = {decile: (THRESHOLD - DEPRIVATION * decile) / PER_POUND for decile in range(1, 11)}
    assert councils.to_dict() == pytest.approx(expected, abs=POUND)


def test_the_extra_money_is_what_is_missing_times_children_and_nothing_above() -> None:
    table = answer().councils
    latest = in_real_terms(panel())
    latest = latest[latest["financial_year"] == "2024-25"].set_index("council").loc[table["council"]]
    missing = table["target_per_child"].to_numpy() - latest["preventative_per_child_real"].to_numpy()
    assert table["extra_gbp"].tolist() == pytest.approx((np.maximum(missing, 0) * latest["children"].to_numpy()).tolist(), rel=1e-9)
    assert ((table["probability"] >= 0.5) == (table["extra_gbp"] == 0)).all()
    assert answer().england.extra_gbp == pytest.approx(table["extra_gbp"].sum())


def test_at_the_target_the_models_own_prediction_is_one_half() -> None:
    model = fit_ratings("rating ~ deprivation_decile + preventative_per_child_real", in_real_terms(inspections()), frameworks=["SIF"])
    table = answer().councils.assign(preventative_per_child_real=answer().councils["target_per_child"])
    assert model.predict(table)["Good or better"].to_numpy() == pytest.approx(0.5, abs=1e-9)


def test_the_interval_is_where_the_models_basic_interval_crosses_one_half() -> None:
    model = fit_ratings("rating ~ deprivation_decile + preventative_per_child_real", in_real_terms(inspections()), frameworks=["SIF"])
    refits = model.bootstrap(MANY, 1, fractional=True)
    table = cost_of_good(panel(), inspections(), replicates=MANY).councils.iloc[:5]
    # Quantiles there are interpolated between draws, ends here are draws: at most one draw apart, far out in a long tail.
    for end, side in (("target_upper", "lower"), ("target_lower", "upper")):
        at = model.predict(table.assign(preventative_per_child_real=table[end]), replicates=refits)
        assert at[f"Good or better {side}"].to_numpy() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("parameters", "target", "missing"),
    [
        pytest.param((1.0, -0.2, 0.01), 300.0, 200.0, id="more spend goes with a better chance"),
        pytest.param((1.0, -0.2, -0.01), np.inf, np.inf, id="more spend goes with a worse chance"),
        pytest.param((1.0, -0.2, 0.0), np.inf, np.inf, id="no link"),
        pytest.param((-3.0, -0.2, -0.01), np.inf, 0.0, id="good already, whatever the slope"),
        pytest.param((-3.0, -0.2, 0.01), -100.0, 0.0, id="good already"),
    ],
)
def test_target_and_shortfall_by_hand(parameters: tuple[float, float, float], target: float, missing: float) -> None:
    # Decile 10, £100 a child: logit = -2 + 100 x slope - threshold.
    one = np.array([parameters])
    assert target_spend(one, np.array([10.0])).item() == pytest.approx(target)
    assert shortfall(one, np.array([10.0]), np.array([100.0])).item() == pytest.approx(missing)


def test_answers_that_are_not_finite_rank_above_all_and_are_in_no_mean() -> None:
    drawn = np.array([1.0, 2.0, 3.0, 4.0, np.inf])[:, None]
    assert [end.item() for end in interval(drawn, 0.5)] == [2.0, 4.0]
    assert [end.item() for end in interval(drawn, 0.9)] == [1.0, np.inf]


def test_outside_london_there_is_no_finite_upper_end_and_it_is_said() -> None:
    outside = answer("London")
    assert not (outside.councils["region"] == "London").any()
    assert outside.draws_without_answer > 0.025 * outside.draws
    assert np.isinf(outside.england.upper_gbp)
    assert np.isfinite(outside.england.extra_gbp)
    assert "no finite sum" in str(outside)
    assert "outside London" in str(outside)
    counted = outside.councils["no_answer_share"] * outside.draws
    assert (counted <= outside.draws_without_answer + 1e-9).all()
    assert outside.without_finite_interval["council"].tolist() == outside.below["council"].tolist()


def test_who_is_left_out_is_named() -> None:
    assert set(answer().left_out["council_name"]) == {"City of London", "Isles of Scilly", "Middlesbrough", "Wandsworth"}
    assert "Wandsworth" in str(answer())
    assert len(answer().councils) == 153 - 4


def test_the_same_seed_gives_the_same_answer_and_another_another() -> None:
    again = cost_of_good(panel(), inspections(), replicates=REPLICATES)
    pd.testing.assert_frame_equal(again.councils, answer().councils, check_exact=True)
    other = cost_of_good(panel(), inspections(), replicates=REPLICATES, seed=2)
    assert other.england.extra_gbp == answer().england.extra_gbp
    assert other.england.upper_gbp != answer().england.upper_gbp


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(NoData, match="Londinium"):
        cost_of_good(panel(), inspections(), without=["Londinium"])
