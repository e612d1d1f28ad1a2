"""The workers that do the jobs: this process, or another one at low priority."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from assistant.ingestion.jobs import carry_out
from assistant.ingestion.road import Ingestion
from assistant.library import Library


class Worker(Protocol):
    """A worker for uploads and compactions; one thread hands them to it."""

    def upload(self, job_id: str) -> bool:
        """Works on an upload until it ends or is stopped; False if the worker itself broke."""

    def compact(self) -> None:
        """Compacts the library; if readers prevent that, it is still due."""

    def stop(self) -> None:
        """Ends the work in hand soon; called from another thread. What is committed stays."""

    def close(self) -> None:
        """Releases all that the worker holds."""


class OwnWorker:
    """Works in this process, for a service with few users."""

    def __init__(self, library: Library, ingestion: Ingestion, limit_mb: int) -> None:
        self._library = library
        self._ingestion = ingestion
        self._limit_mb = limit_mb
        self._stopping = threading.Event()

    def upload(self, job_id: str) -> bool:
        self._stopping.clear()
        carry_out(self._library, self._ingestion, job_id, self._limit_mb, self._stopping.is_set)
        return True

    def compact(self) -> None:
        self._ingestion.compact()

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        pass


class ChildWorker:
    """Works in a process of its own: the first job starts it, and stopping kills it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._guard = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def upload(self, job_id: str) -> bool:
        return self._order(f"upload {job_id}")

    def compact(self) -> None:
        self._order("compact")

    def stop(self) -> None:
        with self._guard:
            if self._process is not None:
                _kill(self._process)

    def close(self) -> None:
        with self._guard:
            process, self._process = self._process, None
        if process is not None:
            _kill(process)
            process.communicate()

    def _order(self, order: str) -> bool:
        with self._guard:
            if self._process is None:
                # In a group of its own, so that Ctrl+C in a terminal ends the service, which then ends it. Not in a
                # session of its own, which some kernels give as much of the processor as the service.
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
                )
            process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order + "\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith(("done", "failed")):
                    return line.startswith("done")
        except BrokenPipeError:
            pass
        self.close()  # it died, or was stopped
        return False


def _kill(process: subprocess.Popen[str]) -> None:
    """Kills the worker, and what it has started to read a file."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def child_worker(library: Path) -> ChildWorker:
    """A worker with the environment's settings over the library in a folder."""
    return ChildWorker([sys.executable, "-m", "assistant.faces.http.job_process", str(library)])
