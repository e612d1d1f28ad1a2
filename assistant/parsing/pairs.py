"""Reads tables that pair codes, such as the procedure-to-procedure edits of CMS.

A row of pairs says nothing that could be searched for: it is found by its two codes. Rows are stored many to a section,
so that a million of them cost no more than their characters and an index of codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.parsing.cells import codes_in
from assistant.parsing.columns import Coded, Columns, Row, content
from assistant.parsing.edit_columns import Part, parts_of
from assistant.parsing.rows import Locate, Reading, gap, no_place, read_rows, table_of, tell
from assistant.types import CodeEntry, Section
from assistant.types.codes import CDT, CPT, HCPCS, Code
from assistant.types.pairs import CodePair

_TOGETHER = 100
NO_PAIR = "no two codes and were left out"


@dataclass(frozen=True, slots=True)
class PairColumns:
    """The two columns of codes of a table of pairs."""

    first: Coded
    second: Coded


def pair_columns(columns: Columns, names: Sequence[str] = ()) -> PairColumns | None:
    """The columns that pair codes of procedures; None where the table is of another kind. `names` are those of the
    columns if they name none."""
    parts = parts_of(columns.names or tuple(names))
    if Part.FIRST not in parts:
        return None
    coded = {columns.code: Coded(columns.code, columns.bound)} | {one.column: one for one in columns.beside}
    first, second = coded.get(parts[Part.FIRST]), coded.get(parts[Part.SECOND])
    if first is None or second is None or first.bound.systems[0].dotted or second.bound.systems[0].dotted:
        return None
    return PairColumns(_of_procedures(first), _of_procedures(second))


def _of_procedures(coded: Coded) -> Coded:
    """The column with all systems of procedures: of the codes of a million rows, too few to see may be of HCPCS."""
    systems = tuple(dict.fromkeys([*coded.bound.systems, CPT, HCPCS, CDT]))
    return Coded(coded.column, replace(coded.bound, systems=systems, named=True, surely=True))


def codes_paired(text: str, row: Row, pair: PairColumns, edition: str | None) -> tuple[CodeEntry, ...]:
    """The two codes of a row, the first first, with their places; () where it does not hold one in each column."""
    entries = []
    for coded in (pair.first, pair.second):
        cell = content(text, row, coded.column)
        found = codes_in(cell, coded.bound)
        if len(found) != 1:
            return ()
        at = text.index(cell, row.cells[coded.column].start)
        code = Code(found[0].code.system, found[0].code.value, edition)
        entries.append(CodeEntry(code, "", at + found[0].start, at + found[0].end))
    return tuple(entries)


def pair_section(start: int, end: int, page: int | None = None, location: str = "") -> Section:
    """A section of rows that pair codes; it is stored, but not searched."""
    return Section("pairs", "Pairs of codes", start, end, (start, start), page=page, location=location)


def read_coded_rows(
    text: str, rows: Sequence[Row], columns: Columns, edition: str | None, reading: Reading, locate: Locate = no_place,
    *, delimiter: str = "\t", quoted: bool = False,
) -> None:  # fmt: skip
    """Adds what the rows of a table say: pairs of codes, or as `read_rows` does."""
    pair = pair_columns(columns)
    if pair is None:
        read_rows(text, rows, columns, edition, reading, locate, delimiter=delimiter, quoted=quoted)
        return
    reading.tables.append(table_of(text, rows, columns, delimiter=delimiter, quoted=quoted))
    _read_pairs(text, rows, columns, pair, edition, reading, locate)


def _read_pairs(
    text: str, rows: Sequence[Row], columns: Columns, pair: PairColumns, edition: str | None, reading: Reading,
    locate: Locate,
) -> None:  # fmt: skip
    """Adds the pairs of a table, an entry for each code not seen before, and sections of many rows each."""
    known: dict[tuple[str, str], Code] = {}
    first = len(reading.pairs)
    for index, row in enumerate(rows):
        if index < columns.opening:
            continue
        # Reading a code costs much more than knowing it again.
        codes = [
            known.get((column, content(text, row, coded.column)))
            for column, coded in (("1", pair.first), ("2", pair.second))
        ]
        if codes[0] is None or codes[1] is None:
            entries = codes_paired(text, row, pair, edition)
            if not entries:
                if any(cell.end > cell.start for cell in row.cells):
                    tell(reading, NO_PAIR, row, columns, locate)
                continue
            codes = []
            for column, coded, entry in zip("12", (pair.first, pair.second), entries, strict=True):
                codes.append(known.setdefault((column, content(text, row, coded.column)), entry.code.bare))
                if entry.code not in reading.codes:
                    reading.codes.add(entry.code)
                    reading.entries.append(entry)
        one, two = codes
        assert one is not None
        assert two is not None
        reading.pairs.append(CodePair(one, two, row.start, row.end, locate(row, pair.first.column)))
    for at in range(first, len(reading.pairs), _TOGETHER):
        together = reading.pairs[at : at + _TOGETHER]
        gap(reading, together[0].start)
        reading.sections.append(pair_section(together[0].start, together[-1].end, None, together[0].location))
