"""The one truth on disk: documents, their exact text, passages, vectors and codes in one SQLite file.

A document's text is kept once, as its passages in order. Every committed change raises the generation by one. Each
document is written or removed in one transaction, so it is there whole or not at all whenever the process dies.
"""

import datetime
import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.codes import Code, Mention
from assistant.errors import UnknownDocument
from assistant.library.database import Database
from assistant.library.records import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    Filing,
    Known,
    ProfileRow,
    StoredEntry,
    StoredPassage,
    read_document,
    read_entry,
    read_passage,
)
from assistant.types import Document, DocumentInfo, Passage, Synonym

_JOINED_COLUMNS = ", ".join(f"d.{name.strip()}" for name in DOCUMENT_COLUMNS.split(","))

Keys = Sequence[int]
Part = TypeVar("Part")
Vectors = NDArray[np.float32]


def text_key(text: str) -> bytes:
    """The content hash under which a text's vector is kept."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Store:
    """What a library holds, read and written."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def close(self) -> None:
        """Closes the connections of all threads."""
        self._database.close()

    # facts

    def meta(self, key: str) -> str | None:
        rows = self._database.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def set_meta(self, facts: Mapping[str, str]) -> None:
        with self._database.translated():
            self._database.connection().executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))

    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    def counts(self) -> tuple[int, int, int]:
        """(documents, searchable passages, codes)."""
        row = self._database.rows(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages WHERE vector IS NOT NULL), "
            "(SELECT count(*) FROM codes)"
        )[0]
        return row[0], row[1], row[2]

    # documents

    def documents(self) -> tuple[DocumentInfo, ...]:
        rows = self._database.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents ORDER BY id")
        return tuple(read_document(row) for row in rows)

    def document(self, document_id: str) -> DocumentInfo:
        rows = self._database.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise _unknown(document_id)
        return read_document(rows[0])

    def text(self, document_id: str) -> str:
        """The stored text that citations point into."""
        rows = self._database.rows(
            "SELECT p.text FROM passages p JOIN documents d ON d.pk = p.document WHERE d.id = ? ORDER BY p.start, p.pk",
            (document_id,),
        )
        if not rows:
            raise _unknown(document_id)
        return "".join(row[0] for row in rows)

    def source(self, document_id: str) -> bytes:
        """The original bytes."""
        rows = self._database.rows("SELECT source FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise _unknown(document_id)
        return zlib.decompress(rows[0][0])

    def known(self) -> tuple[Known, ...]:
        rows = self._database.rows("SELECT id, source_name, root, source_sha256, recipe FROM documents ORDER BY id")
        return tuple(Known(*row) for row in rows)

    def put_document(self, document: Document, passages: Sequence[Passage], filing: Filing) -> DocumentInfo:
        """Stores a document in place of the one of the same id, if any. Its vectors must be stored already."""
        with self._database.change() as (connection, generation):
            replaced = self._remove(connection, document.id, generation)
            cursor = connection.execute(
                "INSERT INTO documents (id, title, sha256, source_sha256, source_name, root, recipe, media_type, "
                "edition, effective, expires, family, characters, passages, codes, generation, source) "
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
                'INSERT INTO codes (document, system, value, edition, title, start, "end", billable, effective, '
                "expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        key,
                        entry.code.system,
                        entry.code.value,
                        entry.code.edition,
                        entry.title,
                        entry.start,
                        entry.end,
                        entry.billable,
                        _iso(entry.effective),
                        _iso(entry.expires),
                    )
                    for entry in document.entries
                ),
            )
            connection.executemany(
                "INSERT INTO synonyms VALUES (?, ?, ?, ?)",
                ((key, synonym.term, synonym.meaning, synonym.exact) for synonym in document.synonyms),
            )
            first = connection.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0)")
            offset = int(first.fetchone()[0]) + 1
            connection.executemany(
                'INSERT INTO passages (pk, document, id, section, section_title, start, "end", text, body_start, '
                "body_end, context, system, value, quote_start, quote_end, page, location, vector, generation) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_passage_row(offset + index, key, passage, generation) for index, passage in enumerate(passages)),
            )
            connection.executemany(
                "INSERT INTO mentions VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        offset + index,
                        mention.code.system,
                        mention.code.value,
                        mention.start,
                        mention.end,
                        mention.certain,
                    )
                    for index, passage in enumerate(passages)
                    for mention in passage.mentions
                ),
            )
            if replaced:
                _drop_unused(connection, replaced[1])
        return self.document(document.id)

    def remove_document(self, document_id: str) -> tuple[int, int]:
        """(passages removed, generation after)."""
        with self._database.change() as (connection, generation):
            removed = self._remove(connection, document_id, generation)
            if removed is None:
                raise _unknown(document_id)
            _drop_unused(connection, removed[1])
        return removed[0], generation

    def _remove(
        self, connection: sqlite3.Connection, document_id: str, generation: int
    ) -> tuple[int, list[tuple[bytes]]] | None:
        """(passages removed, keys of the vectors they had); None where there is no such document."""
        row = connection.execute("SELECT pk FROM documents WHERE id = ?", (document_id,)).fetchone()
        if row is None:
            return None
        keys = connection.execute(
            "SELECT DISTINCT vector FROM passages WHERE document = ? AND vector IS NOT NULL", row
        ).fetchall()
        count = int(connection.execute("SELECT count(*) FROM passages WHERE document = ?", row).fetchone()[0])
        connection.execute("DELETE FROM documents WHERE pk = ?", row)
        connection.execute("INSERT INTO removed VALUES (?, ?)", (row[0], generation))
        return count, keys

    # vectors

    def missing_vectors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which content hashes have no vector yet."""
        missing = set(keys)
        for part in _parts(sorted(missing)):
            rows = self._database.rows(f"SELECT key FROM vectors WHERE key IN ({_marks(part)})", part)
            missing -= {row[0] for row in rows}
        return missing

    def put_vectors(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keeps vectors by content hash, in half precision. No generation passes: nothing searchable has changed."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?)",
                ((key, row.tobytes()) for key, row in zip(keys, vectors.astype(np.float16), strict=True)),
            )

    def vectors_since(self, generation: int, until: int, dimension: int) -> tuple[NDArray[np.int64], Vectors]:
        """Keys and vectors of the searchable passages that came after a generation, until another."""
        rows = self._database.rows(
            "SELECT p.pk, v.vector FROM passages p JOIN vectors v ON v.key = p.vector "
            "WHERE p.generation > ? AND p.generation <= ? ORDER BY p.pk",
            (generation, until),
        )
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        data = b"".join(row[1] for row in rows)
        return ids, np.frombuffer(data, np.float16).reshape(-1, dimension).astype(np.float32)

    def vectors_of(self, keys: Keys, dimension: int) -> dict[int, Vectors]:
        """The vectors of some passages."""
        found: dict[int, Vectors] = {}
        for part in _parts(list(keys)):
            rows = self._database.rows(
                "SELECT p.pk, v.vector FROM passages p JOIN vectors v ON v.key = p.vector "
                f"WHERE p.pk IN ({_marks(part)})",
                part,
            )
            for key, blob in rows:
                found[key] = np.frombuffer(blob, np.float16).astype(np.float32)
        return found

    # passages

    def removed_since(self, generation: int) -> list[int]:
        """Keys of documents removed after a generation."""
        rows = self._database.rows("SELECT document FROM removed WHERE generation > ? ORDER BY document", (generation,))
        return [row[0] for row in rows]

    def searchable_since(self, generation: int, until: int) -> Iterator[tuple[int, int, str, str]]:
        """(key, document key, system or "", indexed text) of the searchable passages after a generation."""
        with self._database.translated():
            cursor = self._database.connection().execute(
                f"SELECT {PASSAGE_COLUMNS} FROM passages p WHERE p.generation > ? AND p.generation <= ? "
                "AND p.vector IS NOT NULL ORDER BY p.pk",
                (generation, until),
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

    def rows_about(self, codes: Sequence[Code]) -> list[ProfileRow]:
        """The searchable passages about some codes, in the codes' own editions."""
        wanted = set(codes)
        found = []
        for part in _parts(sorted({code.value for code in wanted})):
            rows = self._database.rows(
                "SELECT p.pk, p.system, p.value, d.edition, p.section IN ('short-description', 'lead'), v.vector "
                "FROM passages p JOIN documents d ON d.pk = p.document JOIN vectors v ON v.key = p.vector "
                f"WHERE p.value IN ({_marks(part)}) AND p.value != '' ORDER BY p.pk",
                part,
            )
            for key, system, value, edition, opening, vector in rows:
                code = Code(system, value, edition)
                if code in wanted:
                    found.append(ProfileRow(key, code, bool(opening), vector))
        return found

    def indexed_texts(self, keys: Keys) -> dict[int, str]:
        """What is searched of some passages."""
        found: dict[int, str] = {}
        for part in _parts(list(keys)):
            rows = self._database.rows(
                "SELECT pk, context, substr(text, body_start + 1, body_end - body_start) FROM passages "
                f"WHERE pk IN ({_marks(part)})",
                part,
            )
            found |= {key: f"{context}. {body}" if context else body for key, context, body in rows}
        return found

    def passage_at(self, document_id: str, place: int) -> StoredPassage:
        """The passage of a document that holds the character at a place."""
        where = 'd.id = ? AND p.start <= ? AND p."end" > ?'
        return next(iter(self._stored(where, (document_id, place, place)).values()))

    def passages_mentioning(self, code: Code, limit: int) -> tuple[StoredPassage, ...]:
        """Passages about no code of their own in which a code is named."""
        rows = self._database.rows(
            "SELECT m.passage FROM mentions m JOIN passages p ON p.pk = m.passage WHERE m.value = ? AND m.system = ? "
            "AND p.value = '' GROUP BY m.passage ORDER BY m.passage LIMIT ?",
            (code.value, code.system, limit),
        )
        return tuple(self.passages([row[0] for row in rows]).values())

    def allowed(self, documents: Sequence[int] | None, systems: Sequence[str] | None) -> NDArray[np.int64]:
        """Keys of the searchable passages of some documents, about a code of some systems or about none."""
        where, parameters = ["vector IS NOT NULL"], list[object]()
        if documents is not None:
            where.append("document IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(list(documents)))
        if systems is not None:
            where.append(f"system IN ({_marks(systems)})")
            parameters += systems
        rows = self._database.rows(f"SELECT pk FROM passages WHERE {' AND '.join(where)}", parameters)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def documents_on(self, day: datetime.date) -> list[int]:
        """Keys of the documents that hold on a day; one without dates always does."""
        rows = self._database.rows(
            "SELECT pk FROM documents WHERE (effective IS NULL OR effective <= ?1) "
            "AND (expires IS NULL OR expires >= ?1)",
            (day.isoformat(),),
        )
        return [row[0] for row in rows]

    def _stored(self, where: str, parameters: Sequence[object]) -> dict[int, StoredPassage]:
        rows = self._database.rows(
            f"SELECT {PASSAGE_COLUMNS}, {_JOINED_COLUMNS} FROM passages p JOIN documents d ON d.pk = p.document "
            f"WHERE {where} ORDER BY p.document, p.start",
            parameters,
        )
        # Only prose mentions codes; the rows of a code set are not asked.
        prose = [row[0] for row in rows if row[13] is None]
        mentions: dict[int, list[Mention]] = {}
        for part in _parts(prose):
            for passage, system, value, start, end, certain in self._database.rows(
                f'SELECT passage, system, value, start, "end", certain FROM mentions WHERE passage IN ({_marks(part)}) '
                "ORDER BY start",
                part,
            ):
                mention = Mention(Code(system, value), start, end, bool(certain))
                mentions.setdefault(passage, []).append(mention)
        infos: dict[str, DocumentInfo] = {}
        found: dict[int, StoredPassage] = {}
        for row in rows:
            info = infos.setdefault(row[17], read_document(row[17:]))
            key = row[0]
            found[key] = StoredPassage(read_passage(row, info, tuple(mentions.get(key, ()))), info)
        return found

    # codes

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes (by code without edition) in all editions, newest first; none for one not held."""
        wanted = {code.bare for code in codes}
        values = sorted({code.value for code in wanted})
        found: dict[Code, list[StoredEntry]] = {}
        for part in _parts(values):
            rows = self._database.rows(
                'SELECT c.system, c.value, c.edition, c.title, c.start, c."end", c.billable, c.effective, c.expires, '
                "d.family, (SELECT substr(p.text, p.body_start + 1, p.body_end - p.body_start) FROM passages p "
                # The plus signs keep SQLite from walking a whole code set's passages instead of the code's own.
                "WHERE +p.document = c.document AND p.value = c.value AND p.system = c.system AND p.value != '' "
                "AND p.section IN ('short-description', 'lead') ORDER BY +p.start LIMIT 1), "
                f"{_JOINED_COLUMNS} FROM codes c JOIN documents d ON d.pk = c.document "
                f"WHERE c.value IN ({_marks(part)}) ORDER BY coalesce(c.effective, d.effective, '') DESC, d.id",
                part,
            )
            for row in rows:
                entry = read_entry(row)
                found.setdefault(entry.entry.code.bare, []).append(entry)
        return {code: tuple(entries) for code, entries in found.items() if code in wanted}

    def synonyms(self) -> tuple[Synonym, ...]:
        """What the documents say that terms stand for, in the order of the documents."""
        rows = self._database.rows("SELECT term, meaning, exact FROM synonyms ORDER BY document, rowid")
        return tuple(Synonym(term, meaning, bool(exact)) for term, meaning, exact in rows)

    def systems(self) -> tuple[str, ...]:
        """The code systems the library holds codes of."""
        return tuple(row[0] for row in self._database.rows("SELECT DISTINCT system FROM codes ORDER BY system"))


def _drop_unused(connection: sqlite3.Connection, keys: Sequence[tuple[bytes]]) -> None:
    """Drops those vectors that no passage has any more; called when the passages of the change are stored."""
    connection.executemany(
        "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE vector = ?1)", keys
    )


def _unknown(document_id: str) -> UnknownDocument:
    return UnknownDocument(f"the library holds no document {document_id!r}; `assistant documents` lists what it holds")


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
