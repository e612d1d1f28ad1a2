"""The SQLite file of a library: its tables, its connections, and transactions that raise the generation."""

import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from assistant.errors import LibraryBusy, LibraryDamaged, StorageFull
from assistant.library.embedded.pool import Pool
from assistant.types import DocumentInfo

Part = TypeVar("Part")

SCHEMA_VERSION = "5"
# A document is there when its row in `documents` is: the rows of one that is arriving or leaving are in `unseen`, so
# that both take one short transaction, however large the document is. Foreign keys are not declared: purging is ours.
_ADDED_IN_3 = """
CREATE TABLE names (document INTEGER NOT NULL, root TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (document, root, name)) WITHOUT ROWID;
CREATE TABLE unseen (document INTEGER PRIMARY KEY);
CREATE TABLE jobs (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, message TEXT,
    cancelled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE job_files (
    job TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    progress REAL NOT NULL DEFAULT 0, PRIMARY KEY (job, number)) WITHOUT ROWID;
CREATE TABLE job_outcomes (
    pk INTEGER PRIMARY KEY, job TEXT NOT NULL, file INTEGER NOT NULL, document TEXT, body TEXT NOT NULL);
CREATE INDEX job_outcomes_job ON job_outcomes (job);
CREATE INDEX job_outcomes_document ON job_outcomes (document);
CREATE INDEX documents_generation ON documents (generation);
CREATE INDEX documents_source ON documents (source_sha256);
"""
_ADDED_IN_5 = """
CREATE TABLE pairs (document INTEGER NOT NULL, first TEXT NOT NULL, second TEXT NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, location TEXT NOT NULL);
CREATE INDEX pairs_first ON pairs (first, second);
CREATE INDEX pairs_second ON pairs (second);
CREATE INDEX pairs_document ON pairs (document);
CREATE TABLE tables (document INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (document, number)) WITHOUT ROWID;
"""
# The large columns come last: SQLite walks through all of a value to reach the one behind it, and every hit reads a
# document's row (11 ms for each behind 20 MB of source, 0.006 ms before them).
_SCHEMA = (
    """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    source_sha256 TEXT NOT NULL, source_name TEXT NOT NULL, root TEXT NOT NULL, recipe TEXT NOT NULL,
    media_type TEXT NOT NULL, edition TEXT, effective TEXT, expires TEXT, family TEXT NOT NULL,
    characters INTEGER NOT NULL, passages INTEGER NOT NULL, codes INTEGER NOT NULL, generation INTEGER NOT NULL,
    searchable INTEGER NOT NULL DEFAULT 0, found INTEGER NOT NULL DEFAULT 0, warnings TEXT NOT NULL DEFAULT '[]',
    pages INTEGER, kind TEXT NOT NULL DEFAULT '', places BLOB NOT NULL DEFAULT x'', source BLOB NOT NULL);
CREATE TABLE codes (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, system TEXT NOT NULL, value TEXT NOT NULL,
    edition TEXT, title TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, billable INTEGER NOT NULL,
    effective TEXT, expires TEXT);
CREATE INDEX codes_value ON codes (value, system);
CREATE INDEX codes_document ON codes (document);
CREATE TABLE passages (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL, id TEXT NOT NULL, section TEXT NOT NULL,
    section_title TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
    body_start INTEGER NOT NULL, body_end INTEGER NOT NULL, context TEXT NOT NULL, system TEXT NOT NULL,
    value TEXT NOT NULL, quote_start INTEGER, quote_end INTEGER, page INTEGER, location TEXT NOT NULL, vector BLOB);
CREATE INDEX passages_document ON passages (document, start);
CREATE INDEX passages_value ON passages (value, system) WHERE value != '';
CREATE INDEX passages_vector ON passages (vector);
CREATE TABLE mentions (
    passage INTEGER NOT NULL, system TEXT NOT NULL, value TEXT NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, certain INTEGER NOT NULL);
CREATE INDEX mentions_passage ON mentions (passage);
CREATE INDEX mentions_value ON mentions (value, system);
CREATE TABLE synonyms (
    document INTEGER NOT NULL, term TEXT NOT NULL, meaning TEXT NOT NULL, exact INTEGER NOT NULL);
CREATE INDEX synonyms_document ON synonyms (document);
CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, statements BLOB NOT NULL DEFAULT x'')
    WITHOUT ROWID;
CREATE TABLE removed (document INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_generation ON removed (generation);
"""
    + _ADDED_IN_3
    + _ADDED_IN_5
)
# What turns a library of an earlier schema into one of this, by the earlier schema's version.
_ADD_STATEMENTS = "ALTER TABLE vectors ADD COLUMN statements BLOB NOT NULL DEFAULT x'';\n"
# The next `index` reads each file again and says more exactly what it is.
_ADD_KINDS = """
ALTER TABLE documents ADD COLUMN kind TEXT NOT NULL DEFAULT '';
UPDATE documents SET kind = CASE WHEN codes = 0 THEN 'guide'
    WHEN EXISTS (SELECT 1 FROM passages p WHERE p.document = documents.pk AND p.value != '' AND p.quote_start IS NULL)
    THEN 'code_page'
    WHEN EXISTS (SELECT 1 FROM codes c WHERE c.document = documents.pk AND c.title != '') THEN 'code_set'
    ELSE 'values' END;
"""
_UPGRADES = {
    "2": """
ALTER TABLE documents ADD COLUMN searchable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN found INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
ALTER TABLE documents ADD COLUMN pages INTEGER;
ALTER TABLE documents ADD COLUMN places BLOB NOT NULL DEFAULT x'';
UPDATE documents SET searchable =
    (SELECT count(*) FROM passages p WHERE p.document = documents.pk AND p.vector IS NOT NULL);
UPDATE documents SET found = (SELECT count(*) FROM (
    SELECT system, value FROM codes c WHERE c.document = documents.pk UNION
    SELECT m.system, m.value FROM passages p JOIN mentions m ON m.passage = p.pk
    WHERE p.document = documents.pk AND m.certain));
DROP INDEX passages_generation;
ALTER TABLE passages DROP COLUMN generation;
"""
    + _ADDED_IN_3
    + "INSERT INTO names SELECT pk, root, source_name FROM documents;\n"
    + _ADD_STATEMENTS
    + _ADDED_IN_5
    + _ADD_KINDS,
    "3": _ADD_STATEMENTS + _ADDED_IN_5 + _ADD_KINDS,
    "4": _ADDED_IN_5 + _ADD_KINDS,
}


