"""Scores by hand and against scipy; cross-validation against refits by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import graded
from scipy.stats import mannwhitneyu

from fundgap import fit_ratings
from fundgap.errors import CannotFit
from fundgap.models.resampling import folds
from fundgap.models.scoring import auc, brier, brier_grades, ranked_probability_score
from fundgap.models.validation import SCORES

SAME = 1e-12
# Two fits of the same problem, each stopped at a score of 1e-9 per judgement.
SAME_FIT = 1e-6


def test_scores_of_three_judgements_by_hand() -> None:
    told = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]])
    y = np.array([0, 2, 2])
    # (0.25 + 0.09 + 0.04), (0.01 + 0.36 + 0.49), (0.04 + 0.04 + 0.16)
    assert brier_grades(told, y) == pytest.approx((0.38 + 0.86 + 0.24) / 3, rel=SAME)
    # Cumulative: 0.5, 0.8 against 1, 1; 0.1, 0.7 against 0, 0; 0.2, 0.4 against 0, 0; over two cuts.
    assert ranked_probability_score(told, y) == pytest.approx((0.25 + 0.04 + 0.01 + 0.49 + 0.04 + 0.16) / 6, rel=SAME)
    # Chance of the best grade: 0.2, 0.3, 0.6 against 0, 1, 1.
    assert brier(told[:, 2], (y == 2).astype(float)) == pytest.approx((0.04 + 0.49 + 0.16) / 3, rel=SAME)
    # Both pairs are in order; with the first chance at 0.3, one of two is a tie.
    assert auc(told[:, 2], (y == 2).astype(float)) == 1
    assert auc(np.array([0.3, 0.3, 0.6]), np.array([0.0, 1.0, 1.0])) == pytest.approx(0.75)
    assert np.isnan(auc(told[:, 2], np.ones(3)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_auc_is_the_mann_whitney_statistic(pairs: list[tuple[int, bool]]) -> None:
    chance, happened = np.array([a / 5 for a, _ in pairs]), np.array([float(b) for _, b in pairs])
    if 0 < happened.sum() < len(pairs):
        u = mannwhitneyu(chance[happened > 0], chance[happened == 0]).statistic
        assert auc(chance, happened) == pytest.approx(u / (happened.sum() * (1 - happened).sum()), rel=SAME)


def test_with_two_grades_the_ranked_probability_score_is_the_brier_score() -> None:
    chance, y = np.array([0.2, 0.9, 0.4]), np.array([0, 1, 1])
    both = np.column_stack([1 - chance, chance])
    assert ranked_probability_score(both, y) == pytest.approx(brier(chance, y.astype(float)), rel=SAME)


def repeated(n: int = 180, slope: float = 1.2) -> pd.DataFrame:
    """Return judgements of 60 councils, three each."""
    rng = np.random.default_rng(21)
    x = rng.normal(size=n)
    grade = np.digitize(slope * x + rng.logistic(size=n), [-1.0, 0.5, 2.0])
    return graded(grade, x=x).assign(council=[f"E{i % 60:08}" for i in range(n)])


def test_every_fold_is_a_fit_to_the_other_councils_scored_on_its_own() -> None:
    frame = repeated()
    told = fit_ratings("rating ~ x", frame).cross_validate(folds=4, repeats=2, seed=7)
    masks = folds(frame["council"].to_numpy(), 4, seed=7, repeats=2)
    assert len(told.by_fold) == 8
    for row in told.by_fold.itertuples():
        held = masks[row.repeat, row.fold] == 0
        assert row.judgements == held.sum()
        # No council on both sides.
        assert not set(frame["council"][held]) & set(frame["council"][~held])
        refit = fit_ratings("rating ~ x", frame[~held])
        chances = refit.predict(frame[held])
        y, good = frame["rating"].cat.codes.to_numpy()[held], (frame["rating"][held] >= "Good").to_numpy(dtype=float)
        each, together = chances[list(refit.grades)].to_numpy(), chances["Good or better"].to_numpy()
        shares = np.tile(frame["rating"][~held].value_counts(normalize=True, sort=False).to_numpy(), (held.sum(), 1))
        assert row.auc == pytest.approx(auc(together, good), rel=SAME_FIT)
        assert row.brier == pytest.approx(brier(together, good), rel=SAME_FIT)
        assert row.brier_grades == pytest.approx(brier_grades(each, y), rel=SAME_FIT)
        assert row.rps == pytest.approx(ranked_probability_score(each, y), rel=SAME_FIT)
        assert row.auc_without == 0.5
        assert row.brier_without == pytest.approx(brier(shares[:, 2:].sum(axis=1), good), rel=SAME)
        assert row.brier_grades_without == pytest.approx(brier_grades(shares, y), rel=SAME)
        assert row.rps_without == pytest.approx(ranked_probability_score(shares, y), rel=SAME)


def test_the_summary_is_the_mean_over_folds_beside_knowing_the_shares_alone() -> None:
    told = fit_ratings("rating ~ x", repeated()).cross_validate(folds=4, repeats=3)
    summary = told.summary()
    for score, name in SCORES.items():
        row, model, without = summary.loc[name], told.by_fold[score], told.by_fold[f"{score}_without"]
        gain = model - without if score == "auc" else without - model
        expected = [model.mean(), without.mean(), gain.mean(), model.std(), (gain > 0).mean(), 12]
        np.testing.assert_allclose(row.astype(float), expected, rtol=SAME)
        assert row["better_by"] > 0
    assert "each council whole" in str(told)
    assert "against 0.500 from grade shares" in str(told)
    assert "AUC" in told._repr_html_()


def test_a_column_that_says_nothing_predicts_no_better_than_the_shares() -> None:
    frame = repeated().assign(noise=lambda f: np.random.default_rng(2).normal(size=len(f)))
    summary = fit_ratings("rating ~ noise", frame).cross_validate().summary()
    assert summary.loc["AUC, good or better", "mean"] == pytest.approx(0.5, abs=0.06)
    assert (summary["better_by"].drop("AUC, good or better") < 0.001).all()


def test_binary_models_are_scored_on_good_or_better() -> None:
    told = fit_ratings("rating ~ x", repeated(), kind="binary").cross_validate(folds=3, repeats=2)
    np.testing.assert_allclose(told.by_fold["rps"], told.by_fold["brier"], rtol=SAME)
    np.testing.assert_allclose(told.by_fold["brier_grades"], 2 * told.by_fold["brier"], rtol=SAME)


def test_a_fold_that_takes_the_only_council_of_a_grade_is_told_and_left_out() -> None:
    frame = repeated().assign(rating=lambda f: f["rating"].where(f["rating"] != "Outstanding", "Good"))
    frame.loc[4, "rating"] = "Outstanding"
    told = fit_ratings("rating ~ x", frame).cross_validate(folds=5, repeats=4)
    # In every repeat one fold holds that council, and the fit to the others has not seen the grade.
    assert (told.by_fold["failed"] == "no council left in a grade").groupby(told.by_fold["repeat"]).sum().tolist() == [1] * 4
    assert told.failures.empty_grade == 4
    assert told.by_fold.loc[told.by_fold["failed"] != "", "rps"].isna().all()
    assert (told.summary()["folds"] == 16).all()
    assert "4 without a grade" in str(told)


def test_held_out_judgements_all_on_one_side_have_no_auc_but_the_other_scores() -> None:
    frame = repeated(60)
    told = fit_ratings("rating ~ x", frame, kind="binary").cross_validate(folds=60, repeats=1)
    assert told.by_fold["auc"].isna().all()
    assert told.by_fold["brier"].notna().all()
    assert "AUC, good or better" not in told.summary().index


@pytest.mark.parametrize("folds", [1, 61])
def test_more_folds_than_councils_are_refused(folds: int) -> None:
    with pytest.raises(CannotFit, match=r"60 values of council.*2 to 60"):
        fit_ratings("rating ~ x", repeated()).cross_validate(folds=folds)
