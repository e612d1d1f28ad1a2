"""Reads an evaluation set: queries, and what humans judged relevant to each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import InputError


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
    """Queries and what humans judged relevant to each: `CPT:20972`, or `PASSAGE:guide-modifiers-2025#modifier-78`."""

    name: str
    queries: tuple[EvaluationQuery, ...]
    qrels: Mapping[str, frozenset[str]]


def load_set(folder: Path) -> EvaluationSet:
    """An evaluation set. Raises InputError naming the file and line that cannot be used."""
    queries: list[EvaluationQuery] = []
    for number, line in _lines(folder / "queries.jsonl"):
        try:
            queries.append(EvaluationQuery.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            raise InputError(f"{folder / 'queries.jsonl'} line {number}: {where}: {first['msg']}") from error
    qrels: dict[str, set[str]] = {}
    known = {query.id for query in queries}
    for number, line in _lines(folder / "qrels.tsv"):
        cells = line.rstrip("\n").split("\t")
        if len(cells) != 4 or cells[0] not in known:
            raise InputError(f"{folder / 'qrels.tsv'} line {number}: not 'query<TAB>0<TAB>code<TAB>relevance'")
        if cells[3].strip() != "0":
            qrels.setdefault(cells[0], set()).add(cells[2])
    return EvaluationSet(folder.name, tuple(queries), {key: frozenset(value) for key, value in qrels.items()})


def _lines(path: Path) -> Iterable[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; an evaluation set is a folder with it") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not written in UTF-8; save it so") from error
    # Not splitlines(): JSON may hold the other line ends, such as U+2028, as they are.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())
