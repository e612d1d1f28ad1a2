"""Finds tables among the rows of a page, and puts the cells of their rows together."""

import itertools
import statistics
from collections.abc import Sequence

from assistant.parsing.pdf.geometry import Span, column_of, em_of, ends_with_code, segments, split_row
from assistant.parsing.pdf.words import Word

TABLE_ROWS = 3


def table_end(
    rows: Sequence[list[Word]], parts: Sequence[list[list[Word]]], at: int, left: float, right: float
) -> int | None:
    """The end of the table that begins with row `at`; None if no table begins there."""
    if len(parts[at]) < 2:
        return None
    last, several, prose, begun = at, 1, 0, 1
    edge = rows[at][0].x0 + em_of(rows[at])
    free = _gaps(parts[at])
    for index in range(at + 1, len(rows)):
        gap = rows[index][0].middle - rows[index - 1][0].middle
        if gap > 6 * em_of(rows[index]) or index - last > 15:
            break
        if len(parts[index]) > 1:
            own = _gaps(parts[index])
            if not any(min(b, d) - max(a, c) >= 0.5 * em_of(rows[index]) for a, b in free for c, d in own):
                break
            several, last, prose, free = several + 1, index, 0, own
            begun += 1
            continue
        if rows[index][0].x0 > edge:
            continue  # it goes on with a cell further right
        begun += 1
        # Two full lines of prose in a row end a table.
        full = len(rows[index]) >= 6 and rows[index][-1].x1 - rows[index][0].x0 > 0.85 * (right - left)
        prose = prose + 1 if full else 0
        if prose > 1:
            break
    return last + 1 if several >= TABLE_ROWS and several >= 0.25 * begun else None


def _gaps(parts: Sequence[Sequence[Word]]) -> list[Span]:
    """The free gaps between the parts of a row."""
    return [(max(word.x1 for word in first), second[0].x0) for first, second in itertools.pairwise(parts)]


def voted_gutters(rows: Sequence[Sequence[Word]]) -> list[Span]:
    """The gutters that nearly all rows with several parts leave free."""
    em = statistics.median(em_of(row) for row in rows)
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


def goes_with(row: Sequence[Word], other: Sequence[Word], gutters: Sequence[Span]) -> bool:
    """Whether a row is one line of a later cell of its table, close to another row of the table."""
    close = abs(row[0].middle - other[0].middle) <= 1.35 * em_of(row)
    columns = {column_of(word, gutters) for word in row}
    return close and len(columns) == 1 and 0 not in columns and row[0].x0 >= gutters[min(columns) - 1][1] - 1


def code_table(rows: Sequence[list[Word]], gutters: Sequence[Span]) -> list[list[list[Word]]]:
    """The cells of a table whose codes stand halfway down their description, beside none of its lines; else none."""
    made = rows_by_gaps(rows, gutters) if gutters else []
    coded = sum(len(cells[0]) == 1 and ends_with_code(cells[0]) for cells in made)
    return made if made and coded >= 0.9 * len(made) else []


def rows_by_gaps(rows: Sequence[list[Word]], gutters: Sequence[Span]) -> list[list[list[Word]]]:
    """The cells of each row, if wider gaps part the rows and each has one line in its first column; else none."""
    gaps = [below[0].middle - above[0].middle for above, below in itertools.pairwise(rows)]
    if not gaps:
        return []
    # A code may stand between two lines of its description.
    least = min((gap for gap in gaps if gap >= 0.8 * em_of(rows[0])), default=0.0)
    groups: list[list[list[list[Word]]]] = [[split_row(rows[0], gutters)]]
    for gap, row in zip(gaps, rows[1:], strict=True):
        if gap > 1.25 * least:
            groups.append([])
        groups[-1].append(split_row(row, gutters))
    named = [sum(bool(cells[0]) for cells in group) for group in groups]
    if len(groups) < TABLE_ROWS or len(groups) == len(rows) or max(named) > 1 or sum(named) < 0.9 * len(groups):
        return []
    return [[[word for cells in group for word in cells[n]] for n in range(len(gutters) + 1)] for group in groups]


def rows_by_words(rows: Sequence[list[Word]], gutters: Sequence[Span], right: float) -> list[list[list[Word]]]:
    """The cells of each row; a cell goes on in the next line if that line has no other cell or the word had no room."""
    ends = [*(b for _, b in gutters), right]
    made: list[list[list[Word]]] = []
    lowest: list[float] = []
    for row in rows:
        crosses = len(segments(row)) == 1 and any(word.x0 < b and word.x1 > a for a, b in gutters for word in row)
        cells = [list(row), *([[]] * len(gutters))] if crosses else split_row(row, gutters)
        close = bool(made) and row[0].middle - lowest[-1] <= 1.7 * em_of(row)
        if close and not crosses and _goes_on(made[-1], cells, ends):
            made[-1] = [above + below for above, below in zip(made[-1], cells, strict=True)]
        else:
            made.append(cells)
            lowest.append(0.0)
        lowest[-1] = row[0].middle
    return made


def _goes_on(above: Sequence[list[Word]], below: Sequence[list[Word]], ends: Sequence[float]) -> bool:
    """Whether a row continues the row above: its only cell stands beside an empty first one, or each of its cells
    continues a cell above that had no room left. A row with all its cells is a new one."""
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
