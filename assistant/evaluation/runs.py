"""The lines of a run: what the system gave for each query of a set."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import InputError
from assistant.evaluation.lines import lines_of, what_is_wrong
from assistant.evaluation.statements import Place
from assistant.types import Citation

# The number of candidates that are shown by default; nobody saw what stands below them in a run.
SHOWN = 5
_NAMED_SHARE = 0.5
# The second piece of a long section counts as the section.
_PIECE = re.compile(r"\.\d+$")

Verdict = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class RunLine:
    """What the system gave for one query: codes best first (also those withheld), and the passages it quoted.

    `proposed` are the codes of a suggestion, which its ranking goes beyond. `quotes` are all citations of what was
    shown; a run file does not hold them. `statements` are the places of what was quoted for the query as a whole, in
    order (of a refusal, what was withheld), `verdict` is the yes or no that was said, and `choice` the codes that were
    shown as one choice.
    """

    id: str
    kind: str
    reason: str | None
    confidence: float
    milliseconds: float
    candidates: tuple[Mapping[str, Any], ...]
    passages: tuple[str, ...] = ()
    quotes: tuple[Citation, ...] = ()
    proposed: tuple[str, ...] = ()
    statements: tuple[Place, ...] = ()
    verdict: Verdict | None = None
    choice: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether the system answered or proposed anything."""
        return self.kind != "refusal"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, best first; a code in two editions counts at its first place."""
        return tuple(dict.fromkeys(str(candidate["code"]) for candidate in self.candidates))

    @property
    def quoted(self) -> tuple[str, ...]:
        """The passages quoted, in the form in which judgements name them."""
        return tuple(f"PASSAGE:{passage}" for passage in dict.fromkeys(self.passages))

    @property
    def ranking(self) -> tuple[str, ...]:
        """What is scored: codes, and passages behind `PASSAGE:`."""
        return self.codes + self.quoted

    @property
    def said(self) -> tuple[str, ...]:
        """The codes a person was shown, or would have been: all of a suggestion, the first five of an answer."""
        return self.proposed if self.kind == "suggestion" else self.codes[:SHOWN]

    @property
    def named(self) -> tuple[str, ...]:
        """The codes named as right: all of a suggestion, or an answer's first and those at least half as confident."""
        if self.kind == "suggestion":
            return self.proposed
        if not self.candidates:
            return ()
        enough = _NAMED_SHARE * float(self.candidates[0]["confidence"])
        near = [item for item in self.candidates[:SHOWN] if float(item["confidence"]) >= enough]
        return tuple(dict.fromkeys(str(item["code"]) for item in near))

    def body(self) -> dict[str, Any]:
        """The line of a run file."""
        return {
            "id": self.id,
            "kind": self.kind,
            "reason": self.reason,
            "confidence": round(self.confidence, 4),
            "milliseconds": round(self.milliseconds, 2),
            "candidates": list(self.candidates),
            "passages": list(self.passages),
            **({"proposed": list(self.proposed)} if self.kind == "suggestion" else {}),
            "statements": [asdict(place) for place in self.statements],
            "verdict": self.verdict,
            "choice": list(self.choice),
        }


def sections_of(passage_ids: Iterable[str]) -> tuple[str, ...]:
    """The sections that some passages belong to, each once: a passage is judged by its section."""
    return tuple(dict.fromkeys(_PIECE.sub("", passage) for passage in passage_ids))


def write_run(path: Path, run: Iterable[RunLine]) -> None:
    """Writes a run, one line a query."""
    try:
        with path.open("w", encoding="utf-8") as file:
            for line in run:
                file.write(json.dumps(line.body(), ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


class _Candidate(BaseModel):
    model_config = ConfigDict(extra="ignore")

    code: str
    confidence: float = Field(default=0.0, ge=0, le=1)
    score: float = 0.0


class _Place(BaseModel):
    model_config = ConfigDict(extra="ignore")

    document: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: str
    kind: Literal["answer", "suggestion", "refusal"]
    reason: str | None = None
    confidence: float = Field(default=0.0, ge=0, le=1)
    milliseconds: float = Field(default=0.0, ge=0)
    candidates: tuple[_Candidate, ...] = ()
    passages: tuple[str, ...] = ()
    proposed: tuple[str, ...] | None = None
    statements: tuple[_Place, ...] = ()
    verdict: Verdict | None = None
    choice: tuple[str, ...] = ()


def read_run(path: Path) -> tuple[dict[str, RunLine], tuple[str, ...]]:
    """The run in a file, by query, and one sentence for each line that cannot be used."""
    run: dict[str, RunLine] = {}
    faults: list[str] = []
    for number, text in lines_of(path, "a run has one JSON object a line"):
        try:
            line = _Line.model_validate_json(text)
        except ValidationError as error:
            faults.append(f"{path.name} line {number}: {what_is_wrong(error)}")
            continue
        if line.id in run:
            faults.append(f"{path.name} line {number}: query {line.id} has come before")
            continue
        candidates = tuple(candidate.model_dump() for candidate in line.candidates)
        # A suggestion that does not say which of its codes it proposes has proposed them all.
        proposed = line.proposed if line.proposed is not None else tuple(item.code for item in line.candidates)
        run[line.id] = RunLine(
            line.id,
            line.kind,
            line.reason,
            line.confidence,
            line.milliseconds,
            candidates,
            line.passages,
            proposed=proposed if line.kind == "suggestion" else (),
            statements=tuple(Place(one.document, one.start, one.end) for one in line.statements),
            verdict=line.verdict,
            choice=line.choice,
        )
    if not run:
        raise InputError(f"{path} holds no line of a run; write one with `assistant eval SET --run {path}`")
    return run, tuple(faults)
