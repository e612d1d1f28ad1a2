"""What is hidden shows in nothing that a snapshot tells: every public method of it is asked."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, source
from test_retrieval_pcs import ORDER, tables_xml

from assistant.errors import UnknownDocument
from assistant.library import Library, StoredEntry, StoredPassage
from assistant.retrieval.snapshot import Snapshot, Snapshots
from assistant.types import Query
from assistant.types.codes import Code

CODE, SIBLING = Code("CPT", "20972"), Code("CPT", "20973")
VECTOR = FakeEmbedder().embed_query("secretword of the quarantine procedure")
ANY = Query("secretword quarantine procedure")
TITLE = "Quarantine transfer"


def page(code: str, title: str, *lines: str) -> str:
    body = "\n".join(lines)
    return (
        f'---\nid: cpt-{code}\ncode: CPT:{code}\ntitle: {title}\nedition: "2025"\nfamily: transfers\n---\n\n'
        f"# {code} {title}\n\n## Short description\n{title} of the secretword procedure.\n\n{body}\n"
    )


GUIDE = """---
id: guide
title: Guide
---

# Guide

## Open rules
A plain procedure is coded as usual.

## Secret rules
The secretword procedure of 20972 is not coded with 20973.
"""
EDITS = (
    "Column 1\tColumn 2\tEffective Date\tDeletion Date\tModifier\tPTP Edit Rationale\n"
    "20972\t20973\t20250101\t*\t0\tMore extensive procedure\n"
)
ROWS = "code,description\nA0001,Secretword crutch of the quarantine procedure\nA0002,Plain crutch of wood\n"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "library")
    ingestion(library).add(
        [
            source("a.md", page("20972", TITLE, "## Guidelines\nThe quarantine rule.", "## Notes\nSecretword notes.")),
            source("b.md", page("20973", "Plain transfer", "## Notes\nPlain notes of the procedure.")),
            source("guide.md", GUIDE),
            source("hcpcs.csv", ROWS),
            source("ptp.tsv", EDITS),
            source("order-2026.txt", ORDER),
            source("tables-2026.xml", tables_xml()),
        ]
    )
    yield library
    library.close()


def keys_in(value: Any) -> set[int]:
    """The passage keys in what a method gave."""
    match value:
        case bool() | str() | float() | None:
            return set()
        case int():
            return {value}
        case dict():
            return set().union(*map(keys_in, value.keys()))
        case tuple() | list() | set() | frozenset():
            return set().union(*map(keys_in, value)) if value else set()
    return keys_in(getattr(value, "key", getattr(value, "keys", None)))


def passages_in(value: Any) -> Iterator[StoredPassage]:
    if isinstance(value, StoredPassage):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from passages_in(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from passages_in(item)


def codes_in(value: Any) -> set[Code]:
    match value:
        case Code():
            return {value.bare}
        case StoredEntry():
            return {value.entry.code.bare}
        case dict():
            return codes_in(list(value.items()))
        case tuple() | list() | set() | frozenset():
            return set().union(*map(codes_in, value)) if value else set()
    return set()


Ask = Callable[[Snapshot], Any]
# What each method is asked, so that without hiding it tells of the hidden passages or code. All passages are `every`.


def asked(every: list[int], entry: StoredEntry, secret: dict[str, int]) -> dict[str, Ask]:
    codes = [CODE, SIBLING, Code("CPT", "20972", "2025"), Code("CPT", "20973", "2025")]
    return {
        "search_dense": lambda s: [key for key, _ in s.search_dense(VECTOR, 500, ANY)],
        "search_lexical": lambda s: [key for key, _ in s.search_lexical(ANY.text, 500, ANY)],
        "search_guidance": lambda s: [one.keys for one in s.search_guidance(VECTOR, ["secretword"], codes, 50, ANY)],
        "search_axes": lambda s: [one.key for one in s.search_axes("Incision of frontal sinus", VECTOR, 500, ANY)],
        "with_axes": lambda s: s.with_axes(every),
        "similarities": lambda s: list(s.similarities(VECTOR, every)),
        "near_statements": lambda s: list(s.near_statements(VECTOR, every)),
        "surroundings": lambda s: list(s.surroundings(VECTOR, every)),
        "passages": lambda s: (list(s.passages(every)), s.passages(every)),
        "passages_about": lambda s: s.passages_about(CODE),
        "passages_naming": lambda s: s.passages_naming(codes),
        "passage_at": lambda s: s.passage_at("guide", secret["place"]),
        "passages_of": lambda s: [s.passage_at("guide", one.start) for one in s.passages_of("guide")],
        "pairs_among": lambda s: [code for one in s.pairs_among(codes) for code in (one.pair.first, one.pair.second)],
        "pairs_of": lambda s: [code for one in s.pairs_of(CODE, 9)[1] for code in (one.pair.first, one.pair.second)],
        "is_paired": lambda s: [CODE] * s.is_paired(CODE),
        "keys_of": lambda s: s.keys_of([CODE]),
        "own_subjects": lambda s: [row[0] for row in s.own_subjects()],
        "entries": lambda s: s.entries(codes),
        "siblings": lambda s: s.siblings(entry),
        "family_codes": lambda s: s.family_codes(["transfers"]),
        "profiles": lambda s: list(s.profiles(codes, VECTOR)),
        "subjects": lambda s: list(s.subjects(codes)),
    }


# These tell of no passage and no code; what they count is tested below, is of whole documents, or of a row in hand.
OF_NEITHER = {
    "hiding", "embed", "anticipate", "document_frequency", "with_prefix", "wording", "lexis", "remembered",
    "superseded", "stamp", "meta", "extent", "tables", "cells",
}  # fmt: skip


def test_every_reading_method_is_asked() -> None:
    public = {name for name, value in vars(Snapshot).items() if not name.startswith("_") and callable(value)}
    assert public == set(asked([], None, {})) | OF_NEITHER  # type: ignore[arg-type]  # only the names


def test_what_is_hidden_shows_in_no_method(library: Library) -> None:
    with Snapshots(library).open() as snapshot:
        every = library.store.seen().tolist()
        text = library.store.text("guide")
        place = text.index("The secretword procedure")
        frontal = snapshot.search_axes("Incision of frontal sinus", VECTOR, 1, ANY)[0].key
        guide, _ = library.store.passage_at("guide", place)
        keys = {frontal, guide}
        entry = snapshot.entries([SIBLING])[SIBLING][0]
        without = snapshot.hiding(keys, [CODE])
        gone = {*keys, *library.store.keys_of([CODE])}
        hidden = {(item.document.id, item.passage.start) for item in snapshot.passages(sorted(gone)).values()}
        without.anticipate(ANY.text, 500, ANY, "Incision of frontal sinus")
        with ThreadPoolExecutor(1) as pool:
            near = without.embed(pool, lambda text: VECTOR, ANY.text, 500, ANY)()
        assert near is VECTOR
        for name, ask in asked(every, entry, {"place": place}).items():
            told = ask(snapshot)
            seen = {(item.document.id, item.passage.start) for item in passages_in(told)}
            assert keys_in(told) & gone or seen & hidden or CODE in codes_in(told), f"{name} tells nothing to be hidden"
            try:
                told = ask(without)
            except UnknownDocument:
                continue
            seen = {(item.document.id, item.passage.start) for item in passages_in(told)}
            assert not keys_in(told) & gone and not seen & hidden and CODE not in codes_in(told), name


def test_what_is_hidden_counts_nowhere(library: Library) -> None:
    with Snapshots(library).open() as snapshot:
        code = Code("CPT", "20972", "2025")
        profile = snapshot.profiles([code], VECTOR)[code]
        searched = [key for key in snapshot.keys_of([CODE]) if key in set(library.store.allowed(None, None).tolist())]
        without = snapshot.hiding(searched[:1])
        less = without.profiles([code], VECTOR)[code]
        assert len(less.similarities) == len(profile.similarities) - 1 and less.counts != profile.counts
        (word,) = snapshot.terms("secretword")
        holding = [key for key, item in snapshot.passages(library.store.seen().tolist()).items()
                   if "secretword" in item.passage.indexed_text.lower()]  # fmt: skip
        none = snapshot.hiding(holding)
        assert snapshot.document_frequency(word) == len(holding) and none.document_frequency(word) == 0
        assert word in snapshot.with_prefix("secret") and word not in none.with_prefix("secret")
        assert len(none) == len(snapshot) - len(holding)
        assert "secretword" in snapshot.wording().spell("secrtword") and "secret" not in none.wording().spell(
            "secrtword"
        )
        assert none.lexis().passages == len(none) and none.lexis().frequency(word) == 0


def test_an_entry_goes_with_the_passage_that_names_it_and_its_description_with_its_own(library: Library) -> None:
    row = Code("HCPCS", "A0001")
    with Snapshots(library).open() as snapshot:
        assert snapshot.entries([row])
        assert snapshot.hiding(snapshot.keys_of([row])).entries([row]) == {}
        described = [
            key for key, item in snapshot.passages(snapshot.keys_of([CODE])).items()
            if item.passage.section == "short-description"
        ]  # fmt: skip
        assert "secretword" in snapshot.entries([CODE])[CODE][0].description
        assert snapshot.hiding(described).entries([CODE])[CODE][0].description == ""


def test_what_is_remembered_of_a_generation_is_of_nothing_hidden(library: Library) -> None:
    """Snapshots that hide share what is remembered with those that do not, in either order."""
    every = library.store.seen().tolist()
    for first_hidden in (True, False):
        snapshots = Snapshots(library)
        with snapshots.open() as snapshot:
            guide = {key for key, item in snapshot.passages(every).items() if item.document.id == "guide"}
            others: Iterable[Snapshot] = (snapshot.hiding(guide, [CODE]), snapshot)
            for one in others if first_hidden else reversed(list(others)):
                told = one.remembered("subject", lambda one=one: len(one.passages(every)))
                assert told == len(one.passages(every))
                assert (CODE in one.entries([CODE])) == (one is snapshot)
                assert bool(guide & set(one.passages(every))) == (one is snapshot)


def test_hiding_again_hides_both(library: Library) -> None:
    with Snapshots(library).open() as snapshot:
        first, second = snapshot.keys_of([CODE])[:2]
        twice = snapshot.hiding([first]).hiding([second])
        assert list(twice.passages([first, second])) == []
        assert twice.superseded(datetime.date(2025, 6, 1)) == snapshot.superseded(datetime.date(2025, 6, 1))