class Statements(Protocol):
    """What statements that read are put to: the file as it is at each of them, or one state of it."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement."""

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of one statement, one by one."""

    def together(self) -> AbstractContextManager["ReadTransaction"]:
        """One state of the file for several statements that belong together."""


class ReadTransaction:
    """One state of the file, whatever is committed meanwhile; for one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self._path = connection, path
        # The documents read in this state, by key: each of many passages and entries is of one of a few.
        self.documents: dict[int, DocumentInfo] = {}
        with translated(path):
            connection.execute("BEGIN")
            # SQLite takes the state at the first statement that reads, not at BEGIN.
            connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with translated(self._path):
            return self._connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        with translated(self._path):
            yield from self._connection.execute(sql, parameters)

    @contextmanager
    def together(self) -> Iterator["ReadTransaction"]:
        yield self


class Database:
    """The file and its connections; a change is whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.pool = Pool(path)
        new = not path.exists()
        with translated(path), self.pool.writer() as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            if not _tables(connection, "AND name = 'meta'"):
                if not new and path.stat().st_size > 0 and _tables(connection):
                    raise LibraryDamaged(f"{path} is a database, but not a library of this program")
                new = True
            else:
                new = False
        if new:
            self._create()
        version = [row[0] for row in self.rows("SELECT value FROM meta WHERE key = 'schema'")]
        if len(version) == 1 and version[0] in _UPGRADES:
            version = self._upgrade()
        if version != [SCHEMA_VERSION]:
            raise LibraryDamaged(
                f"{path} was written by another version (schema {', '.join(version) or 'unknown'}); index the "
                "documents again into a new folder"
            )

    def _create(self) -> None:
        with self.transaction() as connection:
            # Another process may have been first.
            if not _tables(connection, "AND name = 'meta'"):
                _execute(connection, _SCHEMA)
                facts = {"schema": SCHEMA_VERSION, "library": uuid.uuid4().hex, "generation": "0"}
                connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())

    def _upgrade(self) -> list[str]:
        """Brings an earlier schema up to date, whole or not at all; gives the version it then has."""
        with self.transaction() as connection:
            (version,) = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
            if version in _UPGRADES:  # else another process was first
                _execute(connection, _UPGRADES[version])
                connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (SCHEMA_VERSION,))
                version = SCHEMA_VERSION
        return [version]

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, as the file is now."""
        with translated(self._path), self.pool.statement() as connection:
            return connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of one statement, all read before the first is given: a reader may not wait on its borrower."""
        yield from self.rows(sql, parameters)

    @contextmanager
    def together(self) -> Iterator[ReadTransaction]:
        """The file as it is now, for several statements, in a moment."""
        with translated(self._path), self.pool.statement() as connection:
            yield ReadTransaction(connection, self._path)

    @contextmanager
    def reading(self) -> Iterator[ReadTransaction]:
        """The file as it is now, for as long as the block lasts."""
        with ExitStack() as stack:
            with translated(self._path):
                connection = stack.enter_context(self.pool.snapshot())
            yield ReadTransaction(connection, self._path)

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """The connection that changes the file, outside a transaction."""
        with translated(self._path), self.pool.writer() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that happens inside is stored, or nothing of it."""
        with self.writer() as connection:
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
            yield connection, raise_generation(connection)

    def close(self) -> None:
        """Closes all connections."""
        self.pool.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite leave as errors of this project."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "full" in text or "disk I/O" in text:
            raise StorageFull(f"there is no room left for {path}; free some space and run again") from error
        if "locked" in text or "busy" in text:
            raise LibraryBusy(f"another process is writing to {path}; try again when it has finished") from error
        raise LibraryDamaged(f"{path} cannot be used: {text}; restore it or index again") from error
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(f"{path} is damaged or no library: {error}; restore it or index again") from error


def _tables(connection: sqlite3.Connection, which: str = "") -> int:
    """How many tables there are, or are of a kind."""
    row = connection.execute(f"SELECT count(*) FROM sqlite_master WHERE type = 'table' {which}").fetchone()
    return int(row[0])


def raise_generation(connection: sqlite3.Connection) -> int:
    """Raises the generation inside a transaction; gives the new one."""
    connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'generation'")
    return int(connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0])


def in_parts(items: Sequence[Part], size: int = 500) -> Iterator[Sequence[Part]]:
    """Some items, as many at a time as one statement asks for or one transaction writes."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def marks(items: Iterable[object]) -> str:
    """A question mark for each parameter of a statement."""
    return ", ".join("?" for _ in items)


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """Runs a script inside the transaction in hand, which sqlite3's own executescript would commit first."""
    for statement in script.split(";\n"):
        if statement.strip():
            connection.execute(statement)
