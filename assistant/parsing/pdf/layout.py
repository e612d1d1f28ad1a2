"""The lines of a page in reading order: columns one after the other, tables row by row."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.parsing.pdf.geometry import (
    GUTTER,
    Span,
    column_of,
    em_of,
    ends_with_code,
    rows_of,
    segments,
    split_row,
)
from assistant.parsing.pdf.tables import code_table, goes_with, rows_by_gaps, rows_by_words, table_end, voted_gutters
from assistant.parsing.pdf.words import Word

_COLUMN_ROWS = 4
_DEPTH = 4
_MOST = 0.7


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words; a row of a table has several cells. `limit` is the right edge of its column.

    `column` counts the columns of the page, so that a paragraph may go on from one to the next.
    """

    cells: tuple[tuple[Word, ...], ...]
    limit: float
    table: int | None = None
    column: int = 0

    @property
    def words(self) -> tuple[Word, ...]:
        """All its words."""
        return tuple(word for cell in self.cells for word in cell)


@dataclass(slots=True)
class _Counter:
    tables: int = 0
    columns: int = 0


def lines_of(words: Sequence[Word], numbers: "_Counter | None" = None, depth: int = 0) -> list[Line]:
    """The lines of some words in reading order."""
    numbers = numbers or _Counter()
    lines: list[Line] = []
    plain: list[list[Word]] = []
    for rows, gutters in _bands(rows_of(words)):
        if gutters and depth < _DEPTH and _are_columns(rows, gutters):
            before, columns, after = _without_edges(rows, gutters)
            lines += _plain_lines([*plain, *before], numbers)
            plain = after
            for column in _parted([word for row in columns for word in row], gutters):
                numbers.columns += 1
                lines += lines_of(column, numbers, depth + 1)
            numbers.columns += 1
        elif cells := code_table(rows, gutters):
            lines += _plain_lines(plain, numbers)
            plain = []
            numbers.tables += 1
            right = max(word.x1 for row in rows for word in row)
            lines += _as_lines(cells, right, numbers)
        else:
            plain += rows
    return lines + _plain_lines(plain, numbers)


def _bands(rows: Sequence[list[Word]]) -> Iterator[tuple[list[list[Word]], list[Span]]]:
    """Consecutive rows with the gutters that none of them crosses."""
    band: list[list[Word]] = []
    gutters: list[Span] = []
    for row in rows:
        free = _free(row)
        common = _common(gutters, free, em_of(row)) if band else free
        inner = _inner(gutters, band)
        # The row crosses all gutters of the band, or it has one and the band has none.
        if band and not _inner(common, [*band, row]) and (inner or _inner(free, [row])):
            yield band, inner
            band, common = [], free
        band.append(row)
        gutters = common
    if band:
        yield band, _inner(gutters, band)


def _free(row: Sequence[Word]) -> list[Span]:
    """The empty parts of a row, its outer sides included."""
    gap = GUTTER * em_of(row)
    edges = [(float("-inf"), row[0].x0)]
    right = row[0].x1
    for word in row[1:]:
        if word.x0 - right >= gap:
            edges.append((right, word.x0))
        right = max(right, word.x1)
    return [*edges, (right, float("inf"))]


def _common(first: Sequence[Span], second: Sequence[Span], em: float) -> list[Span]:
    shared = ((max(a, c), min(b, d)) for a, b in first for c, d in second)
    return [(a, b) for a, b in shared if b - a >= GUTTER * em]


def _inner(gutters: Sequence[Span], rows: Sequence[Sequence[Word]]) -> list[Span]:
    """The gutters with words on both sides."""
    if not rows:
        return []
    left = min(row[0].x0 for row in rows)
    right = max(word.x1 for row in rows for word in row)
    return [(a, b) for a, b in gutters if a > left and b < right]


def _parted(words: Sequence[Word], gutters: Sequence[Span]) -> list[list[Word]]:
    parts: list[list[Word]] = [[] for _ in range(len(gutters) + 1)]
    for word in words:
        parts[column_of(word, gutters)].append(word)
    return [part for part in parts if part]


def _are_columns(rows: Sequence[Sequence[Word]], gutters: Sequence[Span]) -> bool:
    """Whether the parts between gutters are columns to read one after the other, or a table to read row by row.

    A program writes columns into the file one after the other, and a table row by row. If the file's order does not
    tell, lines that fill their column on both sides are prose.
    """
    shared = [row for row in rows if len({column_of(word, gutters) for word in row}) > 1]
    if len(shared) < _COLUMN_ROWS:
        return False
    words = sorted((word for row in rows for word in row), key=lambda word: word.order)
    columns = [column_of(word, gutters) for word in words]
    changes = sum(first != second for first, second in itertools.pairwise(columns))
    if changes <= max(len(gutters) + 2, 0.3 * len(shared)):
        return True
    return _filled(rows, gutters) or _are_lists(shared, gutters)


