"""Logit, probit and cloglog against R, statsmodels, complex steps, and the tails as asymptotics give them."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr
from statsmodels.miscmodels.ordinal_model import OrderedModel

from fundgap.models import links, ordinal
from fundgap.models.ordinal import Floats, Ints, Link, OrdinalFit
from fundgap.models.prediction import probabilities

REFERENCE = Path(__file__).parent / "reference"
R = pd.read_csv(REFERENCE / "links.csv")
CASES = list(R[["design", "link", "weighted", "software"]].drop_duplicates().itertuples(index=False, name=None))
LINKS: tuple[Link, ...] = ("logit", "probit", "cloglog")

# clm takes Newton steps to a score of 1e-11; polr climbs by BFGS with numerical derivatives, and differentiates its Hessian so too.
ESTIMATE_TOLERANCE = {"clm": 1e-7, "polr": 3e-5}
ERROR_TOLERANCE = {"clm": 1e-8, "polr": 1e-5}
LOGLIK_SHORTFALL = 1e-8
STATSMODELS_TOLERANCE = 1e-5
STATSMODELS_SCORE = 1e-4
# A complex step has no subtraction to lose digits in; the Hessian takes one central difference of it.
SCORE_TOLERANCE = 1e-9
HESSIAN_TOLERANCE = 1e-6


def read_design(design: str) -> tuple[Ints, Floats, Floats]:
    """Return grades, columns and weights as make_links.R took them."""
    frame = pd.read_csv(REFERENCE / f"links_{design}.csv")
    x = frame.filter(regex="^x").to_numpy() / 100
    return frame["grade"].to_numpy(), x, frame["weight"].to_numpy()


def parameters_of(fitted: OrdinalFit) -> Floats:
    """Return thresholds then slopes of the first replicate."""
    return np.concatenate([fitted.thresholds[0], fitted.slopes[0]])


def errors_of(fitted: OrdinalFit) -> Floats:
    """Return the standard errors of the first replicate."""
    return np.sqrt(np.diag(fitted.covariance[0]))


def below(link: Link, bound: NDArray[np.inexact]) -> NDArray[np.inexact]:
    """Return F by its definition; complex numbers welcome."""
    if link == "probit":
        return np.asarray(ndtr(bound))
    return 1 / (1 + np.exp(-bound)) if link == "logit" else 1 - np.exp(-np.exp(bound))


def loglik_by_row(link: Link, y: Ints, x: Floats, parameters: NDArray[np.inexact], inner: int) -> NDArray[np.inexact]:
    """Return each row's log-likelihood by the definition."""
    linear = x @ parameters[inner:]
    steps = [np.zeros_like(linear), *(below(link, parameters[j] - linear) for j in range(inner)), np.ones_like(linear)]
    return np.log(np.choose(y, [upper - lower for lower, upper in pairwise(steps)]))


def numerical_scores(link: Link, y: Ints, x: Floats, parameters: Floats, inner: int) -> Floats:
    """Return each row's score, (n, k), by complex steps."""
    steps = 1e-20j * np.eye(len(parameters))
    return np.column_stack([loglik_by_row(link, y, x, parameters + step, inner).imag / 1e-20 for step in steps])


@pytest.mark.parametrize(("design", "link", "weighted", "software"), CASES)
def test_estimates_errors_and_loglik_are_those_of_r(design: str, link: Link, weighted: bool, software: str) -> None:
    y, x, weights = read_design(design)
    fitted = ordinal.fit(y, x, weights if weighted else None, link=link)
    theirs = R.query("design == @design and link == @link and weighted == @weighted and software == @software")
    estimates = theirs[theirs["parameter"] != "loglik"]
    away = np.abs(parameters_of(fitted) - estimates["estimate"]) / np.maximum(estimates["estimate"].abs(), estimates["std_error"])
    assert away.max() < ESTIMATE_TOLERANCE[software]
    np.testing.assert_allclose(errors_of(fitted), estimates["std_error"], rtol=ERROR_TOLERANCE[software])
    loglik = theirs.set_index("parameter").loc["loglik", "estimate"]
    assert loglik - LOGLIK_SHORTFALL <= fitted.loglik[0] <= loglik + 1e-6
    assert fitted.is_converged[0]


