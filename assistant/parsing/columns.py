"""Finds which columns of a table hold the code, its description, its modifier and its dates."""

import datetime
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.parsing import headers
from assistant.parsing.cells import Bound, Written, codes_in, has_digit
from assistant.types.codes import BUILT_IN, CodeSystem

_SAMPLE_ROWS = 2_000
_HEADER_ROWS = 30
_MOST_COLUMNS = 500  # no sheet that people fill is wider
_MOST_NAMES = 12  # of more columns, as in a fee schedule, the names say little of any one row
_SHORT = 3  # what has no more characters is a code only below the name of its system, beside another column of codes
_WORDS, _WORDS_BESIDE = 3, 8  # letters of a mean cell: of descriptions, and of other columns that say something
_NEXT_TO_CODE = 6.0  # how much longer a text further off must be to be the description, where no name says so
_WITH_DIGITS = {system.name for system in BUILT_IN}
_DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)|(\d\d?)/(\d\d?)/(\d{4})")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its characters [start, end) in the text, without its quotes."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its cells and [start, end) with its line end; `line` counts from 1."""

    cells: tuple[Cell, ...]
    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of codes and how they are read."""

    column: int
    bound: Bound


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table: which hold the codes that a row is about, which name others, and what describes them.

    `beside` are further columns of codes; those of `subjects` tell what a row is about too, as HCPCS stands beside CPT.
    `text` is the column of descriptions, None where the table says other things of its codes (a fee, an edit); `worded`
    are all columns of words. `system` is the column that names each row's own system; `modifier`, `starts` and `ends`
    are the columns of a modifier and of the days between which a code is valid; each may be missing. `opening` is the
    index of the first row that may hold a code, `header` that of the last row of column names before it (-1 if there
    is none), `names` what they call each column, and `said` what they say of others than the code's and the
    description's.
    """

    code: int
    bound: Bound
    text: int | None
    system: int | None = None
    opening: int = 0
    header: int = -1
    modifier: int | None = None
    starts: int | None = None
    ends: int | None = None
    beside: tuple[Coded, ...] = ()
    subjects: frozenset[int] = frozenset()
    worded: tuple[int, ...] = ()
    said: str = ""
    named: str = ""
    names: tuple[str, ...] = ()

    @property
    def systems(self) -> tuple[CodeSystem, ...]:
        """The systems of the codes that the rows are about, the most frequent first."""
        return self.bound.systems

    def read(self, text: str, row: Row) -> tuple[Written, ...]:
        """The codes of a row that stand in its column of codes, with their places in the text."""
        own = headers.systems_named(content(text, row, self.system), self.systems)
        bound = replace(self.bound, systems=own, named=True, surely=True) if own else self.bound
        modifier = content(text, row, self.modifier) if self.modifier is not None else ""
        return _placed(text, row, self.code, bound, modifier)

    def read_beside(self, text: str, row: Row) -> tuple[tuple[Written, bool], ...]:
        """The codes in its other columns, each with whether the row is about it too."""
        return tuple(
            (written, coded.column in self.subjects)
            for coded in self.beside
            for written in _placed(text, row, coded.column, coded.bound, "")
            if coded.bound.named or len(written.code.value) > _SHORT
        )

    def days(self, text: str, row: Row) -> tuple[datetime.date | None, datetime.date | None]:
        """The first and the last day on which a row's code is valid; None where the table has no such column."""
        first, last = (
            day_in(content(text, row, column)) if column is not None else None for column in (self.starts, self.ends)
        )
        return first, last

    def is_header(self, text: str, row: Row) -> bool:
        """Whether a row names the columns though it looks like a code: "CD,DESCRIPTION" begins like a modifier."""
        value, title = content(text, row, self.code), content(text, row, self.text)
        return value.isalpha() and len(title.split()) <= 3 and bool(headers.DESCRIPTION.search(title))

    def heading(self, text: str, row: Row) -> str:
        """The words of a row that heads the rows below: its only cell, outside the description's column; else ""."""
        filled = [column for column, cell in enumerate(row.cells) if text[cell.start : cell.end].strip()]
        if len({row.cells[column] for column in filled}) != 1 or filled[0] > self.code or self.text in filled:
            return ""
        words = content(text, row, filled[0])
        return " ".join(words.split()) if " " in words and not self.read(text, row) else ""


