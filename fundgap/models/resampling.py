"""Resamples as arrays: weights for `ordinal.fit`, or orders of rows, each replicate from its own seed.

A replicate's numbers depend on the seed and on its own number alone: `start` asks for later ones, or for one again. They come
from the counter-based generator Philox (Salmon and others, 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11), keyed by
`numpy.random.SeedSequence(seed, spawn_key=(replicate,))`, which is what `SeedSequence(seed).spawn` gives one after the other.

Shapes: n rows, R replicates, G clusters.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fundgap.errors import CannotFit
from fundgap.models.standardise import Floats

Ints = NDArray[np.int64]


def generator(seed: int, replicate: int, *part: int) -> np.random.Generator:
    """Return the random numbers of one replicate, or of a numbered part of it."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(replicate, *part))))


def bootstrap(n: int, replicates: int, seed: int, *, start: int = 0) -> Floats:
    """Return how often each row is drawn, (R, n), when n rows are drawn with replacement (Efron, 1979, Annals of Statistics 7)."""
    return _stacked(lambda rng: _counts(rng, n), n, replicates, seed, start)


def cluster_bootstrap(clusters: NDArray[Any], replicates: int, seed: int, *, start: int = 0) -> Floats:
    """Return how often each row's cluster is drawn, (R, n), when G whole clusters are drawn with replacement.

    Parameters
    ----------
    clusters : (n,)
        Any labels; rows with the same one stay together. Where clusters differ in size, so does a replicate's number of rows.
    """
    codes, count = _codes(clusters)
    weights: Floats = _stacked(lambda rng: _counts(rng, count), count, replicates, seed, start)[:, codes]
    return weights


def bayesian_bootstrap(n: int, replicates: int, seed: int, *, start: int = 0) -> Floats:
    """Return positive weights, (R, n), that sum to n: n times a flat Dirichlet (Rubin, 1981, Annals of Statistics 9).

    No row is ever left out, so no grade is ever empty.
    """
    return _stacked(lambda rng: _shares(rng, n), n, replicates, seed, start)


def cluster_bayesian_bootstrap(clusters: NDArray[Any], replicates: int, seed: int, *, start: int = 0) -> Floats:
    """Return positive weights, (R, n), the same within a cluster: G times a flat Dirichlet over the G clusters."""
    codes, count = _codes(clusters)
    weights: Floats = _stacked(lambda rng: _shares(rng, count), count, replicates, seed, start)[:, codes]
    return weights


def jackknife(n: int) -> Floats:
    """Return n masks, (n, n), each leaving one row out."""
    return 1 - np.eye(n)


def cluster_jackknife(clusters: NDArray[Any]) -> Floats:
    """Return G masks, (G, n), each leaving one cluster out, in the order of their sorted labels."""
    codes, count = _codes(clusters)
    masks: Floats = (codes != np.arange(count)[:, None]).astype(float)
    return masks


def folds(clusters: NDArray[Any], count: int, seed: int, *, start: int = 0, repeats: int = 1) -> Floats:
    """Return the training masks of cross-validation in which no cluster is on both sides.

    Parameters
    ----------
    clusters : (n,)
        Any labels; `numpy.arange(n)` where each row stands for itself.
    count
        Folds; clusters are dealt out at random, as evenly as their number allows.
    repeats
        How often to deal anew.

    Returns
    -------
    (repeats, count, n) array
        0 for the rows that a fold holds back, 1 for those to fit on; every row is held back once in each repeat.

    Raises
    ------
    CannotFit
        With fewer clusters than folds, or fewer than two folds.
    """
    codes, clusters_there = _codes(clusters)
    if not 2 <= count <= clusters_there:
        raise CannotFit(f"{count} folds of {clusters_there} clusters: there must be at least two, and at least one cluster for each.")
    dealt = _stacked(lambda rng: rng.permutation(clusters_there) % count, clusters_there, repeats, seed, start)[:, codes]
    masks: Floats = (dealt[:, None] != np.arange(count)[:, None]).astype(float)
    return masks


def permutations(strata: NDArray[Any], replicates: int, seed: int, *, start: int = 0) -> Ints:
    """Return orders of rows, (R, n), shuffled within strata: `column[order]` gives each row a value of its own stratum.

    Parameters
    ----------
    strata : (n,)
        Any labels, deprivation bands for one; zeros to shuffle all rows.
    """
    codes, _ = _codes(strata)
    # Shuffle all rows, then bring each stratum's back to its own places: every order within strata is equally likely.
    places = np.argsort(codes, kind="stable")

    def one(rng: np.random.Generator) -> Ints:
        shuffled = rng.permutation(len(codes))
        order = np.empty(len(codes), dtype=np.int64)
        order[places] = shuffled[np.argsort(codes[shuffled], kind="stable")]
        return order

    return _stacked(one, len(codes), replicates, seed, start, dtype=np.int64)


def _stacked(
    one: Callable[[np.random.Generator], Any], width: int, replicates: int, seed: int, start: int, dtype: type = float
) -> NDArray[Any]:
    """Return what each replicate draws, one a row."""
    result: NDArray[Any] = np.empty((replicates, width), dtype=dtype)
    for row in range(replicates):
        result[row] = one(generator(seed, start + row))
    return result


def _counts(rng: np.random.Generator, n: int) -> Ints:
    return np.bincount(rng.integers(n, size=n), minlength=n)


def _shares(rng: np.random.Generator, n: int) -> Floats:
    drawn = rng.standard_exponential(n)
    result: Floats = drawn * (n / drawn.sum())
    return result


def _codes(labels: NDArray[Any]) -> tuple[Ints, int]:
    """Return each row's number among the sorted labels, and how many there are."""
    names, codes = np.unique(labels, return_inverse=True)
    return codes.astype(np.int64), len(names)
