"""Rewording a query: only what the documents know, and only where they don't know what was written."""

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from assistant.language.wording import Wording, dictated_abbreviations, office_talk, trade_names
from assistant.library.search.lexical import Terms
from assistant.types import Synonym

TERMS = Terms()
DOCUMENTS = (
    "the metatarsal bone and its skin; anastomoses of the carpal tunnel release; excise the diseased scar; "
    "bilateral incision; the iliac crest flap; Sjögren; bone flap flap"
)
COUNTS = Counter(TERMS(DOCUMENTS))
SYNONYMS = (
    Synonym("CTR", "carpal tunnel release"),
    Synonym("CTR open", "release through an open cut"),
    Synonym("I&D", "incision and drainage"),
    Synonym("CTR", "another meaning, told later"),
)


def wording(*synonyms: Synonym) -> Wording:
    return Wording(
        synonyms,
        TERMS,
        lambda term: COUNTS[term],
        lambda prefix: [term for term, _ in COUNTS.most_common() if term.startswith(prefix)],
    )


def added(text: str, *synonyms: Synonym) -> list[str]:
    reworded = wording(*synonyms).reword(text)
    assert reworded.startswith(text)
    return reworded[len(text) :].strip(" ()").split("; ") if reworded != text else []


@given(st.lists(st.sampled_from(sorted(set(DOCUMENTS.replace(";", "").split()))), max_size=8).map(" ".join))
def test_what_the_documents_hold_is_left_as_it_is(text) -> None:
    assert wording(*SYNONYMS).reword(text) == text


def dictates(text: str) -> bool:
    """Whether a text holds a dictated abbreviation, in any capitals; each is a known word by itself."""
    known = {term.upper() for term in dictated_abbreviations()}
    return any(term in text.upper() for term in known)


@given(st.text(max_size=60).filter(lambda text: not dictates(text)))
def test_nothing_known_changes_nothing(text) -> None:
    assert Wording((), TERMS, lambda term: 0, lambda prefix: ()).reword(text) == text


KNOWN = sorted({word for word in DOCUMENTS.replace(";", "").split() if word.isascii()})


@st.composite
def misspelt(draw: st.DrawFn) -> str:
    """A word of the documents, or of chance letters, with some letters changed, left out, doubled or swapped."""
    word = list(draw(st.sampled_from(KNOWN) | st.text("abcefilmnorst", min_size=1, max_size=12)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(word) - 1))
        match draw(st.sampled_from(["change", "leave out", "double", "swap"])):
            case "change":
                word[at] = draw(st.sampled_from("aeiost"))
            case "leave out" if len(word) > 1:
                del word[at]
            case "double":
                word.insert(at, word[at])
            case "swap" if at:
                word[at - 1], word[at] = word[at], word[at - 1]
    return "".join(word)


@given(st.lists(misspelt(), max_size=3).map(" ".join).filter(
    lambda text: not any(word.upper() in {term.upper() for term in dictated_abbreviations()} for word in text.split())
))  # fmt: skip
@example("metatrasal bilaterel")
def test_a_word_is_put_right_only_if_unknown_near_and_of_the_same_first_letter(text) -> None:
    unknown = [term for word in text.split() for term in TERMS(word) if not COUNTS[term] and len(word) > 3]
    for word in added(text):
        (right,) = TERMS(word)
        assert COUNTS[right]
        assert any(right[0] == term[0] and OSA.distance(term, right) <= (1 if len(term) < 6 else 2) for term in unknown)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("metatersal", "metatarsal"),  # another letter
        ("metatrasal", "metatarsal"),  # two swapped
        ("metatasal", "metatarsal"),  # one missing
        ("mettatarssal", "metatarsal"),  # two more
        ("flapp", "flap"),
        ("tunel", "tunnel"),
        ("Sjögrem", "sjogren"),
    ],
)
def test_a_misspelt_word_is_put_right(wrong: str, right: str) -> None:
    assert [TERMS(word) for word in added(f"the {wrong} of it")] == [TERMS(right)]


@pytest.mark.parametrize(
    "word",
    [
        "ketatarsal",  # another first letter
        "flipp",  # two edits in a short word
        "meta",  # too far
        "flx",  # too short to judge
        "zzzzzz",
        "20972x",
    ],
)
def test_what_is_near_nothing_is_left(word: str) -> None:
    assert added(word) == []


