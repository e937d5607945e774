"""Intervals of shares: statsmodels' where rows are independent, resampled councils where they are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from fundgap.models.proportions import clustered_interval, design_effect, exact_interval, wilson_interval
from fundgap.models.resampling import cluster_bootstrap

# Both use the same closed forms.
SAME = 1e-12
# 4,000 resamples give a standard error to about 1 / sqrt(2 * 4000) = 1.1%, and the linear formula is one to order 1 / G.
RESAMPLED = 0.05


@given(st.integers(1, 200), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_both_intervals_are_those_of_statsmodels(n: int, data: st.DataObject, level: float) -> None:
    count = data.draw(st.integers(0, n))
    assert wilson_interval(count / n, n, level) == pytest.approx(proportion_confint(count, n, 1 - level, "wilson"), abs=SAME)
    assert exact_interval(count, n, level) == pytest.approx(proportion_confint(count, n, 1 - level, "beta"), abs=SAME)


def test_one_row_a_council_is_worth_itself() -> None:
    hits = np.array([1.0, 0, 0, 1, 0])
    assert design_effect(hits, np.arange(5)) == pytest.approx(1.0, abs=SAME)
    assert clustered_interval(hits, np.arange(5)) == pytest.approx(wilson_interval(2 / 5, 5), abs=SAME)


def test_councils_whose_rows_are_all_alike_count_once() -> None:
    hits, clusters = np.repeat([1.0, 0, 0, 1, 0, 1], 4), np.repeat(np.arange(6), 4)
    # Variance p(1 - p) / 5 of 6 councils, against p(1 - p) / 23 of 24 rows.
    assert design_effect(hits, clusters) == pytest.approx(23 / 5, abs=SAME)
    assert clustered_interval(hits, clusters) == pytest.approx(wilson_interval(0.5, 24 / (23 / 5)), abs=SAME)


def test_rows_that_differ_within_a_council_never_narrow_the_interval() -> None:
    hits, clusters = np.tile([1.0, 0.0], 10), np.repeat(np.arange(10), 2)
    assert design_effect(hits, clusters) == 1.0


def test_the_clustered_standard_error_is_that_of_resampled_councils() -> None:
    rng = np.random.default_rng(3)
    clusters = rng.integers(120, size=400)
    hits = (rng.uniform(size=400) < rng.beta(1, 2, size=120)[clusters]).astype(float)
    weights = cluster_bootstrap(clusters, 4_000, seed=1)
    resampled = ((weights @ hits) / weights.sum(axis=1)).std()
    codes = np.unique(clusters, return_inverse=True)[1]
    share = hits.mean()
    ours = np.sqrt(design_effect(hits, codes) * share * (1 - share) / len(hits))
    assert ours == pytest.approx(resampled, rel=RESAMPLED)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_none_or_all_has_an_end_there_and_an_interval(share: float) -> None:
    lower, upper = clustered_interval(np.full(8, share), np.repeat(np.arange(4), 2))
    assert {lower, upper} & {share} == {share}
    assert lower < upper
