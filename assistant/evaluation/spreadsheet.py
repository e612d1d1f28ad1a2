"""Reads an evaluation set from a CSV with the columns `question` and `codes`, as a spreadsheet program saves it."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from assistant.errors import AssistantError, InputError, InvalidCode
from assistant.evaluation.sets import EvaluationQuery, EvaluationSet, Held
from assistant.parsing.decoding import decode
from assistant.types.codes import Code, CodeSystem, parse_code, readings

_QUESTION = ("question", "query", "text")
_CODES = ("codes", "code")
_YES = {"yes", "y", "true", "1"}
_NO = {"no", "n", "false", "0"}
_LARGEST_CELL = 1_000_000


def read_spreadsheet(source: bytes, name: str, systems: Sequence[CodeSystem], held: Held) -> EvaluationSet:
    """The set in a CSV: one question a row, its right codes separated by `;`, `,` or blanks.

    A row without codes is a question that the documents don't answer; a repeated question adds its codes. The columns
    `split`, `slice`, `id`, `system` and `answerable` are optional, and others are ignored.
    """
    try:
        text = decode(source, name)
    except AssistantError as error:
        raise InputError(f"{error}; an evaluation set is a CSV with the columns question and codes") from error
    rows = _rows(text, name)
    _, head = next(rows, (1, []))
    columns = {cell.strip().lower(): place for place, cell in reversed(list(enumerate(head)))}
    question = next((columns[key] for key in _QUESTION if key in columns), None)
    codes = next((columns[key] for key in _CODES if key in columns), None)
    if question is None or codes is None:
        raise InputError(f"{name}: the first row must name the columns question and codes")
    queries: dict[str, EvaluationQuery] = {}
    qrels: dict[str, frozenset[str]] = {}
    faults: list[str] = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        cell = {key: cells[place].strip() for key, place in columns.items() if place < len(cells)}
        try:
            asked = cells[question].strip() if question < len(cells) else ""
            right = _right(cells[codes] if codes < len(cells) else "", cell.get("system", ""), systems, held)
            query = _query(cell, asked, right)
            before = queries.get(query.id)
            if before is not None:
                if before != query or not right:
                    raise InputError("the question (or its id) has come before, and says something else")
                right |= qrels[query.id]
        except InputError as error:
            faults.append(f"{name} line {line}: {error}")
            continue
        queries[query.id] = query
        if right:
            qrels[query.id] = right
    if not queries:
        raise InputError(f"{name} holds no row that can be used: {faults[0] if faults else 'it ends after its header'}")
    return EvaluationSet(PurePath(name).stem, tuple(queries.values()), qrels, tuple(faults))


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the number of its first line."""
    skipped = 0
    told = re.match(r"sep=(.)\r?\n", text)  # what Excel writes to say how cells are separated
    if told:
        text, skipped = text[told.end() :], 1
    head = text.split("\n", 1)[0]
    separator = told.group(1) if told else max(",;\t", key=head.count)
    csv.field_size_limit(_LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    begin = 1
    try:
        for cells in reader:
            yield begin + skipped, cells
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{name} line {begin + skipped}: {error}; save it as CSV again") from error


def _query(cell: Mapping[str, str], asked: str, right: frozenset[str]) -> EvaluationQuery:
    if not asked:
        raise InputError("the question is empty")
    told = cell.get("answerable", "").lower()
    if told and told not in _YES | _NO:
        raise InputError("answerable is neither yes nor no")
    if told in _YES and not right:
        raise InputError("it is answerable, and no code is right for it")
    if told in _NO and right:
        raise InputError("it is not answerable, and yet codes are right for it")
    return EvaluationQuery(
        # This id stays the same when rows are added or moved, so that runs can be compared.
        id=cell.get("id") or f"q-{hashlib.blake2b(asked.encode(), digest_size=4).hexdigest()}",
        text=asked,
        split=cell.get("split") or "test",
        slice=cell.get("slice") or "all",
        answerable=bool(right),
    )


def _right(cell: str, system: str, systems: Sequence[CodeSystem], held: Held) -> frozenset[str]:
    """The codes of a cell. Raises InputError that names a word which is no code, or could be of two systems."""
    found: list[str] = []
    for part in re.split(r"[;,\n|]", cell):
        if part.strip():
            try:
                found.append(_code(part, system, systems, held))
            except InvalidCode as error:
                words = part.split()
                if len(words) == 1:
                    raise
                try:
                    found += [_code(word, system, systems, held) for word in words]
                except InvalidCode:
                    raise error from None
    return frozenset(found)


def _code(text: str, system: str, systems: Sequence[CodeSystem], held: Held) -> str:
    text = text.strip()
    if text.startswith("PASSAGE:"):
        return text
    if system and ":" not in text:
        text = f"{system}:{text}"
    possible: tuple[Code, ...] = () if ":" in text else readings(text, systems)
    if len(possible) > 1:
        here = held(possible)
        possible = tuple(code for code in possible if code in here)
    return str(possible[0] if len(possible) == 1 else parse_code(text, systems))
