"""The laws of a library: one truth, caches that follow it, and nothing removed that still answers."""

import datetime
import multiprocessing
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from libraries import (
    ANY,
    COMMON,
    assert_agrees,
    dense_keys,
    ingestion,
    lexical_keys,
    now,
    open_library,
    page,
    read_until_told,
    read_whole,
    source,
    texts,
)

from assistant.errors import LibraryBusy, LibraryDamaged, LibraryError, ModelMismatch, StorageFull, UnknownDocument
from assistant.library import Library
from assistant.library.search.searchers import Outrun
from assistant.types import Query

VECTOR = FakeEmbedder().embed_query("The femoral procedure of this page.")


def add(library: Library, name: str, text: str) -> None:
    (outcome,) = ingestion(library).add([source(name, text)])
    assert outcome.message is None


def results(library: Library, query: Query = ANY) -> tuple[object, object]:
    """The answers of both searches, by passage id."""

    def by_id(found: list[tuple[int, float]]) -> list[tuple[str, float]]:
        stored = now(library).passages([key for key, _ in found])
        return sorted((stored[key].passage.id, round(score, 5)) for key, score in found if key in stored)

    return (
        by_id(now(library).search_dense(VECTOR, 1_000, query)),
        by_id(now(library).search_lexical(f"femoral dorsal {COMMON}", 1_000, query)),
    )


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library")
    add(library, "one.md", page("20972", "femoral", "dorsal"))
    add(library, "two.md", page("20957", "radial"))
    add(library, "three.md", page("E0100", "cane", system="HCPCS"))
    return library


def test_every_change_raises_the_generation_by_one(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    assert library.stamp.generation == 0
    for expected, text in enumerate([page("20972", "a"), page("20957", "b"), page("20972", "c")], start=1):
        add(library, f"{text[9:20]}.md", text)
        assert library.stamp.generation == expected
    assert library.store.remove_document("cpt-20957-2025") == (4, 4)
    assert library.stamp.generation == 4
    with pytest.raises(UnknownDocument):
        library.store.remove_document("cpt-20957-2025")
    assert library.stamp.generation == 4
    add(library, f"{page('20972')[9:20]}.md", page("20972", "c"))
    assert library.stamp.generation == 4, "the same bytes again are no change"


def test_a_new_library_is_empty_and_agrees(tmp_path: Path) -> None:
    library = open_library(tmp_path / "deep/down/library")
    assert len(library) == 0
    assert now(library).search_dense(VECTOR, 5, ANY) == []
    assert now(library).search_lexical("anything", 5, ANY) == []
    assert_agrees(library)


def test_a_missing_library_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="assistant index") as raised:
        Library(tmp_path / "none", model="fake", fingerprint="f", dimension=8)
    assert str(tmp_path / "none") in str(raised.value)
    assert not (tmp_path / "none").exists()


def test_the_text_is_rebuilt_from_passages(library: Library) -> None:
    assert texts(library)["cpt-20972-2025"] == page("20972", "femoral", "dorsal")
    assert library.store.source("cpt-20972-2025") == page("20972", "femoral", "dorsal").encode()
    assert_agrees(library)


def test_an_update_keeps_the_vectors_it_shares_with_what_it_replaces(library: Library) -> None:
    add(library, "one.md", page("20972", "femoral", "ventral"))
    assert texts(library)["cpt-20972-2025"] == page("20972", "femoral", "ventral")
    assert_agrees(library)


def test_a_batch_keeps_the_vectors_its_documents_hand_on(tmp_path: Path) -> None:
    """A text leaves one document and enters the next one in the same run."""
    library = open_library(tmp_path)
    ingestion(library).add([source("a.txt", "First the femoral procedure."), source("b.txt", "Then a procedure.")])
    ingestion(library).add([source("a.txt", "Now another procedure."), source("b.txt", "First the femoral procedure.")])
    assert_agrees(library)


def test_vectors_that_nobody_has_any_more_are_dropped(library: Library) -> None:
    for document in library.store.documents():
        library.store.remove_document(document.id)
    library.store.purge()
    assert library.store._database.rows("SELECT count(*) FROM vectors") == [(0,)]


