"""Turns the rows of a table into sections and code entries, for every format that has rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.parsing.columns import Columns, Row, content
from assistant.parsing.sections import slugify
from assistant.types import CodeEntry, Section
from assistant.types.codes import Code

Locate = Callable[[Row, int], str]


@dataclass(slots=True)
class Reading:
    """The rows of a document's tables that were read so far; `skipped` are those without a code or a description."""

    sections: list[Section] = field(default_factory=list)
    entries: list[CodeEntry] = field(default_factory=list)
    skipped: list[Row] = field(default_factory=list)
    codes: set[Code] = field(default_factory=set)
    rows: set[tuple[str, str, str]] = field(default_factory=set)


def no_place(row: Row, column: int) -> str:
    """The location of a row in a text that is stored as it is: empty, for its characters say it."""
    return ""


def read_rows(
    text: str, rows: Sequence[Row], columns: Columns, edition: str | None, reading: Reading, locate: Locate = no_place
) -> None:
    """Adds a section for each row that holds a code, and an entry for each code not seen before.

    A row that repeats an earlier one, as on a second sheet in another order, is stored but gets no section. A row
    with nothing but a heading ("Durable medical equipment") is the context of the rows below it.
    """
    first = len(reading.sections)
    heading = ""
    for index, row in enumerate(rows):
        header = index < columns.opening or (first == len(reading.sections) and columns.is_header(text, row))
        found = None if header else row_entry(text, row, columns, edition)
        if found is None:
            named = columns.heading(text, row) if index > columns.header else ""
            heading = named or heading
            if len(reading.sections) > first and not named and any(cell.end > cell.start for cell in row.cells):
                reading.skipped.append(row)
            continue
        entry, title, (start, end) = found
        said = (entry.code.system, title, entry.title)
        if said in reading.rows:
            continue
        reading.rows.add(said)
        gap(reading, row.start)
        span = (min(entry.start, start), max(entry.end, end))
        place = locate(row, columns.code)
        reading.sections.append(
            Section(slugify(title), title, row.start, row.end, (start, end), entry.code, span, heading, location=place)
        )
        if entry.code not in reading.codes:
            reading.codes.add(entry.code)
            reading.entries.append(entry)


def gap(reading: Reading, end: int) -> None:
    """Stores what stands between the last section and `end`, without making it searchable."""
    position = reading.sections[-1].end if reading.sections else 0
    if position < end:
        reading.sections.append(Section("table-text", "Table text", position, end, (position, position)))


def row_entry(
    text: str, row: Row, columns: Columns, edition: str | None
) -> tuple[CodeEntry, str, tuple[int, int]] | None:
    """(entry, section title, span of the description) of a row; None for one without a code or a description."""
    value, said = content(text, row, columns.code), content(text, row, columns.text)
    code = columns.read(text, row)
    if code is None or not said:
        return None
    start = text.index(value, row.cells[columns.code].start)
    body = text.index(said, row.cells[columns.text].start)
    shown = " ".join(said.replace('""', '"').split())
    effective, expires = columns.days(text, row)
    entry = CodeEntry(
        Code(code.system, code.value, edition), shown, start, start + len(value), effective=effective, expires=expires
    )
    modifier = content(text, row, columns.modifier) if columns.modifier is not None else ""
    return entry, f"{code.value}-{modifier}" if modifier else code.value, (body, body + len(said))
