"""A service calibrates its library anew when uploads have come to rest, and not before."""

import sqlite3
import threading
from pathlib import Path

import pytest
from surgery import write_corpus

from assistant.answering import Assistant
from assistant.calibration import read_certificate
from assistant.embedding import OnnxEmbedder
from assistant.faces.http import recalibrating
from assistant.faces.http.recalibrating import Recalibration
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.settings import Settings


@pytest.fixture
def assistant(tmp_path: Path, embedder: OnnxEmbedder, settings: Settings) -> Assistant:
    library = Library(
        tmp_path / "library",
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        create=True,
    )
    return Assistant(library, embedder, settings)


def test_an_upload_that_has_come_to_rest_is_followed_by_a_certificate(
    assistant: Assistant, tmp_path: Path, settings: Settings
) -> None:
    store = assistant.library.store
    watch = Recalibration(assistant, rest=0.05)
    watch.start()
    try:
        Ingestion(assistant.library, assistant.embedder, settings).index([write_corpus(tmp_path / "corpus")])
        waiting = threading.Event()
        for _ in range(1200):
            if store.meta("certificate:self"):
                break
            waiting.wait(0.05)
    finally:
        watch.stop()
    certificate = read_certificate(store.meta("certificate:self"))
    assert certificate is not None and certificate.set == "self"
    assert certificate.generation == store.generation()


def test_a_failure_is_logged_without_its_words_and_calibration_goes_on(
    assistant: Assistant,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tries: list[int] = []
    done = threading.Event()

    def breaks_twice(given: Assistant) -> None:
        tries.append(given.library.store.generation())
        if len(tries) < 3:
            raise ZeroDivisionError("Mrs. Secret Patient")
        done.set()

    monkeypatch.setattr(recalibrating, "calibrate_itself", breaks_twice)
    watch = Recalibration(assistant, rest=0.02)
    watch.start()
    try:
        Ingestion(assistant.library, assistant.embedder, settings).index([write_corpus(tmp_path / "corpus")])
        assert done.wait(30), "it was given up for good"
    finally:
        watch.stop()
    assert caplog.text.count("ZeroDivisionError") == 2 and "Secret" not in caplog.text


def test_a_library_that_cannot_be_read_for_a_moment_does_not_end_the_watch(
    assistant: Assistant, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, done, looks = assistant.library.store, threading.Event(), []
    generation = store.generation

    def busy_once() -> int:
        looks.append(1)
        if len(looks) == 2:
            raise sqlite3.OperationalError("database is locked")
        return generation()

    monkeypatch.setattr(store, "generation", busy_once)
    monkeypatch.setattr(recalibrating, "calibrate_itself", lambda given: done.set())
    watch = Recalibration(assistant, rest=0.02)
    watch.start()
    try:
        Ingestion(assistant.library, assistant.embedder, settings).index([write_corpus(tmp_path / "corpus")])
        assert done.wait(30), "the watch ended with the first fault"
    finally:
        watch.stop()


def test_what_is_in_hand_is_given_up_at_the_next_question(
    assistant: Assistant, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    under_way = threading.Event()

    def asks_on(given: Assistant) -> None:
        for number in range(100_000):
            given.embedder.embed_query(f"question {number}")
            asked.append(f"question {number}")
            under_way.set()

    monkeypatch.setattr(recalibrating, "calibrate_itself", asks_on)
    watch = Recalibration(assistant, rest=0.02)
    watch.start()
    Ingestion(assistant.library, assistant.embedder, settings).index([write_corpus(tmp_path / "corpus")])
    assert under_way.wait(30)
    assert watch.calibrating
    watch.stop()
    assert not watch.calibrating and 0 < len(asked) < 100_000
    assistant.embedder.embed_query("a person may still ask")


def test_a_library_that_nobody_changes_is_left_alone(assistant: Assistant, tmp_path: Path, settings: Settings) -> None:
    Ingestion(assistant.library, assistant.embedder, settings).index([write_corpus(tmp_path / "corpus")])
    watch = Recalibration(assistant, rest=0.01)
    watch.start()
    threading.Event().wait(0.3)  # thirty looks
    watch.stop()
    assert assistant.library.store.meta("certificate:self") is None
