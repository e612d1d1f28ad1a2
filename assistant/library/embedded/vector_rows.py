"""What a library's database tells of vectors: which are kept, and those of passages by key, code or generation."""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.library.embedded.database import Statements, in_parts, marks
from assistant.library.records import ProfileRow, ProseRow
from assistant.types.codes import Code

Keys = Sequence[int]
Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]


class VectorRows:
    """The part of the reads that tells of vectors."""

    _sql: Statements

    def missing_vectors(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which content hashes have no vector yet."""
        missing = set(keys)
        for part in in_parts(sorted(missing)):
            rows = self._sql.rows(f"SELECT key FROM vectors WHERE key IN ({marks(part)})", part)
            missing -= {row[0] for row in rows}
        return missing

    def vectors_since(self, generation: int, until: int, dimension: int) -> tuple[NDArray[np.int64], Halves]:
        """Keys and vectors of the searchable passages that came after a generation, until another."""
        keys, data = array("q"), bytearray()
        cursor = self._sql.stream(
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
            rows = self._sql.rows(
                "SELECT p.pk, v.vector FROM passages p JOIN vectors v ON v.key = p.vector "
                f"WHERE p.pk IN ({marks(part)})",
                part,
            )
            there += [row[0] for row in rows]
            data += [row[1] for row in rows]
        return there, np.frombuffer(b"".join(data), np.float16).reshape(-1, dimension).astype(np.float32)

    def statement_vectors(self, keys: Keys, dimension: int) -> dict[int, Vectors]:
        """The vectors of the statements of some passages, a row each in their order; only of those that have some."""
        found = {}
        for part in in_parts(list(keys)):
            rows = self._sql.rows(
                "SELECT p.pk, v.statements FROM passages p JOIN vectors v ON v.key = p.vector "
                f"WHERE p.pk IN ({marks(part)}) AND v.statements != x''",
                part,
            )
            for key, data in rows:
                found[key] = np.frombuffer(data, np.float16).reshape(-1, dimension).astype(np.float32)
        return found

    def rows_about(self, codes: Sequence[Code]) -> list[ProfileRow]:
        """The searchable passages about some codes, in the codes' own editions; a row may be about several."""
        wanted = set(codes)
        found = []
        for part in in_parts(sorted({code.value for code in wanted}), 250):
            rows = self._sql.rows(
                "SELECT p.pk, p.system, p.value, d.edition, p.section IN ('short-description', 'lead'), v.vector, "
                "p.section "
                "FROM passages p JOIN documents d ON d.pk = p.document JOIN vectors v ON v.key = p.vector "
                f"WHERE p.value IN ({marks(part)}) AND p.value != '' "
                "UNION SELECT p.pk, m.system, m.value, d.edition, 0, v.vector, p.section FROM mentions m "
                "JOIN passages p ON p.pk = m.passage JOIN documents d ON d.pk = p.document "
                "JOIN vectors v ON v.key = p.vector "
                f"WHERE m.value IN ({marks(part)}) AND p.value = '' AND p.quote_start IS NOT NULL AND EXISTS (SELECT 1 "
                "FROM codes c WHERE c.document = p.document AND c.value = m.value AND c.system = m.system) "
                "ORDER BY 1",
                (*part, *part),
            )
            for key, system, value, edition, opening, vector, section in rows:
                code = Code(system, value, edition)
                if code in wanted:
                    found.append(ProfileRow(key, code, bool(opening), vector, section))
        return found

    def prose(self, most: int) -> list[ProseRow] | None:
        """The searchable passages about no code, in the order of their documents; None where there are none, or more.

        A document that has more is left out, and so are code sets, each of whose passages is a code: neither is read.
        """
        rows = self._sql.rows(
            "SELECT p.pk, p.document, p.section, p.section_title, p.context, "
            "substr(p.text, p.body_start + 1, p.body_end - p.body_start), v.vector "
            "FROM documents d JOIN passages p ON p.document = d.pk JOIN vectors v ON v.key = p.vector "
            "WHERE d.searchable > d.codes AND d.searchable <= ?1 AND p.value = '' AND p.quote_start IS NULL "
            "ORDER BY p.document, p.start, p.pk LIMIT ?1 + 1",
            (most,),
        )
        if not 0 < len(rows) <= most:
            return None
        names: dict[int, dict[Code, None]] = {}
        for part in in_parts([row[0] for row in rows]):
            for passage, system, value in self._sql.rows(
                f"SELECT passage, system, value FROM mentions WHERE passage IN ({marks(part)}) ORDER BY passage, start",
                part,
            ):
                names.setdefault(passage, {})[Code(system, value)] = None
        return [
            ProseRow(
                key, document, section, heading, f"{context}. {body}" if context else body, vector,
                tuple(names.get(key, ())),
            )
            for key, document, section, heading, context, body, vector in rows
        ]  # fmt: skip
