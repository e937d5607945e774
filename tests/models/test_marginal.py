"""Average differences in predicted probabilities against R, the definition, and refits by hand."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import Floats, graded, reference, stored_case
from scipy.optimize import approx_fprime

from fundgap import fit_ratings
from fundgap.errors import BadFormula, NoData
from fundgap.models.latent import LATENT, density_slope
from fundgap.models.prediction import gradients, probabilities
from fundgap.models.ratings import RatingsModel

TERMS = {"sif": "deprivation_decile + preventative_100", "three_grades": "a + b", "five_grades": "rate + score + spend + income"}
LINKS = ["logit", "probit", "cloglog"]
# R's estimates agree to 1e-8 and its derivatives are differences over 2e-4; a standard error has eight digits.
VALUE, ERROR = 1e-7, 1e-6
# A forward difference of step 1e-7 has seven digits at best.
NUMERICAL = 1e-5
# One step along the gradient stops short of the farthest point by the bend of the ellipsoid: hundredths of a standard error.
ONE_STEP = 0.1
# The same arithmetic in another order.
SAME = 1e-12


def table(n: int = 150) -> pd.DataFrame:
    """Return judgements of 50 councils, three each."""
    rng = np.random.default_rng(5)
    x, kind = rng.normal(size=n), np.array(["North", "South", "West"])[rng.integers(0, 3, size=n)]
    grade = np.digitize(0.8 * x + 0.7 * (kind == "West") + rng.logistic(size=n), [-1.2, 0.4, 2.0])
    council = np.array([f"E{i % 50:08}" for i in range(n)])
    return graded(
        grade, x=x, positive=np.exp(x / 2 + rng.normal(size=n) / 2), kind=kind, flag=rng.integers(0, 2, size=n).astype(bool)
    ).assign(council=council)


def chances(x: Floats, model: RatingsModel) -> Floats:
    """Return P(each grade) then P(good or better), (n, J + 1), by the definition of the logit."""
    below = 1 / (1 + np.exp(x @ model.slopes[:, None] - model.thresholds))
    edge = np.zeros((len(x), 1))
    each = np.diff(np.hstack([edge, below, edge + 1]), axis=1)
    return np.column_stack([each, each[:, 2:].sum(axis=1)])


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("case", TERMS)
@pytest.mark.parametrize("covariance", ["information", "CR1"])
def test_average_differences_and_their_errors_are_those_of_r(case: str, link: Any, covariance: str) -> None:
    theirs = reference("marginals", case=case, link=link)
    model = fit_ratings(f"rating ~ {TERMS[case]}", stored_case(case), link=link, cluster="block" if covariance == "CR1" else None)
    steps = dict(theirs[["column", "step"]].itertuples(index=False))
    told = pd.concat([model.marginal(steps, change, level=0.9).assign(kind=change) for change in ("difference", "derivative")])
    theirs = theirs.sort_values(["change", "column", "target"], ascending=[False, True, True], kind="stable")
    told = told.sort_values(["kind", "column"], ascending=[False, True], kind="stable").reset_index(drop=True)
    assert told[["kind", "column"]].to_numpy().tolist() == theirs[["change", "column"]].to_numpy().tolist()
    np.testing.assert_allclose(told["difference"], theirs["value"], atol=VALUE)
    np.testing.assert_allclose(told["std_error"], theirs[f"error_{covariance}"], rtol=ERROR)


@pytest.mark.parametrize("change", ["difference", "derivative"])
def test_the_ends_lie_where_the_confidence_ellipsoid_takes_the_average_farthest(change: Any) -> None:
    # Searched for among a million points of the ellipsoid, by a method that knows nothing of gradients.
    model = fit_ratings("rating ~ x + flag", table())
    told = model.marginal({"x": 1.0}, change, level=0.9).set_index("grade").loc["Good or better"]
    root, rng = np.linalg.cholesky(model.covariance), np.random.default_rng(1)
    best, centre, spread = np.zeros((2, 5)), np.concatenate([model.thresholds, model.slopes]), 1.0
    found = [told["difference"], told["difference"]]

    def average(direction: Floats) -> float:
        values = centre + 1.6448536269514722 * root @ (direction / np.linalg.norm(direction))
        moved = RatingsModel(**{**vars(model), "thresholds": values[:3], "slopes": values[3:]})
        return float(moved.marginal({"x": 1.0}, change).set_index("grade")["difference"]["Good or better"])

    for _ in range(150):
        for end, sign in enumerate((-1, 1)):
            tried = best[end] + spread * rng.normal(size=5)
            reached = average(tried)
            if sign * reached > sign * found[end]:
                best[end], found[end] = tried / np.linalg.norm(tried), reached
        spread *= 0.97
    assert [told["lower"], told["upper"]] == pytest.approx(found, abs=ONE_STEP * told["std_error"])


def test_a_small_change_has_the_ends_of_the_delta_method() -> None:
    model = fit_ratings("rating ~ x", table())
    exact = dataclasses.replace(model, covariance=model.covariance * 1e-8)
    told = exact.marginal({"x": 1.0}, level=0.9)
    np.testing.assert_allclose(told["upper"] - told["difference"], 1.6448536269514722 * told["std_error"], rtol=1e-3)
    np.testing.assert_allclose(told["difference"] - told["lower"], 1.6448536269514722 * told["std_error"], rtol=1e-3)


def test_a_category_is_set_against_the_first_for_every_council_alike() -> None:
    frame = table()
    model = fit_ratings("rating ~ x + kind", frame)
    told = model.marginal({"kind": 1})
    assert told["change"].unique().tolist() == ["South against North", "West against North"]
    x = frame["x"].to_numpy()
    for change, dummies in (("South against North", (1, 0)), ("West against North", (0, 1))):
        after, before = (np.column_stack([x, np.tile(pair, (len(x), 1))]) for pair in (dummies, (0, 0)))
        expected = (chances(after, model) - chances(before, model)).mean(axis=0)
        np.testing.assert_allclose(told.loc[told["change"] == change, "difference"], expected, atol=SAME)


def test_a_yes_or_no_column_goes_from_no_to_yes() -> None:
    frame = table()
    model = fit_ratings("rating ~ x + flag", frame)
    told = model.marginal({"flag": 1})
    assert told["change"].unique().tolist() == ["True against False"]
    x = frame["x"].to_numpy()
    yes, no = (np.column_stack([x, np.full(len(x), value)]) for value in (1.0, 0.0))
    np.testing.assert_allclose(told["difference"], (chances(yes, model) - chances(no, model)).mean(axis=0), atol=SAME)


@pytest.mark.parametrize("change", ["difference", "derivative"])
def test_a_column_in_two_terms_moves_in_both(change: Any) -> None:
    frame = table()
    model = fit_ratings("rating ~ log(positive) * x", frame)

    def matrix(positive: Floats) -> Floats:
        return np.column_stack([np.log(positive), frame["x"], np.log(positive) * frame["x"]])

    start, step = frame["positive"].to_numpy(), 0.5
    if change == "difference":
        expected = (chances(matrix(start + step), model) - chances(matrix(start), model)).mean(axis=0)
    else:
        expected = step * (chances(matrix(start + 1e-6), model) - chances(matrix(start - 1e-6), model)).mean(axis=0) / 2e-6
    told = model.marginal({"positive": step}, change)
    np.testing.assert_allclose(told["difference"], expected, atol=SAME if change == "difference" else 1e-9)


@pytest.mark.parametrize(("change", "formula"), [("difference", "x + kind"), ("derivative", "log(positive) * x")])
@pytest.mark.parametrize("link", LINKS)
def test_errors_follow_the_numerical_gradient_of_the_average(link: Any, change: Any, formula: str) -> None:
    model = fit_ratings(f"rating ~ {formula}", table(), link=link)
    parameters, inner = np.concatenate([model.thresholds, model.slopes]), 3
    told = model.marginal(change=change)
    for column in told["column"].unique():
        chosen = told[told["column"] == column]

        def average(values: Floats, column: str = column) -> Floats:
            moved = RatingsModel(**{**vars(model), "thresholds": values[:inner], "slopes": values[inner:]})
            found = moved.marginal({column: 1.0}, change)
            return found["difference"].to_numpy()

        gradient = approx_fprime(parameters, average, 1e-7)
        error = np.sqrt(np.einsum("tk,kl,tl->t", gradient, model.covariance, gradient))
        np.testing.assert_allclose(chosen["std_error"], error, rtol=NUMERICAL)


@settings(max_examples=30, deadline=None)
@given(
    thresholds=st.lists(st.floats(-30, 30), min_size=1, max_size=4, unique=True),
    slope=st.floats(-5, 5),
    x=st.floats(-20, 20),
    link=st.sampled_from(LINKS),
)
def test_probabilities_add_up_to_one_and_their_changes_to_nothing(thresholds: list[float], slope: float, x: float, link: Any) -> None:
    where, slopes, row = np.sort(thresholds), np.array([slope]), np.array([[x]])
    told = probabilities(row, where[None], slopes[None], link)[0, 0]
    assert (told >= 0).all()
    assert told.sum() == pytest.approx(1, abs=SAME)
    np.testing.assert_allclose(gradients(row, where, slopes, link).sum(axis=1), 0, atol=SAME)


def test_a_probability_far_out_keeps_its_digits() -> None:
    # 1 - F(40) is exp(-40) to seventeen digits, where 1 minus F in floating point is nothing.
    told = probabilities(np.array([[0.0]]), np.array([[0.0, 40.0]]), np.array([[1.0]]))[0, 0]
    assert told[2] == pytest.approx(np.exp(-40), rel=1e-14)


@pytest.mark.parametrize("link", LINKS)
def test_the_slope_of_the_density_is_its_numerical_derivative(link: Any) -> None:
    at = np.linspace(-6, 3, 19)
    numerical = (LATENT[link].pdf(at + 1e-6) - LATENT[link].pdf(at - 1e-6)) / 2e-6
    np.testing.assert_allclose(density_slope(at, link), numerical, atol=1e-9)
    assert density_slope(np.array([800.0, -800.0]), link) == pytest.approx(0)


def test_without_steps_every_column_is_told_with_one_that_can_be_read() -> None:
    frame = table().assign(spend_per_child=lambda f: 500 + 100 * f["x"])
    told = fit_ratings("rating ~ spend_per_child + kind", frame).marginal()
    assert told["change"].unique().tolist() == ["+100", "South against North", "West against North"]
    assert told["grade"].unique().tolist() == ["Inadequate", "Requires improvement", "Good", "Outstanding", "Good or better"]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"per": {"nosuch": 1}}, NoData, "nosuch.*positive"),
        ({"per": {"positive": -50}}, NoData, r"log\(positive\)"),
        ({"per": {"positive": 0}}, NoData, "step of 0 in positive"),
        ({"change": "elasticity"}, BadFormula, "elasticity.*derivative"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_with_the_reason(arguments: dict[str, Any], error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        fit_ratings("rating ~ log(positive)", table()).marginal(**arguments)
