"""The connections of one SQLite file: so many at once for reading, a few of them kept open, and one for writing."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import LibraryBusy

BUSY_SECONDS = 30.0
# Who waits for a snapshot waits for threads that hold one. Single statements are counted apart, so that a thread that
# holds a snapshot never waits for another such thread, whatever else it reads: no two can wait for each other.
SNAPSHOTS, STATEMENTS = 12, 4
_IDLE = 4


class Pool:
    """Connections to one file. A reader is lent out whole, to one borrower at a time, and comes back as it was lent."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._snapshots = threading.BoundedSemaphore(SNAPSHOTS)
        self._statements = threading.BoundedSemaphore(STATEMENTS)
        self._guard = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._writing = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._life = 0
        self._open = 0

    @property
    def open(self) -> int:
        """How many connections are open now."""
        return self._open

    @contextmanager
    def statement(self) -> Iterator[sqlite3.Connection]:
        """A connection for a moment. Whoever has it must not wait for anything before giving it back."""
        with self._statements, self._lent() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection for a question or a note. A thread that holds one must not ask for another."""
        with self._snapshots, self._lent() as connection:
            yield connection

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """The one connection that changes the file. Raises LibraryBusy where another thread has it for too long."""
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise LibraryBusy(f"another thread is writing to {self._path}; try again when it has finished")
        try:
            if self._writer is None:
                self._writer = self._connect()
            yield self._writer
        finally:
            self._writing.release()

    def close(self) -> None:
        """Closes all connections, those that are lent out when they come back. May be called twice."""
        with self._guard:
            self._life += 1
            idle, self._idle = self._idle, []
        for connection in idle:
            self._close(connection)
        with self._writing:
            if self._writer is not None:
                self._close(self._writer)
                self._writer = None

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            life = self._life
            # The one given back last has the pages in its cache that were just read.
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._connect()
        try:
            yield connection
        finally:
            if connection.in_transaction:
                connection.rollback()
            with self._guard:
                kept = life == self._life and len(self._idle) < _IDLE
                if kept:
                    self._idle.append(connection)
            if not kept:
                self._close(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA foreign_keys = OFF")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -16384")
        except BaseException:
            connection.close()
            raise
        with self._guard:
            self._open += 1
        return connection

    def _close(self, connection: sqlite3.Connection) -> None:
        connection.close()
        with self._guard:
            self._open -= 1
