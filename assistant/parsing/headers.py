"""Reads the names of columns: which code systems they name, and whether they name codes, words, modifiers or days."""

import functools
import re
from collections.abc import Sequence

from assistant.types.codes import CodeSystem

CODES = re.compile(
    r"\b(?:codes?|cd|cpt|hcpcs|hcpc|cdt|icd|icd10|icd10cm|icd10pcs|pcs|procedure|proc|modifiers?|mod|diagnos[ei]s|dx)\b",
    re.IGNORECASE,
)
MODIFIER = re.compile(r"\bmod(?:ifiers?)?\b", re.IGNORECASE)
NO_CODES = re.compile(
    r"\b(?:zip|postal|phone|telephone|fax|price|amount|fee|count|qty|units?|date|id|npi|rvu|policy)\b|"
    r"^(?:(?:row|line|serial|account|acct|invoice|claim|member|case|visit|patient|order)\s+)?(?:number|no)\b\.?$",
    re.IGNORECASE,
)
# Systems that are none of ours; what stands below these names is no code here.
_FOREIGN = re.compile(
    r"\b(?:icd[\s-]?9\w*|ndc|(?:ms-?|apr-?)?drg|apc|revenue|rev|taxonomy|loinc|snomed|rxnorm|npi|place of service|"
    r"pos)\b",
    re.IGNORECASE,
)
STARTS = (
    re.compile(r"\b(?:add|added|start|begin) (?:dt|date)\b", re.IGNORECASE),
    re.compile(r"\beff\w*(?: (?:dt|date))?\b", re.IGNORECASE),
)
ENDS = (re.compile(r"\b(?:term\w*|end|expir\w*|delet\w*) (?:dt|date)\b|\bexpir\w*\b", re.IGNORECASE),)
DESCRIPTION = re.compile(r"\b(?:desc\w*|titles?|names?|definitions?|meaning|text|long)\b", re.IGNORECASE)
_CALLED = re.compile(
    r"\b(?:procedures?|operations?|services?|items?|tests?|drugs?|display|labels?|terms?|diagnos\w*)\b", re.IGNORECASE
)
# What a table says of its codes beside what they mean.
_BESIDE = re.compile(
    r"\b(?:rationale|reasons?|indicators?|edits?|notes?|comments?|remarks?|polic(?:y|ies)|rules?|cover\w*|necessity|"
    r"status|authori[sz]ation|auth|requirements?|restrictions?|guid\w+|instructions?|dates?|contractors?|states?|"
    r"jurisdictions?|payers?|plans?|types?|categor(?:y|ies)|places?)\b",
    re.IGNORECASE,
)
_DIAGNOSIS = re.compile(r"\b(?:diagnos\w*|dx|icd\w*|indications?|conditions?)\b", re.IGNORECASE)
_PROCEDURES = re.compile(r"\bproc(?:edures?)?\b", re.IGNORECASE)
_FAMILY = ("CPT", "HCPCS", "CDT")


def systems_named(header: str, systems: Sequence[CodeSystem]) -> tuple[CodeSystem, ...]:
    """The systems that the name of a column binds its codes to, the named ones first; empty where it names none.

    CPT, HCPCS and CDT come together: HCPCS comprises CPT, and its codes that begin with D are dental.
    """
    header = re.sub(r"\bHCPC\b", "HCPCS", header, flags=re.IGNORECASE)
    named = [system for system in systems if _name_of(system.names).search(header)]
    names = {system.name for system in named}
    of_procedures = _PROCEDURES.search(header) is not None
    if re.search(r"\bICD[\s-]?(?:10)?\b(?![\s-]*(?:CM|PCS))", header, re.IGNORECASE) and of_procedures:
        named = [system for system in systems if system.name == "ICD-10-PCS"]
        names = {"ICD-10-PCS"}
    if not names and not is_foreign(header) and _DIAGNOSIS.search(header) and not of_procedures:
        names = {"ICD-10-CM"}
    if names & {"CPT", "HCPCS"}:
        names |= set(_FAMILY)
    first = [system for system in named if system.name in names]
    return (*first, *(system for system in systems if system.name in names and system not in first))


def is_foreign(header: str) -> bool:
    """Whether a column's name names a system that is none of ours, such as revenue codes."""
    return _FOREIGN.search(header) is not None


def describes(header: str, of_codes: str) -> int:
    """How a column's name speaks for what the codes mean: 3 and 2 it says so, 1 nothing, 0 it is about something else.

    `of_codes` is the name of the column of codes: beside diagnosis codes, "Diagnosis" is their meaning.
    """
    if _BESIDE.search(header) or (_DIAGNOSIS.search(header) and not _DIAGNOSIS.search(of_codes)):
        return 0
    return 3 if DESCRIPTION.search(header) else 2 if _CALLED.search(header) else 1


def names_diagnoses(header: str) -> bool:
    """Whether a column's name speaks of diagnoses."""
    return bool(_DIAGNOSIS.search(header)) and not _PROCEDURES.search(header)


@functools.cache
def _name_of(names: tuple[str, ...]) -> re.Pattern[str]:
    """A system's name in a header, with or without its dashes; "ICD-10" does not stand in "ICD-10-PCS"."""
    either = "|".join(re.escape(name).replace(r"\-", r"[\s-]?").replace(r"\ ", r"\s+") for name in names)
    return re.compile(rf"(?<!\w)(?:{either})(?:-?4|s)?(?!\w|[\s-]?(?:CM|PCS)\b|-\w)", re.IGNORECASE)
