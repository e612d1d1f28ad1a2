"""The gate and its figures: probabilities are monotone, and shares add up."""

import math
from collections import Counter
from dataclasses import astuple, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import evidence, hit, stored

from assistant.calibration import (
    DEFAULT_THRESHOLD,
    NOTHING_TOLD,
    Asked,
    Lexis,
    NamedSupport,
    Reading,
    Support,
    Told,
    confidence,
    content_terms,
    covered,
    measure_named,
    measure_support,
    named_confidence,
    rarity,
    refusal,
    share_confidence,
)
from assistant.calibration.named import NAMED_NAMES
from assistant.calibration.support import FALLING, NAMES
from assistant.language.lexis import Kind
from assistant.language.words import attributes_lacking
from assistant.library.search.lexical import Terms
from assistant.types import Profile, RefusalReason
from assistant.types.codes import CPT, find_codes

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


def ordered(kind, falling, one, other):
    """Two supports; the second is at least as good in every number."""
    low, high = [], []
    for field, a, b in zip(fields(kind), one, other, strict=True):
        least, most = sorted((a, b), reverse=field.name in falling)
        low.append(least)
        high.append(most)
    return kind(*low), kind(*high)


PARTS = st.lists(st.floats(-4, 4), min_size=len(NAMES), max_size=len(NAMES))


@given(PARTS, PARTS)
def test_support_is_a_probability_that_grows_with_each_part_that_speaks_for_it(one, other) -> None:
    low, high = ordered(Support, FALLING, one, other)
    assert 0.0 <= confidence(low) <= confidence(high) <= 1.0


@given(*[st.tuples(*[st.floats(0, 5)] * 6)] * 2)
def test_a_named_code_is_answered_for_the_words_its_pages_hold(one, other) -> None:
    low, high = ordered(NamedSupport, frozenset(NAMED_NAMES), one, other)
    assert 0.0 <= named_confidence(low) <= named_confidence(high) <= 1.0


@given(st.lists(st.floats(-300, 300), min_size=1, max_size=40), SHARE)
def test_the_shares_are_the_answers_confidence_in_the_order_of_the_scores(scores, sure) -> None:
    items = [evidence(f"{10000 + at}", score=score) for at, score in enumerate(sorted(scores, reverse=True))]
    shares = share_confidence(items, sure)
    assert math.fsum(shares) == pytest.approx(sure)
    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares, reverse=True)


def test_no_evidence_has_no_shares() -> None:
    assert share_confidence([], 0.9) == []


def test_content_is_what_carries_a_subject() -> None:
    assert content_terms("What is the CPT code for a flap, please?", TERMS) == ["flap"]
    assert content_terms("the flap of flaps", TERMS) == ["flap"]
    assert content_terms("which of these", TERMS) == []


def test_a_rare_word_weighs_more_and_an_unknown_one_most() -> None:
    weight = rarity(["flap", "metatars", "zebra"], lambda term: HELD[term], 100)
    assert 0 < weight["flap"] < weight["metatars"] < weight["zebra"]


# words that the documents near a query do not hold


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("stapedotomy", Kind.FOREIGN),  # by its ending, though no list held it
        ("trapeziectomy", Kind.FOREIGN),
        ("pneumonectomy", Kind.FOREIGN),
        ("shoulder", Kind.ELSEWHERE),
        ("cholera", Kind.DIAGNOSIS),
        ("lady", Kind.PLAIN),
        ("pebble", Kind.PLAIN),
    ],
)
def test_a_word_that_is_not_held_is_told_by_its_kind(text, kind) -> None:
    (found,) = LEXIS.unheld(f"the {text}", frozenset({"knee"}))
    assert (found.word, found.kind) == (text, kind)
    assert found.weight > 0


def test_a_misspelt_word_is_held_and_a_word_of_the_trade_is_no_spelling_mistake() -> None:
    assert LEXIS.unheld("apendectomy", frozenset({"appendectomi"})) == []
    assert LEXIS.unheld("metatarsul", frozenset({"metatars"})) == []
    assert [item.word for item in LEXIS.unheld("carpal", frozenset({"carpus", "tarsal"}))] == ["carpal"]


def test_what_bills_a_procedure_does_not_describe_it() -> None:
    about = [
        stored("A flap of bone.", "20972", section="short-description"),
        stored("The nerve is freed.", "20972", section="full-description"),
        stored("Not with the shoulder.", "20972", section="guidelines"),
    ]
    told = Told.of(about, TERMS)
    assert "bone" in told.opening and "nerv" not in told.opening
    assert "nerv" in told.described and "shoulder" not in told.described
    assert "shoulder" in told.everything


# support


def profile(text: str, *similarities: float) -> Profile:
    return Profile(similarities or (0.5,), 0.4, Counter(TERMS(text)))


