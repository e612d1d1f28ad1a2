"""Values that tables give for a code: which column a query asks for, judged by meaning, and what its cells say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answering.columns import choose_column
from assistant.answering.considered import Considered
from assistant.answering.judging import ANSWERS, Read, quoted_of
from assistant.answering.keys import meaning_of
from assistant.answering.quoting import row_statement
from assistant.answering.table_rows import Row, cite_cell, rows_about
from assistant.embedding import Embedder
from assistant.language.column_names import column_abbreviations
from assistant.reader import Reader
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Form, Query, Role, Statement, TableValue
from assistant.types.codes import Code
from assistant.types.tables import Table

# A second table answers beside the best one if its column is as good, but for so much.
_AS_GOOD = 1.5
# So many values are shown.
_SHOWN = 6
# What a refusal for want of a cell says for its confidence: near, but under every threshold.
_NEAR = 0.3
CLOSEST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What tables say to a query for a value: the values, the rows they stand in, and how sure their column is.

    `rows` are there though no value answers: then they are the closest the tables come. `described` says that the
    description of the code is what was asked for, which is no value.
    """

    values: tuple[TableValue, ...] = ()
    statements: tuple[Statement, ...] = ()
    rows: tuple[Statement, ...] = ()
    probability: float = 0.0
    described: bool = False


@dataclass(frozen=True, slots=True)
class _Column:
    """The column of one table that comes nearest to a query: how near, and the cells of the rows that are meant."""

    rows: tuple[Row, ...]
    column: int
    name: str
    score: float
    probability: float


def values_for(
    snapshot: Snapshot, reader: Reader, embedder: Embedder, query: Query, codes: Sequence[Code], text: str
) -> Asked:
    """What the tables give for some codes, for a query whose words without the codes are `text`."""
    answering: list[tuple[Code, _Column]] = []
    closest: list[Row] = []
    for code in codes:
        tables: dict[tuple[str, int], list[Row]] = {}
        for row in rows_about(snapshot, code, query):
            tables.setdefault((row.stored.document.id, row.table.start), []).append(row)
        for rows in tables.values():
            meant, words = _meant(rows, text)
            closest += [*meant, *(row for row in rows if row not in meant)] if _has_values(rows[0].table) else []
            found = _column(snapshot, reader, embedder, meant, words) if words.strip() else None
            if found is not None:
                answering.append((code, found))
    shown = tuple(dict.fromkeys(row_statement(row.stored.passage, row.stored.document) for row in closest))[:_SHOWN]
    if not answering:
        return Asked(rows=shown)
    best = max(one.score for _, one in answering)
    probability = max(one.probability for _, one in answering)
    values: list[TableValue] = []
    statements: dict[Statement, None] = {}
    described = False
    for code, column in answering:
        if column.score < best - _AS_GOOD:
            continue
        described = described or column.column == column.rows[0].table.text
        for row in column.rows:
            told = _value(snapshot, embedder, code, row, column)
            if told is not None and column.column != row.table.text:
                values.append(told[0])
                statements |= dict.fromkeys(told[1])
    return Asked(tuple(values[:_SHOWN]), tuple(statements)[:_SHOWN], shown, probability, described and not values)


def with_values(considered: Considered, asked: Asked, *, named: bool) -> Considered:
    """What a query would be answered with, values first. Where the tables have no cell for what is asked of a `named`
    code, and nothing but their rows would be quoted, nothing is left to answer with."""
    rows = {row.citation for row in asked.rows}
    read = considered.read.statements if considered.read else ()
    answers = [one for one in read if one.answers >= ANSWERS and one.statement.citation not in rows]
    if asked.values:
        prose = quoted_of(Read(tuple(answers), {}))
        statements = tuple(dict.fromkeys([*asked.statements, *prose]))
        return replace(
            considered, confidence=asked.probability, statements=statements, form=Form.VALUE, values=asked.values,
            choice=None,
        )  # fmt: skip
    if named and not asked.described and rows.issuperset(one.citation for one in considered.statements) and rows:
        return replace(
            considered, confidence=min(considered.confidence, _NEAR), statements=(), candidates=(),
            closest=asked.rows[:CLOSEST], form=Form.CODE, choice=None,
        )  # fmt: skip
    return considered


def _has_values(table: Table) -> bool:
    """Whether a table says more of its codes than what they mean."""
    return any(name and at not in (table.code, table.text, table.modifier) for at, name in enumerate(table.columns))


def _meant(rows: Sequence[Row], text: str) -> tuple[list[Row], str]:
    """The rows of the modifiers that a text names, or all, the plain one first; and the text without these."""
    tokens = {token.upper() for token in re.findall(r"\w+", text)}
    named = {row.modifier for row in rows if row.modifier and row.modifier.upper() in tokens}
    for modifier in named:
        for said in (modifier, column_abbreviations().get(modifier)):
            text = re.sub(rf"-?\s*\b{re.escape(said)}\b", " ", text, flags=re.IGNORECASE) if said else text
    kept = [row for row in rows if row.modifier in named] if named else sorted(rows, key=lambda row: row.modifier != "")
    return kept, " ".join(text.split())


def _column(snapshot: Snapshot, reader: Reader, embedder: Embedder, rows: Sequence[Row], text: str) -> _Column | None:
    """The column of a table that a text asks for; None where nothing is sure, or its cells are empty."""
    table = rows[0].table
    left_out = {table.code, table.modifier}
    columns = [at for at, name in enumerate(table.columns) if name and at not in left_out]
    if not columns:
        return None
    cells = {cell.column: cell.value for cell in rows[0].cells}
    chosen = choose_column(
        embedder, reader, snapshot.terms, text, [table.columns[at] for at in columns],
        [cells.get(at, "") for at in columns], snapshot.wording().meaning,
        lambda make: snapshot.remembered(("columns", rows[0].stored.document.id, table.start), make),
    )  # fmt: skip
    column = columns[chosen.column]
    if not chosen.sure or not any(cell.value for row in rows for cell in row.cells if cell.column == column):
        return None
    return _Column(tuple(rows), column, chosen.name, chosen.score, chosen.probability)


def _value(
    snapshot: Snapshot, embedder: Embedder, code: Code, row: Row, column: _Column
) -> tuple[TableValue, list[Statement]] | None:
    """The value of a row in a column, with the whole row as its statement and the line of a key that explains it."""
    cell = next((one for one in row.cells if one.column == column.column), None)
    if cell is None or not cell.value:
        return None
    stored, document = row.stored, row.stored.document
    citation = cite_cell(snapshot, stored, cell)
    if citation is None:
        return None
    key = meaning_of(snapshot, embedder, document, row.table, column.name, cell.value)
    value = TableValue(
        Code(code.system, code.value, document.edition),
        row.table.columns[column.column],
        cell.value,
        key.text if key else None,
        citation,
        row.modifier,
    )
    statements = [Statement(citation.quote, citation, Role.ANSWER)]
    return value, statements + ([Statement(key.citation.quote, key.citation)] if key else [])
