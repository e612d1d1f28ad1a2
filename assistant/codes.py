"""What a code is in each code system, and how one is recognised in text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import InvalidCode, InvalidSettings


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """One code. `edition` is part of its identity once a document has given it; a code typed by a person has none."""

    system: str
    value: str
    edition: str | None = None

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"

    @property
    def bare(self) -> "Code":
        """The same code without its edition."""
        return Code(self.system, self.value)


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """One code system.

    `form` matches a whole value in canonical writing (upper case, no blanks; ICD-10-CM with its dot). `in_text` finds
    one inside prose and is narrower: what also occurs as an ordinary word or number has to be introduced by a name of
    the system or a word such as "code". `certain` says whether a bare find in prose is a code on its own, or only if
    the library happens to hold it.
    """

    name: str
    form: re.Pattern[str]
    in_text: re.Pattern[str]
    names: tuple[str, ...]
    certain: bool = True
    dotted: bool = False

    def parse(self, text: str) -> Code | None:
        """The code that `text` writes, forgiving case, blanks, dots and dashes; None if it is none of this system."""
        value = re.sub(r"[\s.\-]", "", text).upper()
        if self.dotted and len(value) > 3:
            value = f"{value[:3]}.{value[3:]}"
        return Code(self.name, value) if self.form.fullmatch(value) else None


def _system(name: str, form: str, in_text: str, *names: str, certain: bool = True, dotted: bool = False) -> CodeSystem:
    edges = rf"(?<![\w.,$€£#/\-])(?:{in_text})(?!\w|[.,]\d|-\d)"
    return CodeSystem(name, re.compile(form), re.compile(edges), (name, *names), certain, dotted)


CPT = _system(
    "CPT",
    r"\d{5}|\d{4}[FTUM]|\d{2}|P[1-6]|[1-8]P",
    r"\d{5}|\d{4}F|0\d{3}[TUM]",
    "HCPCS Level I",
)
HCPCS = _system(
    "HCPCS",
    r"[A-CE-V]\d{4}|[A-Z][A-Z0-9]",
    r"[A-CE-V]\d{4}",
    "HCPCS Level II",
    "Level II",
)
CDT = _system("CDT", r"D\d{4}", r"D\d{4}", "ADA")
ICD10PCS = _system(
    "ICD-10-PCS",
    r"[0-9BCDFGHX][0-9A-HJ-NP-Z]{6}",
    r"(?=[0-9A-Z]*[A-Z])(?=[0-9A-Z]*\d)[0-9BCDFGHX][0-9A-HJ-NP-Z]{6}",
    "ICD10PCS",
    "PCS",
)
ICD10CM = _system(
    "ICD-10-CM",
    r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?",
    r"[A-TV-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}",
    "ICD10CM",
    "ICD-10",
    "ICD10",
    dotted=True,
)
BUILT_IN: tuple[CodeSystem, ...] = (CPT, HCPCS, ICD10PCS, ICD10CM, CDT)


@dataclass(frozen=True, slots=True)
class Mention:
    """A code written in a text at [start, end). `certain` is false where the same characters may be no code at all."""

    code: Code
    start: int
    end: int
    certain: bool


# What stands before or after a number that only looks like a code. Each is a kind of number, not a list of examples.
_BEFORE = re.compile(
    r"(?:(?i:\b(?:zip|zip code|postal code|postcode|po box|box|suite|room|apt|unit|phone|tel|fax|ext|mrn|account|acct|"
    r"invoice|serial|lot|policy|member|claim|license|licence|npi|order|case|no\.?|number|patient|id)\b[\s:#]*)|"
    r"(?:\b[A-Z][a-z]+,?\s+|,\s*)(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|"
    r"S[CD]|T[NX]|UT|V[AT]|W[AIVY]),?\s+|[\d)]\s*[-.]?\s?)$"
)
_AFTER = re.compile(
    r"\s?(?:mcg|µg|ug|mg|g|kg|lb|lbs|ml|cc|l|iu|units?|u|meq|mmol|mm|cm|m|km|ft|feet|miles?|hz|rpm|steps|cells?|"
    r"dollars?|usd|euros?|percent|%|people|patients?|persons?|beds|visits|hours?|minutes?|seconds?|days?|weeks?|months?|"
    r"years?|times|calories|kcal|copies|street|st\.?|avenue|ave\.?|road|rd\.?|blvd|drive|lane)(?![\w])",
    re.IGNORECASE,
)
_CUE = re.compile(r"\b(?:codes?|coded|report(?:ed)?|bill(?:ed)?|use)\b[^.;\n]{0,40}$", re.IGNORECASE)
_MODIFIER = re.compile(r"\bmodifiers?\s+((?:[0-9A-Z]{2}(?:\s*(?:,|or|and|/)\s*)*)+)(?![0-9A-Za-z])")


def find_codes(text: str, systems: Sequence[CodeSystem] = BUILT_IN) -> tuple[Mention, ...]:
    """The codes written in `text`, in order, with few false friends: no ZIP code, dose, year, price or phone number.

    A value that could belong to two systems is reported once for each. Modifiers are found where the word says so.
    """
    found: dict[tuple[int, int, str], Mention] = {}
    for system in systems:
        for mention in _named(text, system):
            found[mention.start, mention.end, system.name] = mention
        for match in system.in_text.finditer(text):
            key = (match.start(), match.end(), system.name)
            code = system.parse(match.group())
            if key in found or code is None:
                continue
            number = match.group().isdigit()
            cued = _CUE.search(text, 0, match.start()) is not None
            if number and not cued and (_BEFORE.search(text, 0, match.start()) or _AFTER.match(text, match.end())):
                continue
            if number and cued and _AFTER.match(text, match.end()):
                continue
            found[key] = Mention(code, match.start(), match.end(), system.certain)
    for match in _MODIFIER.finditer(text):
        for part in re.finditer(r"(?<![0-9A-Za-z])[0-9A-Z]{2}(?![0-9A-Za-z])", match.group(1)):
            start, end = match.start(1) + part.start(), match.start(1) + part.end()
            for system in systems:
                code = system.parse(part.group())
                if code is not None:
                    found[start, end, system.name] = Mention(code, start, end, certain=False)
    return tuple(found[key] for key in sorted(found))


def _named(text: str, system: CodeSystem) -> Iterator[Mention]:
    """Codes introduced by their system's name, however they are written: "CPT code 20972", "icd-10-pcs 0dtj 4zz"."""
    names = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(system.names, key=len, reverse=True))
    for lead in re.finditer(rf"\b(?:{names})\b(?!-)(?:\s+codes?)?\s*[:#]?\s*", text, re.IGNORECASE):
        word = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]*").match(text, lead.end())
        if word is None:
            continue
        written = word.group().rstrip(".")
        code = system.parse(written)
        if code is not None and any(character.isdigit() for character in written) and len(written) > 2:
            yield Mention(code, lead.end(), lead.end() + len(written), certain=True)