def _are_lists(rows: Sequence[Sequence[Word]], gutters: Sequence[Span]) -> bool:
    """Whether the parts of the rows are entries of their own, each with its code, as in an index."""
    parts = [part for row in rows for part in split_row(row, gutters) if part]
    return sum(len(part) > 1 and ends_with_code(part) for part in parts) >= _MOST * len(parts)


def _without_edges(
    rows: Sequence[list[Word]], gutters: Sequence[Span]
) -> tuple[list[list[Word]], list[list[Word]], list[list[Word]]]:
    """(what stands over the columns, the columns, what stands under them), cut at gaps over the whole width.

    A title, or the first rows of a table, may leave the gutter free by chance.
    """
    groups: list[list[list[Word]]] = [[rows[0]]]
    for above, row in itertools.pairwise(rows):
        if row[0].middle - above[0].middle > 2.2 * max(em_of(row), em_of(above)):
            groups.append([])
        groups[-1].append(row)
    before: list[list[Word]] = []
    after: list[list[Word]] = []
    while len(groups) > 1 and not _are_columns(groups[-1], gutters):
        after = groups.pop() + after
    while len(groups) > 1 and not _are_columns(groups[0], gutters):
        before += groups.pop(0)
    return before, [row for group in groups for row in group], after


def _filled(rows: Sequence[Sequence[Word]], gutters: Sequence[Span]) -> bool:
    """Whether nearly all parts of the rows are lines of prose: many words that reach to the column's end."""
    edges = [min(row[0].x0 for row in rows), *(b for _, b in gutters)]
    ends = [*(a for a, _ in gutters), max(row[-1].x1 for row in rows)]
    parts, full = [0] * len(ends), [0] * len(ends)
    for row in rows:
        for number, part in enumerate(split_row(row, gutters)):
            if part:
                parts[number] += 1
                width = ends[number] - edges[number]
                full[number] += len(part) >= 4 and part[-1].x1 - part[0].x0 >= 0.75 * width
    return min(parts) >= 8 and all(some >= 0.7 * every for some, every in zip(full, parts, strict=True))


def _gutters(parts: Sequence[list[list[Word]]]) -> list[Span]:
    """The gutters of a table, found in those of its rows that have several parts."""
    return voted_gutters([list(itertools.chain(*part)) for part in parts if len(part) > 1])


def _plain_lines(rows: Sequence[list[Word]], numbers: _Counter) -> list[Line]:
    """The lines of rows outside columns: a table where several rows in a run have cells, else the rows as they are."""
    if not rows:
        return []
    right = max(word.x1 for row in rows for word in row)
    left = min(word.x0 for row in rows for word in row)
    parts = [segments(row) for row in rows]
    lines: list[Line] = []
    at = free = 0
    while at < len(rows):
        end = table_end(rows, parts, at, left, right)
        gutters = _gutters(parts[at:end]) if end else []
        if end is None or not gutters:
            lines.append(Line((tuple(rows[at]),), 0.0, column=numbers.columns))
            at += 1
            continue
        # The lines of a cell may begin above its code, and go on below it.
        while end < len(rows) and goes_with(rows[end], rows[end - 1], gutters):
            end += 1
        begin = at
        while begin > free and goes_with(rows[begin - 1], rows[begin], gutters):
            begin -= 1
            lines.pop()
        numbers.tables += 1
        lines += _table_lines(rows[begin:end], gutters, right, numbers)
        at = free = end
    # Prose may be narrower than a table next to it.
    margin = max((line.words[-1].x1 for line in lines if line.table is None), default=right)
    return [replace(line, limit=margin) if line.table is None else line for line in lines]


def _table_lines(rows: Sequence[list[Word]], gutters: Sequence[Span], right: float, numbers: _Counter) -> list[Line]:
    """One line for each row of the table; a cell that goes on in the next line is put together again."""
    return _as_lines(rows_by_gaps(rows, gutters) or rows_by_words(rows, gutters, right), right, numbers)


def _as_lines(made: Sequence[list[list[Word]]], right: float, numbers: _Counter) -> list[Line]:
    lines = []
    for cells in made:
        while not cells[-1]:
            cells.pop()
        lines.append(Line(tuple(tuple(cell) for cell in cells), right, numbers.tables, numbers.columns))
    return lines
