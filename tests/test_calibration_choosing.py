"""The choice holds the right code as often as it says."""

import math
import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assistant.calibration import least_share, shares_of, size_of_choice

SCORES = st.lists(st.floats(-20, 20), max_size=12)


@given(SCORES, st.floats(0, 3))
def test_shares_add_up_and_keep_the_order(scores, sharpness) -> None:
    shares = shares_of(scores, sharpness)
    assert len(shares) == len(scores)
    assert not scores or math.isclose(math.fsum(shares), 1)
    order = sorted(range(len(scores)), key=lambda at: -scores[at])
    assert all(shares[one] >= shares[other] for one, other in pairwise(order))


@given(SCORES, st.floats(0, 1), st.floats(0, 1))
def test_the_choice_is_a_head_that_grows_as_the_least_share_falls(scores, one, other) -> None:
    shares = shares_of(sorted(scores, reverse=True), 1.0)
    low, high = sorted((one, other))
    assert min(1, len(shares)) <= size_of_choice(shares, high) <= size_of_choice(shares, low) <= len(shares)
    assert all(share >= high for share in shares[1 : size_of_choice(shares, high)])


def test_the_right_code_is_in_the_choice_at_its_level() -> None:
    chance = random.Random(3)

    def query() -> tuple[list[float], int]:
        shares = sorted(shares_of([chance.gauss(0, 2) for _ in range(8)], 1.0), reverse=True)
        # Right less often than its share says: what is promised must not rest on honest shares.
        return shares, chance.choices(range(8), [share**0.7 for share in shares])[0]

    calibration, test = ([query() for _ in range(4_000)] for _ in range(2))
    least = least_share([shares[right] for shares, right in calibration], 0.9)
    held = sum(right < size_of_choice(shares, least) for shares, right in test) / len(test)
    assert 0.88 <= held <= 0.92


def test_too_few_queries_promise_nothing() -> None:
    assert least_share([0.2] * 5, 0.95) == 0.0
    assert least_share([0.5] * 15 + [0.0] * 5, 0.95) == 0.0
