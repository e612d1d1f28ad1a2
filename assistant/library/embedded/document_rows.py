"""What a library's database tells of documents: facts, texts, names, and what comes and goes."""

import datetime
import json
import zlib
from collections.abc import Iterable, Sequence

from assistant.library.embedded.columns import DOCUMENT_COLUMNS, read_document, unknown
from assistant.library.embedded.database import ReadTransaction, Statements, in_parts, marks
from assistant.library.records import Known, Listed
from assistant.types import DocumentInfo, LibraryStamp, Synonym
from assistant.types.codes import Code
from assistant.types.tables import Table, read_table


class DocumentRows:
    """The part of the reads that tells of documents."""

    _sql: Statements

    def meta(self, key: str) -> str | None:
        rows = self._sql.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def generation(self) -> int:
        return int(self.meta("generation") or 0)

    def stamp(self) -> LibraryStamp:
        """The generation, and the model that the vectors are of."""
        facts = dict(self._sql.rows("SELECT key, value FROM meta WHERE key IN ('generation', 'model')"))
        return LibraryStamp(int(facts.get("generation", 0)), facts.get("model", ""))

    def counts(self) -> tuple[int, int, int]:
        """(documents, searchable passages, codes)."""
        row = self._sql.rows("SELECT count(*), coalesce(sum(searchable), 0), coalesce(sum(codes), 0) FROM documents")[0]
        return row[0], row[1], row[2]

    def extent(self, since: int) -> tuple[int, int]:
        """(passages of all documents, passages of those that came after a generation)."""
        row = self._sql.rows(
            "SELECT coalesce(sum(passages), 0), coalesce(sum(passages) FILTER (WHERE generation > ?), 0) "
            "FROM documents",
            (since,),
        )[0]
        return row[0], row[1]

    def documents(self) -> tuple[DocumentInfo, ...]:
        rows = self._sql.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents ORDER BY id")
        return tuple(read_document(row) for row in rows)

    def document(self, document_id: str) -> DocumentInfo:
        rows = self._sql.rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise unknown(document_id)
        return read_document(rows[0])

    def text(self, document_id: str) -> str:
        """The stored text that citations point into."""
        rows = self._sql.rows(
            "SELECT p.text FROM passages p JOIN documents d ON d.pk = p.document WHERE d.id = ? ORDER BY p.start, p.pk",
            (document_id,),
        )
        if not rows:
            raise unknown(document_id)
        return "".join(row[0] for row in rows)

    def source(self, document_id: str) -> bytes:
        """The original bytes."""
        rows = self._sql.rows("SELECT source FROM documents WHERE id = ?", (document_id,))
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
        with self._sql.together() as sql:
            rows = sql.rows(
                f"SELECT {DOCUMENT_COLUMNS}, found, warnings FROM documents {where} ORDER BY id", parameters
            )
            named = sql.rows(
                f"SELECT d.id, n.name FROM documents d JOIN names n ON n.document = d.pk {where} ORDER BY n.name",
                parameters,
            )
        names: dict[str, dict[str, None]] = {row[0]: {row[3]: None} for row in rows}
        for document_id, name in named:
            names.get(document_id, {})[name] = None
        return tuple(
            Listed(read_document(row), tuple(names[row[0]]), row[-2], tuple(json.loads(row[-1]))) for row in rows
        )

    def digests(self, document_ids: Sequence[str]) -> dict[str, str]:
        """The sha256 of the text of each of some documents that is there."""
        found: dict[str, str] = {}
        for part in in_parts(document_ids):
            found |= dict(self._sql.rows(f"SELECT id, sha256 FROM documents WHERE id IN ({marks(part)})", part))
        return found

    def places(self, document_id: str) -> bytes:
        """Where the words of the text stand on the pages, packed; empty where the document has no pages."""
        rows = self._sql.rows("SELECT places FROM documents WHERE id = ?", (document_id,))
        if not rows:
            raise unknown(document_id)
        return bytes(rows[0][0])

    def tables(self, document_id: str) -> tuple[Table, ...]:
        """The tables of a document, in the order of its text; none where it was stored before they were kept."""
        self.document(document_id)
        rows = self._sql.rows(
            "SELECT t.body FROM documents d JOIN tables t ON t.document = d.pk WHERE d.id = ? ORDER BY t.number",
            (document_id,),
        )
        return tuple(read_table(json.loads(zlib.decompress(row[0]))) for row in rows)

    def slice(self, document_id: str, start: int, end: int) -> str:
        """[start, end) of the stored text of a document."""
        rows = self._sql.rows(
            "SELECT p.start, p.text FROM documents d JOIN passages p ON p.document = d.pk "
            'WHERE d.id = ? AND p.start < ? AND p."end" > ? ORDER BY p.start, p.pk',
            (document_id, end, start),
        )
        if not rows:
            raise unknown(document_id)
        text = "".join(row[1] for row in rows)
        return text[start - rows[0][0] : end - rows[0][0]]

    def known(self) -> tuple[Known, ...]:
        """All files that the library has read, by document and name."""
        rows = self._sql.rows(
            "SELECT d.id, n.name, n.root, d.source_sha256, d.recipe, d.edition FROM documents d "
            "JOIN names n ON n.document = d.pk ORDER BY d.id, n.root, n.name"
        )
        return tuple(Known(*row) for row in rows)

    def removed_since(self, generation: int) -> list[int]:
        """Keys of documents removed after a generation."""
        rows = self._sql.rows("SELECT document FROM removed WHERE generation > ? ORDER BY document", (generation,))
        return [row[0] for row in rows]

    def document_keys(self) -> list[int]:
        """The keys of all documents, in order."""
        return [row[0] for row in self._sql.rows("SELECT pk FROM documents ORDER BY pk")]

    def documents_on(self, day: datetime.date) -> list[int]:
        """Keys of the documents that hold on a day; one without dates always does."""
        rows = self._sql.rows(
            "SELECT pk FROM documents WHERE (effective IS NULL OR effective <= ?1) "
            "AND (expires IS NULL OR expires >= ?1)",
            (day.isoformat(),),
        )
        return [row[0] for row in rows]

    def titles(self, document_id: str) -> dict[Code, str]:
        """The codes that a document is about or names for certain, without edition, with the titles it gives them."""
        self.document(document_id)
        rows = self._sql.rows(
            "SELECT m.system, m.value, '' FROM documents d JOIN passages p ON p.document = d.pk "
            "JOIN mentions m ON m.passage = p.pk WHERE d.id = ?1 AND m.certain "
            "UNION ALL SELECT c.system, c.value, c.title FROM documents d JOIN codes c ON c.document = d.pk "
            "WHERE d.id = ?1",
            (document_id,),
        )
        return {Code(system, value): title for system, value, title in rows}

    def synonyms(self) -> tuple[Synonym, ...]:
        """What the documents say that terms stand for, in the order of the documents."""
        rows = self._sql.rows(
            "SELECT term, meaning, exact FROM synonyms WHERE document NOT IN unseen ORDER BY document, rowid"
        )
        return tuple(Synonym(term, meaning, bool(exact)) for term, meaning, exact in rows)

    def uncompacted(self) -> bool:
        """Whether something was removed, or its arrival interrupted, since the library was last compacted."""
        return bool(
            self._sql.rows(
                "SELECT 1 FROM removed UNION ALL SELECT 1 FROM unseen "
                "UNION ALL SELECT 1 FROM meta WHERE key = 'freed' LIMIT 1"
            )
        )


def documents_by_key(sql: ReadTransaction, keys: Iterable[int]) -> dict[int, DocumentInfo]:
    """Some documents by their keys; read once in a state."""
    missing = [key for key in keys if key not in sql.documents]
    for part in in_parts(missing):
        for row in sql.rows(f"SELECT {DOCUMENT_COLUMNS}, pk FROM documents WHERE pk IN ({marks(part)})", part):
            sql.documents[row[-1]] = read_document(row)
    return sql.documents
