"""Reads the names of columns as tables of edits have them: pairs, units, add-on codes, indicators, coverage."""

import functools
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from assistant.parsing import headers


class Part(StrEnum):
    """What a column of a table of edits holds."""

    FIRST = "first"
    SECOND = "second"
    BYPASS = "bypass"
    RATIONALE = "rationale"
    STARTS = "starts"
    ENDS = "ends"
    UNITS = "units"
    ADJUDICATION = "adjudication"
    ADD_ON = "add_on"
    PRIMARY = "primary"
    GLOBAL = "global"
    MULTIPLE = "multiple"
    BILATERAL = "bilateral"
    ASSISTANT = "assistant"
    CO_SURGEON = "co_surgeon"
    TEAM = "team"
    COMPONENTS = "components"
    STATUS = "status"
    DIAGNOSIS = "diagnosis"
    COVERED = "covered"


Parts = Mapping[Part, int]
INDICATORS = (Part.MULTIPLE, Part.BILATERAL, Part.ASSISTANT, Part.CO_SURGEON, Part.TEAM, Part.COMPONENTS)


def _name(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# The two columns of a pair; the last two names speak of pairs only beside a column of modifiers.
_PAIRS = tuple(
    (_name(first), _name(second), alone)
    for first, second, alone in (
        (r"\bcol(?:umn)?[\s_\-]*(?:1|one|i)\b", r"\bcol(?:umn)?[\s_\-]*(?:2|two|ii)\b", True),
        (r"\bcomprehensive\b", r"\bcomponent\b", True),
        (
            r"\b(?:pay(?:able|s)|paid|major|including)\b",
            r"\b(?:bundled|denied|minor|included|not pa(?:id|yable))\b",
            False,
        ),
        (r"\b(?:1|one|first|a|1st)\b", r"\b(?:2|two|second|b|2nd)\b", False),
    )
)
_NAMES: tuple[tuple[Part, re.Pattern[str]], ...] = (
    (Part.RATIONALE, _name(r"\brationale\b|\breason\b|\bedit type\b")),
    (Part.ADJUDICATION, _name(r"\badjudication\b|\bMAI\b|\b(?:line|date of service) edit\b")),
    (
        Part.UNITS,
        _name(
            r"\bMUEs?\b|\bmedically unlikely\b|\bmax(?:imum|\.)?\b.{0,20}\b(?:units?|qty|quantity)\b|"
            r"\b(?:units?|qty|quantity)\b.{0,20}\b(?:max(?:imum)?|limit|allowed|per day|per date|a day)\b|"
            r"\b(?:limit|most)\b.{0,12}\bunits?\b"
        ),
    ),
    (Part.ADD_ON, _name(r"\badd[\s\-]?ons?\b")),
    (Part.PRIMARY, _name(r"\b(?:primary|parent|base)\b(?!.*\b(?:date|dt|eff|del))")),
    (Part.GLOBAL, _name(r"\bglob(?:al)?\b")),
    (Part.BILATERAL, _name(r"\bbilat(?:eral)?\b")),
    (Part.ASSISTANT, _name(r"\bass?i?st(?:ant)?s?\b|\basst\b")),
    (Part.CO_SURGEON, _name(r"\bco\s?-?\s?surg")),
    (Part.TEAM, _name(r"\bteam\b")),
    (Part.COMPONENTS, _name(r"\bpc\s?[/\-]?\s?tc\b")),
    (Part.MULTIPLE, _name(r"\bmult(?:iple)?\b.{0,6}\b(?:proc|surg)")),
    (Part.STATUS, _name(r"\bstatus\b")),
)
_NOT_UNITS = _name(r"\bindicators?\b|\brationale\b|\badjudication\b")
_COVERED = _name(r"\b(?:covered|coverage|supports?|supported|supporting|medical necessity|payable|allowed)\b")


@functools.lru_cache(maxsize=512)
def parts_of(names: tuple[str, ...]) -> Parts:
    """Which column of a table is what, by the names of its columns; the first of a kind counts."""
    found: dict[Part, int] = {}
    for at, written in enumerate(names):
        name = written.replace("_", " ")
        for part, pattern in _NAMES:
            if pattern.search(name) and not (part is Part.UNITS and _NOT_UNITS.search(name)):
                found.setdefault(part, at)
                break
    _add_days(found, names)
    _add_pair(found, names)
    _add_coverage(found, names)
    return found


def _add_days(found: dict[Part, int], names: Sequence[str]) -> None:
    for part, patterns in ((Part.STARTS, headers.STARTS), (Part.ENDS, headers.ENDS)):
        at = (at for one in patterns for at, name in enumerate(names) if one.search(name.replace("_", " ")))
        first = next(at, None)
        if first is not None:
            found[part] = first


def _add_pair(found: dict[Part, int], names: Sequence[str]) -> None:
    modifiers = [at for at, name in enumerate(names) if headers.MODIFIER.search(name.replace("_", " "))]
    modifiers = modifiers or [at for at, name in enumerate(names) if re.search(r"\bccmi\b|\bindicator\b", name, re.I)]
    for first, second, alone in _PAIRS:
        one = [at for at, name in enumerate(names) if first.search(name) and at not in modifiers]
        two = [at for at, name in enumerate(names) if second.search(name) and at not in (*modifiers, *one)]
        if one and two and (alone or (modifiers and Part.ADD_ON not in found)):
            found[Part.FIRST], found[Part.SECOND] = one[0], two[0]
            if modifiers:
                found[Part.BYPASS] = modifiers[0]
            return


def _add_coverage(found: dict[Part, int], names: Sequence[str]) -> None:
    diagnoses = [at for at, name in enumerate(names) if headers.names_diagnoses(name)]
    if not diagnoses:
        return
    found[Part.DIAGNOSIS] = diagnoses[0]
    told = [at for at, name in enumerate(names) if _COVERED.search(name) and at not in found.values()]
    if told:
        found[Part.COVERED] = told[0]
    elif _COVERED.search(names[diagnoses[0]]):
        found[Part.COVERED] = diagnoses[0]  # "Covered diagnosis": every row says yes