@pytest.mark.parametrize("link", LINKS)
def test_estimates_are_those_of_statsmodels_at_its_maximum(link: Link) -> None:
    y, x, _ = read_design("small")
    distribution = {"logit": stats.logistic, "probit": stats.norm, "cloglog": stats.gumbel_l}[link]
    theirs = OrderedModel(y, x, distr=distribution).fit(method="bfgs", maxiter=2000, gtol=1e-7, disp=False)
    thresholds = theirs.model.transform_threshold_params(theirs.params)[1:-1]
    parameters = np.concatenate([thresholds, theirs.params[: x.shape[1]]])
    # It is known to report convergence far from the maximum, so its word is checked before it is taken.
    assert np.abs(numerical_scores(link, y, x, parameters, 3).sum(axis=0)).max() < STATSMODELS_SCORE
    fitted = ordinal.fit(y, x, link=link)
    np.testing.assert_allclose(parameters_of(fitted), parameters, rtol=STATSMODELS_TOLERANCE, atol=STATSMODELS_TOLERANCE)
    np.testing.assert_allclose(errors_of(fitted)[3:], theirs.bse[: x.shape[1]], rtol=STATSMODELS_TOLERANCE)
    assert fitted.loglik[0] >= theirs.llf - LOGLIK_SHORTFALL


@pytest.mark.parametrize("design", ["small", "large"])
@pytest.mark.parametrize("link", LINKS)
def test_score_and_information_are_the_derivatives_of_the_loglik(design: str, link: Link) -> None:
    y, x, weights = read_design(design)
    fitted = ordinal.fit(y, x, weights, link=link)
    best, errors = parameters_of(fitted), errors_of(fitted)
    assert fitted.loglik[0] == pytest.approx(weights @ loglik_by_row(link, y, x, best, 3), rel=1e-12)
    # Away from the maximum, where no element of the score is nil.
    away = best + 0.5 * errors * np.cos(np.arange(len(best)))
    expected = numerical_scores(link, y, x, away, 3)
    scores = ordinal.scores_by_row(y, x, away[:3], away[3:], link)
    assert (np.abs(scores - expected).max(axis=0) <= SCORE_TOLERANCE * np.abs(expected).max(axis=0)).all()
    shifts = 1e-4 * errors * np.eye(len(best))
    hessian = np.column_stack(
        [
            weights @ (numerical_scores(link, y, x, best + shift, 3) - numerical_scores(link, y, x, best - shift, 3)) / (2 * shift.sum())
            for shift in shifts
        ]
    )
    assert np.abs((fitted.information[0] + hessian) * np.outer(errors, errors)).max() < HESSIAN_TOLERANCE
    np.testing.assert_allclose(fitted.information[0] @ fitted.covariance[0], np.eye(len(best)), atol=1e-10)


@pytest.mark.parametrize("link", LINKS)
def test_probabilities_are_those_of_the_definition_and_sum_to_one(link: Link) -> None:
    x, thresholds, slopes = np.array([[-2.0, 1.0], [0.3, -0.4], [1.5, 3.0]]), np.array([-1.2, 0.1, 2.0]), np.array([0.8, -0.5])
    (found,) = probabilities(x, thresholds[None], slopes[None], link)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-14)
    for grade in range(4):
        expected = np.exp(loglik_by_row(link, np.full(3, grade), x, np.concatenate([thresholds, slopes]), 3))
        # The definition takes the difference of two distribution functions, which are rounded at 1.
        np.testing.assert_allclose(found[:, grade], expected, rtol=1e-12, atol=np.finfo(float).eps)


def test_grades_in_reverse_order_flip_the_signs_where_the_link_is_symmetric() -> None:
    y, x, weights = read_design("small")
    for link in LINKS:
        plain, reverse = ordinal.fit(y, x, weights, link=link), ordinal.fit(3 - y, x, weights, link=link)
        same = np.allclose(reverse.slopes, -plain.slopes, rtol=1e-7, atol=1e-9)
        assert same == (link != "cloglog")


