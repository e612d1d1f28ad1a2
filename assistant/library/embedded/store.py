"""The one truth on disk: documents, their exact text, passages, vectors and codes in one SQLite file.

A document's text is kept once, as its passages in order. Every committed change of what is searched raises the
generation by one. A document is seen or gone by one transaction, so it is there whole or not at all whenever the
process dies; the bulk of its rows is written before, and purged after.
"""

import datetime
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.library.embedded.axis_rows import AxisRows
from assistant.library.embedded.changes import Changes, unknown
from assistant.library.embedded.code_rows import CodeRows
from assistant.library.embedded.database import Database, in_parts, marks
from assistant.library.embedded.job_log import JobLog
from assistant.library.embedded.vector_rows import VectorRows
from assistant.library.records import (
    DOCUMENT_COLUMNS,
    JOINED_COLUMNS,
    PASSAGE_COLUMNS,
    Known,
    Listed,
    StoredPassage,
    read_document,
    read_passage,
)
from assistant.types import DocumentInfo, Passage, Synonym
from assistant.types.codes import Code, Mention

Keys = Sequence[int]
Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]


class Store(Changes, CodeRows, VectorRows, AxisRows):
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
            found |= self._stored(f"p.pk IN ({marks(part)})", part)
        return found

    def passages_about(self, code: Code, document_id: str | None = None) -> tuple[StoredPassage, ...]:
        """All passages whose subject is a code, in document order."""
        rows = self._database.rows(
            "SELECT p.pk FROM passages p JOIN documents d ON d.pk = +p.document "
            "WHERE p.value = ? AND p.system = ? AND p.value != '' AND d.id = coalesce(?, d.id)",
            (code.value, code.system, document_id),
        )
        return tuple(self.passages([row[0] for row in rows]).values())

    def passages_naming(self, codes: Sequence[Code]) -> tuple[StoredPassage, ...]:
        """Narrative passages, about no code, that name at least two of some codes."""
        values = sorted({code.value for code in codes})
        rows = self._database.rows(
            "SELECT m.passage FROM mentions m JOIN passages p ON p.pk = m.passage "
            f"WHERE m.value IN ({marks(values)}) AND p.value = '' GROUP BY m.passage "
            "HAVING count(DISTINCT m.value) > 1 ORDER BY m.passage",
            values,
        )
        return tuple(self.passages([row[0] for row in rows]).values())

    def indexed_texts(self, keys: Keys) -> dict[int, str]:
        """What is searched of some passages."""
        found: dict[int, str] = {}
        for part in in_parts(list(keys)):
            rows = self._database.rows(
                "SELECT pk, context, substr(text, body_start + 1, body_end - body_start) FROM passages "
                f"WHERE pk IN ({marks(part)})",
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
                f"WHERE p.pk IN ({marks(part)}) AND p.value = '' AND p.quote_start IS NULL ORDER BY p.pk, s.pk",
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
            where.append(f"system IN ({marks(systems)})")
            parameters += systems
        rows = self._database.rows(f"SELECT pk FROM passages WHERE {' AND '.join(where)}", parameters)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def subjects(self) -> list[tuple[int, int, str, str, str]]:
        """(key, document key, system or "", code or "", section) of the searchable passages that can answer, in order.

        A row about no code (of an index, of a table of characters) leads to codes, and answers nothing itself.
        """
        return self._database.rows(
            "SELECT pk, document, system, value, section FROM passages "
            "WHERE vector IS NOT NULL AND (value != '' OR quote_start IS NULL) ORDER BY pk"
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
            f"SELECT {PASSAGE_COLUMNS}, {JOINED_COLUMNS} FROM passages p JOIN documents d ON d.pk = p.document "
            f"WHERE {where} ORDER BY p.document, p.start",
            parameters,
        )
        # Only prose mentions codes; the rows of a code set are not asked.
        prose = [row[0] for row in rows if row[13] is None]
        mentions: dict[int, list[Mention]] = {}
        for part in in_parts(prose):
            for passage, system, value, start, end, certain in self._database.rows(
                f'SELECT passage, system, value, start, "end", certain FROM mentions WHERE passage IN ({marks(part)}) '
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
