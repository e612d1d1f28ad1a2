"""Standard scores: mean 0, deviation 1, in any order the same, and 0 where all values are equal."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.standard_scores import moments, standard_array, standard_scores

VALUES = st.lists(st.floats(-100, 100).map(lambda value: round(value, 3)), max_size=30)


@given(VALUES)
def test_both_forms_have_mean_0_and_deviation_1(values: list[float]) -> None:
    scores = standard_scores(values)
    if len(set(values)) < 2:
        assert scores == pytest.approx([0.0] * len(values), abs=1e-6)
        return
    assert math.fsum(scores) == pytest.approx(0.0, abs=1e-6)
    assert math.fsum(score * score for score in scores) == pytest.approx(len(values))
    assert standard_array(np.array(values)).tolist() == pytest.approx(scores, abs=1e-6)


@given(VALUES.flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_the_order_of_the_values_changes_nothing(both: tuple[list[float], list[float]]) -> None:
    assert moments(both[0]) == moments(both[1])


def test_equal_values_have_a_spread_that_can_be_divided_by() -> None:
    assert moments([2.0, 2.0]) == (2.0, 1.0) and moments([]) == (0.0, 1.0)
    assert standard_array(np.array([3, 3], np.float32)).tolist() == [0.0, 0.0]
