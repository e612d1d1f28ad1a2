"""Intervals hold what they promise, and the paired test agrees with an independent one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assistant.evaluation.intervals import bootstrap, paired_test, share_interval

SHARES = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=40)


@given(st.integers(1, 300).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_of_a_share_is_the_exact_one(share) -> None:
    count, total = share
    expected = stats.binomtest(count, total).proportion_ci(0.95, method="exact")
    assert share_interval(count, total) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_share_is_refused() -> None:
    for count, total in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no share"):
            share_interval(count, total)


@settings(max_examples=30, deadline=None)
@given(SHARES)
def test_a_bootstrap_interval_is_the_same_each_time_and_within_the_values(values) -> None:
    low, high = bootstrap(values)
    assert (low, high) == bootstrap(values)
    assert low <= high
    if min(values) != max(values):
        assert min(values) - 1e-12 <= low and high <= max(values) + 1e-12


def test_a_bootstrap_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(3).beta(2, 1, 120)
    expected = stats.bootstrap((values,), np.mean, n_resamples=5_000, method="percentile", rng=1).confidence_interval
    assert bootstrap(list(values)) == pytest.approx((expected.low, expected.high), abs=0.006)


def test_where_resampling_shows_no_chance_the_exact_bound_stands() -> None:
    assert bootstrap([1.0] * 20) == share_interval(20, 20)
    assert bootstrap([0.0] * 20) == share_interval(0, 20)
    assert bootstrap([0.4] * 3) == (0.4, 0.4)
    with pytest.raises(ValueError, match="no value"):
        bootstrap([])


def test_the_paired_test_agrees_with_scipy_and_with_the_binomial() -> None:
    random = np.random.default_rng(5)
    differences = list(random.normal(0.03, 0.2, 80))
    expected = stats.permutation_test(
        (differences,), lambda values, axis: values.mean(axis=axis), vectorized=True, permutation_type="samples",
        n_resamples=20_000, rng=1,
    ).pvalue  # fmt: skip
    assert paired_test(differences) == pytest.approx(expected, abs=0.02)
    # Of signs alone the test is the sign test; queries that did not move say nothing.
    signs = [1.0] * 9 + [-1.0] * 2 + [0.0] * 50
    assert paired_test(signs) == pytest.approx(stats.binomtest(9, 11).pvalue, abs=0.01)


def test_no_difference_is_no_finding_and_p_is_never_nothing() -> None:
    assert paired_test([]) == paired_test([0.0, 0.0]) == 1.0
    assert 0 < paired_test([1.0] * 100) < 0.001
    assert math.isclose(paired_test([0.2, -0.1, 0.3]), paired_test([-0.2, 0.1, -0.3]))
