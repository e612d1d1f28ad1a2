"""A code page: everything the library says of one code, section by section."""

from collections.abc import Sequence

from assistant.answering.quoting import row_statement, sentence_statements
from assistant.answering.table_rows import cite_cell, rows_about
from assistant.library import StoredEntry
from assistant.retrieval.snapshot import Snapshot
from assistant.types import CodePage, NearestCode, Query, Statement, TableValue
from assistant.types.codes import Code

_ORDER = (
    "short-description", "guidelines", "modifiers", "medical-necessity", "clinical-responsibility", "important",
    "plain-language", "full-description", "examples", "documentation", "notes",
)  # fmt: skip


def code_page(snapshot: Snapshot, code: Code, entries: Sequence[StoredEntry]) -> CodePage:
    """The page of a code that has entries: in its own edition where they hold it, otherwise in the newest."""
    entry = next((item for item in entries if code.edition and item.entry.code.edition == code.edition), entries[0])
    titles: dict[str, str] = {}
    fields: dict[str, list[Statement]] = {section: [] for section in _ORDER}
    for item in snapshot.passages_about(entry.entry.code, entry.document.id):
        if not item.passage.body_text.strip():
            continue
        row = item.passage.quote is not None
        section = "short-description" if row else item.passage.section
        if not row:
            titles.setdefault(section, item.passage.section_title)
        found = (
            [row_statement(item.passage, item.document)] if row else sentence_statements(item.passage, item.document)
        )
        fields.setdefault(section, []).extend(found)
    named = [(section, titles.get(section) or section.replace("-", " ").capitalize()) for section in fields]
    return CodePage(
        entry.entry.code,
        entry.entry.title,
        entry.document,
        snapshot.stamp(),
        tuple((section, title, tuple(fields[section])) for section, title in named),
        tuple(NearestCode(near, title) for near, title in snapshot.siblings(entry)),
        table_values(snapshot, code),
        tuple((item.entry.code, item.document) for item in entries),
    )


def table_values(snapshot: Snapshot, code: Code) -> tuple[TableValue, ...]:
    """What all tables say of a code: each filled cell but those of the code, its description and its modifier."""
    found: list[TableValue] = []
    for row in rows_about(snapshot, code, Query(str(code))):
        table = row.table
        for cell in row.cells:
            named = cell.name and cell.value and cell.column not in (table.code, table.text, table.modifier)
            citation = cite_cell(snapshot, row.stored, cell) if named else None
            if citation is not None:
                edition = row.stored.document.edition
                own = Code(code.system, code.value, edition)
                found.append(TableValue(own, cell.name, cell.value, None, citation, row.modifier))
    return tuple(found)
