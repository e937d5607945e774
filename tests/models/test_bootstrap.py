"""Bootstrap by council: what is drawn, what fails, and intervals against refits by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from made_up import graded
from scipy.special import expit, logit

from fundgap import fit_ratings
from fundgap.errors import CannotFit
from fundgap.models.ratings import RatingsModel

# Two fits of the same problem, each stopped at a score of 1e-9 per unit of weight.
SAME_FIT = 1e-6


def repeated(n: int = 160) -> pd.DataFrame:
    """Return judgements of 40 councils, four each, so that a council's rows can be followed."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=n)
    grade = np.digitize(0.7 * x + rng.logistic(size=n), [-1.0, 0.3, 1.8])
    return graded(grade, x=x, half=np.arange(n) % 2).assign(council=[f"E{i // 4:08}" for i in range(n)])


def rare(seed: int = 2) -> pd.DataFrame:
    """Return judgements of 60 councils with a single one in the best grade, in which a third of resamples has none."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=60)
    grade = np.minimum(np.digitize(0.5 * x + rng.logistic(size=60), [-0.8, 0.8]), 2)
    grade[7] = 3
    return graded(grade, x=x)


@pytest.mark.parametrize("fractional", [False, True])
def test_a_councils_judgements_are_drawn_together(fractional: bool) -> None:
    drawn = fit_ratings("rating ~ x", repeated()).bootstrap(50, seed=4, fractional=fractional)
    by_council = drawn.weights.reshape(50, 40, 4)
    assert (by_council == by_council[:, :, :1]).all()
    np.testing.assert_allclose(by_council[:, :, 0].sum(axis=1), 40)
    assert (by_council == by_council.round()).all() == (not fractional)
    assert drawn.unit == "council"


def test_a_model_clustered_by_another_column_is_resampled_by_that() -> None:
    frame = repeated().assign(pair=lambda f: np.arange(len(f)) // 8)
    drawn = fit_ratings("rating ~ x", frame, cluster="pair").bootstrap(20)
    assert (drawn.weights.reshape(20, 20, 8) == drawn.weights.reshape(20, 20, 8)[:, :, :1]).all()
    assert "by pair" in str(drawn)


def test_every_refit_is_the_fit_of_the_rows_drawn_and_the_intervals_mirror_their_percentiles() -> None:
    frame = repeated()
    model = fit_ratings("rating ~ x", frame)
    # Of 21, the tenth and the ninetieth percentile are draws.
    drawn = model.bootstrap(21, seed=3)
    refits: list[RatingsModel] = [
        fit_ratings("rating ~ x", frame.loc[frame.index.repeat(counts.astype(int))].reset_index(drop=True)) for counts in drawn.weights
    ]
    np.testing.assert_allclose(drawn.slopes, [refit.slopes for refit in refits], rtol=SAME_FIT)

    def ends(value: float, values: list[float]) -> list[float]:
        # The third from the top and from the bottom, mirrored at the estimate.
        return [2 * value - sorted(values)[place] for place in (18, 2)]

    ratios = np.exp(ends(2 * model.slopes[0], [2 * refit.slopes[0] for refit in refits]))
    np.testing.assert_allclose(model.odds_ratios({"x": 2}, 0.8, drawn).loc["x", ["lower", "upper"]].astype(float), ratios, rtol=SAME_FIT)

    new = pd.DataFrame({"x": [0.4, -1.0]})
    told, plain = model.predict(new, 0.8, drawn), model.predict(new, 0.8)
    by_hand = [ends(logit(plain["Good"][row]), [logit(refit.predict(new)["Good"][row]) for refit in refits]) for row in (0, 1)]
    np.testing.assert_allclose(told[["Good lower", "Good upper"]], expit(by_hand), rtol=SAME_FIT)
    np.testing.assert_array_equal(told["Good"], plain["Good"])

    # Average differences: the interval of a model that has the covariance of the refits, put together by hand.
    spread = np.cov(np.array([np.concatenate([refit.thresholds, refit.slopes]) for refit in refits]).T)
    expected = dataclasses.replace(model, covariance=spread).marginal({"x": 0.5}, level=0.8)
    moved = model.marginal({"x": 0.5}, level=0.8, replicates=drawn)
    columns = ["difference", "std_error", "lower", "upper"]
    np.testing.assert_allclose(moved[columns], expected[columns], rtol=SAME_FIT)


def test_refits_of_another_model_are_refused() -> None:
    frame = repeated()
    one, other = fit_ratings("rating ~ x", frame), fit_ratings("rating ~ x", frame.iloc[1:])
    drawn = other.bootstrap(5)
    for ask in (
        lambda: one.odds_ratios(replicates=drawn),
        lambda: one.predict(frame, replicates=drawn),
        lambda: one.marginal(replicates=drawn),
    ):
        with pytest.raises(CannotFit, match="another model than 'rating ~ x'"):
            ask()


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    model = fit_ratings("rating ~ x", repeated())
    one, again, other = (model.bootstrap(10, seed=seed).slopes for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_refits_without_a_grade_are_counted_and_kept_out() -> None:
    model = fit_ratings("rating ~ x", rare())
    drawn = model.bootstrap(400, seed=1)
    # The one council in the best grade is missing with probability (59/60)^60 = 0.365; three standard deviations of 400 draws.
    assert drawn.failures.empty_grade == pytest.approx(0.365 * 400, abs=3 * np.sqrt(400 * 0.365 * 0.635))
    assert drawn.used + drawn.failures.total == drawn.asked == 400
    assert (drawn.weights[:, 7] > 0).all()
    assert np.isfinite(drawn.slopes).all()
    assert f"{drawn.failures.empty_grade} without a grade" in str(drawn)
    told = model.marginal(replicates=drawn)
    assert (told["used"] == drawn.used).all()
    assert (told["failed"] == drawn.failures.total).all()


def test_fractional_weights_leave_no_grade_empty() -> None:
    drawn = fit_ratings("rating ~ x", rare()).bootstrap(200, fractional=True)
    assert drawn.failures.empty_grade == 0
    assert "Bayesian" in str(drawn)


def test_separated_refits_are_counted_and_kept_out() -> None:
    # Of twelve judgements with the mark, one alone is not the best: without it the mark separates.
    rng = np.random.default_rng(3)
    mark = (np.arange(100) < 12).astype(float)
    grade = np.where(mark == 1, 2, rng.integers(0, 3, size=100))
    grade[0] = 0
    drawn = fit_ratings("rating ~ mark", graded(grade, ["Inadequate", "Good", "Outstanding"], mark=mark)).bootstrap(300)
    # The one is missing with probability (99/100)^100 = 0.366.
    assert drawn.failures.separated == pytest.approx(0.366 * 300, abs=3 * np.sqrt(300 * 0.366 * 0.634))
    assert np.abs(drawn.slopes).max() < 10


def test_where_most_refits_fail_there_is_no_interval_but_the_reason() -> None:
    frame = rare()
    frame.loc[0:58, "rating"] = "Good"
    frame.loc[[1, 20], "rating"] = "Inadequate"
    frame.loc[59, "rating"] = "Requires improvement"
    frame.loc[7, "rating"] = "Outstanding"
    with pytest.raises(CannotFit, match=r"of 100 bootstrap refits by council failed \(\d+ without a grade.*fractional=True"):
        fit_ratings("rating ~ x", frame).bootstrap(100)
