"""Reads a claim as people write it: `29881-RT`, `CPT:29881-RT-59`, units and diagnoses beside it."""

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence

from assistant.errors import InputError
from assistant.types.codes import Code, CodeSystem, parse_code
from assistant.types.findings import Claim, ClaimLine

# More lines than any claim form has.
MOST_LINES, MOST_DIAGNOSES, MOST_UNITS = 50, 50, 1_000_000
_LONGEST = 60
_MODIFIER = re.compile(r"[A-Z0-9]{2}")
_PARTS = re.compile(r"[\s,/+-]+")


def read_line(text: str, systems: Sequence[CodeSystem], modifiers: Iterable[str] = (), units: object = 1) -> ClaimLine:
    """A line of a claim: a code, its modifiers behind it or beside it, its units. Raises InputError or InvalidCode."""
    code, behind = _parted(text, systems)
    found = dict.fromkeys(_modifier(one, code) for one in [*behind, *modifiers])
    return ClaimLine(code, tuple(found), read_units(units, code))


def read_units(written: object, code: Code) -> int:
    """How many units of a code are claimed. Raises InputError for what is no whole number from 1 on."""
    text = str(written).strip()
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= MOST_UNITS):
        raise InputError(f"{_shown(text)} is not a number of units of {code}; write a whole number from 1 on")
    return int(text)


def read_diagnosis(text: str, systems: Sequence[CodeSystem]) -> Code:
    """A diagnosis code as people write it, with or without its dot or system."""
    diagnoses = [system for system in systems if system.dotted]
    return parse_code(_short(text), systems if ":" in text else diagnoses or systems)


def read_claim(
    codes: Sequence[str],
    units: Sequence[str],
    diagnoses: Sequence[str],
    as_of: datetime.date | None,
    systems: Sequence[CodeSystem],
) -> Claim:
    """A claim from the words of a command: `units` are such as `29881=2`. Raises InputError or InvalidCode."""
    lines = [read_line(text, systems) for text in codes]
    counted: dict[Code, int] = {}
    for text in units:
        named, equals, number = text.rpartition("=")
        if not equals:
            raise InputError(f"{_shown(text)} does not say units; write CODE=NUMBER, for example 29881=1")
        code = _parted(named, systems)[0]
        if all(line.code != code for line in lines):
            raise InputError(f"units are given for {code}, which is not among the codes of the claim")
        counted[code] = read_units(number, code)
    return as_claim(_with_units(lines, counted), [read_diagnosis(text, systems) for text in diagnoses], as_of)


def as_claim(lines: Sequence[ClaimLine], diagnoses: Sequence[Code], as_of: datetime.date | None) -> Claim:
    """A claim of some lines. Raises InputError where it has none, or more than a claim can have."""
    if not lines:
        raise InputError("the claim has no code; give at least one")
    if len(lines) > MOST_LINES or len(diagnoses) > MOST_DIAGNOSES:
        raise InputError(f"the claim has more than {MOST_LINES} codes or {MOST_DIAGNOSES} diagnoses; check it in parts")
    return Claim(tuple(lines), tuple(dict.fromkeys(diagnoses)), as_of)


def _with_units(lines: Sequence[ClaimLine], counted: Mapping[Code, int]) -> list[ClaimLine]:
    """The lines, the first of each code with the units given for it."""
    found, left = [], dict(counted)
    for line in lines:
        found.append(ClaimLine(line.code, line.modifiers, left.pop(line.code, line.units)))
    return found


def _parted(text: str, systems: Sequence[CodeSystem]) -> tuple[Code, list[str]]:
    """A code and the modifiers written behind it."""
    system, colon, rest = _short(text).rpartition(":")
    procedures = [one for one in systems if not one.dotted]
    value, *modifiers = [part for part in _PARTS.split(rest.strip()) if part] or [""]
    if not colon:
        return _one(value, procedures, text), modifiers
    return parse_code(f"{system}:{value}", systems), modifiers


def _one(value: str, procedures: Sequence[CodeSystem], text: str) -> Code:
    """The procedure code that a word is; a code of two characters is a modifier, and none of a claim's codes."""
    if len(value) < 4:
        raise InputError(f"{_shown(text)} is not a procedure code; write a code such as 29881, or 29881-RT")
    return parse_code(value, procedures)


def _modifier(text: str, code: Code) -> str:
    modifier = text.strip().upper()
    if not _MODIFIER.fullmatch(modifier):
        raise InputError(f"{_shown(text)} is not a modifier of {code}; a modifier has two characters, such as RT or 59")
    return modifier


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise InputError(f"{_shown(text)} is too long for a code")
    return text


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= 20 else text[:20] + "…")
