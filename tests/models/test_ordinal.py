"""The ordered-logit engine against R, statsmodels, and a log-likelihood written out by hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.miscmodels.ordinal_model import OrderedModel

from fundgap.models import ordinal
from fundgap.models.ordinal import Floats, Ints, OrdinalFit
from fundgap.models.prediction import probabilities

REFERENCE = Path(__file__).parent / "reference"

# clm takes Newton steps to a score of 1e-11, we stop at 1e-9 per row; glm's errors are those of its last step but one;
# polr climbs by BFGS and differentiates its Hessian numerically. Relative to the estimate, or to its error where that is larger.
ESTIMATE_TOLERANCE = {"clm": 1e-8, "glm": 1e-8, "polr": 1e-6}
ERROR_TOLERANCE = {"clm": 1e-8, "glm": 1e-7, "polr": 1e-7}
LOGLIK_SHORTFALL = 1e-8
# statsmodels differentiates score and Hessian numerically: its BFGS stops where its own score is noise.
STATSMODELS_TOLERANCE = 1e-5
STATSMODELS_SCORE = 1e-4
# A complex step has no subtraction to lose digits in; the Hessian takes one central difference of it.
SCORE_TOLERANCE = 1e-10
HESSIAN_TOLERANCE = 1e-7
# Two fits of the same problem, each stopped at a score of 1e-9 per unit of weight and then one quadratic step from the top.
SAME_FIT = 1e-8
BATCH = 1e-10


@dataclass(frozen=True)
class Case:
    """One problem that the peers have solved."""

    name: str
    y: Ints
    x: Floats
    terms: list[str]
    weights: Floats | None

    def fit(self) -> OrdinalFit:
        """Return the engine's answer to it."""
        return ordinal.fit(self.y, self.x, self.weights)


def read_case(name: str) -> Case:
    """Return a case of cases.csv with its input."""
    row = pd.read_csv(REFERENCE / "cases.csv", keep_default_na=False).set_index("case").loc[name]
    frame, terms = pd.read_csv(REFERENCE / row["file"]), row["terms"].split()
    weights = frame[row["weights"]].to_numpy() if row["weights"] else None
    return Case(name, frame[row["outcome"]].to_numpy(), frame[terms].to_numpy(dtype=float), terms, weights)


FITS = pd.read_csv(REFERENCE / "fits.csv")
PAIRS = list(FITS[["case", "software"]].itertuples(index=False, name=None))
ORDERED = ["sif", "sif_total", "sif_by_kind", "three_grades", "five_grades"]


def probability_by_row(y: Ints, x: Floats, parameters: NDArray[np.inexact], inner: int) -> NDArray[np.inexact]:
    """Return the probability of each row's grade, by the definition; complex parameters welcome."""
    linear = x @ parameters[inner:]

    def below(grade: int) -> NDArray[np.inexact]:
        if grade < 0:
            return np.zeros_like(linear)
        return np.ones_like(linear) if grade == inner else 1 / (1 + np.exp(-(parameters[grade] - linear)))

    return np.choose(y, [below(grade) - below(grade - 1) for grade in range(inner + 1)])


def loglik_by_row(y: Ints, x: Floats, parameters: NDArray[np.inexact], inner: int) -> NDArray[np.inexact]:
    """Return each row's log-likelihood."""
    return np.log(probability_by_row(y, x, parameters, inner))


def numerical_scores(y: Ints, x: Floats, parameters: Floats, inner: int) -> Floats:
    """Return each row's score, (n, k), by complex steps."""
    steps = 1e-30j * np.eye(len(parameters))
    return np.column_stack([loglik_by_row(y, x, parameters + step, inner).imag / 1e-30 for step in steps])