def reading(text: str, told: str = "", hits=(), found=(), **details) -> Reading:
    weight = rarity(content_terms(text, TERMS), lambda term: HELD[term], 100)
    near = details.get("near", ())
    return Reading(
        text=text,
        weight=weight,
        hits=hits,
        evidence=found,
        profiles=details.get("profiles", {item.code: profile(told) for item in found}),
        told=Told.of([stored(told, "20972")], TERMS) if told else NOTHING_TOLD,
        narrative=Told.of([stored(passage) for passage in near], TERMS),
        families=details.get("families", {}),
        titles=details.get("titles", {}),
    )


def test_support_is_read_off_the_hits_and_the_leading_code() -> None:
    hits = [hit("bone", "20972", similarity=0.6), hit("bone", "20970", similarity=0.9), hit("bone", "20970")]
    found = [evidence("20972", score=2.5), evidence("20970", score=1.0), evidence("20969", score=1.0)]
    support = measure_support(
        reading("flap nerve", "a flap", hits, found, titles={found[0].code: "flap and bone"}), LEXIS
    )
    assert (support.similarity, support.lead, support.opening) == (0.9, 0.5, 0.4)
    assert support.nearness == pytest.approx(2 / 3)
    assert support.relief == 0.45  # three hits only
    weight = LEXIS.weigh(["flap", "nerv"])
    assert support.coverage == support.described == pytest.approx(weight["flap"] / sum(weight.values()))
    assert 0 < support.titled < 1 and support.told == 0
    assert support.standing == pytest.approx(math.sqrt(2))
    assert support.lead_of_family == pytest.approx(1.5 / math.sqrt(0.5))


def test_another_scale_of_scores_changes_nothing() -> None:
    found = [evidence(code, score=score) for code, score in (("20972", 2.5), ("20970", 1.2), ("20969", 0.4))]
    scaled = [replace(item, score=item.score * 40 + 7) for item in found]
    hits = [hit("a flap", "20972")]
    one = measure_support(reading("flap", "a flap", hits, found), LEXIS)
    other = measure_support(reading("flap", "a flap", hits, scaled), LEXIS)
    assert astuple(one) == pytest.approx(astuple(other))


def test_siblings_are_no_doubt_and_another_family_is() -> None:
    found = [evidence("20972", score=3.0), evidence("20970", score=2.9), evidence("64721", score=1.0)]
    alike = {found[0].code: "flaps", found[1].code: "flaps", found[2].code: "nerves"}
    apart = {found[0].code: "flaps", found[1].code: "bones", found[2].code: "nerves"}
    hits = [hit("a flap", "20972")]
    of_one = measure_support(reading("flap", "a flap", hits, found, families=alike), LEXIS)
    of_two = measure_support(reading("flap", "a flap", hits, found, families=apart), LEXIS)
    assert of_one.lead_of_family > of_two.lead_of_family
    assert of_one.kin > of_two.kin
    titles = {found[0].code: "free flap of bone", found[1].code: "free flap of skin", found[2].code: "nerve release"}
    by_title = measure_support(reading("flap", "a flap", hits, found, titles=titles), LEXIS)
    assert by_title.lead_of_family == of_one.lead_of_family  # documents that name no families


def test_a_neighbouring_procedure_betrays_itself_by_its_word() -> None:
    found = [evidence("20972")]
    hits = [hit("a flap repair", "20972")]
    plain = measure_support(reading("flap repair", "a flap repair", hits, found), LEXIS)
    shoulder = measure_support(reading("shoulder flap repair", "a flap repair", hits, found), LEXIS)
    unknown = measure_support(reading("stapedotomy flap repair", "a flap repair", hits, found), LEXIS)
    assert plain.elsewhere == plain.foreign == 0
    assert shoulder.elsewhere > 0 and shoulder.foreign == 0
    assert unknown.foreign > 0 and unknown.elsewhere == 0
    assert confidence(shoulder) < confidence(plain) and confidence(unknown) < confidence(plain)


def test_a_sentence_that_names_only_codes_not_held_sends_away() -> None:
    """A page names the codes of its neighbours; if the library lacks such a code, its query is not answered."""
    text = "The nail lies in the femur. Nailing of the tibial shaft is 27759. A plate there is 27244."
    page = stored(text, "27245", section="guidelines")
    page = replace(page, passage=replace(page.passage, mentions=find_codes(page.passage.text, [CPT])))
    away = Told.of([page], TERMS, lambda codes: {code for code in codes if code.value == "27244"})
    (sentence,) = away.elsewhere
    assert {"tibial", "shaft"} <= sentence and "femur" not in sentence and "plate" not in sentence
    held = Told.of([page], TERMS, frozenset)
    assert held.elsewhere == ()

    asked = reading("tibial shaft nailed", text, [hit(text, "27245")], [evidence("27245")])
    supports = [measure_support(replace(asked, told=told), LEXIS) for told in (away, held)]
    assert supports[0].sent_away > 0.5 > supports[1].sent_away == 0
    assert confidence(supports[0]) < confidence(supports[1])


