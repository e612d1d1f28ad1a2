"""Prose about no code is ordered section by section, and follows the library."""

import datetime
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from libraries import ingestion, now, open_library, page, source

from assistant.library import Library
from assistant.library.records import ProseRow
from assistant.library.search.lexical import Terms
from assistant.retrieval.guidance import Guidance, NearSection
from assistant.types import Query
from assistant.types.codes import Code

ANKLE = Code("CPT", "27814")
EAST, NORTH = (1.0, 0.0), (0.0, 1.0)
GUIDE = (
    "# Rules of casts\n\n## First cast\nThe first cast is included.\n\n## Later casts\nA later cast is billed apart.\n"
)


def row(
    key: int,
    section: str,
    vector: tuple[float, float] = NORTH,
    *,
    document: int = 1,
    heading: str = "",
    text: str = "",
    names: tuple[Code, ...] = (),
) -> ProseRow:
    return ProseRow(key, document, section, heading, text, np.array(vector, np.float16).tobytes(), names)


def found(
    *rows: ProseRow,
    words: str = "",
    leading: tuple[Code, ...] = (),
    count: int = 10,
    documents: frozenset[int] | None = None,
) -> list[NearSection]:
    terms = Terms()
    asked = np.array(EAST, np.float32)
    return Guidance(rows, terms).search(asked, terms(words), leading, count, documents)


def keys(sections: list[NearSection]) -> list[tuple[int, ...]]:
    return [section.keys for section in sections]


def test_the_nearest_section_is_first_with_its_nearest_passage_first() -> None:
    sections = found(row(1, "far"), row(2, "near", (0.6, 0.8)), row(3, "near", EAST))
    assert keys(sections) == [(3, 2), (1,)]
    assert sections[0].similarity == pytest.approx(1.0)


def test_passages_of_one_section_are_one_section_wherever_they_stand() -> None:
    assert keys(found(row(1, "casts", EAST), row(2, "pins"), row(3, "casts"))) == [(1, 3), (2,)]


@pytest.mark.parametrize("place", ["heading", "text"])
def test_words_of_the_text_and_of_the_heading_count(place: str) -> None:
    rows = row(1, "pins"), row(2, "casts", **{place: "Later casts"})
    assert keys(found(*rows)) == [(1,), (2,)]
    assert keys(found(*rows, words="casts")) == [(2,), (1,)]


def test_a_section_that_names_a_leading_code_goes_before_one_that_does_not() -> None:
    rows = row(1, "pins"), row(2, "ankle", names=(ANKLE,))
    in_2025 = Code(ANKLE.system, ANKLE.value, "2025")
    assert keys(found(*rows)) == [(1,), (2,)]
    assert keys(found(*rows, leading=(in_2025,))) == [(2,), (1,)]


def test_a_word_of_few_sections_counts_more_than_one_of_many() -> None:
    rows = [row(at, f"s{at}", text="cast") for at in range(1, 5)]
    rows += [row(5, "pins", text="pin"), row(6, "none")]
    assert keys(found(*rows, words="cast pin"))[0] == (5,)
    assert keys(found(*rows, words="cast"))[0] == (1,)


def test_only_sections_of_allowed_documents_and_no_more_than_asked_for() -> None:
    rows = [row(at, f"s{at}", EAST if at == 1 else NORTH, document=at) for at in range(1, 6)]
    assert keys(found(*rows, documents=frozenset({2, 4}))) == [(2,), (4,)]
    assert keys(found(*rows, count=1)) == [(1,)]


# in a library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def told(library: Library, text: str, query: Query | None = None) -> list[str] | None:
    """The ids of the nearest passage of each section."""
    vector = FakeEmbedder().embed_query(text)
    sections = now(library).search_guidance(vector, library.terms(text), [], 10, query or Query(text))
    if sections is None:
        return None
    stored = now(library).passages([section.keys[0] for section in sections])
    return [stored[section.keys[0]].passage.id.partition("#")[2] for section in sections if section.keys[0] in stored]


def test_prose_is_found_as_it_comes_and_goes_and_code_pages_are_none(library: Library) -> None:
    ingest = ingestion(library)
    ingest.add([source("casts.md", page("10001", "casts"))])
    assert told(library, "a later cast") is None
    (added,) = ingest.add([source("rules.md", GUIDE)])
    assert added.document_id is not None
    assert told(library, "a later cast is billed")[:2] == ["later-casts", "first-cast"]
    ingest.remove(added.document_id)
    assert told(library, "a later cast") is None


def test_prose_of_another_day_is_left_out(library: Library) -> None:
    dated = f"---\nid: rules-2025\ntitle: Rules of casts\neffective: 2025-01-01\nexpires: 2025-12-31\n---\n\n{GUIDE}"
    ingestion(library).add([source("rules.md", dated)])
    assert told(library, "a cast", Query("a cast", as_of=datetime.date(2025, 6, 1)))
    assert told(library, "a cast", Query("a cast", as_of=datetime.date(2026, 6, 1))) == []


def test_very_much_prose_is_not_compared_apart(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.retrieval.snapshot.MOST", 3)
    ingestion(library).add([source("one.md", GUIDE)])
    assert told(library, "a cast")
    ingestion(library).add([source("two.md", GUIDE.replace("cast", "splint"))])
    assert told(library, "a cast") is None
