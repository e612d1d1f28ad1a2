"""The searchers of one generation: nothing that is committed, reloaded or written anew changes what they find."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ANY, COMMON, ingestion, now, open_library, page, source

from assistant.library import Library
from assistant.library.search.lexical import LexicalIndex, LexicalRecord, new_lexical, open_lexical
from assistant.retrieval.snapshot import Snapshots

VECTOR = FakeEmbedder().embed_query(COMMON)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "library")
    ingestion(library).add(
        [source(f"{code}.md", page(code, word)) for code, word in (("20972", "femoral"), ("20957", "radial"))]
    )
    yield library
    library.close()


def records(generation: int) -> list[LexicalRecord]:
    """Passages whose ids tell their generation."""
    return [LexicalRecord(1_000 * generation + n, n, "", f"crest number {n} of many") for n in range(40)]


def test_a_searcher_finds_its_own_generation_whatever_is_reloaded_beside_it(tmp_path: Path) -> None:
    writer = new_lexical(tmp_path / "lexical", "a-library")
    writer.update(records(1), (), 1, fresh=True)
    reader = open_lexical(tmp_path / "lexical", "a-library")
    assert reader is not None
    wrong: list[tuple[int, list[int]]] = []
    searched, done = [0], threading.Event()

    def search(index: LexicalIndex) -> None:
        while not done.is_set():
            searcher = index.searcher
            found = {key // 1_000 for key, _ in searcher.search("crest of many", 40)}
            searched[0] += 1
            if found != {searcher.generation} or searcher.document_frequency("crest") != 40:
                wrong.append((searcher.generation, sorted(found)))

    threads = [threading.Thread(target=search, args=(reader,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for generation in range(2, 20):
        writer.update(records(generation), (), generation, fresh=True)
        reader.reload()
        assert reader.generation == generation
    done.set()
    for thread in threads:
        thread.join()
    assert searched[0] > 20 and wrong == []


def test_both_searchers_are_of_the_state_though_another_writes(library: Library) -> None:
    """The writer of the folder is behind: a small library has its words in memory meanwhile."""
    reader = open_library(library.folder)
    len(reader)
    with library.store.writing():
        library.store.remove_document("cpt-20957-2025")
        for _ in range(2):
            with reader.searching() as (reads, search):
                assert search.generation == search.lexical_generation == reads.generation() == library.stamp.generation
                found = [key for key, _ in search.search_lexical(COMMON, 100)]
                assert sorted(found) == sorted(reads.allowed(None, None).tolist())
                assert len(search.lexical) == search.passages
    with library.writing():
        pass
    with reader.searching() as (_, search):
        assert search.lexical_generation == search.generation
    ingestion(library).add([source("20955.md", page("20955", "ulnar"))])
    with reader.searching() as (_, search):
        assert search.lexical_generation == search.generation == library.stamp.generation
        assert not reader._indexes._lexical.in_memory, "the folder serves again when it has caught up"
    reader.close()


def test_a_large_library_is_searched_by_the_words_that_are_there(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.library.search.searchers._EXACT_STATISTICS", 0)
    reader = open_library(library.folder)
    len(reader)
    with library.store.writing():
        library.store.remove_document("cpt-20957-2025")
        with reader.searching() as (reads, search):
            assert search.lexical_generation < search.generation == reads.generation()
            found = [key for key, _ in search.search_lexical(COMMON, 100)]
            assert set(reads.passages(found)) < set(found), "what is gone is dropped when it is read"
        held = now(reader).passages([key for key, _ in now(reader).search_lexical(COMMON, 100, ANY)])
        assert {item.document.id for item in held.values()} == {"cpt-20972-2025"}
    with library.writing(), reader.searching() as (_, search):
        pass
    with reader.searching() as (_, search):
        assert search.lexical_generation == search.generation
    reader.close()


def test_a_snapshot_outlives_the_files_that_it_was_opened_on(library: Library) -> None:
    reader = open_library(library.folder)
    with Snapshots(reader).open() as snapshot:
        before = snapshot.search_lexical(COMMON, 100, ANY), snapshot.search_dense(VECTOR, 100, ANY)
        ingestion(library).remove("cpt-20957-2025")
        library.compact()
        ingestion(library).add([source("20955.md", page("20955", "ulnar"))])
        with Snapshots(library).open() as later:
            assert later.stamp().generation > snapshot.stamp().generation
        assert (snapshot.search_lexical(COMMON, 100, ANY), snapshot.search_dense(VECTOR, 100, ANY)) == before
        found = snapshot.passages([key for key, _ in before[0]])
        assert len(found) == len(before[0])
        assert {item.document.id for item in found.values()} == {"cpt-20957-2025", "cpt-20972-2025"}
    reader.close()


def test_every_state_has_the_searchers_of_its_generation_while_documents_come_and_go(library: Library) -> None:
    reader = open_library(library.folder)
    done, faults, seen = threading.Event(), list[str](), set[int]()

    def look() -> None:
        while not done.is_set():
            with reader.searching() as (reads, search):
                seen.add(search.generation)
                there = set(reads.allowed(None, None).tolist())
                lexical = {key for key, _ in search.search_lexical(COMMON, 1_000)}
                dense = {key for key, _ in search.search_dense(VECTOR, 1_000)}
                if not search.generation == search.lexical_generation == reads.generation():
                    faults.append("of another generation")
                if lexical != there or not there <= dense:
                    faults.append("of other passages")

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for n in range(12):
            ingestion(library).add([source("20955.md", page("20955", f"word{n}", "ulnar"))])
            if n % 3 == 2:
                ingestion(library).remove("cpt-20955-2025")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert faults == [] and len(seen) > 3
    reader.close()


def test_a_library_put_back_from_a_copy_has_its_searchers_built_anew(library: Library, tmp_path: Path) -> None:
    """The indexes are of a generation that the library, put back, has not reached: they are of another past."""
    ahead = open_library(library.folder)
    len(ahead)
    library.store.set_meta({"generation": "1"})
    with ahead.searching() as (reads, search):
        assert search.generation == search.lexical_generation == reads.generation() == 1
    ahead.close()