@pytest.mark.parametrize("wrong", ["relese", "diseese", "excisse", "anastomosses", "bilateraal"])
def test_what_was_put_right_is_found_by_the_search(wrong: str) -> None:
    assert TERMS(wrong)[0] not in COUNTS
    (right,) = added(wrong)
    assert all(COUNTS[term] for term in TERMS(right))


def test_the_nearest_is_taken_and_the_commoner_of_equals() -> None:
    counts = {"graft": 1, "graff": 5, "grape": 9}
    words = Wording((), TERMS, lambda term: counts.get(term, 0), lambda prefix: list(counts))
    assert words.reword("grafx") == "grafx (graff)"
    assert words.reword("grapt") == "grapt (grape)"


def test_abbreviations_are_written_out_longest_first() -> None:
    assert added("CTR, left", *SYNONYMS) == ["carpal tunnel release"]
    assert added("a CTR open, today", *SYNONYMS) == ["release through an open cut"]
    assert added("I&D and CTR and I&D", *SYNONYMS) == ["incision and drainage", "carpal tunnel release"]


def test_other_writing_is_no_abbreviation_of_the_documents() -> None:
    own = Synonym("QZX", "quill zoned crosswise")
    assert added("QZX", own) == ["quill zoned crosswise"]
    assert added("qzx", own) == []
    assert added("QZXs", own) == []


def test_dictated_abbreviations_fill_in_what_the_documents_leave_out() -> None:
    assert added("TKA, left") == ["total knee arthroplasty replacement"]
    assert added("tka, left") == ["total knee arthroplasty replacement"]
    assert added("CTR", *SYNONYMS) == ["carpal tunnel release"]


def test_a_word_of_the_documents_is_no_dictated_abbreviation() -> None:
    assert added("FLAP raised") == []  # "flap" is theirs
    heard = Wording((), TERMS, lambda term: int(term == "tka"), lambda prefix: ())
    assert heard.reword("tka, left") == "tka, left"


def test_the_dictated_abbreviations_are_distinct_and_explained() -> None:
    known = dictated_abbreviations()
    assert len(known) > 250
    assert all(meaning and meaning.lower() != term.lower() for term, meaning in known.items())
    assert not {term for term in known if term != term.strip()}


INDEX = (
    Synonym("Reduction Dislocation", "Reposition", exact=False),
    Synonym("Reduction", "Excision", exact=False),
    Synonym("Abdominal esophagus", "Esophagus, Lower", exact=False),
)


@pytest.mark.parametrize("name", ["Unasyn", "unasyn", "UNASYN"])
def test_a_trade_name_is_written_out_in_any_capitals(name: str) -> None:
    assert added(f"{name} today") == ["ampicillin sodium and sulbactam sodium"]


def test_trade_names_are_distinct_and_stand_for_other_words() -> None:
    names = trade_names()
    assert len(names) > 1_500
    assert all(thing and thing.lower() != name for name, thing in names.items())


def test_an_index_sends_the_query_on_where_all_words_of_an_entry_occur() -> None:
    text = "dislocations of the elbow, closed reduction"
    assert added(text, *INDEX)[:2] == ["Reposition", "Excision"]
    assert "Esophagus, Lower" not in added(text, *INDEX)


def test_an_entry_counts_only_with_all_its_words() -> None:
    assert "Reposition" not in added("closed reduction of the elbow", *INDEX)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("the claim bounced", "denied"),
        ("They took her back the same night.", "return to the operating room, related, unplanned"),
        ("he bailed out halfway", "stopped, discontinued before the end"),
        ("both of her sides", "bilateral"),
        ("which parent does a plus code need", "add-on code, primary procedure"),
    ],
)
def test_everyday_words_of_an_office_are_told_in_those_of_a_guide(text: str, meaning: str) -> None:
    assert wording().in_guide_words(text) == [meaning]
    assert wording().reword(text).startswith(text) and meaning not in wording().reword(text)


def test_a_phrase_counts_only_where_all_its_words_stand() -> None:
    assert wording().in_guide_words("his left hand") == []
    assert wording().in_guide_words("") == []


def test_each_phrase_of_office_talk_has_words_and_one_meaning() -> None:
    phrases = [frozenset(TERMS(phrase)) for phrase, _ in office_talk()]
    assert len(phrases) > 100 and all(phrases)
    assert len(set(phrases)) == len(phrases)
    assert all(meaning == meaning.strip() != "" for _, meaning in office_talk())
