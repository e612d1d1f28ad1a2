"""A service calibrates its library anew when uploads have come to rest, and not before."""

import threading
from pathlib import Path

import pytest
from surgery import write_corpus

from assistant.answering import Assistant
from assistant.calibration import read_certificate
from assistant.embedding import OnnxEmbedder
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


def test_a_library_that_nobody_changes_is_left_alone(assistant: Assistant, tmp_path: Path, settings: Settings) -> None:
    Ingestion(assistant.library, assistant.embedder, settings).index([write_corpus(tmp_path / "corpus")])
    watch = Recalibration(assistant, rest=0.01)
    watch.start()
    threading.Event().wait(0.3)  # thirty looks
    watch.stop()
    assert assistant.library.store.meta("certificate:self") is None
