"""Reads from a library the rows of edit tables about codes: pairs, units, add-on codes, indicators."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answering.quoting import row_statement
from assistant.claims.rows import EditRow
from assistant.library import StoredPair, StoredPassage
from assistant.parsing.edit_columns import INDICATORS, Part, Parts, parts_of
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation
from assistant.types.codes import Code
from assistant.types.tables import Table, TableCell, table_at


@dataclass(frozen=True, slots=True)
class PairRow:
    """A row that pairs two codes."""

    first: Code
    second: Code
    row: EditRow


def pair_rows(snapshot: Snapshot, found: Sequence[StoredPair]) -> tuple[PairRow, ...]:
    """Stored pairs with their rows read; of rows that say the same, on two sheets or in two files, the first."""
    rows: dict[tuple[str, str], PairRow] = {}
    for one in found:
        row = _pair_row(snapshot, one)
        rows.setdefault((one.document.id, row.citation.quote), PairRow(one.pair.first, one.pair.second, row))
    return tuple(rows.values())


def _pair_row(snapshot: Snapshot, found: StoredPair) -> EditRow:
    pair = found.pair
    stored = snapshot.passage_at(found.document.id, pair.start)
    text = stored.passage.text[pair.start - stored.passage.start : pair.end - stored.passage.start]
    table = table_at(snapshot.tables(found.document.id), pair.start)
    cells = table.cells(text, pair.start) if table else ()
    citation = _cite(stored, pair.start, pair.start + len(text.rstrip()), pair.location)
    return _edit_row(pair.first, (pair.first, pair.second), cells, table, citation, stored)


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
        found.append(_edit_row(about, named, snapshot.cells(stored), table, citation, stored))
    return tuple(found)


def _edit_row(
    about: Code,
    named: tuple[Code, ...],
    cells: Sequence[TableCell],
    table: Table | None,
    citation: Citation,
    stored: StoredPassage,
) -> EditRow:
    columns = table.columns if table else ()
    parts: Parts = parts_of(columns)
    held = {cell.column: cell.value for cell in cells}
    modifier = held.get(table.modifier, "") if table and table.modifier is not None else ""
    return EditRow(
        about,
        named,
        {part: held[at] for part, at in parts.items() if held.get(at)},
        {part: columns[at] for part, at in parts.items()},
        modifier,
        citation,
        stored.document,
    )


def _cite(stored: StoredPassage, start: int, end: int, location: str) -> Citation:
    passage, document = stored.passage, stored.document
    quote = passage.text[start - passage.start : end - passage.start]
    return Citation(
        document.id, document.title, document.sha256, document.edition, passage.id, passage.section_title, passage.page,
        start, end, quote, location or passage.location,
    )  # fmt: skip


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
