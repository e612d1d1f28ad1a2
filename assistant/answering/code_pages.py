"""A code page: everything the library says of one code, section by section, and where else it is named."""

from collections.abc import Iterable, Sequence

from assistant.answering.naming import documents_of, names, naming
from assistant.answering.quoting import cite_mention, paragraph_statements, row_statement, sentence_statements
from assistant.answering.table_rows import cite_cell, rows_about
from assistant.library import StoredEntry, StoredPassage
from assistant.retrieval.in_force import standing
from assistant.retrieval.snapshot import Snapshot
from assistant.types import CodePage, DocumentKind, NearestCode, Query, Statement, TableValue
from assistant.types.codes import Code

_ORDER = (
    "short-description", "guidelines", "modifiers", "medical-necessity", "clinical-responsibility", "important",
    "plain-language", "full-description", "examples", "documentation", "notes",
)  # fmt: skip
# Where rows of values and pairs stand, which describe nothing.
_TABLES, _IN_TABLES = "tables", "In your tables"
_VALUES = {DocumentKind.VALUES, DocumentKind.PAIRS}
# A table may have thousands of rows of one code, and a manual may name it on each page.
_MOST = 50


def code_page(snapshot: Snapshot, code: Code, entries: Sequence[StoredEntry], query: Query) -> CodePage | None:
    """The page of a code: in its own edition where the entries hold it, otherwise in the newest, with what documents of
    other series say of it. A code that is only named has a page of the sentences that name it; None for one that is
    not."""
    elsewhere = naming(snapshot, code.bare, query)
    if not entries:
        return _only_named(snapshot, code, elsewhere) if elsewhere else None
    entry = next((item for item in entries if code.edition and item.entry.code.edition == code.edition), entries[0])
    others = [item for item in standing(entries) if item.document.kind != entry.document.kind or item == entry]
    told = documents_of([entry, *others])
    titles: dict[str, str] = {_TABLES: _IN_TABLES}
    fields: dict[str, list[Statement]] = {section: [] for section in _ORDER}
    about = [item for item in snapshot.passages_about(code.bare) if item.document.id in told]
    about.sort(key=lambda item: item.document.id != entry.document.id)
    for item in about:
        if not item.passage.body_text.strip():
            continue
        row = item.passage.quote is not None
        described = item.document.kind not in _VALUES or entry.document.kind in _VALUES
        section = item.passage.section if not row else "short-description" if described else _TABLES
        if not row and section not in _ORDER:
            titles.setdefault(section, item.passage.section_title)
        if row:
            found = [row_statement(item.passage, item.document)]
        elif section == "examples":
            found = paragraph_statements(item.passage, item.document)
        else:
            found = sentence_statements(item.passage, item.document)
        fields.setdefault(section, []).extend(found)
    named = [(section, titles.get(section) or section.replace("-", " ").capitalize()) for section in fields]
    return CodePage(
        entry.entry.code,
        entry.entry.title,
        entry.document,
        snapshot.stamp(),
        tuple((section, title, tuple(fields[section][:_MOST])) for section, title in named),
        tuple(NearestCode(near, title) for near, title in snapshot.siblings(entry)),
        table_values(snapshot, code),
        tuple((item.entry.code, item.document) for item in entries),
        _named_in(code.bare, (item for item in elsewhere if item not in about)),
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


def _only_named(snapshot: Snapshot, code: Code, elsewhere: Sequence[StoredPassage]) -> CodePage:
    fields = tuple((section, section.replace("-", " ").capitalize(), ()) for section in _ORDER)
    document = elsewhere[0].document
    return CodePage(code.bare, "", document, snapshot.stamp(), fields, named=_named_in(code.bare, elsewhere))


def _named_in(code: Code, passages: Iterable[StoredPassage]) -> tuple[Statement, ...]:
    """The sentences and rows that name a code."""
    found: dict[Statement, None] = {}
    for item in passages:
        if item.passage.quote is not None:
            found[row_statement(item.passage, item.document)] = None
        elif names(item.passage, code):
            citations = cite_mention(code, item)
            found.update((Statement(citation.quote, citation), None) for citation in citations)
    return tuple(found)[:_MOST]