# Rows far out, at thresholds -1, 0 and 1 and slope 1: log P and its derivative in x'slope, from the leading terms of the tails.
# logit: log F(u) = u for u far below. Probit: log F(-t) = -t²/2 - log(t sqrt(2 pi)) - 1/t² + 5/(2 t^4), derivative t + 1/t - 2/t³
# in absolute value. cloglog: log F(u) = u below, log(1 - F(u)) = -exp(u) above. A middle grade is its nearer bound's tail, less
# what lies beyond its farther bound.
def probit_tail(t: float) -> tuple[float, float]:
    return -(t**2) / 2 - np.log(t * np.sqrt(2 * np.pi)) - 1 / t**2 + 2.5 / t**4, t + 1 / t - 2 / t**3


@pytest.mark.parametrize(
    ("link", "grade", "linear", "log_p", "slope"),
    [
        ("logit", 0, 900.0, -901.0, -1.0),
        ("logit", 3, -900.0, -901.0, 1.0),
        ("logit", 1, 900.0, -900.0 + np.log(1 - np.exp(-1)), -1.0),
        ("logit", 2, -900.0, -900.0 + np.log(1 - np.exp(-1)), 1.0),
        ("logit", 3, 900.0, 0.0, 0.0),
        ("probit", 0, 299.0, probit_tail(300.0)[0], -probit_tail(300.0)[1]),
        ("probit", 3, -299.0, probit_tail(300.0)[0], probit_tail(300.0)[1]),
        ("probit", 1, 300.0, probit_tail(300.0)[0], -probit_tail(300.0)[1]),
        ("probit", 2, -300.0, probit_tail(300.0)[0], probit_tail(300.0)[1]),
        ("probit", 0, -300.0, 0.0, 0.0),
        ("cloglog", 0, 900.0, -901.0, -1.0),
        ("cloglog", 1, 900.0, -900.0 + np.log(1 - np.exp(-1)), -1.0),
        ("cloglog", 3, -20.0, -np.exp(21.0), np.exp(21.0)),
        ("cloglog", 2, -20.0, -np.exp(20.0), np.exp(20.0)),
        ("cloglog", 0, -20.0, 0.0, 0.0),
    ],
)
def test_rows_far_out_have_the_loglik_and_score_of_the_tails(link: Link, grade: int, linear: float, log_p: float, slope: float) -> None:
    y, x, thresholds, one = np.array([grade]), np.array([[linear]]), np.array([-1.0, 0.0, 1.0]), np.ones(1)
    scores = ordinal.scores_by_row(y, x, thresholds, one, link)
    # x is the linear predictor here, so its derivative is the slope's over x.
    assert scores[0, 3] / linear == pytest.approx(slope, rel=1e-9, abs=1e-12)
    assert scores[0, :3].sum() == pytest.approx(-slope, rel=1e-9, abs=1e-12)
    bounds = np.searchsorted([grade], np.arange(5))
    edge, shared = links.edges(link, thresholds[:, None]), links.spacing(link, thresholds[:, None])[0]
    ((_, found),) = links.log_probability(link, x, edge, bounds)
    between = shared[grade - 1, 0] if 0 < grade < 3 else 0.0
    assert found[0, 0] + between == pytest.approx(log_p, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("link", LINKS)
def test_an_outlying_row_does_not_stop_the_climb(link: Link) -> None:
    y, x, _ = read_design("small")
    x = x.copy()
    x[np.flatnonzero(y == 3)[0], 0] = -500.0
    fitted = ordinal.fit(y, x, link=link)
    assert fitted.is_converged[0]
    inside = np.arange(len(y)) != np.flatnonzero(y == 3)[0]
    scores = ordinal.scores_by_row(y, x, fitted.thresholds[0], fitted.slopes[0], link)
    expected = numerical_scores(link, y[inside], x[inside], parameters_of(fitted), 3)
    np.testing.assert_allclose(scores[inside], expected, atol=1e-9 * np.abs(expected).max())
    assert np.abs(scores.sum(axis=0) * errors_of(fitted)).max() < 1e-6
