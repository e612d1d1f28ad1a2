"""The lines of a page in reading order: columns one after the other, tables row by row."""

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.parsing.pdf.words import Word

# In font sizes: what parts two columns or cells, and not two words of a justified line.
_GUTTER = 0.9
_COLUMN_ROWS = 4
_TABLE_ROWS = 3
_DEPTH = 4

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words; a row of a table has several cells. `limit` is how far right its column goes.

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


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """The words that stand beside each other, from top to bottom, each row from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.middle, word.order)):
        first = rows[-1][0] if rows else None
        # Either way round: a superscript's box does not hold the middle of its line.
        if first and (first.y0 <= word.middle <= first.y1 or word.y0 <= first.middle <= word.y1):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: (word.x0, word.order)) for row in rows]


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
        else:
            plain += rows
    return lines + _plain_lines(plain, numbers)


def _bands(rows: Sequence[list[Word]]) -> Iterator[tuple[list[list[Word]], list[Span]]]:
    """Consecutive rows with the gutters that none of them crosses; a row that crosses them all begins another band."""
    band: list[list[Word]] = []
    gutters: list[Span] = []
    for row in rows:
        free = _free(row)
        common = _common(gutters, free, _em(row)) if band else free
        inner = _inner(gutters, band)
        if band and inner and not _inner(common, [*band, row]):
            yield band, inner
            band, common = [], free
        band.append(row)
        gutters = common
    if band:
        yield band, _inner(gutters, band)


def _free(row: Sequence[Word]) -> list[Span]:
    """Where a row has nothing, its outer sides included."""
    gap = _GUTTER * _em(row)
    edges = [(float("-inf"), row[0].x0)]
    right = row[0].x1
    for word in row[1:]:
        if word.x0 - right >= gap:
            edges.append((right, word.x0))
        right = max(right, word.x1)
    return [*edges, (right, float("inf"))]


def _common(first: Sequence[Span], second: Sequence[Span], em: float) -> list[Span]:
    shared = ((max(a, c), min(b, d)) for a, b in first for c, d in second)
    return [(a, b) for a, b in shared if b - a >= _GUTTER * em]


def _inner(gutters: Sequence[Span], rows: Sequence[Sequence[Word]]) -> list[Span]:
    """The gutters with words on both sides."""
    if not rows:
        return []
    left = min(row[0].x0 for row in rows)
    right = max(word.x1 for row in rows for word in row)
    return [(a, b) for a, b in gutters if a > left and b < right]


def _em(row: Sequence[Word]) -> float:
    return statistics.median(word.size for word in row)


def _column(word: Word, gutters: Sequence[Span]) -> int:
    middle = (word.x0 + word.x1) / 2
    return sum(middle > (a + b) / 2 for a, b in gutters)


def _parted(words: Sequence[Word], gutters: Sequence[Span]) -> list[list[Word]]:
    parts: list[list[Word]] = [[] for _ in range(len(gutters) + 1)]
    for word in words:
        parts[_column(word, gutters)].append(word)
    return [part for part in parts if part]


def _are_columns(rows: Sequence[Sequence[Word]], gutters: Sequence[Span]) -> bool:
    """Whether the parts between gutters are read one after the other, and not row by row as a table's are.

    A program that writes columns writes one after the other into the file, and a table row by row; where the file's
    order says nothing, lines that fill their column on both sides are prose.
    """
    shared = [row for row in rows if len({_column(word, gutters) for word in row}) > 1]
    if len(shared) < _COLUMN_ROWS:
        return False
    words = sorted((word for row in rows for word in row), key=lambda word: word.order)
    columns = [_column(word, gutters) for word in words]
    changes = sum(first != second for first, second in itertools.pairwise(columns))
    if changes <= max(len(gutters) + 2, 0.3 * len(shared)):
        return True
    return _filled(rows, gutters)


def _without_edges(
    rows: Sequence[list[Word]], gutters: Sequence[Span]
) -> tuple[list[list[Word]], list[list[Word]], list[list[Word]]]:
    """(what stands over the columns, the columns, what stands under them), parted by a gap over their whole width.

    A title or the first rows of a table may leave the gutter free by chance.
    """
    groups: list[list[list[Word]]] = [[rows[0]]]
    for above, row in itertools.pairwise(rows):
        if row[0].middle - above[0].middle > 2.2 * max(_em(row), _em(above)):
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
        for number, part in enumerate(_split(row, gutters)):
            if part:
                parts[number] += 1
                width = ends[number] - edges[number]
                full[number] += len(part) >= 4 and part[-1].x1 - part[0].x0 >= 0.75 * width
    return min(parts) >= 8 and all(some >= 0.7 * every for some, every in zip(full, parts, strict=True))


def _split(row: Sequence[Word], gutters: Sequence[Span]) -> list[list[Word]]:
    parts: list[list[Word]] = [[] for _ in range(len(gutters) + 1)]
    for word in row:
        parts[_column(word, gutters)].append(word)
    return parts


# tables


def _plain_lines(rows: Sequence[list[Word]], numbers: _Counter) -> list[Line]:
    """The lines of rows that are no columns: tables where several rows in a run have cells, else the rows."""
    if not rows:
        return []
    right = max(word.x1 for row in rows for word in row)
    left = min(word.x0 for row in rows for word in row)
    parts = [segments(row) for row in rows]
    lines: list[Line] = []
    at = 0
    while at < len(rows):
        end = _table_end(rows, parts, at, left, right)
        if end is None:
            lines.append(Line((tuple(rows[at]),), 0.0, column=numbers.columns))
            at += 1
            continue
        gutters = _voted([row for row, part in zip(rows[at:end], parts[at:end], strict=True) if len(part) > 1])
        if gutters:
            numbers.tables += 1
            lines += _table_lines(rows[at:end], gutters, right, numbers)
        else:
            lines += [Line((tuple(row),), 0.0, column=numbers.columns) for row in rows[at:end]]
        at = end
    # Prose may be narrower than a table beside it.
    margin = max((line.words[-1].x1 for line in lines if line.table is None), default=right)
    return [replace(line, limit=margin) if line.table is None else line for line in lines]


def segments(row: Sequence[Word]) -> list[list[Word]]:
    """A row parted at its wide gaps; a list's number or bullet belongs to what follows it."""
    parts: list[list[Word]] = [[row[0]]]
    right = row[0].x1
    for before, word in itertools.pairwise(row):
        marker = len(parts[-1]) == 1 and is_marker(before.text)
        if word.x0 - right >= _GUTTER * max(before.size, word.size) and not marker:
            parts.append([word])
        else:
            parts[-1].append(word)
        right = max(right, word.x1)
    return parts


