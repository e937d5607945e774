"""Surrogate residuals: within what the grade allows, of the right distribution when the model is true, and not when it is wrong."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_up import Floats, graded
from scipy.stats import gumbel_l, kstest, logistic, norm, spearmanr

from fundgap import fit_ratings
from fundgap.models.residuals import surrogate_residuals

LATENT = {"logit": logistic, "probit": norm, "cloglog": gumbel_l}
THRESHOLDS, SLOPES = np.array([-1.0, 0.5, 2.0]), np.array([0.8])
# Kolmogorov-Smirnov at a fixed seed: a true model passes 1% in each of some thirty tests, a wrong one fails by far.
PASSES, FAILS = 0.01, 1e-4


def drawn(link: str, n: int = 4000, seed: int = 3) -> tuple[Any, Floats]:
    """Return grades drawn from a model, and its column."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 1))
    latent = x @ SLOPES + LATENT[link].rvs(size=n, random_state=rng)
    return np.digitize(latent, THRESHOLDS), x


@pytest.mark.parametrize("link", LATENT)
def test_a_true_models_residuals_follow_its_latent_distribution_wherever_the_column_is(link: Any) -> None:
    y, x = drawn(link)
    residual, uniform = surrogate_residuals(y, x, THRESHOLDS, SLOPES, link, 1, seed=1)
    # The residual has mean nought: the Gumbel's own mean, minus Euler's constant, is taken out.
    shift = -np.euler_gamma if link == "cloglog" else 0.0
    for part in (slice(None), x[:, 0] < -1, x[:, 0] > 1):
        assert kstest(uniform[0, part], "uniform").pvalue > PASSES
        assert kstest(residual[0, part] + shift, LATENT[link].cdf).pvalue > PASSES
    assert abs(spearmanr(residual[0], x[:, 0]).pvalue) > PASSES


@pytest.mark.parametrize("link", LATENT)
def test_a_residual_is_within_what_the_grade_allows(link: Any) -> None:
    y, x = drawn(link, 300)
    residual, uniform = surrogate_residuals(y, x, THRESHOLDS, SLOPES, link, 5, seed=1)
    surrogate = residual + LATENT[link].mean() + x @ SLOPES
    np.testing.assert_array_equal(np.digitize(surrogate, THRESHOLDS), np.tile(y, (5, 1)))
    np.testing.assert_allclose(uniform, LATENT[link].cdf(surrogate - x @ SLOPES), rtol=1e-9)


def test_wrong_thresholds_or_a_wrong_link_show_in_the_distribution() -> None:
    y, x = drawn("cloglog")
    for wrong in ("logit", "probit"):
        assert kstest(surrogate_residuals(y, x, THRESHOLDS, SLOPES, wrong, 1, 1)[1][0], "uniform").pvalue < FAILS
    y, x = drawn("logit")
    assert kstest(surrogate_residuals(y, x, THRESHOLDS + 0.3, SLOPES, "logit", 1, 1)[1][0], "uniform").pvalue < FAILS


def fitted(formula: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return judgements whose latent mean is a square, and the residuals of a formula fitted to them."""
    rng = np.random.default_rng(12)
    x = rng.normal(size=2000)
    frame = graded(np.digitize(x**2 + rng.logistic(size=2000), [-1, 1, 3]), x=x, square=x**2)
    return frame, fit_ratings(formula, frame).surrogate_residuals(seed=4)


def test_a_bend_that_the_formula_misses_shows_and_one_that_it_has_does_not() -> None:
    frame, missed = fitted("rating ~ x")
    _, had = fitted("rating ~ x + square")
    for part in (frame["x"].abs() < 0.5, frame["x"].abs() > 1.5):
        assert kstest(missed.loc[part, "uniform"], "uniform").pvalue < FAILS
        assert kstest(had.loc[part, "uniform"], "uniform").pvalue > PASSES
    np.testing.assert_array_equal(had.index, frame.index)


def test_the_seed_decides_the_draw() -> None:
    y, x = drawn("logit", 50)
    one, again, other = (surrogate_residuals(y, x, THRESHOLDS, SLOPES, "logit", 1, seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_a_judgement_far_out_has_a_finite_residual() -> None:
    y, x = np.array([0, 3]), np.array([[60.0], [-60.0]])
    residual, _ = surrogate_residuals(y, x, THRESHOLDS, SLOPES, "logit", 3, seed=1)
    assert np.isfinite(residual).all()
    assert (residual[:, 0] < -48).all()
    assert (residual[:, 1] > 48).all()
