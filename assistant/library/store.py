"""The one truth on disk: documents, their exact text, passages, vectors and codes in one SQLite file.

A document's text is kept once, as its passages in order. Every committed change raises the generation by one. Each
document is written or removed in one transaction, so it is there whole or not at all whenever the process dies.
"""

import datetime
import hashlib
import sqlite3
import threading
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.codes import Code, Mention
from assistant.errors import LibraryBusy, LibraryDamaged, StorageFull, UnknownDocument
from assistant.types import CodeEntry, Document, DocumentInfo, Passage

SCHEMA_VERSION = "1"
_BUSY_SECONDS = 30.0
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    source_sha256 TEXT NOT NULL, source_name TEXT NOT NULL, root TEXT NOT NULL, recipe TEXT NOT NULL,
    media_type TEXT NOT NULL, edition TEXT, effective TEXT, expires TEXT, family TEXT NOT NULL,
    characters INTEGER NOT NULL, passages INTEGER NOT NULL, codes INTEGER NOT NULL, generation INTEGER NOT NULL,
    source BLOB NOT NULL);
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
CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE removed (document INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_generation ON removed (generation);
"""
_DOCUMENT_COLUMNS = (
    "id, title, sha256, source_name, media_type, edition, effective, expires, characters, passages, codes, generation"
)
_PASSAGE_COLUMNS = (
    'p.pk, p.document, p.id, p.section, p.section_title, p.start, p."end", p.text, p.body_start, p.body_end, '
    "p.context, p.system, p.value, p.quote_start, p.quote_end, p.page, p.location"
)

Keys = Sequence[int]
Part = TypeVar("Part")
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage with its key in the library and its document."""

    key: int
    passage: Passage
    document: DocumentInfo


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A code that a document of the library is about, with the dates it holds for."""

    entry: CodeEntry
    document: DocumentInfo
    family: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the library knows of a file it has read: enough to tell whether it changed."""

    document_id: str
    source_name: str
    root: str
    source_sha256: str
    recipe: str


@dataclass(frozen=True, slots=True)
class Filing:
    """Where a document came from: its file's name and bytes, and the indexed folder it belongs to ("" = none)."""

    source: bytes
    source_name: str
    root: str
    media_type: str
    recipe: str


def text_key(text: str) -> bytes:
    """The content hash under which a text's vector is kept."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Store:
    """SQLite access; one connection a thread. All errors of SQLite leave as errors of this project."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        new = not path.exists()
        with self._translated():
            connection = self._connection()
            connection.execute("PRAGMA journal_mode = WAL")
            tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0]
            if not tables:
                if not new and path.stat().st_size > 0 and self._has_other_tables():
                    raise LibraryDamaged(f"{path} is a database, but not a library of this program")
                self._create()
        version = self.meta("schema")
        if version != SCHEMA_VERSION:
            raise LibraryDamaged(
                f"{path} was written by another version (schema {version}); index the documents again into a new folder"
            )

    def _has_other_tables(self) -> bool:
        row = self._connection().execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
        return bool(row[0])

    def _create(self) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'meta'").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";\n"):
                    if statement.strip():
                        connection.execute(statement)
                facts = {"schema": SCHEMA_VERSION, "library": uuid.uuid4().hex, "generation": "0"}
                connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _connection(self) -> sqlite3.Connection:
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
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "full" in text or "disk I/O" in text:
                raise StorageFull(f"there is no room left for {self._path}; free some space and run again") from error
            if "locked" in text or "busy" in text:
                raise LibraryBusy(f"another process is writing to {self._path}; try again when it has finished") from error
            raise LibraryDamaged(f"{self._path} cannot be used: {text}; restore it or index again") from error
        except sqlite3.DatabaseError as error:
            raise LibraryDamaged(f"{self._path} is damaged or no library: {error}; restore it or index again") from error

    def _rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._translated():
            return self._connection().execute(sql, parameters).fetchall()

    @contextmanager
    def _change(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """One transaction and the generation it will be."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                generation = int(connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()[0]) + 1
                connection.execute("UPDATE meta SET value = ? WHERE key = 'generation'", (str(generation),))
                yield connection, generation
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes the connections of all threads."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._local = threading.local()

    # facts

    def meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def set_meta(self, facts: Mapping[str, str]) -> None:
        with self._translated():
            self._connection().executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))

    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    def counts(self) -> tuple[int, int, int]:
        """(documents, searchable passages, codes)."""
        row = self._rows(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages WHERE vector IS NOT NULL), "
            "(SELECT count(*) FROM codes)"
        )[0]
        return int(str(row[0])), int(str(row[1])), int(str(row[2]))

    # documents

    def documents(self) -> tuple[DocumentInfo, ...]:
        rows = self._rows(f"SELECT {_DOCUMENT_COLUMNS} FROM documents ORDER BY id")
        return tuple(_document(row) for row in rows)

    def document(self, document_id: str) -> DocumentInfo:
        rows = self._rows(f"SELECT {_DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise UnknownDocument(f"the library holds no document {document_id!r}; `assistant documents` lists what it holds")
        return _document(rows[0])

    def text(self, document_id: str) -> str:
        """The stored text that citations point into."""
        self.document(document_id)
        rows = self._rows(
            "SELECT p.text FROM passages p JOIN documents d ON d.pk = p.document WHERE d.id = ? ORDER BY p.start, p.pk",
            (document_id,),
        )
        return "".join(str(row[0]) for row in rows)

    def source(self, document_id: str) -> bytes:
        """The original bytes."""
        self.document(document_id)
        row = self._rows("SELECT source FROM documents WHERE id = ?", (document_id,))[0]
        return zlib.decompress(row[0])  # type: ignore[arg-type]  # SQLite gives a BLOB as bytes

    def known(self) -> tuple[Known, ...]:
        rows = self._rows("SELECT id, source_name, root, source_sha256, recipe FROM documents ORDER BY id")
        return tuple(Known(*(str(value) for value in row)) for row in rows)

    def put_document(self, document: Document, passages: Sequence[Passage], filing: Filing) -> DocumentInfo:
        """Stores a document in place of the one of the same id, if any. Its vectors must be stored already."""
        with self._change() as (connection, generation):
            self._remove(connection, document.id, generation)
            cursor = connection.execute(
                "INSERT INTO documents (id, title, sha256, source_sha256, source_name, root, recipe, media_type, edition, "
                "effective, expires, family, characters, passages, codes, generation, source) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    document.id,
                    document.title,
                    hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest(),
                    hashlib.sha256(filing.source).hexdigest(),
                    filing.source_name,
                    filing.root,
                    filing.recipe,
                    filing.media_type,
                    document.edition,
                    _iso(document.effective),
                    _iso(document.expires),
                    document.family,
                    len(document.text),
                    len(passages),
                    len(document.entries),
                    generation,
                    zlib.compress(filing.source, 6),
                ),
            )
            key = cursor.lastrowid
            connection.executemany(
                'INSERT INTO codes (document, system, value, edition, title, start, "end", billable, effective, expires) '
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (key, entry.code.system, entry.code.value, entry.code.edition, entry.title, entry.start, entry.end,
                     entry.billable, _iso(entry.effective), _iso(entry.expires))  # fmt: skip
                    for entry in document.entries
                ),
            )
            first = connection.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0)")
            offset = int(first.fetchone()[0]) + 1
            connection.executemany(
                'INSERT INTO passages (pk, document, id, section, section_title, start, "end", text, body_start, body_end, '
                "context, system, value, quote_start, quote_end, page, location, vector, generation) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_passage_row(offset + index, key, passage, generation) for index, passage in enumerate(passages)),
            )
            connection.executemany(
                "INSERT INTO mentions VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (offset + index, mention.code.system, mention.code.value, mention.start, mention.end, mention.certain)
                    for index, passage in enumerate(passages)
                    for mention in passage.mentions
                ),
            )
        return self.document(document.id)

    def remove_document(self, document_id: str) -> tuple[int, int]:
        """(passages removed, generation after)."""
        with self._change() as (connection, generation):
            removed = self._remove(connection, document_id, generation)
            if removed is None:
                raise UnknownDocument(
                    f"the library holds no document {document_id!r}; `assistant documents` lists what it holds"
                )
        return removed, generation

    def _remove(self, connection: sqlite3.Connection, document_id: str, generation: int) -> int | None:
        row = connection.execute("SELECT pk FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            return None
        keys = connection.execute(
            "SELECT DISTINCT vector FROM passages WHERE document = ? AND vector IS NOT NULL", row
        ).fetchall()
        count = int(connection.execute("SELECT count(*) FROM passages WHERE document = ?", row).fetchone()[0])
        connection.execute("DELETE FROM documents WHERE pk = ?", row)
        connection.execute("INSERT INTO removed VALUES (?, ?)", (row[0], generation))
        connection.executemany(
            "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE vector = ?1)", keys
        )
        return count

    # vectors

    def missing_vectors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which content hashes have no vector yet."""
        missing = set(keys)
        for part in _parts(sorted(missing)):
            rows = self._rows(f"SELECT key FROM vectors WHERE key IN ({_marks(part)})", part)
            missing -= {row[0] for row in rows if isinstance(row[0], bytes)}
        return missing

    def put_vectors(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keeps vectors by content hash, in half precision. No generation passes: nothing searchable has changed."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.executemany(
                    "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                    ((key, row.tobytes()) for key, row in zip(keys, vectors.astype(np.float16), strict=True)),
                )
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def vectors_since(self, generation: int, dimension: int) -> tuple[NDArray[np.int64], Vectors]:
        """Keys and vectors of the searchable passages that came after a generation."""
        rows = self._rows(
            "SELECT p.pk, v.vector FROM passages p JOIN vectors v ON v.key = p.vector WHERE p.generation > ? ORDER BY p.pk",
            (generation,),
        )
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        data = b"".join(row[1] for row in rows if isinstance(row[1], bytes))
        return ids, np.frombuffer(data, np.float16).reshape(-1, dimension).astype(np.float32)

    def vectors_of(self, keys: Keys, dimension: int) -> dict[int, Vectors]:
        """The vectors of some passages."""
        found: dict[int, Vectors] = {}
        for part in _parts(list(keys)):
            rows = self._rows(
                f"SELECT p.pk, v.vector FROM passages p JOIN vectors v ON v.key = p.vector WHERE p.pk IN ({_marks(part)})",
                part,
            )
            for key, blob in rows:
                assert isinstance(key, int) and isinstance(blob, bytes)
                found[key] = np.frombuffer(blob, np.float16).astype(np.float32)
        return found

    # passages

    def removed_since(self, generation: int) -> list[int]:
        """Keys of documents removed after a generation."""
        rows = self._rows("SELECT document FROM removed WHERE generation > ? ORDER BY document", (generation,))
        return [int(str(row[0])) for row in rows]

    def searchable_since(self, generation: int) -> Iterator[tuple[int, int, str, str]]:
        """(key, document key, system or "", indexed text) of the searchable passages after a generation."""
        with self._translated():
            cursor = self._connection().execute(
                f"SELECT {_PASSAGE_COLUMNS} FROM passages p WHERE p.generation > ? AND p.vector IS NOT NULL ORDER BY p.pk",
                (generation,),
            )
            for row in cursor:
                body = row[7][row[8] : row[9]].strip()
                yield row[0], row[1], row[11], f"{row[10]}. {body}" if row[10] else body

    def passages(self, keys: Keys) -> dict[int, StoredPassage]:
        """The passages of these keys that are still there."""
        found: dict[int, StoredPassage] = {}
        for part in _parts(list(keys)):
            found |= self._stored(f"p.pk IN ({_marks(part)})", part)
        return found

    def passages_about(self, code: Code, document_id: str | None = None) -> tuple[StoredPassage, ...]:
        """All passages whose subject is a code, in document order."""
        where, parameters = "p.value = ? AND p.system = ?", [code.value, code.system]
        if document_id is not None:
            where, parameters = where + " AND d.id = ?", [*parameters, document_id]
        return tuple(self._stored(where, parameters).values())

    def passages_mentioning(self, code: Code, limit: int) -> tuple[StoredPassage, ...]:
        """Passages about no code of their own in which a code is named."""
        rows = self._rows(
            "SELECT m.passage FROM mentions m JOIN passages p ON p.pk = m.passage WHERE m.value = ? AND m.system = ? "
            "AND p.value = '' GROUP BY m.passage ORDER BY m.passage LIMIT ?",
            (code.value, code.system, limit),
        )
        return tuple(self.passages([int(str(row[0])) for row in rows]).values())

    def allowed(self, documents: Sequence[int] | None, systems: Sequence[str] | None) -> NDArray[np.int64]:
        """Keys of the searchable passages of some documents, about a code of some systems or about none."""
        where, parameters = ["vector IS NOT NULL"], list[object]()
        if documents is not None:
            where.append(f"document IN ({_marks(documents)})")
            parameters += documents
        if systems is not None:
            where.append(f"system IN ({_marks(systems)})")
            parameters += systems
        rows = self._rows(f"SELECT pk FROM passages WHERE {' AND '.join(where)}", parameters)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def documents_on(self, day: datetime.date) -> list[int]:
        """Keys of the documents that hold on a day; one without dates always does."""
        rows = self._rows(
            "SELECT pk FROM documents WHERE (effective IS NULL OR effective <= ?1) AND (expires IS NULL OR expires >= ?1)",
            (day.isoformat(),),
        )
        return [int(str(row[0])) for row in rows]

    def _stored(self, where: str, parameters: Sequence[object]) -> dict[int, StoredPassage]:
        columns = ", ".join(f"d.{name.strip()}" for name in _DOCUMENT_COLUMNS.split(","))
        rows = self._rows(
            f"SELECT {_PASSAGE_COLUMNS}, {columns} FROM passages p JOIN documents d ON d.pk = p.document "
            f"WHERE {where} ORDER BY p.document, p.start",
            parameters,
        )
        # Only prose mentions codes; the rows of a code set are not asked.
        prose = [int(str(row[0])) for row in rows if row[13] is None]
        mentions: dict[int, list[Mention]] = {}
        for part in _parts(prose):
            for passage, system, value, start, end, certain in self._rows(
                f'SELECT passage, system, value, start, "end", certain FROM mentions WHERE passage IN ({_marks(part)}) '
                "ORDER BY start",
                part,
            ):
                mention = Mention(Code(str(system), str(value)), int(str(start)), int(str(end)), bool(certain))
                mentions.setdefault(int(str(passage)), []).append(mention)
        infos: dict[str, DocumentInfo] = {}
        found: dict[int, StoredPassage] = {}
        for row in rows:
            info = infos.setdefault(str(row[17]), _document(row[17:]))
            key = int(str(row[0]))
            found[key] = StoredPassage(key, _passage(row, info, tuple(mentions.get(key, ()))), info)
        return found

    # codes

    def entries(self, code: Code) -> tuple[StoredEntry, ...]:
        """The entries of a code in all editions, newest first."""
        columns = ", ".join(f"d.{name.strip()}" for name in _DOCUMENT_COLUMNS.split(","))
        rows = self._rows(
            f'SELECT c.system, c.value, c.edition, c.title, c.start, c."end", c.billable, c.effective, c.expires, d.family, '
            f"{columns} FROM codes c JOIN documents d ON d.pk = c.document WHERE c.value = ? AND c.system = ? "
            "ORDER BY coalesce(c.effective, d.effective, '') DESC, d.id",
            (code.value, code.system),
        )
        return tuple(_entry(row) for row in rows)

    def systems(self) -> tuple[str, ...]:
        """The code systems the library holds codes of."""
        return tuple(str(row[0]) for row in self._rows("SELECT DISTINCT system FROM codes ORDER BY system"))


def _document(row: Sequence[object]) -> DocumentInfo:
    return DocumentInfo(
        id=str(row[0]),
        title=str(row[1]),
        sha256=str(row[2]),
        source_name=str(row[3]),
        media_type=str(row[4]),
        edition=_optional(row[5]),
        effective=_day(row[6]),
        expires=_day(row[7]),
        characters=int(str(row[8])),
        passages=int(str(row[9])),
        codes=int(str(row[10])),
        generation=int(str(row[11])),
    )


def _passage(row: Sequence[object], document: DocumentInfo, mentions: tuple[Mention, ...]) -> Passage:
    return Passage(
        id=str(row[2]),
        document_id=document.id,
        section=str(row[3]),
        section_title=str(row[4]),
        start=int(str(row[5])),
        end=int(str(row[6])),
        text=str(row[7]),
        body=(int(str(row[8])), int(str(row[9]))),
        context=str(row[10]),
        code=Code(str(row[11]), str(row[12]), document.edition) if row[12] else None,
        mentions=mentions,
        quote=(int(str(row[13])), int(str(row[14]))) if row[13] is not None else None,
        page=int(str(row[15])) if row[15] is not None else None,
        location=str(row[16]),
    )


def _entry(row: Sequence[object]) -> StoredEntry:
    entry = CodeEntry(
        code=Code(str(row[0]), str(row[1]), _optional(row[2])),
        title=str(row[3]),
        start=int(str(row[4])),
        end=int(str(row[5])),
        billable=bool(row[6]),
        effective=_day(row[7]),
        expires=_day(row[8]),
    )
    return StoredEntry(entry, _document(row[10:]), str(row[9]))


def _passage_row(key: int, document: int | None, passage: Passage, generation: int) -> tuple[object, ...]:
    indexed = passage.indexed_text
    quote = passage.quote or (None, None)
    code = passage.code
    return (
        key, document, passage.id, passage.section, passage.section_title, passage.start, passage.end, passage.text,
        *passage.body, passage.context, code.system if code else "", code.value if code else "", *quote, passage.page,
        passage.location, text_key(indexed) if indexed else None, generation,
    )  # fmt: skip


def _parts(items: Sequence[Part], size: int = 500) -> Iterator[Sequence[Part]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


def _marks(items: Iterable[object]) -> str:
    return ", ".join("?" for _ in items)


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


def _day(value: object) -> datetime.date | None:
    return datetime.date.fromisoformat(str(value)) if value is not None else None


def _optional(value: object) -> str | None:
    return None if value is None else str(value)
