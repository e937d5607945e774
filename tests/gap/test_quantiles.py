"""Counts on a grid against the draws themselves, and slices of distributions against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from fundgap.gap.fan_design import semidefinite_root
from fundgap.gap.quantiles import CELLS, Grid, place_grid, quantiles, share_above, spread
from fundgap.gap.strata import SLICES, normal_slices, scale_slices

EXAMPLES = settings(max_examples=25, deadline=None)
LEVELS = (0.0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
# Rounding of a few sums in double precision, relative.
ROUNDING = 1e-12
# Slices are kept in single precision.
SINGLE = 1e-6


def counted(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float, np.ndarray]:
    """Return counts, edges, extremes and width of each value's cell, for one year of draws, (1, B)."""
    first, shift = place_grid(values)
    grid = Grid(first[None], shift[None])
    cells = grid.cells(0, values, np.empty(values.shape, np.int32), np.empty(values.shape, np.int64))
    counts = np.bincount(cells.ravel(), minlength=CELLS).astype(np.int32)
    edges = grid.edges(0, 0)
    return counts, edges, float(values.min()), float(values.max()), np.diff(edges)


@EXAMPLES
@given(st.integers(0, 2**32), st.integers(1, 3000), st.floats(0, 2), st.floats(-3, 3), st.sampled_from([2.5, 5.0, np.inf]))
def test_quantiles_are_within_a_cell_of_the_exact_ones(seed: int, count: int, scale: float, centre: float, degrees: float) -> None:
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((1, count)) if np.isinf(degrees) else rng.standard_t(degrees, (1, count))
    values = np.exp(centre + scale * np.clip(drawn, -20, 20)).astype(np.float32)
    counts, edges, lowest, highest, widths = counted(values)
    assert counts.sum() == count
    exact = np.quantile(values.astype(float), LEVELS)
    found = quantiles(counts, edges, lowest, highest, LEVELS)
    cell = np.clip(np.searchsorted(edges, exact, side="right") - 1, 0, CELLS - 1)
    # The two draws that a quantile lies between may be in cells of different width: a cell doubles in width at a power of two.
    room = 2 * widths[cell]
    inside = (exact > edges[1]) & (exact < edges[-2])
    assert (np.abs(found - exact)[inside] <= room[inside]).all()
    assert (found[0], found[-1]) == (lowest, highest)
    assert (np.diff(found) >= 0).all()


def test_a_cell_is_less_than_a_fortieth_of_a_standard_deviation() -> None:
    for scale in (0.03, 0.05, 0.08, 0.13, 0.2, 0.3):
        values = np.exp(scale * np.random.default_rng(1).standard_normal((1, 5000))).astype(np.float32)
        edges = counted(values)[1]
        assert (np.diff(np.log(edges)) < scale / 40).all()


def test_draws_that_are_all_alike_are_held_exactly() -> None:
    counts, edges, lowest, highest, _ = counted(np.full((1, 7), 1.0, np.float32))
    assert quantiles(counts, edges, lowest, highest, (0.0, 0.4, 1.0)).tolist() == [1.0, 1.0, 1.0]
    assert spread(counts, edges, lowest, highest) == pytest.approx(0, abs=1e-7)
    assert share_above(counts, edges, lowest, highest, 1.0) == (0.0, 0.0)
    assert share_above(counts, edges, lowest, highest, 0.999) == (1.0, 0.0)


@EXAMPLES
@given(st.integers(0, 2**32), st.integers(2, 3000), st.floats(0.5, 1.5))
def test_shares_above_a_value_are_within_what_its_cell_holds(seed: int, count: int, value: float) -> None:
    values = np.exp(0.2 * np.random.default_rng(seed).standard_normal((1, count))).astype(np.float32)
    counts, edges, lowest, highest, _ = counted(values)
    share, room = share_above(counts, edges, lowest, highest, value)
    assert share == pytest.approx((values > value).mean(), abs=room + ROUNDING)
    assert spread(counts, edges, lowest, highest) == pytest.approx(values.astype(float).std(), rel=0.02, abs=1e-6)


def test_slices_of_the_normal_have_its_moments_and_its_distribution() -> None:
    slices = normal_slices().astype(float)
    assert slices.shape == (SLICES,)
    assert slices.mean() == 0
    assert slices.var() == pytest.approx(1, rel=SINGLE)
    # The outermost slices stand at their mean: a little of the fourth moment is lost.
    assert (slices**4).mean() == pytest.approx(3, rel=0.003)
    middle = stats.norm.ppf((np.arange(SLICES) + 0.5) / SLICES)
    assert slices[20:-20] == pytest.approx(middle[20:-20], abs=1e-3)
    # The mean of all beyond the outermost edge.
    edge = stats.norm.isf(1 / SLICES)
    assert slices[-1] == pytest.approx(SLICES * stats.norm.pdf(edge), rel=1e-4)


@pytest.mark.parametrize("degrees", [3.0, 5.0, 12.5])
def test_a_normal_times_a_scale_is_student_t(degrees: float) -> None:
    scales = scale_slices(degrees).astype(float)
    assert (scales**2).mean() == pytest.approx(degrees / (degrees - 2), rel=SINGLE)
    for x in (0.3, 1.0, 2.5, 5.0):
        assert stats.norm.cdf(x / scales).mean() == pytest.approx(stats.t.cdf(x, degrees), abs=1e-4)
    cut = scale_slices(degrees, 3.0)
    assert cut.max() == min(3, scales.max().astype(np.float32))
    assert np.array_equal(cut[scales < 3], scales[scales < 3].astype(np.float32))


def test_infinitely_many_degrees_scale_nothing() -> None:
    assert (scale_slices(np.inf) == 1).all()


@EXAMPLES
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(0, 6))
def test_a_root_times_itself_is_the_covariance_even_of_a_singular_one(seed: int, size: int, rank: int) -> None:
    half = np.random.default_rng(seed).standard_normal((2, size, rank))
    covariance = half @ np.swapaxes(half, 1, 2)
    root = semidefinite_root(covariance)
    # Pivots below a millionth of a millionth of the largest variance are taken for nothing: off by about their root at most.
    assert root @ np.swapaxes(root, 1, 2) == pytest.approx(covariance, abs=1e-5 * max(1.0, np.abs(covariance).max()))
    assert np.array_equal(np.triu(root[0], 1), np.zeros((size, size)))


def test_a_root_of_nothing_is_exactly_nothing() -> None:
    assert (semidefinite_root(np.zeros((3, 4, 4))) == 0).all()


def test_a_root_is_that_of_cholesky() -> None:
    half = np.random.default_rng(2).standard_normal((5, 6, 6))
    covariance = half @ np.swapaxes(half, 1, 2)
    assert semidefinite_root(covariance) == pytest.approx(np.linalg.cholesky(covariance), abs=1e-10)