def test_a_hit_that_sends_away_speaks_against_an_answer_by_how_near_it_is() -> None:
    asked = reading("tibial shaft nailed", "a nail", [hit("a nail", "27245")], [evidence("27245")])
    sentence = frozenset(TERMS("Nailing of the tibial shaft is 27759."))
    near, far = (measure_support(replace(asked, away=[(sentence, cosine)]), LEXIS) for cosine in (0.8, 0.2))
    assert near.sent_away_near > far.sent_away_near > 0
    assert confidence(near) < confidence(far)


def test_a_thing_asked_for_must_stand_in_one_sentence() -> None:
    told = "A flap is moved. The nerve is freed."
    found, hits = [evidence("20972")], [hit(told, "20972")]
    held = measure_support(reading("which nerve is freed?", told, hits, found), LEXIS)
    lacking = measure_support(reading("which shoulder is freed?", told, hits, found), LEXIS)
    assert (held.wanting, lacking.wanting) == (0.0, 1.0)


def test_what_is_taken_for_granted_must_stand_in_one_sentence() -> None:
    told = "A flap needs its nerve. The shoulder is repaired."
    found, hits = [evidence("20972")], [hit(told, "20972")]
    true, untrue, asked = (
        measure_support(reading(text, told, hits, found), LEXIS)
        for text in (
            "Since a flap needs its nerve, which one is it?",
            "Since a shoulder needs its nerve, which one is it?",
            "does a shoulder need its nerve?",
        )
    )
    assert (true.unproved, asked.unproved) == (0.0, 0.0)
    assert untrue.unproved > 0
    assert confidence(untrue) < confidence(true)


def test_another_act_or_finding_speaks_against_an_answer() -> None:
    told = "removal of a polyp of the flap"
    found, hits = [evidence("20972")], [hit(told, "20972")]
    same = measure_support(reading("the flap polyp was cut out", told, hits, found), LEXIS)
    other = measure_support(reading("the abscess was lanced", told, hits, found), LEXIS)
    denied = measure_support(reading("the flap polyp was cut out, nothing lanced", told, hits, found), LEXIS)
    assert (same.other_acts, same.other_findings) == (0.0, 0.0)
    assert (other.other_acts, other.other_findings) == (1.0, 1.0)
    assert denied.other_acts == 0.0


def test_a_fact_that_the_documents_never_touch_is_missed() -> None:
    found = [evidence("20972")]
    hits = [hit("a flap", "20972")]
    asked = "what does a flap cost?"
    without = measure_support(reading(asked, "a flap", hits, found), LEXIS)
    with_it = measure_support(reading(asked, "a flap, whose price is 12 dollars", hits, found), LEXIS)
    assert (without.lacking, with_it.lacking) == (1.0, 0.0)
    assert without.asks == 1.0
    assert measure_support(reading("which code is it?", "a flap", hits, found), LEXIS).asks == 0.0


def test_guidance_supports_too() -> None:
    hits, found = [hit("bone", "20972")], [evidence("20972")]
    near = measure_support(reading("zebra", "flap", hits, found, near=["a zebra"]), LEXIS)
    far = measure_support(reading("zebra", "flap", hits, found, near=["a horse"]), LEXIS)
    assert (near.told, far.told) == (1.0, 0.0)
    assert near.described == 1.0 > far.described


def test_nothing_found_supports_nothing() -> None:
    support = measure_support(reading("flap"), LEXIS)
    assert support.similarity == support.lead == support.coverage == support.standing == 0.0
    assert refusal(confidence(support)) is RefusalReason.OUT_OF_CORPUS


def test_a_named_code_supports_what_its_documents_hold() -> None:
    told = [Told.of([stored("a flap with its nerve", "20972")], TERMS)]
    nothing_against = NamedSupport(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert measure_named(Asked("flap"), told, LEXIS) == measure_named(Asked(""), told, LEXIS) == nothing_against
    part = measure_named(Asked("shoulder flap"), told, LEXIS)
    assert part.unheld > 0 and part.heaviest > 0 and part.strange > 0
    assert measure_named(Asked("cost"), told, LEXIS).lacking == 1.0


def test_what_is_taken_for_granted_or_asked_for_must_stand_in_one_sentence() -> None:
    told = [Told.of([stored("The flap is cut. Its nerve is sewn. No shoulder is opened.", "20972")], TERMS)]

    def unproved(granted: str) -> float:
        found = measure_named(Asked(granted, granted=granted), told, LEXIS)
        assert measure_named(Asked(granted, wanted=granted), told, LEXIS).wanting == found.unproved
        return found.unproved

    assert unproved("nerve sewn") == 0.0
    assert 0 < unproved("flap nerve") < 1
    assert unproved("shoulder") == unproved("metatarsal") == 1.0


def test_a_fact_is_told_in_the_words_that_ask_for_it() -> None:
    assert attributes_lacking("denial rate", "The risk of a wound is small.") == 1
    assert attributes_lacking("infection rate", "The rate is chosen.") == 0
    assert attributes_lacking("cost", "Payment limit: 0.52") == attributes_lacking("rate", "a risk of 2 in 9") == 0
    assert attributes_lacking("how often can it be billed", "") == 0
    assert attributes_lacking("how often does it fail, and the fee", "") == 2
