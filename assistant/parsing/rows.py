"""Turns the rows of a table into sections and code entries, for every format that has rows."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assistant.parsing.cells import Written
from assistant.parsing.columns import Columns, Row, content
from assistant.parsing.hcpcs_headings import heading_of
from assistant.parsing.sections import slugify
from assistant.types import CodeEntry, Section
from assistant.types.codes import Code, Mention
from assistant.types.pairs import CodePair
from assistant.types.tables import Span, Table, plain_cells

Locate = Callable[[Row, int], str]
NOTHING = "no code or no description and were left out"
_LONGEST_SHOWN = 20
_FOOTNOTE = re.compile(r"(?<=[A-Za-z]{3})[⁰¹²³⁴-⁹*†‡§]+$")


@dataclass(frozen=True, slots=True)
class Found:
    """What a row says: the codes it is about, its title, its words and its whole quote, and the codes beside them.

    `code` is the row's code where it is about one alone. `mended` says what was put right in its codes.
    """

    entries: tuple[CodeEntry, ...]
    title: str
    code: Code | None
    body: tuple[int, int]
    quote: tuple[int, int]
    mentions: tuple[Mention, ...]
    mended: tuple[str, ...]

    def section(self, row: tuple[int, int], context: str, page: int | None = None, location: str = "") -> Section:
        """The section of the row, whose characters are [start, end)."""
        return Section(
            slugify(self.title), self.title, *row, self.body, self.code, self.quote, context, page, location,
            self.mentions,
        )  # fmt: skip


@dataclass(slots=True)
class Reading:
    """The rows of a document's tables that were read so far, and what is to be told of rows: each with its place."""

    sections: list[Section] = field(default_factory=list)
    entries: list[CodeEntry] = field(default_factory=list)
    told: dict[str, list[str]] = field(default_factory=dict)
    codes: set[Code] = field(default_factory=set)
    rows: set[tuple[str, ...]] = field(default_factory=set)
    tables: list[Table] = field(default_factory=list)
    pairs: list[CodePair] = field(default_factory=list)


def no_place(row: Row, column: int) -> str:
    """The location of a row in a text that is stored as it is: empty, for its characters say it."""
    return ""


def read_rows(
    text: str, rows: Sequence[Row], columns: Columns, edition: str | None, reading: Reading, locate: Locate = no_place,
    *, delimiter: str = "\t", quoted: bool = False,
) -> None:  # fmt: skip
    """Adds a section for each row that holds a code, and an entry for each code not seen before.

    A row that repeats an earlier one, as on a second sheet in another order, is stored but gets no section. A row
    with nothing but a heading ("Durable medical equipment") is the context of the rows below it. The delimiter parts
    cells, which may be `quoted`.
    """
    reading.tables.append(table_of(text, rows, columns, delimiter=delimiter, quoted=quoted))
    first = len(reading.sections)
    heading = ""
    for index, row in enumerate(rows):
        header = index < columns.opening or (first == len(reading.sections) and columns.is_header(text, row))
        found = None if header else read_row(text, row, columns, edition)
        if found is None:
            named = columns.heading(text, row) if index > columns.header else ""
            heading = named or heading
            below = columns.header >= 0 or len(reading.sections) > first
            if not header and below and not named and any(cell.end > cell.start for cell in row.cells):
                tell(reading, why_unread(text, row, columns), row, columns, locate)
            continue
        said = tuple(sorted(filter(None, (content(text, row, column) for column in range(len(row.cells))))))
        if said in reading.rows:
            continue
        reading.rows.add(said)
        gap(reading, row.start)
        above = heading or (heading_of(found.code) if found.code else "")
        context = ". ".join(part for part in (above, columns.said) if part)
        reading.sections.append(found.section((row.start, row.end), context, location=locate(row, columns.code)))
        for entry in found.entries:
            if entry.code not in reading.codes:
                reading.codes.add(entry.code)
                reading.entries.append(entry)
        for mended in found.mended:
            tell(reading, mended, row, columns, locate)


def table_of(
    text: str, rows: Sequence[Row], columns: Columns | None, names: Sequence[str] = (), *, delimiter: str = "\t",
    quoted: bool = False,
) -> Table:  # fmt: skip
    """The structure of a table, to be kept with its document; `names` are those of its columns if they name none."""
    apart: tuple[tuple[int, tuple[Span, ...]], ...] = ()
    if not quoted:
        apart = tuple(
            (row.start, tuple((cell.start, cell.end) for cell in row.cells))
            for row in rows
            if not _parted(text, row, delimiter)
        )
    table = Table(rows[0].start, rows[-1].end, tuple(names), delimiter, quoted, apart=apart)
    if columns is None:
        return table
    return replace(
        table, columns=columns.names or tuple(names), code=columns.code, text=columns.text, modifier=columns.modifier,
        starts=columns.starts, ends=columns.ends,
    )  # fmt: skip


