"""Abbreviations that documents explain."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.parsing import parse_document
from assistant.parsing.glossary import is_abbreviation
from assistant.types import Synonym
from assistant.types.codes import BUILT_IN

ORIF = Synonym("ORIF", "open reduction and internal fixation")


def synonyms(text: str, name: str = "words.md") -> tuple[Synonym, ...]:
    return parse_document(text.encode(), name, BUILT_IN).synonyms


@pytest.mark.parametrize(
    "line",
    [
        "ORIF: open reduction and internal fixation",
        "ORIF = open reduction and internal fixation",
        "ORIF - open reduction and internal fixation",
        "ORIF – open reduction and internal fixation",
        "- ORIF: open reduction and internal fixation; for broken bones",
        "- **ORIF**: open reduction and internal fixation.",
        "- **ORIF:** open reduction and internal fixation, by plates",
        "* __ORIF__ – open reduction and internal fixation",
        "| ORIF | open reduction and internal fixation |",
        "| **ORIF** | open reduction and internal fixation | plates |",
        "ORIF: open reduction and internal fixation. It is common.",
    ],
)
def test_each_way_of_explaining(line: str) -> None:
    assert synonyms(f"# Glossary\n\nBefore it.\n{line}\n") == (ORIF,)


def test_a_section_may_explain_in_any_document() -> None:
    text = "# Fractures\n\n## Work\nCRPP: closed reduction and pins.\n\n## Abbreviations\nORIF: open reduction and "
    assert synonyms(text + "internal fixation\n") == (ORIF,)


def test_other_documents_explain_nothing() -> None:
    assert synonyms("# Fractures\n\n## Work\nORIF: open reduction and internal fixation\n") == ()


def test_the_first_meaning_counts() -> None:
    text = "# Glossary\n\nPT: physical therapy\nPT: prothrombin time\n"
    assert synonyms(text) == (Synonym("PT", "physical therapy"),)


@pytest.mark.parametrize(
    "line", ["Base code: the plain one", "ORIF: it", "Global period: the days after", "ORIF", "X-ray: an image"]
)
def test_what_is_no_abbreviation_or_no_meaning_is_left(line: str) -> None:
    assert synonyms(f"# Glossary\n\n{line}\n") == ()


@pytest.mark.parametrize(("term", "is_one"), [("I&D", True), ("w/o", True), ("lap CTR", True), ("Base", False)])
def test_abbreviations_have_capitals_or_a_slash(term: str, is_one: bool) -> None:
    assert is_abbreviation(term) is is_one


# Pieces of a glossary's lines, so that texts of them explain something now and then.
WORDS = ("AB", "w/o", "a word", "long meaning of it")
MARKS = (": ", " = ", " – ", "| ", "**", "_", "- ", ".", "; ", "\n", "\n\n")


@given(st.lists(st.sampled_from(WORDS + MARKS), max_size=16).map("".join))
@example("- **AB**: long meaning of it; a word\n| w/o | long meaning of it |")
def test_every_synonym_stands_in_its_document(text) -> None:
    document = parse_document(f"# Glossary\n\n{text}\n\nEnd.".encode(), "words.md", BUILT_IN)
    for synonym in document.synonyms:
        assert synonym.term in document.text and synonym.meaning in document.text
        assert is_abbreviation(synonym.term) and len(synonym.meaning) > 0