def find_columns(text: str, rows: Sequence[Row], systems: Sequence[CodeSystem], about: str = "") -> Columns | None:
    """The columns of a table, by their cells and by the names above them; None where no column holds codes.

    `about` is a heading above the table, which names the system of codes where the column's own name does not.
    """
    opening, names = _header(text, rows, systems)
    # The sample is spread over the table, for a code set may open with hundreds of modifiers.
    step = max(1, (len(rows) - opening) // _SAMPLE_ROWS)
    sample = [row for row in rows[opening::step] if len(row.cells) > 1]
    width = min(max((len(row.cells) for row in sample), default=0), _MOST_COLUMNS)
    called = [
        " ".join(dict.fromkeys(content(text, row, column) for row in names or sample[:3])).replace("_", " ").strip()
        for column in range(width)
    ]
    ranked: list[tuple[float, Coded]] = []
    for column in range(width):
        cells = [cell for row in sample if (cell := content(text, row, column))]
        if len(cells) < max(1, 0.3 * len(sample)) and not headers.systems_named(called[column], systems):
            continue
        coded = _coded(column, cells, called[column], systems, about)
        if coded is not None:
            ranked.append(coded)
    if not ranked:
        return None
    first = _subject(text, sample, ranked)
    held = {coded.column for _, coded in ranked}
    others = tuple(coded for _, coded in ranked if coded != first and _holds_whole_codes(text, sample, coded))
    header = next((index for index in range(opening - 1, -1, -1) if rows[index] in names), -1)
    diagnoses = {
        coded.column for coded in others if coded.bound.systems[0].dotted and not first.bound.systems[0].dotted
    }
    text_column = _text_column(text, sample, called if names else [""] * width, first.column, held, diagnoses)
    if text_column is None and not (names and _says_codes(called[first.column]) and width > 1) and not others:
        return None
    known = {name.upper() for system in systems for name in system.names}
    naming = (
        column
        for column in range(width)
        if sum(content(text, row, column).upper() in known for row in sample) > 0.6 * len(sample)
    )
    system_column = next(naming, None)
    bound = first.bound
    if system_column is not None:
        bound = Bound(tuple(systems), surely=bound.surely, modifiers=bound.modifiers)
    rest = [name if column not in (first.column, text_column) else "" for column, name in enumerate(called)]
    worded = tuple(
        column
        for column in range(width)
        if column == text_column or (column != first.column and _is_worded(text, sample, column))
    )
    said = list(dict.fromkeys(name for name in rest if name)) if names else []
    return Columns(
        first.column,
        bound,
        text_column,
        system_column,
        opening,
        header,
        _modifier_column(text, sample, rest),
        _named_by(headers.STARTS, rest) if names else None,
        _named_by(headers.ENDS, rest) if names else None,
        others,
        frozenset(coded.column for coded in others if _is_subject(first, coded)),
        worded,
        " | ".join(said) if len(said) <= _MOST_NAMES else "",
        called[first.column] if names else "",
        tuple(called) if names else (),
    )


def _placed(text: str, row: Row, column: int, bound: Bound, modifier: str) -> tuple[Written, ...]:
    if column >= len(row.cells):
        return ()
    start, end = row.cells[column].start, row.cells[column].end
    found = codes_in(text[start:end], bound, modifier)
    return tuple(replace(one, start=start + one.start, end=start + one.end) for one in found)


def _header(text: str, rows: Sequence[Row], systems: Sequence[CodeSystem]) -> tuple[int, list[Row]]:
    """(index of the first row with a code, the rows above it that name columns); (0, []) if there is none above.

    Several rows may name the columns together. An introduction or a copyright in one wide cell names none. Below a name
    of codes, the first row with a number opens the table, whether or not the number is a code.
    """
    opening, naming = 0, None
    for index, row in enumerate(rows[:_HEADER_ROWS]):
        below = rows[index + 1] if index + 1 < len(rows) else None
        under = content(text, row, naming) if naming is not None else ""
        numbered = has_digit(under) and not _says_codes(under)
        columns = range(min(len(row.cells), _MOST_COLUMNS))
        if numbered or any(_surely_code(text, row, below, column, systems) for column in columns):
            opening = index
            break
        if naming is None and _filled(row) > 1:
            naming = next((at for at in range(len(row.cells)) if _says_codes(content(text, row, at))), None)
    above = [row for row in rows[:opening] if _filled(row) > 1]
    return (opening, above) if above else (0, [])


def _filled(row: Row) -> int:
    return len({cell for cell in row.cells if cell.end > cell.start})


def _says_codes(name: str) -> bool:
    """Whether a column's name speaks of codes of ours."""
    name = name.replace("_", " ")
    return bool(headers.CODES.search(name)) and not headers.is_foreign(name) and len(name) <= 60


def _surely_code(text: str, row: Row, below: Row | None, column: int, systems: Sequence[CodeSystem]) -> bool:
    """Whether a cell does not name a column: "PE" or "NA" may be a modifier, but then another one stands below it."""
    cell = content(text, row, column)
    if len(cell) < 2 or len(cell) == 3:
        return False
    found = codes_in(cell, Bound(tuple(systems)))
    if len(cell) > 2:
        return any(has_digit(one.code.value) for one in found)
    under = content(text, below, column) if below is not None else ""
    modifier = cell[0].isalpha() and (cell[1].isdigit() or (len(under) == 2 and under[0].isalpha() and under != cell))
    return bool(found) and modifier


def _coded(
    column: int, cells: Sequence[str], name: str, systems: Sequence[CodeSystem], about: str
) -> tuple[float, Coded] | None:
    """(how surely, the column) for a column of codes."""
    if not any(len(cell) == 2 or has_digit(cell) for cell in cells):
        return None
    says, modifiers = _says_codes(name), bool(headers.MODIFIER.search(name))
    if headers.is_foreign(name) and not headers.systems_named(name, systems):
        return None
    dotted = any(re.search(r"[A-Za-z]\w\w\.\w", cell) for cell in cells)
    named = headers.systems_named(name, systems) or (headers.systems_named(about, systems) if says else ())
    surely = bool(named) or says
    if named:
        bound = Bound(named, True, True, dotted, modifiers)
    else:
        bound = Bound(_covering(cells, systems, Bound((), False, surely, dotted, modifiers)), False, surely, dotted)
        bound = replace(bound, modifiers=modifiers)
    worth = sum(_worth(cell, bound) for cell in cells) / len(cells) if cells else 0.0
    hint = 0.5 * says - 0.6 * bool(headers.NO_CODES.search(name) and not named)
    if worth + hint < 0.5 or worth < 0.3:
        return None
    return worth + hint + 0.3 * len(set(cells)) / len(cells) + 0.3 * bool(named), Coded(column, bound)


def _covering(cells: Sequence[str], systems: Sequence[CodeSystem], bound: Bound) -> tuple[CodeSystem, ...]:
    """The fewest systems that read the cells: first the one that reads most; among equals, one without dots."""
    chosen: list[CodeSystem] = []
    readers = {system: replace(bound, systems=(system,)) for system in systems}
    left = list(cells)
    while left and readers:
        reads = {system: [cell for cell in left if _reads(cell, one)] for system, one in readers.items()}
        best = max(readers, key=lambda system: (len(reads[system]), not system.dotted))
        if len(reads[best]) < max(1, 0.005 * len(cells)):
            break
        chosen.append(best)
        left = [cell for cell in left if not codes_in(cell, readers[best])]
        del readers[best]
    return tuple(chosen)


def _reads(cell: str, bound: Bound) -> bool:
    """Whether a system reads a cell, and not only as a word that happens to have the form of its codes."""
    found = codes_in(cell, bound)
    numbered = len(cell) <= 2 or any(has_digit(one.code.value) for one in found)
    return bool(found) and (numbered or found[0].code.system not in _WITH_DIGITS)


def _worth(cell: str, bound: Bound) -> float:
    """How much a cell says for a column of codes; two characters may be anything but modifiers."""
    found = codes_in(cell, bound)
    if not found:
        return 0.0
    if len(cell) <= 2 and bound.modifiers:
        return 0.8
    if not has_digit(found[0].code.value):
        return 0.0
    return 0.4 if len(cell) <= 2 else 1.0


def _subject(text: str, sample: Sequence[Row], ranked: Sequence[tuple[float, Coded]]) -> Coded:
    """The column of the codes that the rows are about: of procedures before diagnoses, whole codes before modifiers,
    and of those about as sure the first."""
    whole = [item for item in ranked if not _holds_modifiers(text, sample, item[1])] or list(ranked)
    whole = [item for item in whole if not all(system.dotted for system in item[1].bound.systems)] or whole
    most = max(worth for worth, _ in whole)
    return next(coded for worth, coded in whole if worth >= most - 0.3)


def _holds_whole_codes(text: str, sample: Sequence[Row], coded: Coded) -> bool:
    """Whether a column beside the first holds codes, no modifiers or classes: "P1A" has the form of a diagnosis."""
    read = [found[0] for row in sample if (found := _placed(text, row, coded.column, coded.bound, ""))]
    short = sum(len(one.code.value) <= (2 if coded.bound.named else _SHORT) for one in read)
    return short <= 0.5 * len(read)


def _holds_modifiers(text: str, sample: Sequence[Row], coded: Coded) -> bool:
    cells = [cell for row in sample if (cell := content(text, row, coded.column))]
    return sum(len(cell) == 2 for cell in cells) > 0.5 * len(cells)


def _is_subject(first: Coded, other: Coded) -> bool:
    """Whether a row is about the codes of another column too: it is named after another system of procedures."""
    named = first.bound.named and other.bound.named
    return named and not other.bound.systems[0].dotted and other.bound.systems[0] != first.bound.systems[0]


def _named_by(patterns: Sequence[re.Pattern[str]], called: Sequence[str]) -> int | None:
    """The first column that the first of the patterns names."""
    named = (column for pattern in patterns for column, name in enumerate(called) if pattern.search(name))
    return next(named, None)


def _modifier_column(text: str, sample: Sequence[Row], called: Sequence[str]) -> int | None:
    """The column of modifiers; one that only says whether a modifier is allowed has single digits."""
    for column, name in enumerate(called):
        if headers.MODIFIER.search(name):
            cells = [cell for row in sample if (cell := content(text, row, column))]
            if not cells or sum(len(cell) > 1 for cell in cells) >= 0.5 * len(cells):
                return column
    return None


def _text_column(
    text: str, sample: Sequence[Row], called: Sequence[str], code_column: int, coded: set[int], diagnoses: set[int]
) -> int | None:
    """The column that says what the codes mean: by its name first, then by how many words it holds and where it stands.

    Where few cells differ, a column classifies the codes and describes none of them. What stands right behind a column
    of `diagnoses` describes these.
    """
    best: tuple[int, float, int] | None = None
    for column, name in enumerate(called):
        if column == code_column or column in coded or column - 1 in diagnoses:
            continue
        level = headers.describes(name, called[code_column])
        cells = [content(text, row, column) for row in sample]
        letters = [sum(character.isalpha() for character in cell) for cell in cells[1:] or cells]
        score = statistics.fmean(letters)
        if score < _WORDS or not level:
            continue
        filled = [cell for cell in cells if cell]
        same = len(filled) > 3 and len(set(filled)) < 0.3 * len(filled)
        if level == 1:
            beside = bool(name) and column == code_column + 1 and score >= _WORDS_BESIDE
            score *= (0.2 if same else 1.0) * (_NEXT_TO_CODE if beside else 1.0)
        best = max(best, (level, score, -column)) if best else (level, score, -column)
    return -best[2] if best else None


def _is_worded(text: str, sample: Sequence[Row], column: int) -> bool:
    letters = [sum(character.isalpha() for character in content(text, row, column)) for row in sample]
    return statistics.fmean(letters) >= _WORDS_BESIDE


def content(text: str, row: Row, column: int | None) -> str:
    """The words of a cell; "" where the row has no such cell."""
    if column is None or column >= len(row.cells):
        return ""
    return text[row.cells[column].start : row.cells[column].end].strip()


def day_in(text: str) -> datetime.date | None:
    """A day written 20190101, 2019-01-01 or, as CMS does, 1/31/2019."""
    found = _DAY.match(text)
    if found is None:
        return None
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[4], found[5])
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None