def _parted(text: str, row: Row, delimiter: str) -> bool:
    """Whether the delimiter alone tells the cells of a row."""
    spans = plain_cells(text[row.start : row.end], delimiter)
    return spans == tuple((cell.start - row.start, cell.end - row.start) for cell in row.cells)


def tell(reading: Reading, what: str, row: Row, columns: Columns, locate: Locate) -> None:
    """Notes what is to be told of a row, with its place."""
    reading.told.setdefault(what, []).append(locate(row, columns.code) or str(row.line))


def gap(reading: Reading, end: int) -> None:
    """Stores what stands between the last section and `end`, without making it searchable."""
    position = reading.sections[-1].end if reading.sections else 0
    if position < end:
        reading.sections.append(Section("table-text", "Table text", position, end, (position, position)))


def read_row(text: str, row: Row, columns: Columns, edition: str | None) -> Found | None:
    """What a row says; None for one without a code, or with nothing beside it."""
    own = columns.read(text, row)
    beside = columns.read_beside(text, row)
    subjects = [*own, *(written for written, subject in beside if subject)]
    filled = [cell for cell in row.cells if text[cell.start : cell.end].strip()]
    if not subjects or len(set(filled)) < 2:
        return None
    described = content(text, row, columns.text)
    effective, expires = columns.days(text, row)
    shown = _FOOTNOTE.sub("", " ".join(described.replace('""', '"').split()))
    procedures = [written for written, subject in beside if not subject and not _is_diagnosis(written)]
    entries: dict[Code, CodeEntry] = {}
    for number, written in enumerate([*subjects, *procedures]):
        title = shown if number < len(subjects) else ""
        code = Code(written.code.system, written.code.value, edition)
        entries.setdefault(code, CodeEntry(code, title, written.start, written.end, True, effective, expires))
    codes = list(dict.fromkeys(Code(one.code.system, one.code.value, edition) for one in subjects))
    only = codes[0] if len(codes) == 1 else None
    everything = [*subjects, *(written for written, subject in beside if not subject)]
    mentions = tuple(
        Mention(one.code, one.start, one.end, certain=True)
        for one in sorted(everything, key=lambda one: one.start)
        if only is None or one.code != only.bare
    )
    mended = tuple(f"{one.mended}" for one in everything if one.mended)
    said = [row.cells[column] for column in (columns.text, *columns.worded)
            if column is not None and content(text, row, column)] or filled  # fmt: skip
    return Found(
        tuple(entries.values()), _title(codes, subjects, content(text, row, columns.modifier)), only,
        _trimmed(text, min(cell.start for cell in said), max(cell.end for cell in said)),
        _with_quotes(text, row, *_trimmed(text, min(cell.start for cell in filled), max(cell.end for cell in filled))),
        mentions, mended,
    )  # fmt: skip


def _is_diagnosis(written: Written) -> bool:
    return written.code.system == "ICD-10-CM"


def _title(codes: Sequence[Code], subjects: Sequence[Written], modifier: str) -> str:
    """The codes of a row, a single one with its modifiers: "76942-26"."""
    if len(codes) > 1:
        return ", ".join(code.value for code in codes)
    modifiers = dict.fromkeys([modifier] if modifier else [each for one in subjects for each in one.modifiers])
    return "-".join([codes[0].value, *modifiers])


def why_unread(text: str, row: Row, columns: Columns) -> str:
    """Why a row was left out, for the warning of the document."""
    value = " ".join(content(text, row, columns.code).split())
    if not value or columns.read(text, row):
        return NOTHING
    shown = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
    systems = columns.systems if columns.bound.named else ()
    kind = f" of {systems[0].name}" if systems else ""
    return f"{shown!r} where a code{kind} belongs, and were left out"


def warnings_of(reading: Reading, name: str, place: str, shown: Callable[[Sequence[str]], str]) -> tuple[str, ...]:
    """One warning for each thing to be told of rows; `place` is what the place of one is called, `shown` lists them."""
    return tuple(
        f"{name}: {_counted(len(rows), what)} ({place}{'s' if len(rows) > 1 else ''} {shown(rows)})"
        for what, rows in reading.told.items()
    )


def _counted(count: int, what: str) -> str:
    if what.startswith("had "):
        return f"{count} codes {what}" if count > 1 else f"1 code {what}"
    return f"{count} rows have {what}" if count > 1 else f"1 row has {what.replace('were left', 'was left')}"


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _with_quotes(text: str, row: Row, start: int, end: int) -> tuple[int, int]:
    """A span with the quotation marks around its first and last cell, where it has them."""
    first = start - 1 if start > row.start and text[start - 1] == '"' else start
    last = end + 1 if end < row.end and text[end] == '"' else end
    return first, last
