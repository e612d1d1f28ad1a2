"""Every format end to end: golden files, and the laws that hold for any text."""

import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.errors import UnreadableDocument
from assistant.ingestion.chunking import split_document
from assistant.language.sentences import split_sentences
from assistant.parsing import SUFFIXES, parse_document
from assistant.types import Document

DATA = Path(__file__).parent / "data"
GOLDEN = DATA / "golden"
SOURCES = [
    DATA / name
    for name in (
        "capitals.txt",
        "code-page.html",
        "code-page.md",
        "flaps-2025.csv",
        "labelled-page.html",
        "labelled.txt",
        "mixed.csv",
        "fees-2025.xls",
        "knee-valueset.json",
        "policy.txt",
    )
]
TEXTS = (
    "20972 CPT code CPT:20972 J1100 E11.9 0DTJ4ZZ 60601 -59 modifier\n59 \r\n \r \t | , ; : . # ## --- === ** * _ ` > "
    "\" ' "
    "( ) [ ] { } <p> </p> <h1> <h2> </h1> <main> <nav> <table> <td> <li> <!-- --> <br> <pre> &amp; é 你 🦴 \u0301 \xa0 "
    "Notes: NOTES Example 1: In simple words: IMPORTANT: 1. I. A. bone flap Code,Description 2025 effective edition"
).split(" ")
TEXT = st.lists(st.sampled_from([*TEXTS, " ", "\n", "\n\n"]), max_size=40).map(" ".join)


def count_words(text: str) -> int:
    return len(text.split())


def shown(document: Document) -> dict[str, object]:
    """The values of a document that a reviewer wants to see, with quoted characters in place of positions."""
    text = document.text
    return {
        "id": document.id,
        "title": document.title,
        "edition": document.edition,
        "effective": str(document.effective),
        "family": document.family,
        "warnings": list(document.warnings),
        "entries": [[str(entry.code), entry.title, text[entry.start : entry.end]] for entry in document.entries],
        "passages": [
            {
                "id": passage.id,
                "title": passage.section_title,
                "context": passage.context,
                "body": passage.body_text,
                "code": str(passage.code),
                "quote": text[slice(*passage.quote)] if passage.quote else None,
                "mentions": [str(mention.code) for mention in passage.mentions],
            }
            for passage in split_document(document, count_words, 60)
        ],
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_golden(source: Path, regenerate: bool) -> None:
    found = shown(parse_document(source.read_bytes(), source.name))
    golden = GOLDEN / f"{source.name}.json"
    if regenerate:
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


def assert_lawful(document: Document, limit: int = 20) -> None:
    text = document.text
    assert "".join(text[section.start : section.end] for section in document.sections) == text
    for section in document.sections:
        begin, end = section.body
        assert section.start <= begin <= end <= section.end
        assert text[begin:end] == text[begin:end].strip()
    for entry in document.entries:
        assert text[entry.start : entry.end]
        assert entry.title or any(section.quote for section in document.sections)  # an edit or fee titles no code
    passages = split_document(document, count_words, limit)
    assert "".join(passage.text for passage in passages) == text
    assert len({passage.id for passage in passages}) == len(passages)
    position = 0
    for passage in passages:
        assert passage.start == position
        position = passage.end
        assert text[passage.start : passage.end] == passage.text
        one_sentence = len(split_sentences(passage.body_text)) == 1 and count_words(passage.body_text) <= 4 * limit
        assert count_words(passage.indexed_text) <= limit or one_sentence
        if passage.quote:
            assert passage.start <= passage.quote[0] < passage.quote[1] <= passage.end
            assert text[slice(*passage.quote)] in passage.text
        for mention in passage.mentions:
            assert passage.text[mention.start : mention.end].strip()
    text.encode()
    document.title.encode()


def read(source: bytes, name: str) -> Document | None:
    """The document, or None after one clear line that names the file."""
    try:
        return parse_document(source, name)
    except UnreadableDocument as error:
        message = str(error)
    assert name in message
    assert "\n" not in message
    return None


@given(text=TEXT, suffix=st.sampled_from([*SUFFIXES, ""]))
@example(text="---\ncode: 20972\n---\nx", suffix=".md")
@example(text='Code,Description\n20972,"a ""b""\nc"\n', suffix=".csv")
@example(text="<h1>a<h2>b</h2>c", suffix=".html")
@example(text="A title of many words " * 20 + "\n\nNOTES\nx", suffix=".txt")
def test_laws_of_any_text(text: str, suffix: str) -> None:
    document = read(text.encode(), f"any{suffix}")
    if document is not None:
        if suffix not in {
            ".html",
            ".htm",
            ".xhtml",
            ".json",
            ".ndjson",
            ".jsonl",
            ".eml",
        } and not text.lstrip().startswith("<"):
            assert document.text == text
        assert_lawful(document)


@given(source=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES))
def test_laws_of_any_bytes(source: bytes, suffix: str) -> None:
    document = read(source, f"any{suffix}")
    if document is not None:
        assert_lawful(document)


