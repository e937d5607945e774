"""Replicates side by side: the same bits whatever their company, columns of their own, and failures told apart."""

import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from fundgap.errors import CannotFit
from fundgap.models import ordinal, resampling
from fundgap.models.ordinal import Floats, Ints, Link, OrdinalFit

LINKS: tuple[Link, ...] = ("logit", "probit", "cloglog")
NUMBERS = ("thresholds", "slopes", "loglik", "information", "covariance", "score")
FLAGS = ("has_empty_grade", "is_collinear", "is_separated", "is_converged")
# Two climbs of the same problem on other paths, each stopped at a score of 1e-9 per unit of weight.
SAME_FIT = 1e-7


def made_up(seed: int = 7, n: int = 150, columns: int = 3) -> tuple[Ints, Floats]:
    """Return a plain, well-behaved problem of four grades."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, columns)) * [1.0, 30.0, 0.01][:columns] + 5
    latent = (x - 5) / [1.0, 30.0, 0.01][:columns] @ [0.9, -0.6, 0.3][:columns] + rng.logistic(size=n)
    return np.digitize(latent, [-1.5, 0.3, 1.4]), x


def assert_same_bits(one: OrdinalFit, rows: Ints | list[int], other: OrdinalFit) -> None:
    """Check that the given replicates of one fit are those of another, to the last bit."""
    for name in (*NUMBERS, *FLAGS):
        np.testing.assert_array_equal(getattr(one, name)[rows], getattr(other, name), err_msg=name)


def assert_close(one: OrdinalFit, other: OrdinalFit) -> None:
    """Check that two fits agree to rounding."""
    for name in NUMBERS[:-1]:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=SAME_FIT, atol=1e-9, err_msg=name)
    for name in FLAGS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize(("link", "n"), [("logit", 150), ("logit", 700), ("probit", 150), ("cloglog", 150)])
def test_a_replicate_has_the_same_bits_whatever_its_company(link: Link, n: int) -> None:
    y, x = made_up(n=n)
    # More than a block holds, bootstrap counts beside shares, and some that fail.
    weights = np.vstack([resampling.bootstrap(n, 450, 1), resampling.bayesian_bootstrap(n, 21, 2), (y != 2).astype(float)])
    together = ordinal.fit(y, x, weights, link=link)
    assert together.is_converged.sum() == len(weights) - 1
    for rows in ([3], [471], [449, 450, 2], list(range(400, 409)), list(np.random.default_rng(3).permutation(472)[:40])):
        assert_same_bits(together, rows, ordinal.fit(y, x, weights[rows], link=link))


def test_columns_of_its_own_leave_a_replicate_the_same_bits_too() -> None:
    y, x = made_up()
    shuffled = x[:, 1:][resampling.permutations(np.zeros(len(y)), 460, 4)]
    weights = resampling.bayesian_bootstrap(len(y), 460, 5)
    together = ordinal.fit(y, x[:, :1], weights, varying=shuffled)
    for rows in ([459], [7, 100, 431, 432], list(range(30, 47))):
        assert_same_bits(together, rows, ordinal.fit(y, x[:, :1], weights[rows], varying=shuffled[rows]))


FIT_AND_PRINT = """
import hashlib
import numpy as np
from fundgap.models import ordinal, resampling
for n, count in ((150, 600), (450, 600), (2500, 8)):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 5))
    y = np.digitize(x[:, 0] + rng.logistic(size=n), [-1.5, 0.3, 1.4])
    fitted = ordinal.fit(y, x[:, :4], resampling.bootstrap(n, count, 2), varying=np.repeat(x[None, :, 4:], count, axis=0))
    assert fitted.is_converged.all()
    for name in ("thresholds", "slopes", "loglik", "information", "covariance"):
        print(n, name, hashlib.sha256(getattr(fitted, name).tobytes()).hexdigest())
