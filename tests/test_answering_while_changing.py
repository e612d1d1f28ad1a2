"""Answers while documents come, change and go: every citation is of a document that was there, and stands in it."""

import gc
import multiprocessing
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from fastapi.testclient import TestClient
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.answering.cited import citations_of
from assistant.errors import LibraryBusy
from assistant.faces.http.app import create_app
from assistant.library import Library
from assistant.notes.suggesting import suggest
from assistant.retrieval.generation import Shelf
from assistant.retrieval.snapshot import Snapshot
from assistant.settings import Settings
from assistant.types import Citation, Query, Suggestion

CODES = ("20972", "20957", "20955", "20956", "20962", "20969")
WORDS = ("femoral", "dorsal", "radial", "ulnar", "fibular", "tibial", "iliac", "costal")
QUESTIONS = [Query(f"the {one} procedure of the {other} page") for one in WORDS for other in WORDS[:3]]
QUESTIONS += [Query(code) for code in CODES]
NOTE = "PROCEDURE: femoral dorsal procedure\n\nThe femoral procedure was performed. The dorsal procedure was performed."


def change(library: Library, stopped: Callable[[], bool], seed: int = 1) -> None:
    """Adds, replaces and removes documents until told to stop."""
    pick = random.Random(seed)
    while not stopped():
        code = pick.choice(CODES)
        if pick.random() < 0.4:
            held = [info.id for info in library.store.documents()]
            if len(held) > 2:
                library.store.remove_document(pick.choice(held))
        else:
            ingestion(library).add([source(f"{code}.md", page(code, *pick.sample(WORDS, 3)))])


def change_elsewhere(folder: Path, ready: Event, stop: Event) -> None:
    """What another process does."""
    library = open_library(folder)
    ready.set()
    change(library, stop.is_set)
    library.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source(f"{code}.md", page(code, *WORDS[n : n + 3])) for n, code in enumerate(CODES)])
    yield library
    library.close()


def assert_stands(library: Library, citations: list[Citation]) -> int:
    """Each citation stands in its document, where that is still there as it was cited; how many were compared."""
    compared = 0
    with library.store.reading() as reads:
        digests = reads.digests([citation.document_id for citation in citations])
        for citation in citations:
            if digests.get(citation.document_id) == citation.document_sha256:
                assert reads.text(citation.document_id)[citation.start : citation.end] == citation.quote
                compared += 1
    return compared


def ask_all(assistant: Assistant, rounds: int) -> int:
    compared = 0
    for n in range(rounds):
        before = assistant.library.stamp.generation
        response = assistant.ask(QUESTIONS[n % len(QUESTIONS)])
        assert before <= response.library.generation <= assistant.library.stamp.generation
        compared += assert_stands(assistant.library, list(citations_of(response)))
        if n % 10 == 0:
            suggested = suggest(assistant, NOTE, Query(""))
            if isinstance(suggested, Suggestion):
                cited = [one for found in suggested.candidates for one in found.candidate.citations]
                compared += assert_stands(assistant.library, cited)
    return compared


def test_asked_while_another_thread_changes_the_documents(library: Library) -> None:
    assistant, stop = Assistant(library, FakeEmbedder(), Settings()), threading.Event()
    faults: list[BaseException] = []

    def run() -> None:
        try:
            change(library, stop.is_set)
        except BaseException as error:
            faults.append(error)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        compared = ask_all(assistant, 60)
    finally:
        stop.set()
        thread.join()
    assert compared > 50 and not faults


def test_asked_while_another_process_changes_the_documents(library: Library) -> None:
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    process = context.Process(target=change_elsewhere, args=(library.folder, ready, stop))
    process.start()
    try:
        assert ready.wait(60)
        before = library.stamp.generation
        assistant = Assistant(library, FakeEmbedder(), Settings())
        compared = 0
        while library.stamp.generation < before + 8:
            compared += ask_all(assistant, 20)
    finally:
        stop.set()
        process.join(60)
    assert compared > 50 and process.exitcode == 0