def test_the_same_bytes_give_the_same_document() -> None:
    for source in SOURCES:
        assert parse_document(source.read_bytes(), source.name) == parse_document(source.read_bytes(), source.name)


@pytest.mark.parametrize(
    ("name", "content", "section"),
    [
        ("a.MD", "# T\n\n## Notes\nx", "notes"),
        ("a.HTM", "<h1>T</h1><h2>Notes</h2><p>x", "notes"),
        ("page", "<!DOCTYPE html><h1>T</h1><h2>Notes</h2><p>x", "notes"),
        ("page.txt", "\n <html><h1>T</h1><h2>Notes</h2><p>x", "notes"),
        ("codes", "Code,Description\n20955,Fibula flap\n20956,Crest flap\n", "20955"),
        ("codes.txt", "Code\tDescription\n20955\tFibula flap\n20956\tCrest flap\n", "20955"),
        ("letter", "Dear colleague, hello\nKind regards, Ann\n\nNOTES\nx\n", "notes"),
    ],
)
def test_the_format_is_told_by_name_or_content(name: str, content: str, section: str) -> None:
    assert section in [one.slug for one in parse_document(content.encode(), name).sections]


NARRATIVE = "The flap 20955 costs 12345 dollars and 20956 takes 3 hours. " * 4_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", NARRATIVE),
        ("a.md", NARRATIVE),
        ("a.html", NARRATIVE),
        ("a.txt", "CPT 99999 flap\n\n" + NARRATIVE),
        ("a.txt", "20955 " * 20_000),
        ("a.txt", "x" * 1_000_000),
        ("a.txt", " " * 1_000_000 + "x"),
        ("a.txt", "\n \n" * 100_000 + "x"),
        ("a.txt", "modifier 22, 51 and " * 10_000),
        ("a.md", "[" * 100_000),
        ("a.md", "---\na: 1\n" * 10_000),
        ("a.md", "> " * 50_000),
        ("a.html", "<div>" * 20_000 + "deep"),
        ("a.html", "<h1>a" * 2_000),
        ("a.html", "<main>" * 2_000 + "deep"),
        ("a.csv", "Code,Description\n" + '20955,"a""b"\n' * 20_000),
        ("a.csv", "Code,Description\n20955,x\n" + '"a,' * 50_000),
    ],
    ids=lambda value: value[:12],
)
def test_time_grows_no_faster_than_the_text(name: str, text: str) -> None:
    # Quadratic behaviour costs minutes at these sizes; a slow machine needs a few seconds at most.
    begin = time.perf_counter()
    with contextlib.suppress(UnreadableDocument):
        split_document(parse_document(text.encode(), name), count_words, 160)
    assert time.perf_counter() - begin < 15


def test_a_public_code_set_is_read_whole(shared_data: Path) -> None:
    path = shared_data / "code-sets" / "hcpcs_level2_OCT2025_long_descriptions.csv"
    document = parse_document(path.read_bytes(), path.name)
    assert len(document.entries) == 8_463 + 383
    assert {entry.code.system for entry in document.entries} == {"HCPCS"}
    assert document.edition == "2025"
    assert not document.warnings
