"""The one truth on disk: documents, their exact text, passages, vectors and codes in one SQLite file.

A document's text is kept once, as its passages in order. Every committed change raises the generation by one. Each
document is written or removed in one transaction, so it is there whole or not at all whenever the process dies.
"""

import datetime
import json
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
from assistant.library.writing import delete_document, drop_unused, insert_document
from assistant.types import Document, DocumentInfo, Passage, Synonym

_JOINED_COLUMNS = ", ".join(f"d.{name.strip()}" for name in DOCUMENT_COLUMNS.split(","))

Keys = Sequence[int]
Part = TypeVar("Part")
Vectors = NDArray[np.float32]


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
            replaced = delete_document(connection, document.id, generation)
            insert_document(connection, document, passages, filing, generation)
            if replaced:
                drop_unused(connection, replaced[1])
        return self.document(document.id)

    def remove_document(self, document_id: str) -> tuple[int, int]:
        """(passages removed, generation after)."""
        with self._database.change() as (connection, generation):
            removed = delete_document(connection, document_id, generation)
            if removed is None:
                raise _unknown(document_id)
            drop_unused(connection, removed[1])
        return removed[0], generation

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
        rows = self._database.rows(
            "SELECT p.pk FROM passages p JOIN documents d ON d.pk = +p.document "
            "WHERE p.value = ? AND p.system = ? AND p.value != '' AND d.id = coalesce(?, d.id)",
            (code.value, code.system, document_id),
        )
        return tuple(self.passages([row[0] for row in rows]).values())

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

    def surroundings(self, keys: Keys, most: int) -> dict[int, tuple[int, ...]]:
        """All searchable passages of its document, for prose about no code where that document has at most `most`."""
        found: dict[int, list[int]] = {}
        for part in _parts(list(keys)):
            rows = self._database.rows(
                "SELECT p.pk, s.pk FROM passages p JOIN documents d ON d.pk = +p.document AND d.passages <= ? "
                "JOIN passages s ON s.document = d.pk AND +s.vector IS NOT NULL "
                f"WHERE p.pk IN ({_marks(part)}) AND p.value = '' AND p.quote_start IS NULL ORDER BY p.pk, s.pk",
                (most, *part),
            )
            for key, sibling in rows:
                found.setdefault(key, []).append(sibling)
        return {key: tuple(siblings) for key, siblings in found.items()}

    def passage_at(self, document_id: str, place: int) -> StoredPassage:
        """The passage of a document that holds the character at a place."""
        rows = self._database.rows(
            "SELECT pk FROM passages WHERE document = (SELECT pk FROM documents WHERE id = ?) AND start <= ? "
            "ORDER BY start DESC LIMIT 1",
            (document_id, place),
        )
        return next(iter(self.passages([row[0] for row in rows]).values()))

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

    # the documents of one code system

    def sources_of(self, system: str, kinds: Sequence[str]) -> list[tuple[str, int, str]]:
        """(the system or a kind, key, sha256) of the documents that define its codes or whose context is of a kind."""
        rows = self._database.rows(
            "SELECT d.pk, d.sha256, (SELECT c.system FROM codes c WHERE c.document = d.pk LIMIT 1), "
            "(SELECT p.context FROM passages p WHERE p.document = d.pk ORDER BY p.start LIMIT 1) FROM documents d"
        )
        found = []
        for key, sha256, of_codes, context in rows:
            kind = next((kind for kind in kinds if (context or "").startswith(kind)), None)
            kind = system if of_codes == system else kind
            if kind is not None:
                found.append((kind, int(key), str(sha256)))
        return found

    def lines(self, document: int) -> Iterator[tuple[str, str]]:
        """(context, line) of a document that was put together from lines, those that were split made whole again."""
        rows = self._database.rows(
            "SELECT context, text FROM passages WHERE document = ? ORDER BY start, pk", (document,)
        )
        whole, first = "", ""
        for context, text in rows:
            whole, first = whole + text, first or context
            if whole.endswith("\n"):
                yield first, whole.rstrip("\n")
                whole, first = "", ""
        if whole:
            yield first, whole

    def vectors_about(self, system: str, dimension: int) -> tuple[list[int], list[str], NDArray[np.float16]]:
        """Keys, code values and vectors (half precision, as kept) of the searchable passages about a system's codes."""
        rows = self._database.rows(
            "SELECT p.pk, p.value, v.vector FROM passages p JOIN vectors v ON v.key = p.vector "
            "WHERE p.value != '' AND p.system = ? ORDER BY p.pk",
            (system,),
        )
        vectors = np.frombuffer(b"".join(row[2] for row in rows), np.float16).reshape(-1, dimension)
        return [row[0] for row in rows], [row[1] for row in rows], vectors

    def systems(self) -> tuple[str, ...]:
        """The code systems the library holds codes of."""
        return tuple(row[0] for row in self._database.rows("SELECT DISTINCT system FROM codes ORDER BY system"))


def _unknown(document_id: str) -> UnknownDocument:
    return UnknownDocument(f"the library holds no document {document_id!r}; `assistant documents` lists what it holds")


def _parts(items: Sequence[Part], size: int = 500) -> Iterator[Sequence[Part]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


def _marks(items: Iterable[object]) -> str:
    return ", ".join("?" for _ in items)
