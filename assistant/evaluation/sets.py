"""An evaluation set: queries, and what humans judged relevant to each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

from assistant.evaluation.statements import Marks
from assistant.types.codes import Code

# Given some codes, those that the library holds; it decides what a code written without its system means.
Held = Callable[[Sequence[Code]], set[Code]]


class EvaluationQuery(BaseModel):
    """One line of `queries.jsonl`. `wants` says what is asked for, `verdict` which of yes and no is right."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    text: str
    kind: str = "query"
    split: str = "test"
    slice: str = "all"
    answerable: bool = True
    wants: Literal["code", "rule", "aspect", "value", "yes_no"] | None = None
    verdict: Literal["yes", "no"] | None = None


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """Queries and what humans judged relevant to each: `CPT:20972`, or `PASSAGE:guide-modifiers-2025#modifier-78`.

    `faults` holds one sentence for each line that could not be used, `marks` the places whose statements answer, and
    `unplaced` the documents that a library lacks, or holds in other words, where the set marks answers.
    """

    name: str
    queries: tuple[EvaluationQuery, ...]
    qrels: Mapping[str, frozenset[str]]
    faults: tuple[str, ...] = ()
    marks: Marks = field(default_factory=dict)
    unplaced: tuple[str, ...] = ()


def hold_nothing(codes: Sequence[Code]) -> set[Code]:
    """For a set read without a library."""
    return set()