def test_another_reader_sees_changes_of_the_first(library: Library, tmp_path: Path) -> None:
    reader = open_library(tmp_path / "library")
    assert results(reader) == results(library)
    add(library, "four.md", page("20955", "fibular"))
    library.store.remove_document("cpt-20957-2025")
    assert {item.passage.document_id for item in now(reader).passages(dense_keys(reader)).values()} == {
        "cpt-20972-2025",
        "cpt-20955-2025",
        "hcpcs-e0100-2025",
    }
    assert results(reader) == results(library)
    assert_agrees(reader)
    assert_agrees(library)


def test_a_deleted_document_stops_answering_at_its_commit(library: Library, tmp_path: Path) -> None:
    held = dense_keys(library)
    other = open_library(tmp_path / "library")
    gone = {key for key, item in now(library).passages(held).items() if item.document.id == "cpt-20972-2025"}
    other.store.remove_document("cpt-20972-2025")
    # The caches of `library` and those on disk still hold it; what they find is no longer there to be shown.
    assert gone and not gone & set(now(library).passages(held))
    assert not gone & set(dense_keys(library))
    assert not gone & set(lexical_keys(library))
    with pytest.raises(UnknownDocument):
        library.store.text("cpt-20972-2025")
    with pytest.raises(UnknownDocument):
        library.store.source("cpt-20972-2025")
    with pytest.raises(UnknownDocument):
        library.store.document("cpt-20972-2025")


