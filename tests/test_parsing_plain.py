"""Plain text: a line that looks like a heading is one; a list item, a sentence or a table line is not."""

import pytest

from assistant.parsing.plain import parse_plain
from assistant.types import Document
from assistant.types.codes import BUILT_IN


def parse(text: str) -> Document:
    document = parse_plain(text, "a.txt", "a", BUILT_IN)
    assert document.text == text
    return document


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("FLAPS\n\nwords\n\nDONOR SITES\nwords", ["FLAPS", "DONOR SITES"]),
        ("Flaps\n=====\nwords\n\nDonor sites\n-----------\nwords", ["Flaps", "Donor sites"]),
        ("words\n\nNotes\nwords", ["Lead", "Notes"]),
        ("words\n\nDocumentation requirements:\nwords", ["Lead", "Documentation"]),
        ("words\n\n1. Scope\nwords\n\n1.1 Thumbs\nwords\n\nII. Limits\nwords", ["Lead", "Scope", "Thumbs", "Limits"]),
        ("words\r\n\r\nNOTES\r\nwords\r\n", ["Lead", "Notes"]),
        ("words\r\rNOTES\rwords", ["Lead", "Notes"]),
        ("One. In simple words: two. Example 1: three.", ["Lead", "Plain language", "Examples"]),
        ("words\n\nBILLING\nNOTE: more\n", ["Lead", "BILLING", "Notes"]),
    ],
)
def test_headings(text: str, titles: list[str]) -> None:
    assert [section.title for section in parse(text).sections] == titles


@pytest.mark.parametrize(
    "text",
    [
        "words\nNOTES\nwords",
        "words\n\nTHIS IS SHOUTED.\nwords",
        "words\n\n1. Wash\n2. Dry\n3. Cut\n",
        "words\n\n1. Wash\n\n2. Dry\n\n3. Cut\n",
        "words\n\n1. The surgeon, with an assistant, takes the bone out of its bed slowly\nwords",
        "words\n\n20972\nwords",
        "words\n\n-----\nwords",
        "words\n\n" + "SHOUTED " * 20 + "\nwords",
        "In that case notes are kept: none.",
    ],
)
def test_what_only_looks_like_a_heading_is_none(text: str) -> None:
    assert [section.title for section in parse(text).sections] == ["Lead"]


def test_numbered_headings_stand_under_their_parents() -> None:
    text = "POLICY\n\nI. Scope\n\nwords\n\n1. Hands\n\nwords\n\n1.1 Thumbs\n\nwords\n\nII. Limits\n\nwords\n"
    contexts = {section.title: section.context for section in parse(text).sections}
    assert contexts == {
        "POLICY": "POLICY",
        "Scope": "POLICY",
        "Hands": "POLICY. I. Scope",
        "Thumbs": "POLICY. I. Scope. 1. Hands",
        "Limits": "POLICY",
    }


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Guide to flaps\n\nwords", "Guide to flaps"),
        ("*** Guide to flaps ***\nwords", "Guide to flaps"),
        ("A flap is bone with its vessels. More words.", "A flap is bone with its vessels"),
        ("CPT 20972 free flap\n\nwords", "free flap"),
        ("\n\n  Guide\nwords", "Guide"),
    ],
)
def test_the_title_is_the_opening(text: str, title: str) -> None:
    assert parse(text).title == title


def test_the_id_is_that_of_the_code_or_of_the_file() -> None:
    assert parse("2025 CPT code 20972, free flap").id == "cpt-20972-2025"
    assert parse("Guide to flaps\n\nwords").id == "a"
    assert parse_plain("words", "Größe!.txt", "!!!", BUILT_IN).id == "document"
