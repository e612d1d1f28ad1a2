"""What was removed is gone from every byte of the library's folder once it is compacted, and from answers at once."""

import json
import shutil
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from libraries import ANY, assert_agrees, dense_keys, ingestion, now, open_library, page, source, texts
from test_http_jobs import ended, jobs_over, send

from assistant.ingestion.road import Ingestion
from assistant.language.wording import Wording
from assistant.library import Library
from assistant.library.search.dense import DenseIndex
from assistant.settings import Settings

CANARY = "zyxquilt"
SECRET = page("20972", CANARY, "femoral").replace("title: About", f"title: {CANARY} about")
OTHERS = {f"o{number}.md": page(f"3{number:04}", "radial", f"word{number}") for number in range(40)}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "library")
    yield library
    library.close()


def traces(library: Library) -> list[bytes]:
    """Every form that a text, its stored source and its vectors can take on the disk."""
    found = [CANARY.encode(), CANARY.upper().encode(), CANARY.encode("utf-16-le"), zlib.compress(SECRET.encode(), 6)]
    for item in library.store.passages(dense_keys(library)).values():
        if CANARY in item.passage.indexed_text:
            (vector,) = FakeEmbedder().embed([item.passage.indexed_text])
            found += [vector.astype(np.float16).tobytes(), vector.tobytes()]
    return found


def holding(folder: Path, wanted: list[bytes]) -> dict[str, list[int]]:
    """The files that hold some byte strings, each with the strings that it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            held = [
                number for number, trace in enumerate(wanted) if trace in data or trace.decode("latin-1") in path.name
            ]
            if held:
                found[path.relative_to(folder).as_posix()] = held
    return found


def library_id(name: str) -> str:
    return f"cpt-3{int(name[1:-3]):04}-2025"


def terms(folder: Path) -> list[str]:
    """The terms of the lexical index on the disk that begin like the canary."""
    library = open_library(folder)
    return list(now(library).with_prefix(CANARY[:5]))


def test_a_deletion_is_proven_by_every_byte_of_the_folder(library: Library, tmp_path: Path) -> None:
    ingestion(library).add([source(name, text) for name, text in OTHERS.items()])
    jobs = jobs_over(library)
    jobs.start()
    ended(jobs, send(jobs, library, {f"{CANARY}.md": SECRET, f"{CANARY}-too.md": SECRET, "bad.md": ""}))
    jobs.close()
    library.keep_report({"misses": [{"id": "q1", "quotes": [{"document_id": "cpt-20972-2025", "quote": CANARY}]}]})
    wanted = traces(library)
    before = holding(library.folder, wanted)
    assert "performance.json" in before and terms(library.folder)
    held = {number for name in before for number in before[name] if name.startswith(("library.sqlite", "dense/"))}
    assert {0, 3} <= held and len(held & set(range(4, len(wanted)))) > 2, "the search finds what is there"
    kept = {document_id: text for document_id, text in texts(library).items() if document_id != "cpt-20972-2025"}

    other = open_library(tmp_path / "library")
    len(other)  # it keeps reading, with the files of before open
    # Some builds of SQLite overwrite what they delete; that must not be what this rests on.
    with library.store._database.writer() as connection:
        connection.execute("PRAGMA secure_delete = OFF")
    removed, generation = ingestion(library).remove("cpt-20972-2025")
    assert removed == 5 and generation == library.stamp.generation
    assert not [item for item in now(library).passages(dense_keys(library)).values() if CANARY in item.passage.text]
    assert library.compact()
    assert library.stamp.generation == generation, "nothing that is searched has changed"
    assert holding(library.folder, wanted) == {}
    assert terms(library.folder) == []
    assert not library.store.uncompacted()
    assert texts(library) == kept
    for reader in (library, other, open_library(tmp_path / "library")):
        assert_agrees(reader)
        assert isinstance(now(reader).wording(), Wording)
    assert library.report() == {"misses": [{"id": "q1", "quotes": []}]}


def test_a_vector_stays_while_another_passage_uses_it(library: Library) -> None:
    ingestion(library).add(
        [source("a.md", page("20972", "femoral")), source("b.md", page("20972", "radial", edition="2026"))]
    )
    before = library.store._database.rows("SELECT count(*) FROM vectors")
    ingestion(library).remove("cpt-20972-2025")
    library.compact()
    assert before == [(3,)] and library.store._database.rows("SELECT count(*) FROM vectors") == [(2,)]
    assert_agrees(library)


@pytest.mark.parametrize("exact", [10_000, 20])
def test_a_large_library_is_compacted_as_well(library: Library, monkeypatch: pytest.MonkeyPatch, exact: int) -> None:
    monkeypatch.setattr("assistant.library.search.dense.EXACT_LIMIT", exact)
    monkeypatch.setattr("assistant.library.search.searchers.EXACT_LIMIT", exact)
    monkeypatch.setattr("assistant.library.search.searchers._EXACT_STATISTICS", exact)
    monkeypatch.setattr("assistant.library.embedded.writing.STEP", 2)
    monkeypatch.setattr("assistant.library.embedded.changes.STEP", 2)
    ingestion(library).add([source(name, text) for name, text in (OTHERS | {"secret.md": SECRET}).items()])
    wanted = traces(library)
    ingestion(library).remove("cpt-20972-2025")
    library.compact()
    assert holding(library.folder, wanted) == {}
    assert terms(library.folder) == []
    # An inverted file does not look into all cells, so it is not asked for all it holds.
    with library.searching() as (reads, search):
        assert len(search.dense) == len(search.lexical) == search.passages == reads.counts()[1]


def test_an_index_from_before_the_compaction_is_not_believed(library: Library, tmp_path: Path) -> None:
    ingestion(library).add([source(name, text) for name, text in OTHERS.items()])
    len(library)
    shutil.copytree(library.folder / "lexical", tmp_path / "old")
    for name in list(OTHERS)[:5]:
        ingestion(library).remove(library_id(name))
    library.compact()
    shutil.rmtree(library.folder / "lexical")
    shutil.copytree(tmp_path / "old", library.folder / "lexical")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.library.search.searchers._EXACT_STATISTICS", 0)
        later = open_library(library.folder)
        assert_agrees(later)
        with later.searching() as (_, search):
            assert len(search.lexical) == search.passages


def test_a_reader_brings_nothing_back_that_was_compacted_away(library: Library, tmp_path: Path) -> None:
    """A reader's index is built before a removal, but written to the disk only after the compaction."""
    ingestion(library).add([source(name, text) for name, text in (OTHERS | {"secret.md": SECRET}).items()])
    wanted = traces(library)
    shutil.rmtree(library.folder / "dense")
    reader = open_library(tmp_path / "library")
    with library.store.writing():
        len(reader)  # builds its index, and cannot save it
    assert not (library.folder / "dense").exists()
    ingestion(library).remove("cpt-20972-2025")
    library.compact()
    assert len(dense_keys(reader)) == len(reader) == len(library)
    reader.store.set_meta({"generation": str(reader.stamp.generation + 1)})  # as after any change
    assert len(dense_keys(reader)) == len(reader)
    assert holding(library.folder, wanted) == {}


