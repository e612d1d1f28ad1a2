"""The rows of tables about a code, with their cells, and where a cell is cited."""

from dataclasses import dataclass

from assistant.answering.quoting import row_statement
from assistant.library import StoredPassage
from assistant.retrieval.in_force import in_force_for
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation, Query
from assistant.types.codes import Code
from assistant.types.tables import Table, TableCell, table_at

# So many rows of a code are looked at.
_ROWS = 40


@dataclass(frozen=True, slots=True)
class Row:
    """A row about a code: its passage, its table, its cells, and its modifier ("" for none)."""

    stored: StoredPassage
    table: Table
    cells: tuple[TableCell, ...]
    modifier: str


def rows_about(snapshot: Snapshot, code: Code, query: Query) -> list[Row]:
    """The rows about a code, of all tables that hold on the query's day: of each table the plain row first."""
    found: list[Row] = []
    for stored in snapshot.passages_about(code.bare):
        passage = stored.passage
        if not passage.quote or not in_force_for(snapshot, stored.document, query):
            continue
        table = table_at(snapshot.tables(stored.document.id), passage.start)
        cells = snapshot.cells(stored)
        if table is None or table.code is None or not table.columns or len(cells) <= table.code:
            continue
        own = cells[table.code]
        named = [one for one in passage.mentions if one.code.bare == code.bare]
        within = any(own.start <= passage.start + one.start < own.end for one in named)
        if not within and (passage.code is None or passage.code.bare != code.bare):
            continue  # the row is about another code, and only names this one
        modifier = cells[table.modifier].value if table.modifier is not None and len(cells) > table.modifier else ""
        if not modifier and "-" in passage.section_title:
            modifier = passage.section_title.partition("-")[2]  # 29848-RT in the cell of the code
        row = Row(stored, table, cells, modifier)
        if all(row.cells != other.cells for other in found):  # not another piece of the same row
            found.append(row)
    return found[:_ROWS]


def cite_cell(snapshot: Snapshot, stored: StoredPassage, cell: TableCell) -> Citation | None:
    """The row of a cell as it is quoted, or the piece that holds the cell; None for a cell that was cut itself."""
    for piece in (stored, snapshot.passage_at(stored.document.id, cell.start)):
        if piece.passage.quote:
            citation = row_statement(piece.passage, piece.document).citation
            if citation.start <= cell.start <= cell.end <= citation.end:
                return citation
    return None
