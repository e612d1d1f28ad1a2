"""Holds a report against the figures of `baseline.json`: each may fall by its tolerance and no further."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import InputError
from assistant.evaluation.lines import what_is_wrong

# Of these a smaller figure is the better one.
_SMALLER = {
    "risk", "aurc", "ece", "refused_answerable", "p50", "p95", "beside", "verdict-wrong", "verdict-none",
}  # fmt: skip
# Settings that say which run a figure is of, as the report names them.
_RUN_SETTINGS = ("split", "by")


class Figure(BaseModel):
    """One figure of `baseline.json`; `settings` and `command` say how it was made."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    set: str
    slice: str = "answerable"
    measure: str
    value: float
    tolerance: float = Field(ge=0)
    command: str = ""
    corpus: str = ""
    settings: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Check:
    """A figure and its value now; `now` is None if the report has no such figure, which counts as fallen."""

    name: str
    value: float
    tolerance: float
    now: float | None
    kept: bool

    def body(self) -> dict[str, Any]:
        """The check as JSON."""
        return asdict(self)


def read_baseline(path: Path) -> tuple[Figure, ...]:
    """The figures of a baseline. Raises InputError that names a figure which cannot be used."""
    try:
        body = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; --gate needs the figures to hold to") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from error
    listed = body.get("figures") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise InputError(f'{path} holds no figures; it should be {{"figures": [...]}}')
    figures = []
    for number, item in enumerate(listed, start=1):
        try:
            figures.append(Figure.model_validate(item))
        except ValidationError as error:
            raise InputError(f"{path} figure {number}: {what_is_wrong(error)}") from error
    return tuple(figures)


def check_baseline(figures: Sequence[Figure], report: Mapping[str, Any]) -> list[Check]:
    """Compares the report with the baseline's figures for its set, split and search.

    Raises InputError if the baseline has none: a gate that checks nothing must not look passed.
    """
    about = [figure for figure in figures if figure.set == report["set"] and _same_run(figure, report)]
    if not about:
        raise InputError(
            f"the baseline has no figure of the set {report['set']}, split {report['split']}, by {report['by']}"
        )
    return [_check(figure, report) for figure in about]


def _same_run(figure: Figure, report: Mapping[str, Any]) -> bool:
    return all(figure.settings.get(key, report[key]) == report[key] for key in _RUN_SETTINGS)


def _check(figure: Figure, report: Mapping[str, Any]) -> Check:
    now = figure_of(report, figure.slice, figure.measure)
    kept = now is not None and not fell(figure.measure, figure.value, figure.tolerance, now)
    return Check(figure.name, figure.value, figure.tolerance, now, kept)


def fell(measure: str, value: float, tolerance: float, now: float) -> bool:
    """Whether a measure is now worse than its value by more than the tolerance."""
    sign = -1 if measure in _SMALLER else 1
    # Figures are written with four digits: a hair's breadth is not a fall.
    return sign * (now - value) < -tolerance - 1e-9


def figure_of(report: Mapping[str, Any], slice_name: str, measure: str) -> float | None:
    """The value of a figure in a report: of a slice, the gate, the latency, or the share of valid citations."""
    parts: list[Mapping[str, Any] | None] = [one for one in report["slices"] if one["slice"] == slice_name]
    if measure == "answered" and parts and parts[0]:
        return float(parts[0]["answered"] / parts[0]["queries"])
    if measure == "refused" and parts and parts[0]:
        return float(1 - parts[0]["answered"] / parts[0]["queries"])
    if measure == "citation-validity":
        citations = report["citations"]
        return float(citations["valid"] / citations["checked"]) if citations and citations["checked"] else None
    for part in (*parts, report["gate"], report["latency"]):
        found = part.get(measure) if part else None
        if isinstance(found, int | float):
            return float(found)
    return None
