"""A code page: everything the library says of one code, section by section."""

from collections.abc import Sequence

from assistant.answering.quoting import paragraph_statements, row_statement, sentence_statements
from assistant.library import StoredEntry
from assistant.retrieval.snapshot import Snapshot
from assistant.types import CodePage, NearestCode, Statement
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
        tuple((section, title, tuple(fields[section])) for section, title in named),
        tuple(NearestCode(near, title) for near, title in snapshot.siblings(entry)),
        tuple((item.entry.code, item.document) for item in entries),
    )