def numerical_hessian(y: Ints, x: Floats, weights: Floats, parameters: Floats, inner: int, step: Floats) -> Floats:
    """Return the Hessian by central differences of the score, each parameter by its own step."""
    columns = []
    for j, size in enumerate(step):
        shift = np.zeros(len(parameters))
        shift[j] = size
        up, down = (numerical_scores(y, x, parameters + sign * shift, inner) for sign in (1, -1))
        columns.append(weights @ (up - down) / (2 * size))
    return np.column_stack(columns)


def parameters_of(fitted: OrdinalFit, replicate: int = 0) -> Floats:
    """Return thresholds then slopes of one replicate."""
    return np.concatenate([fitted.thresholds[replicate], fitted.slopes[replicate]])


def errors_of(fitted: OrdinalFit) -> Floats:
    """Return the standard errors from the observed information."""
    return np.sqrt(np.diag(np.linalg.inv(fitted.information[0])))


def assert_same_replicate(left: OrdinalFit, i: int, right: OrdinalFit, j: int, tolerance: float) -> None:
    """Check that two replicates have the same estimates, log-likelihood and information."""
    for name in ("thresholds", "slopes", "loglik", "information"):
        one, other = np.asarray(getattr(left, name)[i]), np.asarray(getattr(right, name)[j])
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * np.abs(other).max(), err_msg=name)
    for name in ("has_empty_grade", "is_separated", "is_converged"):
        assert getattr(left, name)[i] == getattr(right, name)[j], name


