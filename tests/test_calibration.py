"""The gate and its figures: probabilities are monotone, and shares add up."""

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.calibration import (
    DEFAULT_THRESHOLD,
    Lexis,
    Numbers,
    Support,
    confidence,
    content_terms,
    covered,
    measure_support,
    rarity,
    refusal,
    why_unsupported,
)
from assistant.calibration.support import FALLING, NAMES
from assistant.library.search.lexical import Terms
from assistant.types import RefusalReason

TERMS = Terms()
SHARE = st.floats(0, 1)
WORDS = st.sampled_from("bone flap iliac crest nerve wrist metatarsal".split())
WEIGHTS = st.dictionaries(WORDS, st.floats(0, 12), max_size=7)
HELD = Counter({"flap": 50, "metatars": 3, "nerv": 20, "shoulder": 4, "repair": 90, "ladi": 2})
LEXIS = Lexis(TERMS, lambda term: HELD[term], 100)


@given(SHARE, SHARE, SHARE)
def test_raising_the_threshold_never_turns_a_refusal_into_an_answer(sure, one, other) -> None:
    low, high = sorted((one, other))
    assert refusal(sure, high) is not None or refusal(sure, low) is None


@given(SHARE, SHARE, SHARE)
def test_more_confidence_is_never_refused_where_less_is_answered(one, other, threshold) -> None:
    low, high = sorted((one, other))
    assert refusal(low, threshold) is not None or refusal(high, threshold) is None


def test_a_refusal_says_how_far_off_it_is() -> None:
    assert refusal(DEFAULT_THRESHOLD) is None
    assert refusal(math.nextafter(DEFAULT_THRESHOLD, 0)) is RefusalReason.NOT_ENOUGH_EVIDENCE
    assert refusal(0.0) is RefusalReason.OUT_OF_CORPUS


@given(WEIGHTS, st.sets(WORDS), st.sets(WORDS))
def test_coverage_is_a_share_and_grows_with_what_is_held(weight, held, more) -> None:
    assert 0.0 <= covered(weight, held) <= covered(weight, held | more) <= 1.0
    assert covered(weight, set(weight)) == 1.0


def ordered(one, other, named):
    """Two supports; the second is at least as good in every number."""
    low, high = [], []
    for name, a, b in zip(NAMES, one, other, strict=True):
        least, most = sorted((a, b), reverse=name in FALLING)
        low.append(least)
        high.append(most)
    return Support(named, *low), Support(named, *high)


PARTS = st.lists(st.floats(-4, 4), min_size=len(NAMES), max_size=len(NAMES))


@given(PARTS, PARTS, st.booleans())
def test_support_is_a_probability_that_grows_with_each_part_that_speaks_for_it(one, other, named) -> None:
    low, high = ordered(one, other, named)
    assert 0.0 <= confidence(low) <= confidence(high) <= 1.0


def test_content_is_what_carries_a_subject() -> None:
    assert content_terms("What is the CPT code for a flap, please?", TERMS) == ["flap"]
    assert content_terms("the flap of flaps", TERMS) == ["flap"]
    assert content_terms("which of these", TERMS) == []


def test_a_rare_word_weighs_more_and_an_unknown_one_most() -> None:
    weight = rarity(["flap", "metatars", "zebra"], lambda term: HELD[term], 100)
    assert 0 < weight["flap"] < weight["metatars"] < weight["zebra"]


def test_a_word_is_unknown_if_no_document_holds_any_form_of_it() -> None:
    lexis = Lexis(TERMS, lambda term: HELD[term], 100, lambda prefix: tuple(t for t in HELD if t.startswith(prefix)))
    assert lexis.is_unknown("zebra") and not lexis.is_unknown("flaps")
    assert why_unsupported("a flap of the zebra", lexis) == "No document of the library mentions “zebra”."
    assert why_unsupported("a flap of the shoulder", lexis) is None


NUMBERS = Numbers(False, [2.0, 0.5, -1.0, -6.0], 1.5, 0.7, 0.8, 0.6, 0.2, True, 0.9, [0.1, 0.05])


def test_support_is_measured_by_the_best_statements_and_the_leading_code() -> None:
    support = measure_support(NUMBERS)
    assert (support.best, support.following) == (2.0, -0.25)
    assert (support.titled, support.shown) == (1.5, 0.7)
    assert support.titled_wanted == pytest.approx(0.8 * 1.5) and support.best_wanted == pytest.approx(0.2 * 2.0)
    assert support.missing == pytest.approx(0.15) and support.heaviest == 0.1


def test_nothing_found_supports_nothing() -> None:
    nothing = measure_support(Numbers(False, [], None, 0.0, 0.5, 0.0, 0.0, False, 0.0, [1.0]))
    assert nothing.best == nothing.titled == -8.0 and nothing.shown == 0.0
    assert refusal(confidence(nothing)) is RefusalReason.OUT_OF_CORPUS


def test_a_logit_beyond_all_bounds_counts_as_the_bound() -> None:
    wild = measure_support(replace(NUMBERS, statements=[900.0], title=-900.0))
    assert (wild.best, wild.titled) == (8.0, -8.0)
