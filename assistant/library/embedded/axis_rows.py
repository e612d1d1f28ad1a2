"""What the axes of a code system are built from: the documents that define and explain its codes, and its vectors."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.library.embedded.database import Statements


class AxisRows:
    """The part of the reads that tells of the documents of one code system."""

    _sql: Statements

    def sources_of(self, system: str, kinds: Sequence[str]) -> list[tuple[str, int, str]]:
        """(the system or a kind, key, sha256) of the documents that define its codes or whose context is of a kind."""
        rows = self._sql.rows(
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
        rows = self._sql.rows("SELECT context, text FROM passages WHERE document = ? ORDER BY start, pk", (document,))
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
        rows = self._sql.rows(
            "SELECT p.pk, p.value, v.vector FROM passages p JOIN vectors v ON v.key = p.vector "
            "WHERE p.value != '' AND p.system = ? ORDER BY p.pk",
            (system,),
        )
        vectors = np.frombuffer(b"".join(row[2] for row in rows), np.float16).reshape(-1, dimension)
        return [row[0] for row in rows], [row[1] for row in rows], vectors