"""


def test_the_number_of_threads_changes_no_bit() -> None:
    said = []
    for threads in ("1", "2"):
        limits = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        run = subprocess.run([sys.executable, "-c", FIT_AND_PRINT], env=os.environ | limits, capture_output=True, text=True, check=True)
        said.append(run.stdout)
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 15


@pytest.mark.parametrize("link", LINKS)
def test_columns_that_differ_are_fitted_as_each_design_alone(link: Link) -> None:
    y, x = made_up()
    designs = np.repeat(x[None], 12, axis=0)
    designs[:, :, 1] = x[:, 1][resampling.permutations(np.zeros(len(y)), 12, 6)]
    # Another unit for each replicate must not matter either.
    designs[:, :, 1] *= np.geomspace(1e-4, 1e4, 12)[:, None]
    together = ordinal.fit(y, designs, link=link)
    assert together.is_converged.all()
    assert_close(together, ordinal.fit(y, designs, np.ones(len(y)), link=link))
    by_name = ordinal.fit(y, x[:, [0, 2]], varying=designs[:, :, 1:2], link=link)
    np.testing.assert_array_equal(by_name.slopes[:, [0, 2, 1]], together.slopes)
    order = [0, 1, 2, 3, 5, 4]
    np.testing.assert_array_equal(by_name.information[:, order][:, :, order], together.information)
    for replicate, design in enumerate(designs):
        alone = ordinal.fit(y, design, link=link)
        np.testing.assert_allclose(together.slopes[replicate], alone.slopes[0], rtol=SAME_FIT)
        np.testing.assert_allclose(together.thresholds[replicate], alone.thresholds[0], rtol=SAME_FIT)
        np.testing.assert_allclose(together.covariance[replicate], alone.covariance[0], rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(together.information[replicate], alone.information[0], rtol=1e-6, atol=1e-9)
        assert together.loglik[replicate] == pytest.approx(alone.loglik[0], rel=1e-12)


def test_designs_may_differ_in_every_column() -> None:
    y, x = made_up()
    designs = np.stack([x, x[:, ::-1] + 1, x @ [[1, 0, 0], [1, 1, 0], [0, 1, 1]]])
    weights = resampling.bootstrap(len(y), 3, 7)
    together = ordinal.fit(y, designs, weights)
    for replicate in range(3):
        alone = ordinal.fit(y, designs[replicate], weights[replicate])
        np.testing.assert_allclose(together.slopes[replicate], alone.slopes[0], rtol=SAME_FIT)
        assert together.loglik[replicate] == pytest.approx(alone.loglik[0], rel=1e-12)


def test_a_column_of_its_own_that_is_constant_fails_in_its_replicate_alone() -> None:
    y, x = made_up()
    own = np.stack([x[:, 2], np.full(len(y), 3.0), 2 * x[:, 0] - x[:, 1], x[:, 2] ** 2])[:, :, None]
    fitted = ordinal.fit(y, x[:, :2], varying=own)
    np.testing.assert_array_equal(fitted.is_collinear, [False, True, True, False])
    np.testing.assert_array_equal(fitted.is_converged, [True, False, False, True])
    assert not fitted.is_separated.any()
    assert np.isnan(fitted.slopes[1:3]).all()
    assert np.isnan(fitted.covariance[1:3]).all()


@pytest.mark.parametrize("link", LINKS)
def test_each_way_to_fail_is_told_and_counted(link: Link) -> None:
    y, x = made_up(columns=2)
    n = len(y)
    rare = np.zeros(n)
    rare[::12] = 1
    x = np.column_stack([x, rare, y + 0.2 * np.cos(np.arange(n))])
    # The last column tells grades apart, all but in the first 40 rows.
    x[:40, 3] = np.random.default_rng(8).permutation(x[:40, 3])
    weights = np.ones((6, n))
    weights[1, y == 1] = 0
    weights[2, rare == 1] = 0
    weights[3, (rare == 1) & (y < 3)] = 0
    weights[4, :40] = 0
    weights[5] = 0
    fitted = ordinal.fit(y, x, weights, link=link)
    np.testing.assert_array_equal(fitted.has_empty_grade, [False, True, False, False, False, True])
    np.testing.assert_array_equal(fitted.is_collinear, [False, False, True, False, False, False])
    np.testing.assert_array_equal(fitted.is_separated, [False, False, False, True, True, False])
    np.testing.assert_array_equal(fitted.is_converged, [True, False, False, False, False, False])
    expected = {"replicates": 6, "converged": 1, "empty grade": 2, "collinear": 1, "separated": 2, "not arrived": 0}
    assert fitted.counts() == expected
    assert fitted.summary() == "1 of 6 replicates converged (2 empty grade, 1 collinear, 2 separated)"
    assert_same_bits(fitted, [0], ordinal.fit(y, x, weights[:1], link=link))


@pytest.mark.parametrize("link", LINKS)
def test_the_maximum_is_found_far_from_the_common_start(link: Link) -> None:
    # Two halves with opposite slopes: where one half has nearly all weight, the start is on the wrong side.
    rng = np.random.default_rng(9)
    x = rng.normal(size=(300, 1)) * 3
    sign = np.where(np.arange(300) < 150, 1, -1)
    y = np.digitize(sign * 2.5 * x[:, 0] + rng.logistic(size=300), [-9.0, 0.0, 9.0])
    weights = np.where(sign == np.array([[1], [-1]]), 1.0, 1e-6)
    fitted = ordinal.fit(y, x, weights, link=link)
    assert fitted.is_converged.all()
    assert fitted.slopes[0, 0] > 0 > fitted.slopes[1, 0]
    for replicate in range(2):
        scores = ordinal.scores_by_row(y, x, fitted.thresholds[replicate], fitted.slopes[replicate], link)
        assert np.abs(weights[replicate] @ scores).max() < 1e-5


def test_a_grade_that_no_row_has_is_empty_in_every_replicate() -> None:
    y, x = made_up()
    fitted = ordinal.fit(y, x, resampling.bayesian_bootstrap(len(y), 3, 1), grades=5)
    assert fitted.has_empty_grade.all()
    assert fitted.thresholds.shape == (3, 4)
    assert np.isnan(fitted.loglik).all()


def test_without_columns_thresholds_are_those_of_the_shares() -> None:
    y, _ = made_up()
    fitted = ordinal.fit(y, np.empty((len(y), 0)))
    share = np.cumsum(np.bincount(y))[:-1] / len(y)
    np.testing.assert_allclose(fitted.thresholds[0], np.log(share / (1 - share)), rtol=1e-8)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda y, x, w: (y[:-1], x, w, None), "they must agree"),
        (lambda y, x, w: (y, x, w[:, :-1], None), "they must agree"),
        (lambda y, x, w: (y, np.where(x > 6, np.nan, x), w, None), "missing or infinite"),
        (lambda y, x, w: (y, x, w - 2, None), "negative"),
        (lambda y, x, w: (y - 1, x, w, None), "-1 to 2 .*3 grades are whole numbers, 0"),
        (lambda y, x, w: (y + 0.5, x, w, None), "0.5 to 3.5 .*whole numbers"),
        (lambda y, x, w: (y, np.stack([x, x]), w, np.stack([x, x])), "not both"),
        (lambda y, x, w: (y, x, w, np.stack([x, x])), "as many of both"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(
    spoil: Callable[..., tuple[Ints, Floats, Floats, Floats | None]], message: str
) -> None:
    y, x, weights, varying = spoil(*made_up(), np.ones((3, 150)))
    with pytest.raises(CannotFit, match=message):
        ordinal.fit(y, x, weights, varying=varying)


@pytest.mark.parametrize("link", LINKS)
def test_columns_that_nearly_agree_are_not_taken_for_separation(link: Link) -> None:
    y, x = made_up(n=400, columns=2)
    # Two columns whose difference is a hundredth of their spread: slopes run to dozens, and cancel.
    z = x / x.std(axis=0)
    near = np.column_stack([z[:, 1], z[:, 1] + 0.01 * z[:, 0]])
    fitted, plain = ordinal.fit(y, near, link=link), ordinal.fit(y, z, link=link)
    assert np.abs(fitted.slopes).max() > 40
    assert fitted.is_converged[0]
    # z1 a + (z1 + z0/100) b = z0 (b/100) + z1 (a + b).
    np.testing.assert_allclose([fitted.slopes[0, 1] / 100, fitted.slopes[0].sum()], plain.slopes[0], rtol=1e-6)
    assert fitted.loglik[0] == pytest.approx(plain.loglik[0], rel=1e-12)
