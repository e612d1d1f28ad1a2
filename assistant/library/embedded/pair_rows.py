"""What a library's database tells of the rows that pair codes."""

from collections.abc import Iterator, Sequence

from assistant.library.embedded.database import Statements, in_parts, marks
from assistant.library.embedded.document_rows import documents_by_key
from assistant.library.records import StoredPair
from assistant.types.codes import Code
from assistant.types.pairs import CodePair

_COLUMNS = 'p.document, p.first, p.second, p.start, p."end", p.location'
_ORDER = "ORDER BY p.first, p.second, p.document, p.start"


class PairRows:
    """The part of the reads that tells of pairs."""

    _sql: Statements

    def pairs_among(self, codes: Sequence[Code]) -> tuple[StoredPair, ...]:
        """The rows that pair two of some codes."""
        names = sorted({str(code) for code in codes})
        return tuple(
            pair
            for part in in_parts(names)
            for pair in self._pairs(f"p.first IN ({marks(part)}) AND p.second IN ({marks(names)})", (*part, *names))
        )

    def pairs_of(self, code: Code, limit: int) -> tuple[int, tuple[StoredPair, ...]]:
        """How many rows pair a code with another, and as many of them as a limit allows."""
        name = str(code.bare)
        where = "p.rowid IN (SELECT rowid FROM pairs WHERE first = ? UNION SELECT rowid FROM pairs WHERE second = ?)"
        counted = self._sql.rows(
            f"SELECT count(*) FROM pairs p JOIN documents d ON d.pk = p.document WHERE {where}", (name, name)
        )
        return int(counted[0][0]), tuple(self._pairs(where, (name, name), limit))

    def is_paired(self, code: Code) -> bool:
        """Whether any row pairs a code with another."""
        name = str(code.bare)
        return any(
            self._sql.rows(
                f"SELECT 1 FROM pairs p JOIN documents d ON d.pk = p.document WHERE p.{side} = ? LIMIT 1", (name,)
            )
            for side in ("first", "second")
        )

    def _pairs(self, where: str, parameters: Sequence[object], limit: int = -1) -> Iterator[StoredPair]:
        with self._sql.together() as sql:
            rows = sql.rows(
                f"SELECT {_COLUMNS} FROM pairs p JOIN documents d ON d.pk = p.document WHERE {where} {_ORDER} LIMIT ?",
                (*parameters, limit),
            )
            documents = documents_by_key(sql, {row[0] for row in rows})
        for document, first, second, start, end, location in rows:
            yield StoredPair(CodePair(_code(first), _code(second), start, end, location), documents[document])


def _code(name: str) -> Code:
    return Code(*name.split(":", 1))
