"""The one truth on disk: documents, their exact text, passages, vectors and codes in one SQLite file.

A document's text is kept once, as its passages in order. Every committed change of what is searched raises the
generation by one. A document is seen or gone by one transaction, so it is there whole or not at all whenever the
process dies; the bulk of its rows is written before, and purged after.
"""

import datetime
import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.codes import Code, Mention
from assistant.library.changes import Changes, in_parts, unknown
from assistant.library.database import Database
from assistant.library.joblog import JobLog
from assistant.library.records import (
    DOCUMENT_COLUMNS,
    PASSAGE_COLUMNS,
    Known,
    Listed,
    ProfileRow,
    StoredEntry,
    StoredPassage,
    read_document,
    read_entry,
    read_passage,
)
from assistant.types import DocumentInfo, Passage, Synonym

_JOINED_COLUMNS = ", ".join(f"d.{name.strip()}" for name in DOCUMENT_COLUMNS.split(","))

Keys = Sequence[int]
Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]


class Store(Changes):
    """What a library holds, to be read; what changes it stands in `Changes`."""

    def __init__(self, path: Path) -> None:
        super().__init__(Database(path))
        self.jobs = JobLog(self._database)

    def close(self) -> None:
        """Closes the connections of all threads."""
        self._database.close()

    # facts

    def meta(self, key: str) -> str | None:
        rows = self._database.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def set_meta(self, facts: Mapping[str, str]) -> None:
        """Keeps some facts, all of them or none."""
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))

    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    def counts(self) -> tuple[int, int, int]:
        """(documents, searchable passages, codes)."""
        row = self._database.rows(
            "SELECT count(*), coalesce(sum(searchable), 0), coalesce(sum(codes), 0) FROM documents"
        )[0]
        return row[0], row[1], row[2]

    def extent(self, since: int) -> tuple[int, int]:
        """(passages of all documents, passages of those that came after a generation)."""
        row = self._database.rows(
            "SELECT coalesce(sum(passages), 0), coalesce(sum(passages) FILTER (WHERE generation > ?), 0) "
            "FROM documents",
            (since,),
        )[0]
        return row[0], row[1]

    # documents

    def documents(self) -> tuple[DocumentInfo, ...]:
        rows = self._database.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents ORDER BY id")
        return tuple(read_document(row) for row in rows)

    def document(self, document_id: str) -> DocumentInfo:
        rows = self._database.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise unknown(document_id)
        return read_document(rows[0])

    def text(self, document_id: str) -> str:
        """The stored text that citations point into."""
        rows = self._database.rows(
            "SELECT p.text FROM passages p JOIN documents d ON d.pk = p.document WHERE d.id = ? ORDER BY p.start, p.pk",
            (document_id,),
        )
        if not rows:
            raise unknown(document_id)
        return "".join(row[0] for row in rows)

    def source(self, document_id: str) -> bytes:
        """The original bytes."""
        rows = self._database.rows("SELECT source FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise unknown(document_id)
        return zlib.decompress(rows[0][0])

    def listed(self) -> tuple[Listed, ...]:
        """All documents as they are listed."""
        return self._listed("", ())

    def listed_document(self, document_id: str) -> Listed:
        """One document as it is listed."""
        found = self._listed("WHERE id = ?", (document_id,))
        if not found:
            raise unknown(document_id)
        return found[0]

    def _listed(self, where: str, parameters: Sequence[object]) -> tuple[Listed, ...]:
        rows = self._database.rows(
            f"SELECT {DOCUMENT_COLUMNS}, found, warnings FROM documents {where} ORDER BY id", parameters
        )
        names: dict[str, dict[str, None]] = {row[0]: {row[3]: None} for row in rows}
        for document_id, name in self._database.rows(
            f"SELECT d.id, n.name FROM documents d JOIN names n ON n.document = d.pk {where} ORDER BY n.name",
            parameters,
        ):
            names.get(document_id, {})[name] = None
        return tuple(
            Listed(read_document(row), tuple(names[row[0]]), row[-2], tuple(json.loads(row[-1]))) for row in rows
        )

    def places(self, document_id: str) -> bytes:
        """Where the words of the text stand on the pages, packed; empty where the document has no pages."""
        rows = self._database.rows("SELECT places FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise unknown(document_id)
        return bytes(rows[0][0])

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """All passages of a document in the order of its text, those that are not searched too."""
        self.document(document_id)
        found = self._stored("d.id = ?", (document_id,))
        return tuple(item.passage for item in found.values())

    def known(self) -> tuple[Known, ...]:
        """All files that the library has read, by document and name."""
        rows = self._database.rows(
            "SELECT d.id, n.name, n.root, d.source_sha256, d.recipe, d.edition FROM documents d "
            "JOIN names n ON n.document = d.pk ORDER BY d.id, n.root, n.name"
        )
        return tuple(Known(*row) for row in rows)

    # vectors

    def missing_vectors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which content hashes have no vector yet."""
        missing = set(keys)
        for part in in_parts(sorted(missing)):
            rows = self._database.rows(f"SELECT key FROM vectors WHERE key IN ({_marks(part)})", part)
            missing -= {row[0] for row in rows}
        return missing

    def vectors_since(self, generation: int, until: int, dimension: int) -> tuple[NDArray[np.int64], Halves]:
        """Keys and vectors of the searchable passages that came after a generation, until another."""
        keys, data = array("q"), bytearray()
        with self._database.translated():
            cursor = self._database.connection().execute(
                "SELECT p.pk, v.vector FROM documents d JOIN passages p ON p.document = d.pk "
                "JOIN vectors v ON v.key = p.vector WHERE d.generation > ? AND d.generation <= ? ORDER BY p.pk",
                (generation, until),
            )
            for key, vector in cursor:
                keys.append(key)
                data += vector
        return np.array(keys, np.int64), np.frombuffer(data, np.float16).reshape(-1, dimension)

    def vectors_of(self, keys: Keys, dimension: int) -> tuple[list[int], Vectors]:
        """Those of some passages that are still there, and their vectors, a row each."""
        there: list[int] = []
        data: list[bytes] = []
        for part in in_parts(list(keys)):
            rows = self._database.rows(
                "SELECT p.pk, v.vector FROM passages p JOIN vectors v ON v.key = p.vector "
                f"WHERE p.pk IN ({_marks(part)})",
                part,
            )
            there += [row[0] for row in rows]
            data += [row[1] for row in rows]
        return there, np.frombuffer(b"".join(data), np.float16).reshape(-1, dimension).astype(np.float32)

    # passages

    def removed_since(self, generation: int) -> list[int]:
        """Keys of documents removed after a generation."""
        rows = self._database.rows("SELECT document FROM removed WHERE generation > ? ORDER BY document", (generation,))
        return [row[0] for row in rows]

    def searchable_since(self, generation: int, until: int) -> Iterator[tuple[int, int, str, str]]:
        """(key, document key, system or "", indexed text) of the searchable passages after a generation."""
        with self._database.translated():
            cursor = self._database.connection().execute(
                f"SELECT {PASSAGE_COLUMNS} FROM documents d JOIN passages p ON p.document = d.pk "
                "WHERE d.generation > ? AND d.generation <= ? AND p.vector IS NOT NULL ORDER BY p.pk",
                (generation, until),
            )
            for row in cursor:
                body = row[7][row[8] : row[9]].strip()
                yield row[0], row[1], row[11], f"{row[10]}. {body}" if row[10] else body

    def seen(self) -> NDArray[np.int64]:
        """Keys of all passages that are there."""
        rows = self._database.rows("SELECT p.pk FROM documents d JOIN passages p ON p.document = d.pk")
        return np.array([row[0] for row in rows], dtype=np.int64)

    def passages(self, keys: Keys) -> dict[int, StoredPassage]:
        """The passages of these keys that are still there."""
        found: dict[int, StoredPassage] = {}
        for part in in_parts(list(keys)):
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

    def family_codes(self, families: Sequence[str]) -> tuple[Code, ...]:
        """The codes of documents that name one of some families."""
        rows = self._database.rows(
            "SELECT c.system, c.value, c.edition FROM codes c JOIN documents d ON d.pk = c.document "
            f"WHERE d.family IN ({_marks(families)}) AND d.family != '' ORDER BY c.system, c.value, c.edition",
            list(families),
        )
        return tuple(Code(*row) for row in rows)

    def passages_naming(self, codes: Sequence[Code]) -> tuple[StoredPassage, ...]:
        """Narrative passages, about no code, that name at least two of some codes."""
        values = sorted({code.value for code in codes})
        rows = self._database.rows(
            "SELECT m.passage FROM mentions m JOIN passages p ON p.pk = m.passage "
            f"WHERE m.value IN ({_marks(values)}) AND p.value = '' GROUP BY m.passage "
            "HAVING count(DISTINCT m.value) > 1 ORDER BY m.passage",
            values,
        )
        return tuple(self.passages([row[0] for row in rows]).values())

    def rows_about(self, codes: Sequence[Code]) -> list[ProfileRow]:
        """The searchable passages about some codes, in the codes' own editions."""
        wanted = set(codes)
        found = []
        for part in in_parts(sorted({code.value for code in wanted})):
            rows = self._database.rows(
                "SELECT p.pk, p.system, p.value, d.edition, p.section IN ('short-description', 'lead'), v.vector, "
                "p.section "
                "FROM passages p JOIN documents d ON d.pk = p.document JOIN vectors v ON v.key = p.vector "
                f"WHERE p.value IN ({_marks(part)}) AND p.value != '' ORDER BY p.pk",
                part,
            )
            for key, system, value, edition, opening, vector, section in rows:
                code = Code(system, value, edition)
                if code in wanted:
                    found.append(ProfileRow(key, code, bool(opening), vector, section))
        return found

    def indexed_texts(self, keys: Keys) -> dict[int, str]:
        """What is searched of some passages."""
        found: dict[int, str] = {}
        for part in in_parts(list(keys)):
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
        for part in in_parts(list(keys)):
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
        """The passage of a document that holds the character at a place. Raises UnknownDocument where it is gone."""
        rows = self._database.rows(
            "SELECT pk FROM passages WHERE document = (SELECT pk FROM documents WHERE id = ?) AND start <= ? "
            "ORDER BY start DESC LIMIT 1",
            (document_id, place),
        )
        for found in self.passages([row[0] for row in rows]).values():
            return found
        raise unknown(document_id)

    def allowed(self, documents: Sequence[int] | None, systems: Sequence[str] | None) -> NDArray[np.int64]:
        """Keys of the searchable passages of some documents, about a code of some systems or about none."""
        where, parameters = ["vector IS NOT NULL", "document NOT IN unseen"], list[object]()
        if documents is not None:
            where.append("document IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(list(documents)))
        if systems is not None:
            where.append(f"system IN ({_marks(systems)})")
            parameters += systems
        rows = self._database.rows(f"SELECT pk FROM passages WHERE {' AND '.join(where)}", parameters)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def subjects(self) -> list[tuple[int, int, str, str, str]]:
        """(key, document key, system or "", code or "", section) of the searchable passages, in order."""
        return self._database.rows(
            "SELECT pk, document, system, value, section FROM passages WHERE vector IS NOT NULL ORDER BY pk"
        )

    def keys_about(self, code: Code) -> list[int]:
        """Keys of the passages about a code, in all editions."""
        rows = self._database.rows(
            "SELECT pk FROM passages WHERE value = ? AND system = ? AND value != '' ORDER BY pk",
            (code.value, code.system),
        )
        return [row[0] for row in rows]

    def keys_naming(self, code: Code) -> list[int]:
        """Keys of the passages that name a code."""
        rows = self._database.rows(
            "SELECT DISTINCT passage FROM mentions WHERE value = ? AND system = ? ORDER BY passage",
            (code.value, code.system),
        )
        return [row[0] for row in rows]

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
        for part in in_parts(prose):
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
            info = infos.get(row[17])
            if info is None:
                info = infos[row[17]] = read_document(row[17:])
            key = row[0]
            found[key] = StoredPassage(read_passage(row, info, tuple(mentions.get(key, ()))), info)
        return found

    # codes

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes (by code without edition) in all editions, newest first; none for one not held."""
        wanted = {code.bare for code in codes}
        values = sorted({code.value for code in wanted})
        found: dict[Code, list[StoredEntry]] = {}
        for part in in_parts(values):
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

    def siblings(self, entry: StoredEntry, limit: int = 12) -> tuple[tuple[Code, str], ...]:
        """The other codes of an entry's family, with their titles; without a family, those of its document that differ
        from it in the last character."""
        code, stem = entry.entry.code, entry.entry.code.value[:-1]
        parameters: list[object] = [entry.family, entry.document.edition]
        where = "d.family = ? AND d.edition IS ?"
        if not entry.family:
            parameters = [entry.document.id, stem, stem + "\uffff", len(code.value)]
            where = "d.id = ? AND c.value >= ? AND c.value < ? AND length(c.value) = ?"
        rows = self._database.rows(
            "SELECT DISTINCT c.system, c.value, c.edition, c.title FROM codes c JOIN documents d ON d.pk = c.document "
            f"WHERE {where} AND c.value != ? ORDER BY c.value LIMIT ?",
            [*parameters, code.value, limit],
        )
        return tuple((Code(system, value, edition), title) for system, value, edition, title in rows)

    def titles(self, document_id: str) -> dict[Code, str]:
        """The codes that a document is about or names for certain, without edition, with the titles it gives them."""
        self.document(document_id)
        rows = self._database.rows(
            "SELECT m.system, m.value, '' FROM documents d JOIN passages p ON p.document = d.pk "
            "JOIN mentions m ON m.passage = p.pk WHERE d.id = ?1 AND m.certain "
            "UNION ALL SELECT c.system, c.value, c.title FROM documents d JOIN codes c ON c.document = d.pk "
            "WHERE d.id = ?1",
            (document_id,),
        )
        return {Code(system, value): title for system, value, title in rows}

    def synonyms(self) -> tuple[Synonym, ...]:
        """What the documents say that terms stand for, in the order of the documents."""
        rows = self._database.rows(
            "SELECT term, meaning, exact FROM synonyms WHERE document NOT IN unseen ORDER BY document, rowid"
        )
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

    def titles_in_others(self, codes: Sequence[Code], own: Iterable[str]) -> Iterator[tuple[Code, str, str]]:
        """(code, title, file) of the entries of some codes, in their editions, in other documents than `own`."""
        wanted, excluded = set(codes), set(own)
        for part in in_parts(sorted({code.value for code in wanted})):
            for system, value, edition, title, document, file in self._database.rows(
                "SELECT c.system, c.value, c.edition, c.title, d.id, d.source_name FROM codes c "
                f"JOIN documents d ON d.pk = c.document WHERE c.value IN ({_marks(part)}) "
                "AND c.document NOT IN unseen ORDER BY c.pk",
                part,
            ):
                code = Code(system, value, edition)
                if code in wanted and document not in excluded:
                    yield code, title, file

    def systems(self) -> tuple[str, ...]:
        """The code systems the library holds codes of."""
        return tuple(
            row[0]
            for row in self._database.rows(
                "SELECT DISTINCT system FROM codes WHERE document NOT IN unseen ORDER BY system"
            )
        )


def _marks(items: Iterable[object]) -> str:
    return ", ".join("?" for _ in items)