def is_marker(text: str) -> bool:
    """Whether a word is a list item's bullet or number: "•", "1.", "(a)", "IV."."""
    bare = text.strip("().")
    if text in {"•", "●", "▪", "◦", "-", "–", "—", "o", "*"}:
        return True
    return text != bare and len(bare) <= 4 and (bare.isdigit() or len(bare) == 1 or set(bare.lower()) <= set("ivx"))


def _table_end(
    rows: Sequence[list[Word]], parts: Sequence[list[list[Word]]], at: int, left: float, right: float
) -> int | None:
    """Where a table that begins with row `at` ends; None where none does."""
    if len(parts[at]) < 2:
        return None
    last, several, prose = at, 1, 0
    free = _gaps(parts[at])
    for index in range(at + 1, len(rows)):
        gap = rows[index][0].middle - rows[index - 1][0].middle
        if gap > 6 * _em(rows[index]) or index - last > 15:
            break
        if len(parts[index]) > 1:
            own = _gaps(parts[index])
            if not any(min(b, d) - max(a, c) >= 0.5 * _em(rows[index]) for a, b in free for c, d in own):
                break
            several, last, prose, free = several + 1, index, 0, own
            continue
        # Two full lines of prose in a row end a table.
        full = len(rows[index]) >= 6 and rows[index][-1].x1 - rows[index][0].x0 > 0.85 * (right - left)
        prose = prose + 1 if full else 0
        if prose > 1:
            break
    return last + 1 if several >= _TABLE_ROWS and several >= 0.25 * (last + 1 - at) else None


def _gaps(parts: Sequence[Sequence[Word]]) -> list[Span]:
    """What is free between the parts of a row."""
    return [(max(word.x1 for word in first), second[0].x0) for first, second in itertools.pairwise(parts)]


def _voted(rows: Sequence[Sequence[Word]]) -> list[Span]:
    """The gutters that nearly all rows with several parts leave free."""
    em = statistics.median(_em(row) for row in rows)
    events: list[tuple[float, int]] = []
    for row in rows:
        for part in segments(row):
            events += [(part[0].x0, 1), (max(word.x1 for word in part), -1)]
    events.sort()
    most = 0.1 * len(rows)
    gutters: list[Span] = []
    covering, begin = 0, None
    for x, change in events:
        before, covering = covering, covering + change
        if before > most >= covering:
            begin = x
        elif before <= most < covering and begin is not None:
            if x - begin >= 0.5 * em:
                gutters.append((begin, x))
            begin = None
    return gutters


def _table_lines(rows: Sequence[list[Word]], gutters: Sequence[Span], right: float, numbers: _Counter) -> list[Line]:
    """One line a row of the table; a cell that goes on below is put together again."""
    ends = [*(b for _, b in gutters), right]
    made: list[list[list[Word]]] = []
    lowest: list[float] = []
    for row in rows:
        crosses = len(segments(row)) == 1 and any(word.x0 < b and word.x1 > a for a, b in gutters for word in row)
        cells = [list(row), *([[]] * len(gutters))] if crosses else _split(row, gutters)
        close = bool(made) and row[0].middle - lowest[-1] <= 1.7 * _em(row)
        if close and not crosses and _goes_on(made[-1], cells, ends):
            made[-1] = [above + below for above, below in zip(made[-1], cells, strict=True)]
        else:
            made.append(cells)
            lowest.append(0.0)
        lowest[-1] = row[0].middle
    lines = []
    for cells in made:
        while not cells[-1]:
            cells.pop()
        lines.append(Line(tuple(tuple(cell) for cell in cells), right, numbers.tables, numbers.columns))
    return lines


def _goes_on(above: Sequence[list[Word]], below: Sequence[list[Word]], ends: Sequence[float]) -> bool:
    """Whether a row goes on with the one above: its one cell stands beside an empty first one, or each of its cells
    continues one above that had no room left. A row with all its cells is a new one."""
    filled = [number for number, cell in enumerate(below) if cell]
    if len(filled) == len(below):
        return False
    if len(filled) == 1 and filled[0] > 0 and above[0] and above[filled[0]]:
        return True
    alone = sum(bool(cell) for cell in above) == 1
    for number in filled:
        first = below[number][0]
        if not above[number] or (alone and not first.text[:1].islower()):
            return False
        last = above[number][-1]
        if last.x1 + 0.3 * last.size + (first.x1 - first.x0) < ends[number] - 0.5 * last.size:
            return False
    return True