class Removing(FakeEmbedder):
    """Removes or replaces what would be cited while the query is embedded, so often as told."""

    def __init__(self, library: Library, act: Callable[[Library, str], None], times: int = 1) -> None:
        self.library, self.act, self.left = library, act, times

    def _act(self) -> None:
        if self.left and self.library.store.documents():
            self.left -= 1
            for info in self.library.store.documents():
                if "femoral" in self.library.store.text(info.id):
                    self.act(self.library, info.id)

    def embed_query(self, text):
        self._act()
        return super().embed_query(text)

    def embed_queries(self, texts):
        self._act()
        return super().embed_queries(texts)


def remove(library: Library, document_id: str) -> None:
    library.store.remove_document(document_id)


def replace(library: Library, document_id: str) -> None:
    code = document_id.split("-")[1]
    ingestion(library).add([source(f"{code}.md", page(code, "femoral", "another"))])


@pytest.mark.parametrize("act", [remove, replace])
def test_what_was_committed_before_the_answer_is_in_it(library: Library, act: Callable[[Library, str], None]) -> None:
    """The change is committed after the snapshot was taken and before the answer is given."""
    assistant = Assistant(library, Removing(library, act), Settings())
    response = assistant.ask(Query("the femoral procedure"))
    assert response.library.generation == library.stamp.generation
    citations = list(citations_of(response))
    digests = library.store.digests([citation.document_id for citation in citations])
    assert citations and all(digests.get(one.document_id) == one.document_sha256 for one in citations)
    assert assistant.verify(citations) == []


@pytest.mark.parametrize("act", [remove, replace])
def test_a_note_is_asked_again_as_well(library: Library, act: Callable[[Library, str], None]) -> None:
    assistant = Assistant(library, Removing(library, act), Settings())
    response = suggest(assistant, NOTE, Query(""))
    if isinstance(response, Suggestion):
        cited = [one for found in response.candidates for one in found.candidate.citations]
        assert assistant.verify(cited) == []


def test_documents_that_change_faster_than_they_can_be_cited_are_told_of(library: Library) -> None:
    assistant = Assistant(library, Removing(library, replaced_again, times=1_000), Settings())
    with pytest.raises(LibraryBusy):
        assistant.ask(Query("the femoral procedure"))


def replaced_again(library: Library, document_id: str) -> None:
    code = document_id.split("-")[1]
    ingestion(library).add([source(f"{code}.md", page(code, "femoral", f"word{library.stamp.generation}"))])


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_two_thousand_requests_leave_no_thread_no_file_and_no_connection(library: Library) -> None:
    assistant = Assistant(library, FakeEmbedder(), Settings())
    app = create_app(assistant, ingestion(library), Settings())
    with TestClient(app) as client:

        def some(count: int) -> None:
            for n in range(count):
                answered = client.post("/v1/ask", json={"query": CODES[n % len(CODES)]})
                assert answered.status_code == 200
                assert client.get("/v1/documents").status_code == 200

        def many(count: int) -> None:
            threads = [threading.Thread(target=some, args=(count,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        many(5)
        before = threading.active_count(), open_files(), library.store._database.pool.open
        many(125)
        after = threading.active_count(), open_files(), library.store._database.pool.open
    assert after[2] <= 5, "a few idle readers and the writer"
    assert after[0] <= before[0] + 8 and after[1] <= before[1] + 16, (before, after)


def test_an_idle_thread_keeps_nothing_of_the_last_question(library: Library) -> None:
    assistant = Assistant(library, FakeEmbedder(), Settings())
    secret = "a femoral procedure of Quintessa Underhill, in bed twelve by the window"
    with ThreadPoolExecutor(1) as idle:
        assert idle.submit(lambda: assistant.ask(Query(secret)).query == secret).result()
        gc.collect()
        living = gc.get_objects()
        assert not [one for one in living if isinstance(one, Snapshot)]
        generation = assistant._snapshots._last
        assert generation is not None
        shelves = [value for value in vars(generation).values() if isinstance(value, Shelf)]
        assert sum(len(shelf._held) for shelf in shelves) > 5, "it was asked of this generation"
        assert not [shelf for shelf in shelves if "Underhill" in repr(shelf._held)]
