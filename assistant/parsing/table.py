"""Reads a delimited table of codes: one row is one section."""

from collections import Counter
from collections.abc import Iterator, Sequence

from assistant.errors import UnreadableDocument
from assistant.parsing.columns import Cell, Row, find_columns
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import shown_lines
from assistant.parsing.rows import Reading, gap, read_rows, warnings_of
from assistant.parsing.sections import slugify
from assistant.types import Document
from assistant.types.codes import CodeSystem
from assistant.types.tables import record

_DELIMITERS = (",", "\t", ";", "|")


def looks_like_table(text: str, systems: Sequence[CodeSystem]) -> bool:
    """Whether most of the first lines have the same number (two or more) of cells, and one column holds codes."""
    delimiter = _delimiter(text)
    return delimiter is not None and find_columns(text, list(split_rows(text, delimiter)), systems) is not None


def parse_table(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a delimited table. Raises UnreadableDocument where no column holds codes."""
    delimiter = _delimiter(text) or ","
    rows = list(split_rows(text, delimiter))
    columns = find_columns(text, rows, systems)
    if columns is None:
        raise UnreadableDocument(
            f"{name} has no column of codes of a known system; name the column 'code', or describe "
            "your own code system in ASSISTANT_CODE_SYSTEMS"
        )
    edition = edition_of(stem, text[: rows[columns.opening].start])
    reading = Reading()
    read_rows(text, rows, columns, edition, reading, delimiter=delimiter, quoted=True)
    gap(reading, len(text))
    warnings = warnings_of(reading, name, "line", lambda lines: shown_lines(int(line) for line in lines))
    effective = effective_of(stem, edition, columns.systems[0].name)
    return Document(
        slugify(stem) or "table", stem, text, tuple(reading.sections), tuple(reading.entries), edition, effective,
        warnings=warnings, tables=tuple(reading.tables),
    )  # fmt: skip


def split_rows(text: str, delimiter: str) -> Iterator[Row]:
    """The records of RFC 4180 text with the place of every cell. A quote that never closes ends with its line."""
    position, line = 0, 1
    while position < len(text):
        start, first_line = position, line
        cells, position = record(text, position, delimiter)
        line += text.count("\n", start, position)
        if text.startswith("\r\n", position):
            position += 2
        elif position < len(text):
            position += 1
        line += 1
        yield Row(tuple(Cell(*span) for span in cells), start, position, first_line)


def _delimiter(text: str) -> str | None:
    lines = [line for line in text[:20_000].splitlines()[:60] if line.strip()]
    best: tuple[float, str] | None = None
    for delimiter in _DELIMITERS:
        sample = "\n".join(lines)
        counts = [len(row.cells) for row in split_rows(sample, delimiter)]
        common, times = Counter(counts).most_common(1)[0] if counts else (1, 0)
        if common >= 2 and times >= 0.6 * len(counts):
            score = times / len(counts) + min(common, 8) / 100
            best = max(best, (score, delimiter)) if best else (score, delimiter)
    return best[1] if best else None
