"""Evidence per code, and close siblings told apart in words of the documents."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import evidence, hit

from assistant.calibration import content_terms, rarity
from assistant.library.search.lexical import Terms
from assistant.ranking.evidence import Identity, Said, by_axes, gather, rank, tell_apart, with_kin
from assistant.types import Evidence, Profile
from assistant.types.codes import Code

TERMS = Terms()
DONORS = {
    "20970": "the iliac crest",
    "20972": "a metatarsal",
    "20973": "the great toe with its web space",
    "20969": "any remaining donor, such as the rib or scapula",
}


def code(value: str, edition: str | None = "2025") -> Code:
    return Code("CPT", value, edition)


def codes(found) -> list[str]:
    return [item.code.value for item in found]


HITS = st.lists(
    st.builds(
        hit,
        st.sampled_from(["bone and skin", "20970 or 20972 with bone", "nothing"]),
        st.sampled_from([None, "20970", "20972", "20973"]),
        score=st.floats(-3, 3),
        section=st.sampled_from(["lead", "notes", "examples"]),
        number=st.integers(1, 9),
    ),
    max_size=8,
)


@given(HITS)
def test_every_code_gathered_stands_in_its_hits(hits) -> None:
    found = gather(hits)
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    assert len({item.code for item in found}) == len(found)
    for item in found:
        assert item.hits and item.score >= 0
        for one in item.hits:
            assert one.passage.code == item.code or (one.passage.code is None and item.code.value in one.passage.text)


@given(HITS, st.randoms(use_true_random=False))
def test_gathering_does_not_depend_on_the_order_of_hits(hits, random) -> None:
    unique = list({one.passage.id: one for one in hits}.values())
    shuffled = random.sample(unique, len(unique))
    assert [(item.code, item.score) for item in gather(shuffled)] == [
        (item.code, item.score) for item in gather(unique)
    ]


def test_only_the_systems_asked_for_are_gathered() -> None:
    hits = [hit("report E0100 or 20972", score=2), hit("other", score=1)]
    assert {str(item.code) for item in gather(hits)} == {"CPT:20972", "HCPCS:E0100"}
    assert {str(item.code) for item in gather(hits, ("HCPCS",))} == {"HCPCS:E0100"}


def test_a_passage_about_a_code_outweighs_one_that_names_it() -> None:
    hits = [
        hit("20972 is named here", score=2.0),
        hit("the same worth", "20970", score=2.0),
        hit("the floor", "20973", score=0.0),
    ]
    assert codes(gather(hits)) == ["20970", "20972", "20973"]


def test_billing_sections_speak_more_quietly() -> None:
    hits = [
        hit("modifiers", "20970", score=2.0, section="modifiers"),
        hit("procedure", "20972", score=2.0),
        hit("floor", "20973", score=0.0),
    ]
    assert codes(gather(hits)) == ["20972", "20970", "20973"]


def profile(text: str, nearest: float) -> Profile:
    return Profile((nearest,), nearest, Counter(TERMS(text)))


def asked(text: str) -> dict[str, float]:
    return rarity(content_terms(text, TERMS), lambda term: 1, 50)


@pytest.mark.parametrize("right", ["20970", "20972", "20973"])
def test_the_sibling_that_has_the_one_differing_word_comes_first(right: str) -> None:
    texts = {value: f"bone and skin moved from {donor}, vessels rejoined" for value, donor in DONORS.items()}
    profiles = {code(value): profile(text, 0.5) for value, text in texts.items()}
    ranked = rank([evidence(v) for v in DONORS], profiles, asked(f"bone and skin moved from {DONORS[right]}"), {})
    assert codes(ranked)[0] == right


def test_a_sibling_whose_title_the_query_denies_comes_last() -> None:
    profiles = {code(value): profile("bone and skin moved", 0.5) for value in DONORS}
    ranked = rank([evidence(v) for v in DONORS], profiles, asked("bone"), {code("20970"): Said(denied=1.0)})
    assert codes(ranked)[-1] == "20970"


def test_the_sibling_whose_range_holds_the_size_comes_first() -> None:
    profiles = {code(value): profile("bone and skin moved", 0.5) for value in DONORS}
    said = {code("20972"): Said(fit=1), code("20970"): Said(fit=-1)}
    ranked = codes(rank([evidence(v) for v in DONORS], profiles, asked("bone"), said))
    assert (ranked[0], ranked[-1]) == ("20972", "20970")


def test_a_code_without_a_page_counts_as_the_weakest() -> None:
    profiles = {code("20970"): profile("crest", 0.4), code("20972"): profile("metatarsal", 0.6)}
    ranked = rank([evidence("99999"), evidence("20970"), evidence("20972")], profiles, asked("metatarsal"), {})
    assert codes(ranked) == ["20972", "20970", "99999"]
    assert ranked[1].score == ranked[2].score


def test_without_pages_the_order_stays() -> None:
    given_order = [evidence("20972", score=2.0), evidence("20970", score=1.0)]
    assert rank(given_order, {}, asked("anything"), {}) == tuple(given_order)


def family(named: str = "flaps") -> dict[Code, Identity]:
    return {
        code(value): Identity(f"Flap from {donor}", f"Flap from {donor}. Bone and skin are moved.", named)
        for value, donor in DONORS.items()
    }


def quoted(distinction: str | None) -> list[str]:
    return re.findall(r'"([^"]+)"', distinction or "")


def told(identities: dict[Code, Identity], query: str) -> dict[str, Evidence]:
    found = tell_apart([evidence(v) for v in DONORS], identities, asked(query), TERMS)
    return {item.code.value: item for item in found}


def test_siblings_are_told_apart_by_the_word_of_the_query() -> None:
    found = told(family(), "flap from a metatarsal")
    assert found["20972"].distinction is not None
    assert found["20972"].distinction.startswith('"metatarsal", where CPT:20970 says "iliac", "crest"; ')
    assert found["20972"].title == "Flap from a metatarsal"
    first = found["20972"].differences[0]
    assert (str(first.other), first.here, first.there) == ("CPT:20970", ("metatarsal",), ("iliac", "crest"))


@given(st.lists(st.sampled_from("flap bone skin metatarsal iliac crest toe web rib moved zebra".split()), max_size=6))
def test_a_distinction_quotes_words_of_its_documents(words) -> None:
    identities = family()
    everything = " ".join(identity.text for identity in identities.values())
    for item in told(identities, " ".join(words)).values():
        assert quoted(item.distinction)
        assert item.distinction == "; ".join(map(str, item.differences))
        assert all(re.search(rf"\b{re.escape(word)}\b", everything) for word in quoted(item.distinction))


def test_the_family_of_the_leader_comes_a_little_further_ahead() -> None:
    found = [evidence("20970", score=3.0), evidence("64721", score=1.2), evidence("20972", score=1.1)]
    found.append(evidence("20973", score=-3.0))
    named = {item.code: Identity("", "", "flaps") for item in found if item.code.value != "64721"}
    near = with_kin(found, named)
    assert codes(near) == ["20970", "20972", "64721", "20973"]  # a far one stays where it is
    assert [item.score for item in near] == sorted((item.score for item in near), reverse=True)
    assert with_kin(found, {}) == tuple(found)  # documents that name no families
    assert with_kin((), named) == ()


def test_codes_of_other_families_are_no_siblings() -> None:
    identities = family()
    identities[code("20970")] = Identity("Flap from the iliac crest", "Flap from the iliac crest", "another family")
    assert "20970" not in (told(identities, "metatarsal")["20972"].distinction or "")
    assert told(identities, "metatarsal")["20970"].distinction is None


def test_where_no_family_is_named_titles_that_share_words_make_siblings() -> None:
    identities = {
        code("20970"): Identity("Rigid walker with wheels", "Rigid walker with wheels"),
        code("20972"): Identity("Rigid walker without wheels", "Rigid walker without wheels"),
        code("20973"): Identity("Hospital bed", "Hospital bed"),
    }
    found = told(identities, "walker without wheels")
    assert found["20972"].distinction == '"without", where CPT:20970 does not'
    assert found["20970"].distinction == 'CPT:20972 says "without", this does not'
    assert found["20973"].distinction is None
    assert found["20969"].distinction is None and found["20969"].title == ""


def with_axes(value: str, score: float, axes: float | None) -> Evidence:
    found = replace(hit("text", value), axes=axes)
    return Evidence(code(value), "", score, (found,))


def test_codes_compared_by_their_characters_change_places_among_themselves() -> None:
    before = [with_axes("1", 9.0, -1.0), with_axes("2", 8.0, None), with_axes("3", 7.0, 2.0), with_axes("4", 6.0, 0.5)]
    after = by_axes(before)
    assert codes(after) == ["3", "2", "4", "1"]
    assert [item.score for item in after] == [9.0, 8.0, 7.0, 6.0]
    assert by_axes([with_axes("1", 2.0, None), with_axes("2", 3.0, None)])[0].code.value == "1"
