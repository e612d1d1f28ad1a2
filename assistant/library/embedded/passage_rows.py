"""What a library's database tells of passages: by key, by code, by place, by generation."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.library.embedded.columns import PASSAGE_COLUMNS, read_passage, unknown
from assistant.library.embedded.database import Statements, in_parts, marks
from assistant.library.embedded.document_rows import documents_by_key
from assistant.library.records import Span, StoredPassage
from assistant.types import Passage
from assistant.types.codes import Code, Mention

Keys = Sequence[int]


class PassageRows:
    """The part of the reads that tells of passages."""

    _sql: Statements

    def searchable_since(self, generation: int, until: int) -> Iterator[tuple[int, int, str, str]]:
        """(key, document key, system or "", indexed text) of the searchable passages after a generation."""
        cursor = self._sql.stream(
            f"SELECT {PASSAGE_COLUMNS} FROM documents d JOIN passages p ON p.document = d.pk "
            "WHERE d.generation > ? AND d.generation <= ? AND p.vector IS NOT NULL ORDER BY p.pk",
            (generation, until),
        )
        for row in cursor:
            heading = row[4] if not row[12] and row[13] is None and row[3] != "lead" else ""
            said = (row[10], heading, row[7][row[8] : row[9]].strip())
            yield row[0], row[1], row[11], ". ".join(part for part in said if part)

    def seen(self) -> NDArray[np.int64]:
        """Keys of all passages that are there."""
        rows = self._sql.rows("SELECT p.pk FROM documents d JOIN passages p ON p.document = d.pk")
        return np.array([row[0] for row in rows], dtype=np.int64)

    def passages(self, keys: Keys) -> dict[int, StoredPassage]:
        """The passages of these keys that are still there."""
        found: dict[int, StoredPassage] = {}
        for part in in_parts(list(keys)):
            found |= self._stored(f"p.pk IN ({marks(part)})", part)
        return found

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """All passages of a document in the order of its text, those that are not searched too."""
        found = self._stored("p.document = (SELECT pk FROM documents WHERE id = ?)", (document_id,))
        if not found:
            raise unknown(document_id)
        return tuple(item.passage for item in found.values())

    def passages_about(self, code: Code, document_id: str | None = None) -> tuple[StoredPassage, ...]:
        """All passages whose subject is a code, and the rows of tables that name it, in document order."""
        rows = self._sql.rows(
            "SELECT p.pk FROM passages p JOIN documents d ON d.pk = +p.document "
            "WHERE p.value = ? AND p.system = ? AND p.value != '' AND d.id = coalesce(?, d.id) "
            "UNION SELECT p.pk FROM mentions m JOIN passages p ON p.pk = m.passage "
            "JOIN documents d ON d.pk = +p.document "
            "WHERE m.value = ? AND m.system = ? AND p.quote_start IS NOT NULL AND d.id = coalesce(?, d.id)",
            (code.value, code.system, document_id) * 2,
        )
        return tuple(self.passages([row[0] for row in rows]).values())

    def passages_naming(self, codes: Sequence[Code]) -> tuple[StoredPassage, ...]:
        """Narrative passages, about no code, that name at least two of some codes."""
        wanted = {(code.system, code.value) for code in codes}
        values = sorted({value for _, value in wanted})
        rows = self._sql.rows(
            "SELECT DISTINCT m.passage, m.system, m.value FROM mentions m JOIN passages p ON p.pk = m.passage "
            f"WHERE m.value IN ({marks(values)}) AND p.value = '' ORDER BY m.passage",
            values,
        )
        named = Counter(passage for passage, system, value in rows if (system, value) in wanted)
        return tuple(self.passages([passage for passage, count in named.items() if count > 1]).values())

    def indexed_texts(self, keys: Keys) -> dict[int, str]:
        """What is searched of some passages."""
        found: dict[int, str] = {}
        for part in in_parts(list(keys)):
            rows = self._sql.rows(
                "SELECT pk, context, iif(value = '' AND quote_start IS NULL AND section != 'lead', section_title, ''), "
                "substr(text, body_start + 1, body_end - body_start) FROM passages "
                f"WHERE pk IN ({marks(part)})",
                part,
            )
            found |= {key: ". ".join(part for part in said if part) for key, *said in rows}
        return found

    def surroundings(self, keys: Keys, most: int) -> dict[int, tuple[int, ...]]:
        """All searchable passages of its document, for prose about no code where that document has at most `most`."""
        found: dict[int, list[int]] = {}
        for part in in_parts(list(keys)):
            rows = self._sql.rows(
                "SELECT p.pk, s.pk FROM passages p JOIN documents d ON d.pk = +p.document AND d.passages <= ? "
                "JOIN passages s ON s.document = d.pk AND +s.vector IS NOT NULL "
                f"WHERE p.pk IN ({marks(part)}) AND p.value = '' AND p.quote_start IS NULL ORDER BY p.pk, s.pk",
                (most, *part),
            )
            for key, sibling in rows:
                found.setdefault(key, []).append(sibling)
        return {key: tuple(siblings) for key, siblings in found.items()}

    def passage_at(self, document_id: str, place: int) -> tuple[int, StoredPassage]:
        """The key and passage that hold the character at a place. Raises UnknownDocument where the document is gone."""
        found = self._stored(
            "p.pk = (SELECT pk FROM passages WHERE document = (SELECT pk FROM documents WHERE id = ?) AND start <= ? "
            "ORDER BY start DESC LIMIT 1)",
            (document_id, place),
        )
        for item in found.items():
            return item
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
        rows = self._sql.rows(f"SELECT pk FROM passages WHERE {' AND '.join(where)}", parameters)
        return np.array([row[0] for row in rows], dtype=np.int64)

    def subjects(self) -> list[tuple[int, int, str, str, str]]:
        """(key, document key, system or "", code or "", section) of the searchable passages that can answer, in order.

        A row about no code (of an index, of a table of characters) leads to codes, and answers nothing itself.
        """
        return self._sql.rows(
            "SELECT pk, document, system, value, section FROM passages "
            "WHERE vector IS NOT NULL AND (value != '' OR quote_start IS NULL) AND document NOT IN unseen ORDER BY pk"
        )

    def keys_of(self, codes: Sequence[Code]) -> list[int]:
        """Keys of the passages that are about one of some codes, in any edition, or name one."""
        wanted = {(code.system, code.value) for code in codes}
        found: set[int] = set()
        for part in in_parts(sorted({value for _, value in wanted}), 250):
            for key, system, value in self._sql.rows(
                f"SELECT pk, system, value FROM passages WHERE value IN ({marks(part)}) AND value != '' "
                "AND document NOT IN unseen UNION ALL SELECT m.passage, m.system, m.value FROM mentions m "
                f"JOIN passages p ON p.pk = m.passage WHERE m.value IN ({marks(part)}) AND p.document NOT IN unseen",
                (*part, *part),
            ):
                if (system, value) in wanted:
                    found.add(key)
        return sorted(found)

    def spans(self, keys: Keys) -> dict[int, Span]:
        """Where some passages stand, and what is searched of each."""
        found: dict[int, Span] = {}
        for part in in_parts(list(keys)):
            rows = self._sql.rows(
                "SELECT p.pk, d.id, p.start, p.end, p.context, p.vector IS NOT NULL, "
                "substr(p.text, p.body_start + 1, p.body_end - p.body_start) "
                f"FROM passages p JOIN documents d ON d.pk = p.document WHERE p.pk IN ({marks(part)})",
                part,
            )
            for key, document, start, end, context, searched, body in rows:
                indexed = f"{context}. {body}" if context else body
                found[key] = Span(document, start, end, indexed if searched else "")
        return found

    def _stored(self, where: str, parameters: Sequence[object]) -> dict[int, StoredPassage]:
        with self._sql.together() as sql:
            rows = sql.rows(
                f"SELECT {PASSAGE_COLUMNS} FROM passages p WHERE {where} ORDER BY p.document, p.start", parameters
            )
            documents = documents_by_key(sql, {row[1] for row in rows})
            # Prose mentions codes, and a row that is about several; the rows about one are not asked.
            prose = [row[0] for row in rows if row[13] is None or not row[12]]
            mentions: dict[int, list[Mention]] = {}
            for part in in_parts(prose):
                for passage, system, value, start, end, certain in sql.rows(
                    'SELECT passage, system, value, start, "end", certain FROM mentions '
                    f"WHERE passage IN ({marks(part)}) ORDER BY start",
                    part,
                ):
                    mention = Mention(Code(system, value), start, end, bool(certain))
                    mentions.setdefault(passage, []).append(mention)
        found: dict[int, StoredPassage] = {}
        for row in rows:
            document = documents.get(row[1])
            if document is not None:  # else it is arriving or leaving
                mentioned = tuple(mentions.get(row[0], ()))
                found[row[0]] = StoredPassage(read_passage(row, document, mentioned), document)
        return found
