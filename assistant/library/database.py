"""The SQLite file of a library: its tables, its connections, and transactions that raise the generation."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.errors import LibraryBusy, LibraryDamaged, StorageFull

SCHEMA_VERSION = "3"
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    source_sha256 TEXT NOT NULL, source_name TEXT NOT NULL, root TEXT NOT NULL, recipe TEXT NOT NULL,
    media_type TEXT NOT NULL, edition TEXT, effective TEXT, expires TEXT, family TEXT NOT NULL,
    characters INTEGER NOT NULL, passages INTEGER NOT NULL, codes INTEGER NOT NULL, generation INTEGER NOT NULL,
    source BLOB NOT NULL, pages INTEGER, places BLOB NOT NULL DEFAULT x'');
CREATE TABLE codes (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (pk) ON DELETE CASCADE,
    system TEXT NOT NULL, value TEXT NOT NULL, edition TEXT, title TEXT NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, billable INTEGER NOT NULL, effective TEXT, expires TEXT);
CREATE INDEX codes_value ON codes (value, system);
CREATE INDEX codes_document ON codes (document);
CREATE TABLE passages (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (pk) ON DELETE CASCADE,
    id TEXT NOT NULL, section TEXT NOT NULL, section_title TEXT NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, text TEXT NOT NULL, body_start INTEGER NOT NULL, body_end INTEGER NOT NULL,
    context TEXT NOT NULL, system TEXT NOT NULL, value TEXT NOT NULL, quote_start INTEGER, quote_end INTEGER,
    page INTEGER, location TEXT NOT NULL, vector BLOB, generation INTEGER NOT NULL);
CREATE INDEX passages_document ON passages (document, start);
CREATE INDEX passages_generation ON passages (generation);
CREATE INDEX passages_value ON passages (value, system) WHERE value != '';
CREATE INDEX passages_vector ON passages (vector);
CREATE TABLE mentions (
    passage INTEGER NOT NULL REFERENCES passages (pk) ON DELETE CASCADE, system TEXT NOT NULL, value TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, certain INTEGER NOT NULL);
CREATE INDEX mentions_passage ON mentions (passage);
CREATE INDEX mentions_value ON mentions (value, system);
CREATE TABLE synonyms (
    document INTEGER NOT NULL REFERENCES documents (pk) ON DELETE CASCADE, term TEXT NOT NULL, meaning TEXT NOT NULL,
    exact INTEGER NOT NULL);
CREATE INDEX synonyms_document ON synonyms (document);
CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE removed (document INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_generation ON removed (generation);
"""


class Database:
    """One connection a thread; a change is whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        new = not path.exists()
        with self.translated():
            connection = self.connection()
            connection.execute("PRAGMA journal_mode = WAL")
            tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
            if not tables:
                if not new and path.stat().st_size > 0 and self._has_other_tables():
                    raise LibraryDamaged(f"{path} is a database, but not a library of this program")
                self._create()
        version = [row[0] for row in self.rows("SELECT value FROM meta WHERE key = 'schema'")]
        if version != [SCHEMA_VERSION]:
            raise LibraryDamaged(
                f"{path} was written by another version (schema {', '.join(version) or 'unknown'}); index the "
                "documents again into a new folder"
            )

    def _has_other_tables(self) -> bool:
        row = self.connection().execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
        return bool(row[0])

    def _create(self) -> None:
        with self.transaction() as connection:
            # Another process may have been first.
            if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";\n"):
                    if statement.strip():
                        connection.execute(statement)
                facts = {"schema": SCHEMA_VERSION, "library": uuid.uuid4().hex, "generation": "0"}
                connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -16384")
            self._local.connection = connection
            self._connections.append(connection)
        return connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Errors of SQLite leave as errors of this project."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "full" in text or "disk I/O" in text:
                raise StorageFull(f"there is no room left for {self._path}; free some space and run again") from error
            if "locked" in text or "busy" in text:
                raise LibraryBusy(
                    f"another process is writing to {self._path}; try again when it has finished"
                ) from error
            raise LibraryDamaged(f"{self._path} cannot be used: {text}; restore it or index again") from error
        except sqlite3.DatabaseError as error:
            raise LibraryDamaged(
                f"{self._path} is damaged or no library: {error}; restore it or index again"
            ) from error

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement."""
        with self.translated():
            return self.connection().execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that happens inside is stored, or nothing of it."""
        with self.translated():
            connection = self.connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def change(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """A transaction that raises the generation; gives the generation it will be."""
        with self.transaction() as connection:
            connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")
            row = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
            yield connection, int(row[0])

    def close(self) -> None:
        """Closes the connections of all threads."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()
