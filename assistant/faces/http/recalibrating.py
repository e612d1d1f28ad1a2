"""Calibrates the library of a running service on its own documents, once uploads and deletions have come to rest."""

import logging
import threading
from collections.abc import Sequence

from assistant.answering import Assistant
from assistant.embedding import Embedder, Vectors
from assistant.evaluation.certifying import calibrate_itself

log = logging.getLogger("assistant.faces.http")

# After each failure the rest before the next attempt doubles, so often at most.
_MOST_DOUBLINGS = 7


class Recalibration:
    """A thread that waits for the library to rest, and then makes a new certificate if the one kept is void.

    Nothing is done at the start: the library that a service opens was calibrated when it was indexed. What fails is
    logged, by the kind of error only, and tried again after a longer rest.
    """

    def __init__(self, assistant: Assistant, rest: float) -> None:
        self._assistant = assistant
        self._rest = rest
        self._stopped = threading.Event()
        self._calibrating = False
        self._thread = threading.Thread(target=self._watch, name="recalibration", daemon=True)

    @property
    def calibrating(self) -> bool:
        """Whether a certificate is being made now."""
        return self._calibrating

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Gives up what is in hand at the next question, and returns then."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        done: int | None = None
        seen: int | None = None
        failures = 0
        while True:
            try:
                generation = self._assistant.library.store.generation()
                if done is None:
                    done = generation
                if generation == seen != done:
                    self._calibrate()
                    done = generation
                seen = generation
                failures = 0
            except _Stopped:
                return
            except Exception as error:  # noqa: BLE001  # a border: nobody above this thread would hear of it
                # Its own words stay out of the log: they may hold a part of a document.
                log.error("%s while the library was calibrated; trying again later", type(error).__name__)
                failures += 1
            if self._stopped.wait(self._rest * 2 ** min(failures, _MOST_DOUBLINGS)):
                return

    def _calibrate(self) -> None:
        assistant = self._assistant.embedding_by(_Stoppable(self._assistant.embedder, self._stopped))
        self._calibrating = True
        try:
            calibrate_itself(assistant)
        finally:
            self._calibrating = False


class _Stopped(Exception):
    """Raised where a calibration would put its next question to a service that stops."""


class _Stoppable:
    """An embedder that takes no more questions once the service stops."""

    def __init__(self, embedder: Embedder, stopped: threading.Event) -> None:
        self.name, self.fingerprint = embedder.name, embedder.fingerprint
        self.dimension, self.max_tokens = embedder.dimension, embedder.max_tokens
        self._embedder, self._stopped = embedder, stopped

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed(texts)

    def embed_query(self, text: str) -> Vectors:
        if self._stopped.is_set():
            raise _Stopped
        return self._embedder.embed_query(text)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        if self._stopped.is_set():
            raise _Stopped
        return self._embedder.embed_queries(texts)

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)