def test_removing_the_last_document_leaves_nothing_to_be_found(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    add(library, "one.txt", "A single procedure.")
    assert len(library) == 1
    library.store.remove_document("one")
    assert len(library) == 0
    assert_agrees(library)


def test_the_same_documents_answer_the_same_whatever_came_and_went(library: Library, tmp_path: Path) -> None:
    for number in range(3):
        add(library, "other.md", page("11042", f"femoral{number}", "femoral", "dorsal"))
    ingestion(library).remove("cpt-11042-2025")
    straight = open_library(tmp_path / "straight")
    add(straight, "one.md", page("20972", "femoral", "dorsal"))
    add(straight, "two.md", page("20957", "radial"))
    add(straight, "three.md", page("E0100", "cane", system="HCPCS"))
    assert results(library) == results(straight)


def test_a_large_library_catches_up_without_being_written_anew(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.library.search.searchers._EXACT_STATISTICS", 0)
    reader = open_library(tmp_path / "library")
    for number in range(4):
        add(library, "one.md", page("20972", f"femoral{number}", "dorsal"))
        add(library, f"n{number}.md", page(f"3{number:04}", "tibial"))
        assert_agrees(reader)
    ingestion(library).remove("cpt-30002-2025")
    assert_agrees(reader)
    assert_agrees(open_library(tmp_path / "library"))


def test_many_changes_of_one_document_do_not_hide_the_others(library: Library, tmp_path: Path) -> None:
    reader = open_library(tmp_path / "library")
    assert len(reader) == 7
    for number in range(12):
        add(library, "one.md", page("20972", f"femoral{number}", "femoral"))
        found = [key for key, _ in now(reader).search_dense(VECTOR, 10, ANY)]
        assert len(now(reader).passages(found)) >= 6
    assert_agrees(reader)


def test_a_generation_committed_while_a_reader_catches_up_is_taken_once(library: Library, tmp_path: Path) -> None:
    """The race between reading the generation and reading its passages, played by hand."""
    reader = open_library(tmp_path / "library")
    before = len(reader)
    add(library, "four.md", page("20955", "fibular"))
    generation = library.stamp.generation
    with reader.store.reading() as state:
        assert state.generation() == generation
        add(library, "five.md", page("20956", "tibial"))
        with pytest.raises(Outrun):  # the index on disk is of the later state by now
            reader._indexes.at(state)
    with reader.searching() as (state, search):
        assert search.generation == search.lexical_generation == state.generation() == generation + 1
        assert search.passages == len(state.allowed(None, None)) > before
    assert_agrees(reader)


# caches on disk


def damage_stamp(folder: Path) -> None:
    (folder / "dense/dense.json").write_text('{"library": "x"}')


def halve(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        paths = sorted(folder.glob(pattern))
        assert paths
        for path in paths:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return damage


def fill(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        paths = sorted(folder.glob(pattern))
        assert paths
        for path in paths:
            path.write_bytes(b"\xa7" * path.stat().st_size)

    return damage


def delete(pattern: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        paths = sorted(folder.glob(pattern))
        assert paths
        for path in paths:
            path.unlink()

    return damage


DAMAGES = {
    "dense.faiss halved": halve("dense/dense.faiss"),
    "dense.faiss garbage": fill("dense/dense.faiss"),
    "dense.faiss deleted": delete("dense/dense.faiss"),
    "dense.json halved": halve("dense/dense.json"),
    "dense.json garbage": fill("dense/dense.json"),
    "dense.json of another shape": damage_stamp,
    "dense.json deleted": delete("dense/dense.json"),
    "dense deleted": lambda folder: shutil.rmtree(folder / "dense"),
    "meta.json halved": halve("lexical/meta.json"),
    "meta.json deleted": delete("lexical/meta.json"),
    "managed list garbage": fill("lexical/.managed.json"),
    "lexical deleted": lambda folder: shutil.rmtree(folder / "lexical"),
    **{
        f"{part} {name}": make(f"lexical/*.{part}")
        for part in ("term", "idx", "fast", "fieldnorm", "pos", "store")
        for name, make in (("halved", halve), ("garbage", fill), ("deleted", delete))
    },
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_caches_are_rebuilt_with_the_same_results(
    library: Library, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    expected = results(library)
    library.close()
    damage(tmp_path / "library")
    assert results(open_library(tmp_path / "library")) == expected
    # And what was rebuilt is sound for the next one.
    again = open_library(tmp_path / "library")
    assert results(again) == expected
    assert_agrees(again)


def test_caches_of_another_library_are_rebuilt(library: Library, tmp_path: Path) -> None:
    other = open_library(tmp_path / "other")
    add(other, "other.md", page("27447", "knee"))
    for number in range(4):
        add(other, "other.md", page("27447", f"knee{number}"))
    assert other.stamp.generation > library.stamp.generation
    expected = results(library)
    for cache in ("dense", "lexical"):
        shutil.rmtree(tmp_path / "library" / cache)
        shutil.copytree(tmp_path / "other" / cache, tmp_path / "library" / cache)
    assert results(open_library(tmp_path / "library")) == expected


def test_caches_of_a_later_generation_are_rebuilt(library: Library, tmp_path: Path) -> None:
    """The database was restored from a backup, but not the caches."""
    library.close()
    backup = tmp_path / "backup.sqlite"
    shutil.copy(tmp_path / "library/library.sqlite", backup)
    before = results(open_library(tmp_path / "library"))
    later = open_library(tmp_path / "library")
    for number in range(3):
        add(later, "four.md", page("20955", f"fibular{number}"))
    later.close()
    for path in (tmp_path / "library").glob("library.sqlite*"):
        path.unlink()
    shutil.copy(backup, tmp_path / "library/library.sqlite")
    restored = open_library(tmp_path / "library")
    assert results(restored) == before
    assert_agrees(restored)


def test_a_running_reader_survives_the_loss_of_its_cache_files(library: Library, tmp_path: Path) -> None:
    expected = results(library)
    shutil.rmtree(tmp_path / "library/lexical")
    assert results(library) == expected
    add(library, "four.md", page("20955", "fibular"))
    assert_agrees(library)


# borders


def test_another_model_is_refused_and_named(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="ASSISTANT_MODEL") as raised:
        open_library(tmp_path / "library", fingerprint="another")
    assert "fake" in str(raised.value)
    assert_agrees(open_library(tmp_path / "library"))


@pytest.mark.parametrize("damage", [b"this is no database" * 99, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_database_is_named(library: Library, tmp_path: Path, damage: bytes) -> None:
    library.close()
    path = tmp_path / "library/library.sqlite"
    path.write_bytes(damage)
    with pytest.raises(LibraryDamaged) as raised:
        open_library(tmp_path / "library")
    assert str(path) in str(raised.value)
    assert path.read_bytes() == damage, "what may be restored is left as it is"


def test_a_database_cut_short_is_named(library: Library, tmp_path: Path) -> None:
    library.close()
    path = tmp_path / "library/library.sqlite"
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(LibraryDamaged, match=r"library\.sqlite"):
        assert_agrees(open_library(tmp_path / "library"))


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE theirs (x)", "CREATE TABLE meta (key, value)", "CREATE TABLE meta (other)"]
)
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, sql: str) -> None:
    connection = sqlite3.connect(tmp_path / "library.sqlite")
    connection.execute(sql)
    connection.close()
    with pytest.raises(LibraryDamaged, match=r"library\.sqlite"):
        open_library(tmp_path)
    connection = sqlite3.connect(tmp_path / "library.sqlite")
    assert [row[0] for row in connection.execute("SELECT sql FROM sqlite_master")] == [sql]
    connection.close()


def test_a_library_of_another_version_says_what_to_do(library: Library, tmp_path: Path) -> None:
    library.store.set_meta({"schema": "0"})
    library.close()
    with pytest.raises(LibraryDamaged, match="schema 0"):
        open_library(tmp_path / "library")


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(LibraryError, match="taken"):
        open_library(tmp_path / "taken")


def test_a_full_disk_loses_nothing(library: Library, tmp_path: Path) -> None:
    before = texts(library)
    pages = library.store._database.rows("PRAGMA page_count")[0][0]
    with library.store._database.writer() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    with pytest.raises(StorageFull, match=r"library\.sqlite"):
        add(library, "large.txt", "\n\n".join(f"Procedure {n} of many." for n in range(5_000)))
    with library.store._database.writer() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    assert texts(library) == before
    assert_agrees(library)
    add(library, "large.txt", "A small procedure.")
    assert_agrees(library)


def test_one_writer_at_a_time(library: Library, tmp_path: Path) -> None:
    other = open_library(tmp_path / "library")
    caught: list[BaseException] = []

    def write() -> None:
        try:
            with other.writing():
                pass
        except LibraryBusy as error:
            caught.append(error)

    with library.writing():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        # Reading waits for nobody.
        assert len(other) == 7
        assert lexical_keys(other)
    assert len(caught) == 1
    assert str(tmp_path / "library") in str(caught[0])
    with other.writing():
        pass


# filters


def documents_found(library: Library, query: Query) -> tuple[set[str], set[str]]:
    return (
        {item.document.id for item in now(library).passages(dense_keys(library, query)).values()},
        {item.document.id for item in now(library).passages(lexical_keys(library, query)).values()},
    )


def test_filters_by_system_and_day(library: Library) -> None:
    add(library, "next.md", page("20972", "femoral", edition="2026"))
    add(library, "guide.txt", "A guide to every procedure, without a code or a date.")
    expectations = {
        Query("x", systems=("CPT",)): {"cpt-20972-2025", "cpt-20972-2026", "cpt-20957-2025", "guide"},
        Query("x", systems=("HCPCS",)): {"hcpcs-e0100-2025", "guide"},
        Query("x", systems=("CPT", "HCPCS")): {
            "cpt-20972-2025", "cpt-20972-2026", "cpt-20957-2025", "hcpcs-e0100-2025", "guide",
        },
        Query("x", systems=("CDT",)): {"guide"},
        Query("x", as_of=datetime.date(2025, 6, 30)): {
            "cpt-20972-2025", "cpt-20957-2025", "hcpcs-e0100-2025", "guide",
        },
        Query("x", as_of=datetime.date(2025, 12, 31), systems=("CPT",)): {"cpt-20972-2025", "cpt-20957-2025", "guide"},
        Query("x", as_of=datetime.date(2026, 1, 1), systems=("CPT",)): {"cpt-20972-2026", "guide"},
        Query("x", as_of=datetime.date(2001, 1, 1)): {"guide"},
    }  # fmt: skip
    for query, expected in expectations.items():
        assert documents_found(library, query) == (expected, expected), query
    ingestion(library).remove("guide")
    for query, expected in expectations.items():
        assert documents_found(library, query) == (expected - {"guide"},) * 2, query


def test_a_filter_over_very_many_documents_works(library: Library) -> None:
    assert list(library.store.allowed(range(100_000), None)) == sorted(dense_keys(library))


# several processes


def test_several_processes_read_while_one_writes(library: Library, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    stop, faults = context.Event(), context.Queue()
    ready = [context.Event() for _ in range(2)]
    readers = [
        context.Process(target=read_until_told, args=(tmp_path / "library", event, stop, faults)) for event in ready
    ]
    for reader in readers:
        reader.start()
    assert all(event.wait(60) for event in ready)
    for number in range(6):
        add(library, "one.md", page("20972", f"femoral{number}", "dorsal"))
        add(library, f"n{number}.md", page(f"3{number:04}", "tibial"))
        ingestion(library).remove(f"cpt-3{number:04}-2025")
    stop.set()
    for reader in readers:
        reader.join(60)
    assert [reader.exitcode for reader in readers] == [0, 0]
    assert_agrees(library)


def test_threads_of_one_process_search_while_another_writes(library: Library) -> None:
    """Each thread sees one state of the document at a time, never an earlier one again, and in the end the last."""
    stop = threading.Event()
    faults: list[str] = []
    # For each thread, the states it saw, and that it has seen one since it was last asked.
    states: list[list[int]] = [[] for _ in range(3)]
    looked = [threading.Event() for _ in states]

    def look(seen: list[int]) -> None:
        for keys in (dense_keys(library), lexical_keys(library)):
            assert len(keys) >= 4, "the other documents went missing"
            found = "".join(item.passage.text for item in now(library).passages(keys).values())
            shown = {int(number) for number in re.findall(r"femoral(\d+)", found)}
            assert len(shown) <= 1, f"two states at once: {shown}"
            seen.extend(shown)
        assert read_whole(library, FakeEmbedder()) == ""

    def read(seen: list[int], event: threading.Event) -> None:
        try:
            while not stop.is_set():
                look(seen)
                event.set()
            look(seen)
        except BaseException as error:
            faults.append(repr(error))
            event.set()
            raise

    threads = [threading.Thread(target=read, args=pair) for pair in zip(states, looked, strict=True)]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            add(library, "one.md", page("20972", f"femoral{number}"))
            for event in looked:
                event.clear()
                assert event.wait(60), "a thread reads no more"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults
    for seen in states:
        assert seen == sorted(seen) and seen[-1] == 9 and len(set(seen)) > 2
    assert_agrees(library)


# any order of changes

WORDS = st.lists(st.sampled_from("abcde"), max_size=3, unique=True)
CODES = st.sampled_from(["20972", "20957", "20955"])


class LibraryMachine(RuleBasedStateMachine):
    """Two handles on one library against a dictionary."""

    @initialize(folder=st.uuids())
    def begin(self, folder: object) -> None:
        self.folder = LibraryMachine.root / str(folder)
        self.handles = [open_library(self.folder), open_library(self.folder)]
        self.model: dict[str, str] = {}

    @rule(handle=st.integers(0, 1), code=CODES, words=WORDS)
    def put(self, handle: int, code: str, words: list[str]) -> None:
        text = page(code, *words)
        (outcome,) = ingestion(self.handles[handle]).add([source(f"{code}.md", text)])
        document_id = f"cpt-{code}-2025"
        before = self.model.get(document_id)
        assert outcome.state == ("added" if before is None else "unchanged" if before == text else "updated")
        self.model[document_id] = text

    @rule(handle=st.integers(0, 1), code=CODES)
    def remove(self, handle: int, code: str) -> None:
        document_id = f"cpt-{code}-2025"
        if document_id in self.model:
            ingestion(self.handles[handle]).remove(document_id)
            del self.model[document_id]
        else:
            with pytest.raises(UnknownDocument):
                ingestion(self.handles[handle]).remove(document_id)

    @rule(handle=st.integers(0, 1))
    def reopen(self, handle: int) -> None:
        self.handles[handle].close()
        self.handles[handle] = open_library(self.folder)

    @rule(handle=st.integers(0, 1))
    def search(self, handle: int) -> None:
        for keys in (dense_keys(self.handles[handle]), lexical_keys(self.handles[handle])):
            found = {item.document.id for item in now(self.handles[handle]).passages(keys).values()}
            assert found == set(self.model)

    @invariant()
    def both_handles_tell_the_same(self) -> None:
        if hasattr(self, "handles"):
            assert texts(self.handles[0]) == texts(self.handles[1]) == self.model

    def teardown(self) -> None:
        if hasattr(self, "handles"):
            for handle in self.handles:
                assert_agrees(handle)
                handle.close()
            shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def machine_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("machine")


def test_any_order_of_changes_keeps_the_laws(machine_root: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    LibraryMachine.root = machine_root
    run_state_machine_as_test(
        LibraryMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=10,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
