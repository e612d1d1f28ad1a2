"""Reads tables of codes in JSON and NDJSON: each object or list is a row, rendered as cells with tabs between.

A section's location says where its row stands: `line 3` in NDJSON, `codes[2]` in JSON, counting from 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from assistant.errors import UnreadableDocument
from assistant.parsing.columns import Row
from assistant.parsing.fhir_systems import system_named
from assistant.parsing.json_text import Json, one_line, shown
from assistant.parsing.sheets import Sheet, SheetsText, sheets_document
from assistant.parsing.subject import year_in
from assistant.types import Document
from assistant.types.codes import CodeSystem

_TITLES = ("title", "name")
_EDITIONS = ("edition", "version", "year")
_MOST_TABLES = 1_000
_DEEPEST_TABLE = 6
_DEEPEST_CELL = 4
_MOST_CELLS = 20_000_000


@dataclass(frozen=True, slots=True)
class _Table:
    """A table: where it stands, the names of its columns ((), if it has none), and its rows."""

    path: str
    names: tuple[str, ...]
    rows: list[list[str]]


def parse_json_table(value: Json, name: str, stem: str, systems: Sequence[CodeSystem], *, by_line: bool) -> Document:
    """A document from JSON or, `by_line`, from NDJSON. Raises UnreadableDocument where no table holds codes."""
    found = SheetsText(name)
    for at, table in enumerate(_candidates(value)):
        if at == _MOST_TABLES:
            raise UnreadableDocument(f"{name} holds more than {_MOST_TABLES:,} lists; give one table of codes")
        if table.names:
            found.row(table.names, 0)
        for number, row in enumerate(table.rows, start=1):
            found.row(row, number)
        found.end_sheet(table.path)
    if not found.sheets:
        raise UnreadableDocument(f"{name} is JSON without a table of codes; give a list of objects with a code in each")
    top = value if isinstance(value, dict) else {}
    title = next((said for key in _TITLES if (said := _said(top, key))), "")
    edition = next((year for key in _EDITIONS if (year := year_in(_said(top, key)))), None) or year_in(title)
    return sheets_document(
        found, name, stem, systems, title=title, edition=edition, what="table", place=partial(_place, by_line=by_line)
    )


def _place(sheet: Sheet, row: Row, column: int, *, by_line: bool) -> str:
    return f"line {row.line}" if by_line else f"{sheet.name}[{row.line}]"


def _said(top: dict[str, Json], key: str) -> str:
    value = next((top[own] for own in top if own.lower() == key), None)
    return shown(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _candidates(value: Json) -> Iterator[_Table]:
    """The tables in a value, each with the path to it; a list or an object of any other kind is none."""
    stack: list[tuple[str, Json, int]] = [("", value, 0)]
    while stack:
        path, node, depth = stack.pop()
        if isinstance(node, list):
            if any(isinstance(one, dict | list) for one in node):
                yield _of_list(path or "table", node)
            continue
        if not isinstance(node, dict):
            continue
        table = _of_object(path, node)
        if table is not None:
            yield table
        elif depth < _DEEPEST_TABLE:
            if any(isinstance(one, str) for one in node.values()):
                yield _of_list(path or "table", [{key: one for key, one in node.items() if not _holds_rows(one)}])
            inner = [(f"{path}.{key}".lstrip("."), one, depth + 1) for key, one in node.items()]
            stack += reversed([one for one in inner if _holds_rows(one[1]) or isinstance(one[1], dict)])


def _holds_rows(value: Json) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict | list) for one in value)


def _of_list(path: str, rows: list[Json]) -> _Table:
    """A list of objects, whose keys name the columns, or a list of lists."""
    path = one_line(path)
    if not any(isinstance(one, dict) for one in rows):
        return _Table(path, (), [[_cell(cell) for cell in one] if isinstance(one, list) else [] for one in rows])
    flat = [dict(_cells(one)) if isinstance(one, dict) else {} for one in rows]
    names = list(dict.fromkeys(key for one in flat for key in one))
    if len(names) * len(flat) > _MOST_CELLS:
        return _Table(path, (), [])
    return _Table(path, tuple(names), [[one.get(key, "") for key in names] for one in flat])


def _of_object(path: str, node: dict[str, Json]) -> _Table | None:
    """An object with a list for each column, or with a code for each key; None for any other."""
    columns = [one for one in node.values() if isinstance(one, list)]
    if len(columns) == len(node) > 1 and not any(_holds_rows(column) for column in columns):
        longest = max(len(column) for column in columns)
        cells = [[_cell(column[at]) if at < len(column) else "" for column in columns] for at in range(longest)]
        return _Table(one_line(path) or "table", tuple(one_line(key) for key in node), cells)
    if not node or sum(any(letter.isdigit() for letter in key) for key in node) < 0.8 * len(node):
        return None
    # The key above may name the system of the codes.
    code = one_line(f"{path.rpartition('.')[2]} code")
    if all(isinstance(one, dict) for one in node.values()):
        table = _of_list(path, list(node.values()))
        keyed = [[one_line(key), *row] for key, row in zip(node, table.rows, strict=False)]
        return _Table(one_line(path) or "table", (code, *table.names), keyed)
    if all(isinstance(one, str) for one in node.values()):
        rows = [[one_line(key), _cell(said)] for key, said in node.items()]
        return _Table(one_line(path) or "table", (code, "description"), rows)
    return None


def _cells(row: dict[str, Json], above: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(name, words) of the cells of an object; those of an object in it carry its name too: `fee facility`."""
    for key, value in row.items():
        named = one_line(f"{above} {key}")
        if isinstance(value, dict):
            if depth < _DEEPEST_CELL:
                yield from _cells(value, named, depth + 1)
        else:
            yield named, _cell(value)


def _cell(value: Json) -> str:
    """The words of a cell; the address of a code system is shown as its name."""
    said = shown(value)
    return (system_named(said) or said) if said.startswith(("http", "urn:")) else said
