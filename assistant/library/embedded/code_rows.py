"""What a library's database tells of codes: their entries, their families, the systems they belong to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assistant.library.embedded.columns import read_entry
from assistant.library.embedded.database import ReadTransaction, Statements, in_parts, marks
from assistant.library.embedded.document_rows import documents_by_key
from assistant.library.records import StoredEntry
from assistant.types.codes import Code


class CodeRows:
    """The part of the reads that tells of codes."""

    _sql: Statements

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes (by code without edition) in all editions: those with a title before those
        without, then by the kind of their document, and the newest first; none for one not held."""
        wanted = {code.bare for code in codes}
        values = sorted({code.value for code in wanted})
        found: dict[Code, list[StoredEntry]] = {}
        with self._sql.together() as sql:
            rows = [row for part in in_parts(values) for row in _entry_rows(sql, part)]
            documents = documents_by_key(sql, {row[11] for row in rows})
        for row in rows:
            entry = read_entry(row, documents[row[11]])
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
        rows = self._sql.rows(
            "SELECT DISTINCT c.system, c.value, c.edition, c.title FROM codes c JOIN documents d ON d.pk = c.document "
            f"WHERE {where} AND c.value != ? ORDER BY c.value LIMIT ?",
            [*parameters, code.value, limit],
        )
        return tuple((Code(system, value, edition), title) for system, value, edition, title in rows)

    def family_codes(self, families: Sequence[str]) -> tuple[Code, ...]:
        """The codes of documents that name one of some families."""
        rows = self._sql.rows(
            "SELECT c.system, c.value, c.edition FROM codes c JOIN documents d ON d.pk = c.document "
            f"WHERE d.family IN ({marks(families)}) AND d.family != '' ORDER BY c.system, c.value, c.edition",
            list(families),
        )
        return tuple(Code(*row) for row in rows)

    def titles_in_others(self, codes: Sequence[Code], own: Iterable[str]) -> Iterator[tuple[Code, str, str]]:
        """(code, title, file) of the entries of some codes, in their editions, in other documents than `own`."""
        wanted, excluded = set(codes), set(own)
        for part in in_parts(sorted({code.value for code in wanted})):
            for system, value, edition, title, document, file in self._sql.rows(
                "SELECT c.system, c.value, c.edition, c.title, d.id, d.source_name FROM codes c "
                f"JOIN documents d ON d.pk = c.document WHERE c.value IN ({marks(part)}) "
                "AND c.title != '' AND c.document NOT IN unseen ORDER BY c.pk",
                part,
            ):
                code = Code(system, value, edition)
                if code in wanted and document not in excluded:
                    yield code, title, file


def _entry_rows(sql: ReadTransaction, values: Sequence[str]) -> list[tuple[Any, ...]]:
    return sql.rows(
        'SELECT c.system, c.value, c.edition, c.title, c.start, c."end", c.billable, c.effective, c.expires, '
        "d.family, (SELECT substr(p.text, p.body_start + 1, p.body_end - p.body_start) FROM passages p "
        # The plus signs keep SQLite from walking a whole code set's passages instead of the code's own.
        "WHERE +p.document = c.document AND p.value = c.value AND p.system = c.system AND p.value != '' "
        "AND p.section IN ('short-description', 'lead') ORDER BY +p.start LIMIT 1), d.pk "
        "FROM codes c JOIN documents d ON d.pk = c.document "
        # A table of edits or fees titles no code; what describes it goes first, whatever its year, and a guide's table
        # behind a page or a code set.
        f"WHERE c.value IN ({marks(values)}) "
        "ORDER BY c.title = '', CASE d.kind WHEN 'guide' THEN 1 WHEN 'values' THEN 2 WHEN 'pairs' THEN 3 ELSE 0 END, "
        "coalesce(c.effective, d.effective, '') DESC, d.id",
        values,
    )
