"""Reads an evaluation set, a folder or a CSV: queries, and what humans judged relevant to each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import InputError
from assistant.evaluation.lines import lines_of, what_is_wrong
from assistant.types.codes import BUILT_IN, Code, CodeSystem

# Given some codes, those that the library holds; it decides what a code written without its system means.
Held = Callable[[Sequence[Code]], set[Code]]


class EvaluationQuery(BaseModel):
    """One line of `queries.jsonl`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str
    kind: str = "query"
    split: str = "test"
    slice: str = "all"
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Queries and what humans judged relevant to each: `CPT:20972`, or `PASSAGE:guide-modifiers-2025#modifier-78`.

    `faults` holds one sentence for each line that could not be used.
    """

    name: str
    queries: tuple[EvaluationQuery, ...]
    qrels: Mapping[str, frozenset[str]]
    faults: tuple[str, ...] = ()


def hold_nothing(codes: Sequence[Code]) -> set[Code]:
    """For a set read without a library."""
    return set()


def load_set(path: Path, systems: Sequence[CodeSystem] = BUILT_IN, held: Held = hold_nothing) -> EvaluationSet:
    """The evaluation set in a folder or a CSV. A line that cannot be used is listed in `faults` and left out.

    Raises InputError if nothing can be used.
    """
    if path.is_file():
        from assistant.evaluation.spreadsheet import read_spreadsheet

        try:
            source = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        return read_spreadsheet(source, path.name, systems, held)
    return _read_folder(path)


def _read_folder(folder: Path) -> EvaluationSet:
    faults: list[str] = []
    queries: dict[str, EvaluationQuery] = {}
    for number, line in lines_of(folder / "queries.jsonl", "an evaluation set is a CSV, or a folder with this file"):
        try:
            query = EvaluationQuery.model_validate_json(line)
        except ValidationError as error:
            faults.append(f"queries.jsonl line {number}: {what_is_wrong(error)}")
            continue
        if not query.text.strip():
            faults.append(f"queries.jsonl line {number}: the text is empty")
        elif query.id in queries:
            faults.append(f"queries.jsonl line {number}: the id {query.id} has come before")
        else:
            queries[query.id] = query
    qrels: dict[str, set[str]] = {}
    for number, line in lines_of(folder / "qrels.tsv", "an evaluation set is a CSV, or a folder with this file"):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 4 or not all(cells):
            faults.append(f"qrels.tsv line {number}: not 'query<TAB>0<TAB>code<TAB>relevance'")
        elif cells[0] not in queries:
            faults.append(f"qrels.tsv line {number}: there is no query {cells[0]}")
        elif not queries[cells[0]].answerable:
            faults.append(f"qrels.tsv line {number}: query {cells[0]} is not answerable, and yet judged")
        elif cells[3] != "0":
            qrels.setdefault(cells[0], set()).add(cells[2])
    faults += [
        f"queries.jsonl: query {query.id} is answerable, and nothing is judged right for it"
        for query in queries.values()
        if query.answerable and query.id not in qrels
    ]
    usable = tuple(query for query in queries.values() if not query.answerable or query.id in qrels)
    if not usable:
        raise InputError(f"{folder} holds no query that can be used: {faults[0] if faults else 'it is empty'}")
    judged = {key: frozenset(value) for key, value in qrels.items()}
    return EvaluationSet(folder.resolve().name, usable, judged, tuple(faults))
