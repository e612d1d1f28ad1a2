"""What is read decides what is quoted, in which order, and which of the leading codes comes first."""

from collections.abc import Sequence

import pytest

from assistant.answering import Assistant
from assistant.answering.judging import ANSWERS, QUOTED, STATEMENTS, TITLES
from assistant.reader import Reader
from assistant.settings import Settings
from assistant.types import Query, Role

ASKED = "free bone and skin flap from the foot"


class Listening:
    """A reader that likes the statements with a word, and keeps what it read."""

    digest = "listening"

    def __init__(self, word: str) -> None:
        self.word = word
        self.texts: list[str] = []
        self.every: list[str] = []

    def read(self, query: str, statements: Sequence[str]) -> list[float]:
        self.texts = list(statements)
        self.every += statements
        return [ANSWERS + 3.0 if self.word in text.lower() else ANSWERS - 3.0 for text in statements]


def with_reader(starter: Assistant, settings: Settings, reader: Reader) -> Assistant:
    return Assistant(starter.library, starter.embedder, settings, reader)


def test_only_what_answers_is_quoted(starter: Assistant, settings: Settings) -> None:
    reader = Listening("microscope")
    considered = with_reader(starter, settings, reader).consider(Query(ASKED))
    assert considered is not None
    assert 1 <= len(considered.statements) <= QUOTED
    for statement in considered.statements:
        assert statement.role is Role.ANSWER
        assert any("microscope" in text.lower() and statement.text.split()[0] in text for text in reader.texts)


def test_where_nothing_answers_the_nearest_is_quoted_as_support(starter: Assistant, settings: Settings) -> None:
    considered = with_reader(starter, settings, Listening("no such word")).consider(Query(ASKED))
    assert considered is not None
    assert [statement.role for statement in considered.statements] == [Role.SUPPORT]


def test_no_more_is_read_than_is_said(starter: Assistant, settings: Settings) -> None:
    reader = Listening("bone")
    with_reader(starter, settings, reader).consider(Query(ASKED))
    assert TITLES < len(reader.texts) <= TITLES + STATEMENTS
    assert len(set(reader.texts)) == len(reader.texts)


def test_the_code_whose_title_answers_comes_first(starter: Assistant, settings: Settings) -> None:
    plain = starter.consider(Query(ASKED))
    assert plain is not None
    other = plain.candidates[1]
    reader = Listening(f"{other.code.system} {other.code.value} {other.title}".lower())
    found = with_reader(starter, settings, reader).consider(Query(ASKED))
    assert found is not None and found.candidates[0].code == other.code


@pytest.mark.parametrize("text", ["What modifiers does 20972 take?", "when is 20972 medically necessary"])
def test_of_a_code_that_is_named_its_page_is_read_and_what_names_it(
    starter: Assistant, settings: Settings, text: str
) -> None:
    reader = Listening("modifier")
    with_reader(starter, settings, reader).consider(Query(text))
    own = [line for line in reader.every if line.startswith("CPT 20972 ")]
    others = [line for line in reader.every if line.startswith("CPT ") and line not in own]
    assert len(own) >= STATEMENTS and all("20972" in line for line in others)


def test_a_bare_code_is_shown_without_reading(starter: Assistant, settings: Settings) -> None:
    reader = Listening("bone")
    considered = with_reader(starter, settings, reader).consider(Query("20972"))
    assert considered is not None and considered.statements and not reader.texts


def test_an_example_is_quoted_with_what_settles_it(starter: Assistant, settings: Settings) -> None:
    considered = with_reader(starter, settings, Listening("› examples › example 1")).consider(
        Query("give an example of 20972")
    )
    assert considered is not None
    example = considered.statements[0]
    page = starter.library.store.text("cpt-20972-2025")
    line = next(line for line in page.splitlines() if line.startswith("Example 1"))
    assert example.text == line.strip() and len(considered.statements) == 1
    assert starter.verify([example.citation]) == []