def test_a_large_index_is_built_anew_beside_the_searches(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.library.search.searchers.EXACT_LIMIT", 50)
    ingestion(library).add([source(name, text) for name, text in OTHERS.items()])
    reader = open_library(library.folder)
    before = len(reader)
    gate, build = threading.Event(), DenseIndex.build

    def held_back(ids, vectors):
        assert gate.wait(30)
        return build(ids, vectors)

    monkeypatch.setattr("assistant.library.search.searchers.DenseIndex.build", held_back)
    for name in list(OTHERS)[:20]:
        ingestion(library).remove(library_id(name))
    found = dense_keys(reader)  # does not wait for the gate
    assert len(found) == len(reader) < before
    with reader.searching() as (_, search):
        assert len(search.dense) == before, "the old index, without what is gone"
    nearest = now(reader).search_dense(FakeEmbedder().embed_query("radial"), 5, ANY)
    assert len(now(reader).passages([key for key, _ in nearest])) == 5, "what is gone takes no place"
    building = reader._indexes._building
    assert building is not None
    gate.set()
    building.join()
    with reader.searching() as (_, search):
        assert len(search.dense) == search.passages
    assert_agrees(reader)


def test_a_library_that_lost_nothing_is_not_compacted(library: Library) -> None:
    ingestion(library).add([source("a.md", SECRET)])
    assert not library.store.uncompacted()
    ingestion(library).remove("cpt-20972-2025")
    assert library.store.uncompacted()


def test_the_service_compacts_by_itself(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.faces.http.jobs._SETTLE", 0.05)
    monkeypatch.setattr("assistant.faces.http.jobs._LOOK", 0.02)
    ingestion(library).add([source(name, text) for name, text in (OTHERS | {"secret.md": SECRET}).items()])
    wanted = traces(library)
    jobs = jobs_over(library)
    jobs.start()
    ingestion(library).remove("cpt-20972-2025")
    for _ in range(3_000):
        if not library.store.uncompacted():
            break
        jobs._thread.join(0.01)
    jobs.close()
    assert holding(library.folder, wanted) == {}


def test_a_cancelled_upload_leaves_no_byte(library: Library) -> None:
    class Cancelling(FakeEmbedder):
        calls = 0

        def embed(self, texts):
            # Some vectors are stored, then the job is cancelled: nothing of it may stay.
            self.calls += 1
            if self.calls == 2:
                library.store.jobs.cancel(job_id)
            return super().embed(texts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.ingestion.road._BATCH", 2)
        patch.setattr("assistant.ingestion.jobs._TELL_EVERY", 0.0)
        jobs = jobs_over(library, Ingestion(library, Cancelling(), Settings()))
        job_id = send(jobs, library, {"secret.md": SECRET})
        wanted = [CANARY.encode()]
        for text in (f"About 20972. Part {CANARY}. The {CANARY} procedure of this page.", "x"):
            wanted.append(FakeEmbedder().embed([text])[0].astype(np.float16).tobytes())
        assert "0" in {Path(name).name for name in holding(library.folder, wanted)}, "it waits in the spool"
        jobs.start()
        assert ended(jobs, job_id).state == "cancelled"
        jobs.close()
    assert library.store._database.rows("SELECT count(*) FROM vectors") == [(0,)]
    assert library.store.uncompacted() and library.compact()
    assert holding(library.folder, wanted) == {}


def test_what_a_report_says_of_documents_that_stay_is_kept(library: Library) -> None:
    ingestion(library).add([source("a.md", SECRET), source("b.md", page("20957", "radial"))])
    report = {"made": "today", "misses": [{"quotes": [{"document_id": "cpt-20957-2025", "quote": "x"}]}, 3]}
    library.keep_report(report)
    ingestion(library).remove("cpt-20972-2025")
    library.compact()
    assert json.loads((library.folder / "performance.json").read_text()) == report
