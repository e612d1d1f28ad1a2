"""Passages tile the document along its sections and keep the token limit."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.ingestion.chunking import split_document
from assistant.language.sentences import split_sentences
from assistant.types import Document, Passage, Section
from assistant.types.codes import BUILT_IN, Code, own_system


def count_words(text: str) -> int:
    return len(text.split())


def count_bytes(text: str) -> int:
    """The most that any tokenizer makes of a text."""
    return len(text.encode())


def document(text: str, *sections: Section) -> Document:
    return Document("d", "D", text, sections or (Section("lead", "Lead", 0, len(text), (0, len(text))),))


def split(text: str, limit: int = 16, context: str = "") -> tuple[Passage, ...]:
    return split_document(
        document(text, Section("lead", "Lead", 0, len(text), (0, len(text)), context=context)), count_words, limit
    )


def test_a_section_that_fits_stays_whole() -> None:
    (passage,) = split("One flap. Two flaps.")
    assert (passage.id, passage.text, passage.body) == ("d#lead", "One flap. Two flaps.", (0, 20))


def test_a_longer_section_is_split_between_sentences() -> None:
    text = "One two three four five. " * 4
    passages = split(text)
    assert [passage.id for passage in passages] == ["d#lead", "d#lead.2"]
    assert [passage.body_text.strip()[-5:] for passage in passages] == ["five.", "five."]


def test_a_sentence_longer_than_a_passage_stays_whole() -> None:
    long = "The code stands for " + "very " * 30 + "much, and shall not be reported for less."
    passages = split(f"One comes before. {long} One comes behind.")
    assert [passage.body_text.strip() for passage in passages] == ["One comes before.", long, "One comes behind."]


def test_a_sentence_that_is_far_longer_still_is_split_between_words() -> None:
    passages = split("word " * 100)
    assert {word for passage in passages for word in passage.text.split()} == {"word"}
    assert all(count_words(passage.body_text) <= 12 for passage in passages)


def test_a_word_that_is_longer_still_is_split_inside() -> None:
    text = "x" * 200
    passages = split_document(document(text), count_bytes, 32)
    assert len(passages) > 1
    assert "".join(passage.text for passage in passages) == text


def test_the_context_counts_and_is_shortened_before_it_crowds_out_the_body() -> None:
    passages = split("Flap. " * 30, limit=16, context="a title of very many words that goes on and on and on")
    assert all(count_words(passage.indexed_text) <= 16 for passage in passages)
    assert all(passage.context and "a title of very many".startswith(passage.context[:10]) for passage in passages)
    assert all(count_words(passage.body_text) >= 1 for passage in passages)


def test_ids_follow_the_section_and_count_on_where_its_name_returns() -> None:
    text = "abcdef"
    sections = [Section("notes", "Notes", at, at + 2, (at, at + 2)) for at in (0, 4)]
    other = Section("examples", "Examples", 2, 4, (2, 4))
    found = split_document(document(text, sections[0], other, sections[1]), count_words, 32)
    assert [passage.id for passage in found] == ["d#notes", "d#examples", "d#notes.2"]


def test_a_row_is_quoted_and_mentions_nothing() -> None:
    code = Code("CPT", "20972", "2025")
    row = Section("20972", "20972", 0, 17, (6, 10), code, (0, 10))
    (passage,) = split_document(document("20972,flap 20973\n", row), count_words, 32)
    assert passage.quote == (0, 10)
    assert passage.code == code
    assert passage.mentions == ()


def test_codes_of_the_known_systems_are_mentioned_where_something_is_said() -> None:
    text = "Report 20972 and LAB-123."
    (passage,) = split_document(document(text), count_words, 32, (*BUILT_IN, own_system("LAB", r"LAB-\d{3}")))
    assert [str(mention.code) for mention in passage.mentions] == ["CPT:20972", "LAB:LAB-123"]
    (silent,) = split_document(document(text, Section("s", "S", 0, 25, (0, 0))), count_words, 32)
    assert silent.mentions == ()


TEXT = st.lists(
    st.sampled_from(["flap", "bone. ", "Skin", " ", "\n", "\n\n", "x" * 50, "é", "你好", "½", "- a", "20972"])
).map("".join)


@pytest.mark.parametrize("count", [count_words, count_bytes, lambda text: len(re.findall(r"\w+|[^\w\s]", text))])
@given(text=TEXT | st.text(), cut=st.integers(0, 99), limit=st.integers(16, 40), context=TEXT)
@example(text="flap " * 60, cut=3, limit=16, context="a " * 50)
@example(text=" \n\n\n\n", cut=0, limit=16, context="flapflap")
@example(text="你" * 60, cut=0, limit=16, context="")
def test_laws(count, text: str, cut: int, limit: int, context: str) -> None:
    cut = min(cut, len(text))
    sections = [
        Section(slug, slug, start, end, (start, end), context=context)
        for slug, start, end in (("one", 0, cut), ("two", cut, len(text)))
    ]
    passages = split_document(document(text, *sections), count, limit)
    assert "".join(passage.text for passage in passages) == text
    assert len({passage.id for passage in passages}) == len(passages)
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        assert 0 <= passage.body[0] <= passage.body[1] <= len(passage.text)
        # One sentence stays whole, unless it is very long; one character cannot be split, whatever its tokens.
        one = len(split_sentences(passage.body_text)) <= 1 and count(passage.body_text) <= 4 * limit
        assert count(passage.indexed_text) <= limit or one or len(passage.body_text) <= 1
    words = [word for passage in passages for word in passage.body_text.split()]
    assert "".join(words) == "".join(text.split())