def readings(text: str, systems: Sequence[CodeSystem] = BUILT_IN) -> tuple[Code, ...]:
    """Every code that a whole text can be: with or without dots, blanks, dashes, capitals or a system's name."""
    stripped = text.strip().strip("\"'()[]{}?!,;.")
    named: list[Code] = []
    for system in systems:
        for name in system.names:
            lead = re.match(rf"{re.escape(name)}\b(?:\s+codes?)?\s*[:#]?\s*(?=\S)", stripped, re.IGNORECASE)
            code = system.parse(stripped[lead.end() :]) if lead else None
            if code is not None:
                named.append(code)
    if named:
        return tuple(dict.fromkeys(named))
    if len(stripped) > 12 or len(stripped.split()) > 3:
        return ()
    return tuple(code for system in systems if (code := system.parse(stripped)) is not None)


def parse_code(text: str, systems: Sequence[CodeSystem] = BUILT_IN) -> Code:
    """The one code that a person wrote as `CPT:20972` or, where only one system has that form, as `20972`.

    Raises InvalidCode, saying which systems are known, if there is none or more than one.
    """
    system_name, colon, value = text.partition(":")
    if colon:
        for system in systems:
            if system_name.strip().upper() in {name.upper() for name in system.names}:
                code = system.parse(value)
                if code is None:
                    raise InvalidCode(f"{value.strip()!r} does not have the form of a {system.name} code")
                return code
        known = ", ".join(system.name for system in systems)
        raise InvalidCode(f"{system_name.strip()!r} is no code system known here; the known ones are {known}")
    found = readings(text, systems)
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidCode(
            f"{text.strip()!r} does not have the form of a code; write SYSTEM:CODE, for example CPT:20972"
        )
    choices = ", ".join(str(code) for code in found)
    raise InvalidCode(f"{text.strip()!r} could be any of {choices}; write the system with it")


def own_system(name: str, pattern: str) -> CodeSystem:
    """A code system of the user's own: `pattern` is a regular expression for a whole code, such as `LAB-\\d{3}`.

    Dashes, dots and blanks are part of what it matches. Raises InvalidSettings for a bad pattern.
    """
    try:
        form = re.compile(pattern)
    except re.error as error:
        raise InvalidSettings(f"the pattern of code system {name!r} is not a regular expression: {error}") from error
    if form.fullmatch(""):
        raise InvalidSettings(f"the pattern of code system {name!r} also matches an empty text")
    return _OwnSystem(name, form, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), (name,))


class _OwnSystem(CodeSystem):
    """A system whose codes are taken exactly as they are written."""

    __slots__ = ()

    def parse(self, text: str) -> Code | None:
        value = text.strip()
        for writing in (value, value.upper()):
            if self.form.fullmatch(writing):
                return Code(self.name, writing)
        return None
