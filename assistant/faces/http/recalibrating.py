"""Calibrates the library of a running service on its own documents, once uploads and deletions have come to rest."""

import logging
import threading

from assistant.answering import Assistant
from assistant.errors import AssistantError
from assistant.evaluation.certifying import calibrate_itself

log = logging.getLogger("assistant.faces.http")

_REST_SECONDS = 30.0


class Recalibration:
    """A thread that waits for the library to rest, and then makes a new certificate if the one kept is void.

    Nothing is done at the start: the library that a service opens was calibrated when it was indexed.
    """

    def __init__(self, assistant: Assistant, rest: float = _REST_SECONDS) -> None:
        self._assistant = assistant
        self._rest = rest
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="recalibration", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when what is in hand is done."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        done = seen = self._generation()
        while not self._stopped.wait(self._rest):
            generation = self._generation()
            if generation == seen != done:
                self._calibrate()
                done = generation
            seen = generation

    def _generation(self) -> int:
        try:
            return self._assistant.library.store.generation()
        except AssistantError:
            return -1  # /readyz tells of a library that is lost

    def _calibrate(self) -> None:
        try:
            calibrate_itself(self._assistant)
        except AssistantError as error:
            log.warning("the library was not calibrated: %s", type(error).__name__)
