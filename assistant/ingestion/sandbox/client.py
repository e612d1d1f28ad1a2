"""The service's side of the reading process: starts it, gives it one file at a time, and ends it when it misbehaves."""

import contextlib
import functools
import gc
import os
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass
from typing import Any

from assistant.errors import ServiceError, UnreadableDocument
from assistant.ingestion.sandbox.frames import BrokenMessage, Message, receive, send
from assistant.ingestion.sandbox.values import from_plain
from assistant.types import Document

_SECONDS_TO_START = 120.0
_MEGABYTE = 1024 * 1024
# One thread for each numerical library: a process that reads beside a service takes only its share of the processor.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What one file may cost: seconds, megabytes of memory and of text, pages of a PDF, pages read by OCR, megabytes
    when unpacked. `code_systems` are the user's own, as (name, pattern)."""

    seconds: int = 300
    memory_mb: int = 2_048
    output_mb: int = 256
    pages: int = 5_000
    scans: int = 100
    unpacked_mb: int = 256
    code_systems: tuple[tuple[str, str], ...] = ()


class Reader:
    """One reading process: it starts when first needed, stays for the next file, and starts anew after a crash."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._finalizer: weakref.finalize[Any, Any] | None = None

    def read(self, source: bytes, name: str) -> Document:
        """The document that a file holds. Raises UnreadableDocument with one line if it cannot be read."""
        limits = self._limits
        head, parts = self._ask(
            {
                "do": "read",
                "name": name,
                "seconds": limits.seconds,
                "pages": limits.pages,
                "scans": limits.scans,
                "unpacked": limits.unpacked_mb * _MEGABYTE,
                "output": limits.output_mb * _MEGABYTE,
                "systems": limits.code_systems,
            },
            source,
        )
        collecting = gc.isenabled()
        gc.disable()  # for a moment, as child.py does and for its reason
        try:
            return from_plain(head["document"], parts)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise UnreadableDocument(f"{name} could not be read: its reader gave no document") from error
        finally:
            if collecting:
                gc.enable()

    def draw(self, source: bytes, name: str, page: int, scale: float) -> bytes:
        """A page of a PDF as PNG, numbered from 1. Raises UnreadableDocument where there is no such page."""
        head = {"do": "draw", "name": name, "seconds": self._limits.seconds, "page": page, "scale": scale}
        return self._ask(head, source)[1][0]

    def attachments(self, source: bytes, name: str) -> list[tuple[str, int]]:
        """(name, size in bytes) of the files in a message. Raises UnreadableDocument where it cannot be read."""
        head = {"do": "attachments", "name": name, "seconds": self._limits.seconds}
        return [(str(written), int(size)) for written, size in self._ask(head, source)[0]["attachments"]]

    def attachment(self, source: bytes, name: str, number: int) -> bytes:
        """One of the files in a message, counted from 0."""
        head = {"do": "attachment", "name": name, "seconds": self._limits.seconds, "number": number}
        return self._ask(head, source)[1][0]

    def close(self) -> None:
        """Ends the process, and with it the file in hand; the next file starts another."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            process.kill()  # who holds the guard waits for its answer
        with self._guard:
            self._drop()

    def _ask(self, head: dict[str, Any], source: bytes) -> Message:
        name = head["name"]
        with self._guard:
            process = self._running()
            late = threading.Event()
            timer = threading.Timer(self._limits.seconds, _end_late, (process, late))
            timer.daemon = True
            timer.start()
            try:
                assert process.stdin is not None
                assert process.stdout is not None
                send(process.stdin, head, [source])
                # A document's sections and codes are a few times as long as its text.
                answer = receive(process.stdout, 8 * self._limits.output_mb * _MEGABYTE)
            except (BrokenMessage, OSError):
                answer = None
            except BaseException:
                self._drop()
                raise
            finally:
                timer.cancel()
            if answer is None:
                code = self._drop()
                raise UnreadableDocument(self._ended(name, late.is_set(), code))
            if answer[0].get("memory", 0) > self._limits.memory_mb * _MEGABYTE // 2:
                self._drop()  # a large file leaves a large process behind
        if answer[0].get("ok"):
            return answer
        if "said" in answer[0]:
            raise UnreadableDocument(str(answer[0]["said"]))
        if answer[0].get("failed") == "memory":
            raise UnreadableDocument(self._out_of_memory(name))
        raise UnreadableDocument(f"{name} is damaged in an unknown way ({answer[0].get('failed')}); save it again")

    def _ended(self, name: str, late: bool, code: int | None) -> str:
        if late:
            return (
                f"{name} was not read within {self._limits.seconds} seconds; split it, or raise ASSISTANT_READ_SECONDS"
            )
        if code == 1:
            return self._out_of_memory(name)
        return f"{name} made its reader crash, so it is damaged; open it in its own program and save it again"

    def _out_of_memory(self, name: str) -> str:
        return (
            f"{name} needs more than {self._limits.memory_mb} MB of memory to read; split it, or raise "
            "ASSISTANT_READ_MEMORY_MB"
        )

    def _running(self) -> subprocess.Popen[bytes]:
        """The process; a new one if this process is a fork of the one that started it."""
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return self._process
        if self._process is not None and self._owner == os.getpid():
            self._drop()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "assistant.ingestion.sandbox.child", str(self._limits.memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may hold a part of a file
            env=os.environ | _ENVIRONMENT,
        )
        self._owner = os.getpid()
        self._wait_until_ready(self._process)
        self._finalizer = weakref.finalize(self, _end, self._process, self._owner)
        return self._process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Waits for the process to start, which counts for no file: on a busy machine it may take seconds."""
        timer = threading.Timer(_SECONDS_TO_START, process.kill)
        timer.start()
        try:
            assert process.stdout is not None
            ready = receive(process.stdout, 1_000)
        except (BrokenMessage, OSError):
            ready = None
        finally:
            timer.cancel()
        if ready is None:
            self._drop()
            raise ServiceError(
                f"the process that reads files does not start with {self._limits.memory_mb} MB of memory; raise "
                "ASSISTANT_READ_MEMORY_MB, and see whether this Python still works"
            )

    def _drop(self) -> int | None:
        """Ends the process and says how it ended."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return None
        if self._finalizer is not None:
            self._finalizer.detach()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)  # one that ended by itself says why
        _end(process, self._owner)
        return process.returncode


def _end_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    if owner != os.getpid():
        return
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()
    process.wait()


@functools.lru_cache(maxsize=8)
def shared_reader(limits: ReadingLimits) -> Reader:
    """The one reader that this process shares for these limits: to start one costs half a second."""
    return Reader(limits)
