"""An evaluation set: queries, and what humans judged relevant to each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from assistant.types.codes import Code

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
