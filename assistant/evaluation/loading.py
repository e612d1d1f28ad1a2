"""Reads an evaluation set from a folder or a CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import InputError
from assistant.evaluation.lines import lines_of, what_is_wrong
from assistant.evaluation.sets import EvaluationQuery, EvaluationSet, Held, hold_nothing
from assistant.evaluation.spreadsheet import read_spreadsheet
from assistant.evaluation.statements import Mark, Place
from assistant.types.codes import BUILT_IN, CodeSystem

_FOLDER = "an evaluation set is a CSV, or a folder with this file"


class _AnswerLine(BaseModel):
    """One line of `answers.jsonl`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    query: str
    document: str = Field(min_length=1)
    start: int = Field(ge=0, strict=True)
    end: int = Field(strict=True)
    part: Literal[1, 2] = 1
    quote: str = ""


def load_set(path: Path, systems: Sequence[CodeSystem] = BUILT_IN, held: Held = hold_nothing) -> EvaluationSet:
    """The evaluation set in a folder or a CSV. A line that cannot be used is among its faults, and the rest goes on.

    Raises InputError where nothing can be used.
    """
    if path.is_file():
        try:
            source = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        return read_spreadsheet(source, path.name, systems, held)
    return _read_folder(path)


def _read_folder(folder: Path) -> EvaluationSet:
    faults: list[str] = []
    queries = _read_queries(folder / "queries.jsonl", faults)
    # What is judged by statements alone needs no codes beside them.
    marked = (folder / "answers.jsonl").exists()
    unjudged = marked and not (folder / "qrels.tsv").exists()
    qrels = {} if unjudged else _read_qrels(folder / "qrels.tsv", queries, faults)
    marks = _read_answers(folder / "answers.jsonl", queries, faults) if marked else {}
    faults += [
        f"queries.jsonl: query {query.id} is answerable, and nothing is judged right for it"
        for query in queries.values()
        if query.answerable and query.id not in qrels and query.id not in marks
    ]
    usable = tuple(
        query for query in queries.values() if not query.answerable or query.id in qrels or query.id in marks
    )
    if not usable:
        raise InputError(f"{folder} holds no query that can be used: {faults[0] if faults else 'it is empty'}")
    return EvaluationSet(folder.resolve().name, usable, qrels, tuple(faults), marks)


def _read_queries(path: Path, faults: list[str]) -> dict[str, EvaluationQuery]:
    queries: dict[str, EvaluationQuery] = {}
    for number, line in lines_of(path, _FOLDER):
        try:
            query = EvaluationQuery.model_validate_json(line)
        except ValidationError as error:
            faults.append(f"queries.jsonl line {number}: {what_is_wrong(error)}")
            continue
        if not query.text.strip():
            faults.append(f"queries.jsonl line {number}: the text is empty")
        elif query.id in queries:
            faults.append(f"queries.jsonl line {number}: the id {query.id} has come before")
        elif query.verdict and not query.answerable:
            faults.append(f"queries.jsonl line {number}: query {query.id} is not answerable, and yet has a verdict")
        else:
            queries[query.id] = query
    return queries


def _read_qrels(path: Path, queries: Mapping[str, EvaluationQuery], faults: list[str]) -> dict[str, frozenset[str]]:
    qrels: dict[str, set[str]] = {}
    for number, line in lines_of(path, _FOLDER):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 4 or not all(cells):
            faults.append(f"qrels.tsv line {number}: not 'query<TAB>0<TAB>code<TAB>relevance'")
        elif cells[0] not in queries:
            faults.append(f"qrels.tsv line {number}: there is no query {cells[0]}")
        elif not queries[cells[0]].answerable:
            faults.append(f"qrels.tsv line {number}: query {cells[0]} is not answerable, and yet judged")
        elif cells[3] != "0":
            qrels.setdefault(cells[0], set()).add(cells[2])
    return {key: frozenset(value) for key, value in qrels.items()}


def _read_answers(path: Path, queries: Mapping[str, EvaluationQuery], faults: list[str]) -> dict[str, tuple[Mark, ...]]:
    marks: dict[str, list[Mark]] = {}
    for number, line in lines_of(path, "it says which characters of which document answer a query"):
        try:
            said = _AnswerLine.model_validate_json(line)
        except ValidationError as error:
            faults.append(f"answers.jsonl line {number}: {what_is_wrong(error)}")
            continue
        if said.query not in queries:
            faults.append(f"answers.jsonl line {number}: there is no query {said.query}")
        elif not queries[said.query].answerable:
            faults.append(f"answers.jsonl line {number}: query {said.query} is not answerable, and yet has an answer")
        elif said.start >= said.end:
            faults.append(f"answers.jsonl line {number}: the characters {said.start} to {said.end} are none")
        elif said.quote and len(said.quote) != said.end - said.start:
            faults.append(f"answers.jsonl line {number}: the quote is not as long as its characters")
        else:
            mark = Mark(Place(said.document, said.start, said.end), said.part, said.quote)
            marks.setdefault(said.query, []).append(mark)
    for query in [key for key, held in marks.items() if all(mark.part == 2 for mark in held)]:
        faults.append(f"answers.jsonl: query {query} has an answer for its second part and none for its first")
        del marks[query]
    return {key: tuple(dict.fromkeys(held)) for key, held in marks.items()}
