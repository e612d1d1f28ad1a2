"""The gate and the figures it goes by: probabilities, monotone, and shares that add up."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import evidence, hit

from assistant import calibration
from assistant.calibration import (
    Support,
    content_terms,
    covered,
    measure_support,
    named_confidence,
    rarity,
    refusal,
    share_confidence,
)
from assistant.lexical import Terms
from assistant.types import Profile, RefusalReason

TERMS = Terms()
SHARE = st.floats(0, 1)
WORDS = st.sampled_from("bone flap iliac crest nerve wrist metatarsal".split())
WEIGHTS = st.dictionaries(WORDS, st.floats(0, 12), max_size=7)


@given(SHARE, SHARE, SHARE)
def test_raising_the_threshold_never_turns_a_refusal_into_an_answer(confidence, one, other) -> None:
    low, high = sorted((one, other))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "THRESHOLD", low)
        refused_low = refusal(confidence) is not None
        patch.setattr(calibration, "THRESHOLD", high)
        assert refusal(confidence) is not None or not refused_low


@given(SHARE, SHARE)
def test_more_confidence_is_never_refused_where_less_is_answered(one, other) -> None:
    low, high = sorted((one, other))
    assert refusal(low) is not None or refusal(high) is None


def test_a_refusal_says_how_far_off_it_is() -> None:
    assert refusal(calibration.THRESHOLD) is None
    assert refusal(math.nextafter(calibration.THRESHOLD, 0)) is RefusalReason.NOT_ENOUGH_EVIDENCE
    assert refusal(0.0) is RefusalReason.OUT_OF_CORPUS


@given(WEIGHTS, st.sets(WORDS), st.sets(WORDS))
def test_coverage_is_a_share_and_grows_with_what_is_held(weight, held, more) -> None:
    assert 0.0 <= covered(weight, held) <= covered(weight, held | more) <= 1.0
    assert covered(weight, set(weight)) == 1.0


@given(*[st.tuples(st.floats(-1, 1), st.floats(-1, 1), SHARE, st.floats(-15, 15))] * 2)
def test_support_is_a_probability_that_grows_with_each_of_its_parts(one, other) -> None:
    low = Support(*map(min, zip(one, other, strict=True)))
    high = Support(*map(max, zip(one, other, strict=True)))
    assert 0.0 <= low.confidence <= high.confidence <= 1.0


@given(SHARE, SHARE, st.booleans())
def test_a_named_code_is_answered_for_the_words_its_pages_hold(one, other, asks) -> None:
    low, high = sorted((one, other))
    assert 0 <= named_confidence(low, asks_section=asks) <= named_confidence(high, asks_section=asks) <= 1
    assert named_confidence(low, asks_section=False) <= named_confidence(low, asks_section=True)


@given(st.lists(st.floats(-300, 300), min_size=1, max_size=40), SHARE)
def test_the_shares_are_the_answers_confidence_in_the_order_of_the_scores(scores, confidence) -> None:
    items = [evidence(f"{10000 + at}", score=score) for at, score in enumerate(sorted(scores, reverse=True))]
    shares = share_confidence(items, confidence)
    assert math.fsum(shares) == pytest.approx(confidence)
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares, reverse=True)


def test_no_evidence_has_no_shares() -> None:
    assert share_confidence([], 0.9) == []


def test_content_is_what_carries_a_subject() -> None:
    assert content_terms("What is the CPT code for a flap, please?", TERMS) == ["flap"]
    assert content_terms("the flap of flaps", TERMS) == ["flap"]
    assert content_terms("which of these", TERMS) == []


def test_a_rare_word_weighs_more_and_an_unknown_one_most() -> None:
    held = {"flap": 50, "metatars": 3}
    weight = rarity(["flap", "metatars", "zebra"], lambda term: held.get(term, 0), 100)
    assert 0 < weight["flap"] < weight["metatars"] < weight["zebra"]


def profile(text: str) -> Profile:
    return Profile((0.5,), 0.5, Counter(TERMS(text)))


def test_support_is_read_off_the_hits_and_the_leading_code() -> None:
    hits = [hit("bone", "20972", similarity=0.6), hit("bone", "20970", similarity=0.9), hit("bone", "20970")]
    found = [evidence("20972", score=2.5), evidence("20970", score=1.0)]
    profiles = {found[0].code: profile("a flap, a nerve"), found[1].code: profile("a zebra")}
    weight = {"flap": 1.0, "nerv": 2.0, "zebra": 1.0}
    assert measure_support(weight, hits, found, profiles, TERMS) == Support(0.9, pytest.approx(2 / 3), 0.75, 2.5)


def test_a_narrative_among_the_best_hits_supports_too() -> None:
    weight = {"flap": 1.0, "zebra": 3.0}
    found = [evidence("20972")]
    near = [hit("bone", "20972"), hit("a zebra")]
    assert measure_support(weight, near, found, {found[0].code: profile("flap")}, TERMS).coverage == 0.75
    far = [*[hit("bone", "20972")] * 20, hit("a zebra")]
    assert measure_support(weight, far, found, {found[0].code: profile("flap")}, TERMS).coverage == 0.25


def test_nothing_found_supports_nothing() -> None:
    assert measure_support({"flap": 1.0}, [], [], {}, TERMS) == Support(0.0, 0.0, 0.0, 0.0)
