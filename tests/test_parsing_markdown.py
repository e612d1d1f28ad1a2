"""Markdown: the text stays the file's own; headings and front matter are told apart from what looks like them."""

import pytest

from assistant.errors import UnreadableDocument
from assistant.parsing.markdown import parse_markdown
from assistant.types import Document
from assistant.types.codes import BUILT_IN


def parse(text: str) -> Document:
    document = parse_markdown(text, "a.md", "a", BUILT_IN)
    assert document.text == text
    return document


def sections(text: str) -> list[str]:
    return [section.title for section in parse(text).sections]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("# Flap\n\n## Notes\nx", ["Flap", "Notes"]),
        ("lead\n\n# Flap\nx", ["Lead", "Flap"]),
        ("Flap\n====\nx\n\nHealing\n-------\ny", ["Flap", "Healing"]),
        ("# Flap #\n## *Rare* [notes](x) `on` **it**\nx", ["Flap", "Rare notes on it"]),
        ("# Flap {#anchor}\nx", ["Flap"]),
        ("# Flap\n```\n# no heading\n```\n    # none\n> # none\n- # none\n", ["Flap"]),
        ("#No heading\n\nx", ["Lead"]),
        ("# Flap\r\n\r\n## Notes\r\nx\r\n", ["Flap", "Notes"]),
        ("# Flap\r\r## Notes\rx", ["Flap", "Notes"]),
        ("# Flap\n\n**In simple words:** x\n\nExample 1: y\n", ["Flap", "Plain language", "Examples"]),
        ("# Flap\n\n## Notes\nExample 1: y\n", ["Flap", "Notes"]),
        ("#\n\nx", ["section"]),
        ("", []),
    ],
)
def test_headings(text: str, titles: list[str]) -> None:
    found = sections(text)
    assert [title or "section" for title in found] == titles


def test_front_matter_is_kept_but_not_searched() -> None:
    document = parse("---\ncode: CPT:20972\nrelated: [CPT:20969]\n---\n# Flap\n\nwords\n")
    assert [section.slug for section in document.sections] == ["front-matter", "flap"]
    assert document.sections[0].body == (0, 0)
    (entry,) = document.entries
    assert document.text[entry.start : entry.end] == "20972"
    assert (document.id, document.title) == ("cpt-20972", "Flap")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("code: 00100", "CPT:00100"),
        ("code: 20972", "CPT:20972"),
        ("code: 0042T", "CPT:0042T"),
        ("code: '20972'", "CPT:20972"),
        ("code: ICD-10-CM:S82.101A", "ICD-10-CM:S82.101A"),
    ],
)
def test_a_number_stays_as_it_is_written(line: str, code: str) -> None:
    (entry,) = parse(f"---\n{line}\nedition: 2025\n---\n# Flap\n").entries
    assert (str(entry.code), entry.code.edition) == (code, "2025")


@pytest.mark.parametrize("front", ["", "# only a comment", "title:", "title: null", "expires: ~", "related: [1, 2]"])
def test_front_matter_may_say_little(front: str) -> None:
    assert parse(f"---\n{front}\n---\n# Flap\n").title == "Flap"


@pytest.mark.parametrize(
    "front",
    [
        "code: [a",
        "- a list",
        "only words",
        "effective: 2025-13-45",
        'title: "open',
        "? [a]\n: b",
        "a: *missing",
        "a: " + "[" * 3_000,
    ],
)
def test_front_matter_that_is_none_is_told(front: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"^a.md: the front matter") as raised:
        parse(f"---\n{front}\n---\n# Flap\n")
    assert "\n" not in str(raised.value)


def test_a_rule_is_no_front_matter() -> None:
    assert sections("---\n\nno end of it\n") == ["Lead"]
    assert sections("words\n\n---\ncode: 20972\n---\n")[0] == "Lead"


def test_a_title_is_one_line_that_can_be_stored() -> None:
    assert parse('---\ntitle: "two\\nlines \\ud800"\n---\nx').title == "two lines ?"
