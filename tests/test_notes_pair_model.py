"""Scores, confidence and the choice of what is proposed."""

import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.notes.pair_features import AGAINST, ASKED, FEATURES, Called
from assistant.notes.pair_model import (
    CONFIDENT,
    Linear,
    Model,
    Weighed,
    choose,
    confidence_of,
    merged_evidence,
    shipped_model,
    standing,
)
from assistant.types.codes import Code


def weighed(
    value: str, title: str, confidence: float, *, family: str = "f", own: float = 0.0, levels: float = 0.0
) -> Weighed:
    called = Called(title, frozenset(title.lower().split()), "", family)
    features = {"own": own, "levels": levels, "fits": 0.0}
    return Weighed(Code("CPT", value), called, features, confidence, confidence, np.zeros(1))


def codes(items: tuple[Weighed, ...]) -> list[str]:
    return [item.code.value for item in items]


def test_the_shipped_model_is_readable_and_keeps_its_signs() -> None:
    body = json.loads(files("assistant.notes").joinpath("pair_model.json").read_text(encoding="utf-8"))
    assert body["fitted"]["split"] == "calibration"
    model = shipped_model()
    assert 0 < model.threshold < 1
    assert set(model.order.factors) <= set(FEATURES) and set(model.confidence.factors) <= set(CONFIDENT)
    for linear in (model.order, model.confidence):
        for name, (factor, _, spread) in linear.factors.items():
            assert spread > 0
            assert factor <= 0 if name in AGAINST else factor >= 0, name


def test_a_linear_model_adds_up() -> None:
    assert Linear(1.0, {"a": (2.0, 1.0, 4.0)})({"a": 9.0, "b": 5.0}) == 1.0 + 2.0 * (9.0 - 1.0) / 4.0


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-5, 5))
def test_a_surely_answered_procedure_line_adds_confidence_and_another_none(one: float, two: float, bias: float) -> None:
    model = Model(Linear(0.0, {}), Linear(bias, {}), 0.5)
    less, more = (confidence_of(model, {ASKED: asked}) for asked in sorted((one, two)))
    assert 0 <= less <= more <= 1
    unclaimed = confidence_of(model, {ASKED: 0.0})
    assert confidence_of(model, {ASKED: 0.79}) == unclaimed < confidence_of(model, {ASKED: 0.9})


def test_standing_is_towards_rivals_and_towards_the_top() -> None:
    found = standing([3.0, 2.5, 1.0], [[0, 1], [2]])
    assert [row["lead"] for row in found] == [0.5, -0.5, 3.0]
    assert [row["top"] for row in found] == [0.0, -0.5, -2.0]


def test_a_rival_is_proposed_only_with_words_of_its_own() -> None:
    first = weighed("1", "open removal", 0.9)
    assert codes(choose([first, weighed("2", "closed removal", 0.8)], 0.3)) == ["1"]
    assert codes(choose([first, weighed("2", "closed removal", 0.8, own=0.2)], 0.3)) == ["1", "2"]
    assert codes(choose([first, weighed("2", "another thing", 0.8, family="g")], 0.3)) == ["1", "2"]


def test_an_add_on_brings_its_primary_or_goes() -> None:
    add_on = weighed("2", "further level (add-on)", 0.8, levels=1.0)
    assert codes(choose([add_on, weighed("1", "first level", 0.2)], 0.3)) == ["2", "1"]
    assert codes(choose([add_on, weighed("1", "first level", 0.01)], 0.3)) == []


def test_a_primary_brings_the_add_on_that_the_levels_call_for() -> None:
    primary = weighed("1", "muscle depth first level", 0.8)
    right = weighed("2", "further level at muscle depth (add-on)", 0.2, levels=1.0)
    other = weighed("3", "further level at bone (add-on)", 0.2, levels=1.0)
    assert codes(choose([primary, right, other], 0.3)) == ["1", "2"]
    silent = weighed("2", "further level at muscle depth (add-on)", 0.2)
    assert codes(choose([primary, silent], 0.3)) == ["1"]


@given(st.lists(st.floats(0, 1), max_size=6), st.floats(0, 1))
def test_of_codes_that_are_no_rivals_those_at_the_threshold_or_above_are_proposed(
    confidences: list[float], threshold: float
) -> None:
    items = [weighed(str(at), f"title {at}", value, family=f"family {at}") for at, value in enumerate(confidences)]
    sure = {str(at) for at, value in enumerate(confidences) if value >= threshold}
    assert set(codes(choose(items, threshold))) == sure


# Of a family: its members' confidences, which of them are add-ons, and which have words or levels of their own.
SHARES = st.sampled_from([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
MEMBER = st.tuples(SHARES, st.booleans(), st.sampled_from([0.0, 0.2]), st.sampled_from([0.0, 1.0]))


@given(st.lists(MEMBER, min_size=1, max_size=4), SHARES, SHARES)
@settings(max_examples=400)
def test_a_higher_threshold_proposes_no_more_of_a_family(
    members: list[tuple[float, bool, float, float]], one: float, other: float
) -> None:
    items = [
        weighed(str(at), f"title {at}" + " (add-on)" * further, confidence, own=own, levels=levels)
        for at, (confidence, further, own, levels) in enumerate(members)
    ]
    low, high = sorted((one, other))
    assert len(choose(items, high)) <= len(choose(items, low))


def test_evidence_is_named_in_the_order_of_the_note_and_prefers_the_description() -> None:
    from test_notes_pair_features import spoken

    note = spoken("title", "told well", "told too", "elsewhere", titled=1)
    item = Weighed(Code("CPT", "1"), Called("t", frozenset(), "", ""), {}, 1.0, 1.0, np.array([0.9, 0.5, 0.6, 0.1]))
    assert merged_evidence(item, note, share=0.8, most=2) == (1, 2)
    assert merged_evidence(item, note, share=0.95, most=2) == (2,)
    only = spoken("title", titled=1)
    assert merged_evidence(item, only, share=0.8, most=2) == (0,)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_nothing_is_chosen_of_nothing(threshold: float) -> None:
    assert choose([], threshold) == ()
