"""What the system gave for each query of a set."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import InputError


@dataclass(frozen=True, slots=True)
class RunLine:
    """What the system gave for one query: codes best first (also those withheld), and the passages it quoted."""

    id: str
    kind: str
    reason: str | None
    confidence: float
    milliseconds: float
    candidates: tuple[Mapping[str, Any], ...]
    passages: tuple[str, ...] = ()

    @property
    def ranking(self) -> tuple[str, ...]:
        """What is scored: codes, and passages behind `PASSAGE:`."""
        codes = tuple(str(candidate["code"]) for candidate in self.candidates)
        return codes + tuple(f"PASSAGE:{passage}" for passage in self.passages)

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
        }


def write_run(path: Path, run: Iterable[RunLine]) -> None:
    """Writes a run, one line a query."""
    try:
        with path.open("w", encoding="utf-8") as file:
            for line in run:
                file.write(json.dumps(line.body(), ensure_ascii=False) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
