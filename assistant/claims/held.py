"""Reads from a library the rows of edit tables about codes: pairs, units, add-on codes, indicators."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.answering.edit_rows import EditRow, edit_row
from assistant.answering.quoting import row_statement
from assistant.parsing.edit_columns import INDICATORS, Part, parts_of
from assistant.retrieval.snapshot import Snapshot
from assistant.types.codes import Code
from assistant.types.tables import table_at


def rows_about(snapshot: Snapshot, code: Code) -> tuple[EditRow, ...]:
    """The rows of tables that are about a code, or name it, of tables whose columns are known."""
    found = []
    for stored in snapshot.passages_about(code):
        if not stored.passage.quote:
            continue
        table = table_at(snapshot.tables(stored.document.id), stored.passage.start)
        if table is None or not parts_of(table.columns):
            continue
        about = stored.passage.code.bare if stored.passage.code else code
        named = tuple(dict.fromkeys([about, *(mention.code for mention in stored.passage.mentions)]))
        citation = row_statement(stored.passage, stored.document).citation
        found.append(edit_row(about, named, snapshot.cells(stored), table, citation, stored))
    return tuple(found)


def of_units(rows: Sequence[EditRow], code: Code) -> tuple[EditRow, ...]:
    """The rows that limit the units of a code."""
    return tuple(row for row in rows if row.code == code and row.says(Part.UNITS)[:1].isdigit())


def of_add_on(rows: Sequence[EditRow], code: Code) -> tuple[EditRow, ...]:
    """The rows that list a code as an add-on code, each with its primary codes."""
    found = []
    for row in rows:
        if Part.ADD_ON in row.names and Part.PRIMARY in row.cells and code.value in row.says(Part.ADD_ON).upper():
            found.append(replace(row, code=code))
    return tuple(found)


def of_indicators(rows: Sequence[EditRow], code: Code) -> tuple[EditRow, ...]:
    """The rows that say which modifiers a code may have, the row of the code alone before those with a modifier."""
    held = [row for row in rows if row.code == code and any(part in row.cells for part in INDICATORS)]
    return tuple(sorted(held, key=lambda row: (row.document.id, row.modifier, row.citation.start)))
