"""Resamples: what must add up adds up, what must stay together does, and any replicate can be had again alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fundgap.errors import CannotFit
from fundgap.models import resampling

CLUSTERS = np.array(["Kent", "Leeds", "Kent", "Bury", "Leeds", "Kent", "York", "Bury", "Derby", "Derby", "Essex"])
# Means of 4,000 draws of mean 1 and variance about 1 stay within five standard errors of it.
DRAWS = 4000
FIVE_ERRORS = 5 / np.sqrt(DRAWS)

Sampler = Callable[[int, int, int], NDArray[Any]]
SAMPLERS: dict[str, Sampler] = {
    "bootstrap": lambda count, seed, start: resampling.bootstrap(11, count, seed, start=start),
    "cluster bootstrap": lambda count, seed, start: resampling.cluster_bootstrap(CLUSTERS, count, seed, start=start),
    "bayesian bootstrap": lambda count, seed, start: resampling.bayesian_bootstrap(11, count, seed, start=start),
    "cluster bayesian": lambda count, seed, start: resampling.cluster_bayesian_bootstrap(CLUSTERS, count, seed, start=start),
    "folds": lambda count, seed, start: resampling.folds(CLUSTERS, 3, seed, start=start, repeats=count),
    "permutations": lambda count, seed, start: resampling.permutations(CLUSTERS, count, seed, start=start),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_replicate_can_be_had_again_alone(name: str) -> None:
    draw = SAMPLERS[name]
    together = draw(9, 42, 0)
    for replicate in (0, 4, 8):
        np.testing.assert_array_equal(draw(1, 42, replicate)[0], together[replicate])
    np.testing.assert_array_equal(draw(5, 42, 4), together[4:])
    assert (draw(9, 43, 0) != together).any()
    assert len(np.unique(together.reshape(9, -1), axis=0)) > 1


def test_seeds_are_those_that_numpy_spawns() -> None:
    spawned = np.random.SeedSequence(42).spawn(3)[2]
    expected = np.random.Generator(np.random.Philox(spawned)).integers(1 << 40, size=5)
    np.testing.assert_array_equal(resampling.generator(42, 2).integers(1 << 40, size=5), expected)


@pytest.mark.parametrize("name", ["bootstrap", "cluster bootstrap", "bayesian bootstrap", "cluster bayesian"])
def test_every_row_has_weight_one_on_average(name: str) -> None:
    weights = SAMPLERS[name](DRAWS, 1, 0)
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=FIVE_ERRORS)
    # Variance: counts 1 - 1/G, shares of a flat Dirichlet (G - 1)/(G + 1), for G things to draw.
    count = 11 if name in ("bootstrap", "bayesian bootstrap") else 6
    expected = 1 - 1 / count if "bayesian" not in name else (count - 1) / (count + 1)
    assert weights.var(axis=0).mean() == pytest.approx(expected, abs=FIVE_ERRORS)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40))
def test_weights_sum_to_the_number_of_rows(seed: int, n: int) -> None:
    counts, shares = resampling.bootstrap(n, 3, seed), resampling.bayesian_bootstrap(n, 3, seed)
    assert (counts.sum(axis=1) == n).all()
    assert (counts == counts.round()).all()
    assert counts.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=1), n, rtol=1e-12)
    assert shares.min() > 0


@settings(max_examples=30, deadline=None)
@given(labels=st.lists(st.integers(0, 6), min_size=1, max_size=30), seed=st.integers(0, 10**6))
def test_a_cluster_stays_together(labels: list[int], seed: int) -> None:
    clusters = np.array(labels)
    names, first = np.unique(clusters, return_index=True)
    for weights in (resampling.cluster_bootstrap(clusters, 3, seed), resampling.cluster_bayesian_bootstrap(clusters, 3, seed)):
        for name, row in zip(names, first, strict=True):
            assert (weights[:, clusters == name] == weights[:, [row]]).all()
        np.testing.assert_allclose(weights[:, first].sum(axis=1), len(names), rtol=1e-12)


def test_the_jackknife_leaves_each_row_or_cluster_out_once() -> None:
    np.testing.assert_array_equal(resampling.jackknife(3), [[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    # Sorted: Bury, Derby, Essex, Kent, Leeds, York.
    masks = resampling.cluster_jackknife(CLUSTERS)
    assert masks.shape == (6, 11)
    for mask, name in zip(masks, ["Bury", "Derby", "Essex", "Kent", "Leeds", "York"], strict=True):
        np.testing.assert_array_equal(mask, (name != CLUSTERS).astype(float))


@settings(max_examples=30, deadline=None)
@given(labels=st.lists(st.integers(0, 8), min_size=4, max_size=40), count=st.integers(2, 5), seed=st.integers(0, 10**6))
def test_folds_hold_every_row_back_once_and_keep_clusters_whole(labels: list[int], count: int, seed: int) -> None:
    clusters = np.array(labels)
    names = np.unique(clusters)
    if len(names) < count:
        with pytest.raises(CannotFit, match="at least one cluster for each"):
            resampling.folds(clusters, count, seed)
        return
    masks = resampling.folds(clusters, count, seed, repeats=2)
    assert masks.shape == (2, count, len(clusters))
    assert ((1 - masks).sum(axis=1) == 1).all()
    for held_back in (1 - masks).reshape(-1, len(clusters)):
        inside = np.unique(clusters[held_back == 1])
        assert (held_back == np.isin(clusters, inside)).all()
        assert len(names) // count <= len(inside) <= -(-len(names) // count)


@settings(max_examples=30, deadline=None)
@given(labels=st.lists(st.sampled_from("abc"), min_size=1, max_size=30), seed=st.integers(0, 10**6))
def test_permutations_move_rows_within_their_stratum_only(labels: list[str], seed: int) -> None:
    strata = np.array(labels)
    for order in resampling.permutations(strata, 4, seed):
        np.testing.assert_array_equal(np.sort(order), np.arange(len(strata)))
        np.testing.assert_array_equal(strata[order], strata)


def test_every_order_within_strata_is_equally_likely() -> None:
    orders = resampling.permutations(np.array([7, 3, 7, 3, 7]), DRAWS, 5)
    seen, times = np.unique(orders, axis=0, return_counts=True)
    # 3! orders of rows 0, 2, 4 times 2! of rows 1, 3; each a binomial count with mean 4,000/12.
    assert len(seen) == 12
    assert np.abs(times - DRAWS / 12).max() < 5 * np.sqrt(DRAWS / 12)