def made_up(seed: int = 7, n: int = 150, grades: int = 4) -> tuple[Ints, Floats]:
    """Return a plain, well-behaved problem with two columns."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.uniform(0, 4, size=n)])
    latent = x @ [0.7, -0.5] + rng.logistic(size=n)
    return np.digitize(latent, np.linspace(-2.5, 0.5, grades - 1)), x


@pytest.mark.parametrize(("name", "software"), PAIRS)
def test_estimates_errors_and_loglik_are_those_of_r(name: str, software: str) -> None:
    case = read_case(name)
    fitted = case.fit()
    table = pd.read_csv(REFERENCE / "estimates.csv").query("case == @name and software == @software").set_index("parameter")
    inner = fitted.thresholds.shape[1]
    theirs = table.loc[[f"{j}|{j + 1}" for j in range(inner)] + case.terms]
    away = np.abs(parameters_of(fitted) - theirs["estimate"]) / np.maximum(theirs["estimate"].abs(), theirs["std_error"])
    assert away.max() < ESTIMATE_TOLERANCE[software], f"{away.idxmax()}: {away.max():.1e}"
    np.testing.assert_allclose(errors_of(fitted), theirs["std_error"], rtol=ERROR_TOLERANCE[software])
    loglik = FITS.set_index(["case", "software"]).loc[(name, software), "loglik"]
    assert loglik - LOGLIK_SHORTFALL <= fitted.loglik[0] <= loglik + 1e-6
    assert fitted.is_converged[0]


@pytest.mark.parametrize("name", ORDERED)
def test_estimates_are_those_of_statsmodels_at_its_maximum(name: str) -> None:
    case = read_case(name)
    spread = case.x.std(axis=0)
    theirs = OrderedModel(case.y, case.x / spread, distr="logit").fit(method="bfgs", maxiter=2000, gtol=1e-7, disp=False)
    p, inner = len(case.terms), case.y.max()
    thresholds = theirs.model.transform_threshold_params(theirs.params)[1:-1]
    parameters = np.concatenate([thresholds, theirs.params[:p]])
    # It is known to report convergence far from the maximum, so its word is checked before it is taken.
    assert np.abs(numerical_scores(case.y, case.x / spread, parameters, inner).sum(axis=0)).max() < STATSMODELS_SCORE
    fitted = case.fit()
    np.testing.assert_allclose(fitted.slopes[0] * spread, theirs.params[:p], rtol=STATSMODELS_TOLERANCE)
    np.testing.assert_allclose(fitted.thresholds[0], thresholds, rtol=STATSMODELS_TOLERANCE)
    np.testing.assert_allclose(errors_of(fitted)[inner:] * spread, theirs.bse[:p], rtol=STATSMODELS_TOLERANCE)
    assert fitted.loglik[0] >= theirs.llf - LOGLIK_SHORTFALL


@pytest.mark.parametrize("name", [*ORDERED, "sif_binary", "five_grades_weighted"])
def test_score_and_information_are_the_derivatives_of_the_loglik(name: str) -> None:
    case = read_case(name)
    fitted = case.fit()
    best, errors, inner = parameters_of(fitted), errors_of(fitted), fitted.thresholds.shape[1]
    weights = np.ones(len(case.y)) if case.weights is None else case.weights
    assert fitted.loglik[0] == pytest.approx(weights @ loglik_by_row(case.y, case.x, best, inner), rel=1e-12)
    # Away from the maximum, where no element of the score is nil.
    away = best + 0.5 * errors * np.cos(np.arange(len(best)))
    away[:inner].sort()
    expected = numerical_scores(case.y, case.x, away, inner)
    scores = ordinal.scores_by_row(case.y, case.x, away[:inner], away[inner:])
    assert (np.abs(scores - expected).max(axis=0) <= SCORE_TOLERANCE * np.abs(expected).max(axis=0)).all()
    hessian = numerical_hessian(case.y, case.x, weights, best, inner, 1e-4 * errors)
    assert np.abs((fitted.information[0] + hessian) * np.outer(errors, errors)).max() < HESSIAN_TOLERANCE


@pytest.mark.parametrize("name", ["sif", "three_grades", "five_grades"])
def test_a_whole_weight_counts_as_that_many_rows(name: str) -> None:
    case = read_case(name)
    counts = np.random.default_rng(3).multinomial(len(case.y), np.full(len(case.y), 1 / len(case.y)))
    assert counts.min() == 0
    rows = np.repeat(np.arange(len(case.y)), counts)
    weighted = ordinal.fit(case.y, case.x, counts.astype(float), grades=case.y.max() + 1)
    assert_same_replicate(weighted, 0, ordinal.fit(case.y[rows], case.x[rows]), 0, SAME_FIT)


@pytest.mark.parametrize("name", ["sif", "three_grades", "five_grades"])
def test_many_weightings_at_once_give_what_each_gives_alone(name: str) -> None:
    case = read_case(name)
    rng = np.random.default_rng(4)
    weights = np.vstack([np.ones(len(case.y)), rng.uniform(0.2, 3, size=(20, len(case.y))), rng.uniform(1e-7, 1e-6, size=len(case.y))])
    together = ordinal.fit(case.y, case.x, weights)
    assert together.is_converged.all()
    for i, row in enumerate(weights):
        assert_same_replicate(together, i, ordinal.fit(case.y, case.x, row), 0, BATCH)


def troubled(kind: str) -> tuple[Ints, Floats, Floats]:
    """Return a sound problem with a third column, and weights under which it has no estimates."""
    y, x = made_up()
    n = len(y)
    third = np.zeros(n)
    weights = np.ones(n)
    match kind:
        case "lowest grade empty" | "middle grade empty" | "highest grade empty":
            third = np.cos(np.arange(n))
            weights[y == {"lowest": 0, "middle": 1, "highest": 3}[kind.split()[0]]] = 0
        case "column never varies":
            third[:60] = 1
            weights[:60] = 0
        case "column tells every grade apart":
            third = y + np.where(np.arange(n) % 5 == 0, 1.3, 0.1) * np.cos(np.arange(n))
            weights[np.arange(n) % 5 == 0] = 0
        case "few rows set apart, all of the best grade" | "half the rows set apart, all of the best grade":
            step = 12 if kind.startswith("few") else 2
            third[np.arange(n) % step == 0] = 1
            weights[(third == 1) & (y < 3)] = 0
        case "few rows set apart, all of the worst grade":
            third[np.arange(n) % 12 == 0] = 1
            weights[(third == 1) & (y > 0)] = 0
    return y, np.column_stack([x, third]), weights


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        ("lowest grade empty", "has_empty_grade"),
        ("middle grade empty", "has_empty_grade"),
        ("highest grade empty", "has_empty_grade"),
        ("column tells every grade apart", "is_separated"),
        ("few rows set apart, all of the best grade", "is_separated"),
        ("half the rows set apart, all of the best grade", "is_separated"),
        ("few rows set apart, all of the worst grade", "is_separated"),
        ("column never varies", None),
    ],
)
def test_a_replicate_without_estimates_is_reported_and_leaves_the_others_alone(kind: str, flag: str | None) -> None:
    y, x, weights = troubled(kind)
    other = np.random.default_rng(5).uniform(0.5, 2, size=len(y))
    together = ordinal.fit(y, x, np.vstack([np.ones(len(y)), weights, other]))
    for i, row in ((0, np.ones(len(y))), (2, other)):
        alone = ordinal.fit(y, x, row)
        assert alone.is_converged[0]
        assert_same_replicate(together, i, alone, 0, BATCH)
    assert not together.is_converged[1]
    for name in ("has_empty_grade", "is_separated"):
        assert flag is None or getattr(together, name)[1] == (name == flag)
    assert flag != "has_empty_grade" or np.isnan(together.slopes[1]).all()


def test_steep_slopes_are_not_taken_for_separation() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=(3000, 1))
    y = np.digitize(10 * x[:, 0] + rng.logistic(size=3000), [-4.0, 5.0])
    fitted = ordinal.fit(y, x)
    assert fitted.is_converged[0]
    assert np.abs(numerical_scores(y, x, parameters_of(fitted), 2).sum(axis=0)).max() < 1e-5


@pytest.mark.parametrize("name", [*ORDERED, "sif_binary"])
def test_grades_in_reverse_order_flip_the_signs(name: str) -> None:
    case = read_case(name)
    plain, reverse = case.fit(), ordinal.fit(case.y.max() - case.y, case.x)
    np.testing.assert_allclose(reverse.slopes, -plain.slopes, rtol=SAME_FIT)
    np.testing.assert_allclose(reverse.thresholds, -plain.thresholds[:, ::-1], rtol=SAME_FIT)
    assert reverse.loglik[0] == pytest.approx(plain.loglik[0], rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(
    shift=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=2),
    scale=st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=2),
    seed=st.integers(0, 5),
    grades=st.integers(2, 5),
)
def test_moving_and_stretching_x_changes_slopes_and_thresholds_to_match(
    shift: list[float], scale: list[float], seed: int, grades: int
) -> None:
    y, x = made_up(seed, n=200, grades=grades)
    plain, moved = ordinal.fit(y, x), ordinal.fit(y, (x + shift) * scale)
    # A shift of 1,000 standard deviations costs three of sixteen digits.
    np.testing.assert_allclose(moved.slopes * scale, plain.slopes, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(moved.thresholds, plain.thresholds + plain.slopes @ shift, rtol=1e-7, atol=1e-7)
    assert moved.loglik[0] == pytest.approx(plain.loglik[0], rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(
    thresholds=st.lists(st.floats(-20, 20), min_size=1, max_size=5, unique=True).map(sorted),
    slopes=st.lists(st.floats(-5, 5), min_size=1, max_size=3),
    seed=st.integers(0, 100),
)
def test_probabilities_are_those_of_the_definition_and_sum_to_one(thresholds: list[float], slopes: list[float], seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(6, len(slopes)))
    (probability,) = probabilities(x, np.array([thresholds]), np.array([slopes]))
    assert probability.min() >= 0
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-14)
    for grade in range(len(thresholds) + 1):
        expected = probability_by_row(np.full(6, grade), x, np.array([*thresholds, *slopes]), len(thresholds))
        np.testing.assert_allclose(probability[:, grade], expected, atol=1e-13)
