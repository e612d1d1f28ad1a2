"""What a code is in each code system, and how one is recognised in text."""

import functools
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

    def __hash__(self) -> int:
        return hash(self.value)  # codes are looked up by the thousand in each answer, and few share a value

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"

    @property
    def bare(self) -> "Code":
        """The same code without its edition."""
        return Code(self.system, self.value)


# The dot tells an ICD-10-CM code from a HCPCS code: E11.65 is not E1165.
_ICD10_DOT = re.compile(r"\s*[A-Za-z][0-9A-Za-z]{2}\.[0-9A-Za-z]")
# A code of five characters with its modifier behind a dash or blank, which is no value of seven.
_WITH_MODIFIER = re.compile(r"\s*(?:\d{4}[0-9A-Za-z]|[A-Za-z]\d{4})[\s\-]+[0-9A-Za-z]{2}\s*")


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """One code system.

    `form` matches a whole value in canonical writing (upper case, no blanks; ICD-10-CM with its dot). `in_text` finds
    one inside prose and is narrower: what could be an ordinary word or number needs the system's name before it.
    """

    name: str
    form: re.Pattern[str]
    in_text: re.Pattern[str]
    names: tuple[str, ...]
    dotted: bool = False

    def parse(self, text: str) -> Code | None:
        """The code that `text` writes, whatever its case, blanks, dots and dashes; None if it is not of this system."""
        if not text.isascii() or (not self.dotted and (_ICD10_DOT.match(text) or _WITH_MODIFIER.fullmatch(text))):
            return None
        value = re.sub(r"[\s.\-]", "", text)
        value = value.upper()
        if self.dotted and len(value) > 3:
            value = f"{value[:3]}.{value[3:]}"
        return Code(self.name, value) if self.form.fullmatch(value) else None


def _system(name: str, form: str, in_text: str, *names: str, dotted: bool = False) -> CodeSystem:
    # After a comma, slash or dash, a code counts only if it goes on a list or range that was found: "20969/20970".
    before = r"(?:(?<![\w.·,$€£/\-])|(?<=[0-9A-Z][,/\-])(?P<next>))"
    # Neither a larger number nor a ZIP+4 may go on behind it; a modifier ("20972-59") or the end of a range may.
    # The raised mark of a footnote is no part of a number.
    after = r"(?!(?![⁰¹²³⁴-⁹])\w|\.\d|,\d{1,4}(?!\d)|-(?:\d|\d{3,4}|\d{6,})(?!\d)|-\d\d-\d)"
    return CodeSystem(name, re.compile(form), re.compile(f"{before}(?:{in_text}){after}"), (name, *names), dotted)


CPT = _system(
    "CPT",
    r"\d{5}|\d{4}[FTUM]|\d{2}|P[1-6]|[1-8]P",
    r"\d{5}|\d{4}F|0\d{3}[TUM]",
    "HCPCS Level I",
)
HCPCS = _system(
    "HCPCS",
    r"[A-CEGHJ-MP-V]\d{4}|[A-Z][A-Z0-9]",
    r"[A-CEGHJ-MP-V]\d{4}",
    "HCPCS Level II",
    "Level II",
)
CDT = _system("CDT", r"D\d{4}", r"D\d{4}", "ADA")
ICD10PCS = _system(
    "ICD-10-PCS",
    # Five digits with the modifier RT, LT or TC are a CPT code; no value of ICD-10-PCS ends so.
    r"(?!\d{5}(?:[RL]T|TC))[0-9BCDFGHX][0-9A-HJ-NP-Z]{6}",
    # A value of digits alone is more often a serial number. One with a letter first is more often a gene or a cell line
    # (HEK293T), unless it ends in Z. About one code in a hundred needs the system's name before it.
    r"(?=[0-9A-Z]*\d)(?=.[0-9A-Z]*[A-Z])(?!\d{5}(?:[RL]T|TC))(?:[0-9X][0-9A-HJ-NP-Z]{6}|[BCDFGH][0-9A-HJ-NP-Z]{5}Z)",
    "ICD10PCS",
    "PCS",
)
ICD10CM = _system(
    "ICD-10-CM",
    r"(?:[A-Z]\d|QA)[0-9A-Z](?:\.[0-9A-Z]{1,4})?",
    r"(?:[A-Z]\d|QA)\d\.[0-9A-Z]{1,4}|[A-Z]\d[AB]\.\d[0-9A-Z]{0,3}",
    "ICD10CM",
    "ICD-10",
    "ICD10",
    dotted=True,
)
BUILT_IN: tuple[CodeSystem, ...] = (CPT, HCPCS, ICD10PCS, ICD10CM, CDT)


@dataclass(frozen=True, slots=True)
class Mention:
    """A code written in a text at [start, end). `certain` is false where these characters may not be a code at all."""

    code: Code
    start: int
    end: int
    certain: bool


# What stands before or after a number that only looks like a code: each pattern is a kind of number, not an example.
_STATE = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
)
_STATE_NAME = (
    r"Ala(?:bama|ska)|Ari?(?:zona|kansas)|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|"
    r"Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|"
    r"Missouri|Montana|Nebraska|Nevada|New\s(?:Hampshire|Jersey|Mexico|York)|North\s(?:Carolina|Dakota)|Ohio|Oklahoma|"
    r"Oregon|Pennsylvania|Rhode\sIsland|South\s(?:Carolina|Dakota)|Tennessee|Texas|Utah|Vermont|(?:West\s)?Virginia|"
    r"Washington|Wisconsin|Wyoming"
)
_LABEL = (
    r"zip|zip\s?codes?|post(?:al\s)?codes?|(?:p\.?o\.?\s)?box|suite|ste|room|rm|apt|apartment|unit|mrn|medical\srecord|"
    r"patient|member|subscriber|account|acct|invoice|serial|lot|batch|model|npi|isbn|ssn"
)
_LABEL_WITH_NUMBER = r"case|claim|order|policy|licen[cs]e|reference|ticket|page|phone"
_NUMBER = r"\s(?:id|no|num|number)"
_NAMED_OTHERWISE = re.compile(
    rf"\b(?i:(?:{_LABEL})(?:{_NUMBER})?|(?:{_LABEL_WITH_NUMBER})(?:{_NUMBER}))[\s.:#]*$|"
    r"\b(?i:phone|telephone|tel|mobile|fax|ext|extension|pager)[\s.:#]*[\d ()+./\-]{0,20}$|"
    r"\+\d{1,3}(?!\d)[\d ()./\-]{0,20}$|\(0?\d{3}\)\s?$|\b0\d{1,3}[ /]$|"  # the head of a phone number
    r"(?:[$€£¥]|\b(?:USD|EUR|GBP))\s?$|"
    rf"(?:\b[A-Z][a-z]+,?\s+|[a-z],\s*)(?:{_STATE}|{_STATE_NAME}),?\s+$|"
    rf"\b[A-Z]{{3,}},?\s+(?!OR|IN|ME|HI|OK)(?:{_STATE}),?\s+$"
)
_NAMED_WEAKLY = re.compile(
    r"\b(?i:order|policy|licen[cs]e|id|ref|reference|page|ticket|transmittal|change\srequest|price|cost|fee|amount|"
    r"total|rvus?)[\s.:#]*$|\b(?i:no)\.\s*$|#\s?$"
)
_AFTER = re.compile(
    r"\s?(?i:mcg|µg|ug|mg|g|kg|lb|lbs|ml|cc|l|iu|units?|u|meq|mmol|mm|cm|m|km|ft|feet|miles?|hz|rpm|steps|cells?|"
    r"dollars?|usd|euros?|percent|%|people|patients?|persons?|beds|visits|hours?|minutes?|seconds?|days?|weeks?|months?|"
    r"years?|times|calories|kcal|copies)(?!\w)|"
    r"\s(?:[NSEW]\.?\s)?(?:[A-Z][a-z]+\s){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Drive|Lane|Highway)\b|"
    r",?\s(?:USA|United\sStates)\b|\s\d{6}(?!\d)"
)
_CUE = re.compile(r"\b(?:codes?|coded|report(?:ed)?|bill(?:ed)?|use)\b(?:no\.|[^.;\n]){0,40}$", re.IGNORECASE)
_MODIFIER = re.compile(r"\b(?:[Mm]odifiers?|MODIFIERS?:)[\s:]+(?=(-?[0-9A-Z]{2}(?:(?:\s*(?:,|/|\bor\b|\band\b))*\s*-?"
                       r"[0-9A-Z]{2}(?![0-9A-Za-z]))*))\1(?![0-9A-Za-z])")  # fmt: skip
# No pattern looks further back than this, so a number in a long text costs no more than one in a short text.
_REACH = 40
_CUE_REACH = 60


def find_codes(text: str, systems: Sequence[CodeSystem] = BUILT_IN, *, asked: bool = False) -> tuple[Mention, ...]:
    """The codes written in `text`, in order; it leaves out ZIP codes, doses, years, prices and phone numbers.

    A value that could belong to two systems is reported once for each. A modifier is found after the word "modifier".
    In a query (`asked`), a number behind "fee" or "RVU" may be a code, but is none for certain.
    """
    found: dict[tuple[int, int, str], Mention] = {}
    for system in systems:
        for mention in _named(text, system):
            found[mention.start, mention.end, system.name] = mention
    ends = {end for _, end, _ in found}
    bare = [(match, system) for system in systems for match in system.in_text.finditer(text)]
    for match, system in sorted(bare, key=lambda pair: pair[0].start()):
        start, end = match.span()
        code = system.parse(match.group())
        if code is None or (start, end, system.name) in found:
            continue
        if match.lastgroup == "next" and start - 1 not in ends:
            continue
        if not _is_other_number(text, start, end):
            certain = not _is_named_weakly(text, start, end)
            if certain or asked:
                found[start, end, system.name] = Mention(code, start, end, certain)
                ends.add(end)
    for match in _MODIFIER.finditer(text):
        for part in re.finditer(r"(?<![0-9A-Za-z])[0-9A-Z]{2}(?![0-9A-Za-z])", match.group(1)):
            start, end = match.start(1) + part.start(), match.start(1) + part.end()
            for system in systems:
                code = system.parse(part.group())
                if code is not None:
                    found[start, end, system.name] = Mention(code, start, end, certain=False)
    return tuple(found[key] for key in sorted(found))


def _is_other_number(text: str, start: int, end: int) -> bool:
    """Whether the words around [start, end) make it a ZIP code, a room, a dose, a price or the like."""
    reach = max(0, start - _REACH)
    if _NAMED_OTHERWISE.search(text, reach, start):
        return True
    if not text[start:end].isdigit():
        return False
    return bool(_AFTER.match(text, end))


def _is_named_weakly(text: str, start: int, end: int) -> bool:
    """Whether a number is rather an amount, a page or an order, by the word before it."""
    if not text[start:end].isdigit() or not _NAMED_WEAKLY.search(text, max(0, start - _REACH), start):
        return False
    return not _CUE.search(text, max(0, start - _CUE_REACH), start)


def _named(text: str, system: CodeSystem) -> Iterator[Mention]:
    """Codes after the name of their system, however they are written: "CPT code 20972", "icd-10-pcs 0dtj 4zz"."""
    for lead in _introduction(system.names).finditer(text):
        mention = _written(text, lead.end(), system)
        while mention is not None:
            yield mention
            joint = _JOINT.match(text, mention.end)
            mention = _written(text, joint.end(), system) if joint else None
            # The list may go on, but its next number may be no code: "CPT 20972, 10000 units".
            if mention and text[mention.start : mention.end].isdigit():
                break


_JOINT = re.compile(r"\s*(?:(?:[,/&–-]|\b(?:and|or|to|through)\b)\s*){1,2}", re.IGNORECASE)
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]*")


@functools.cache
def _introduction(names: tuple[str, ...]) -> re.Pattern[str]:
    either = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(names, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)(?:{either})(?!\w|-[A-Z])(?:\s?(?:®|™|\(R\)))?(?:\s+codes?\b)?\s*[-:#]?\s*", re.IGNORECASE
    )


def _written(text: str, position: int, system: CodeSystem) -> Mention | None:
    """The code of `system` in the next word, or in the next two where a blank stands inside it."""
    first = _WORD.match(text, position)
    if first is None:
        return None
    ends = [first.end()]
    second = _WORD.match(text, first.end() + 1) if text[first.end() : first.end() + 1] == " " else None
    # Two numbers in a row are not one code.
    if second and re.search(r"\d", second.group()) and not (first.group() + second.group().rstrip(".")).isdigit():
        ends.append(second.end())
    for end in ends:
        written = text[position:end].rstrip(".")
        code = system.parse(written)
        if code is not None and len(written) > 2 and any(character.isdigit() for character in written):
            return Mention(code, position, position + len(written), certain=True)
    return None


def readings(text: str, systems: Sequence[CodeSystem] = BUILT_IN) -> tuple[Code, ...]:
    """Every code that a whole text may mean, with or without dots, blanks, dashes, capitals or a system's name."""
    stripped = text.strip().strip("\"'()[]{}?!,;.")
    named: list[Code] = []
    for system in systems:
        lead = _introduction(system.names).match(stripped)
        code = system.parse(stripped[lead.end() :]) if lead else None
        if code is not None:
            named.append(code)
    if named:
        return tuple(named)
    spelt = all(len(piece) == 1 for piece in re.split(r"[\s\-]+", stripped))  # "0 D T J 4 Z Z"
    if len(stripped) > (15 if spelt else 12) or (len(stripped.split()) > 3 and not spelt):
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
        raise InvalidCode(f"{system_name.strip()!r} is not a known code system; the known ones are {known}")
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
    if not name.strip() or ":" in name:
        raise InvalidSettings(f"{name!r} cannot name a code system; use a word without a colon")
    if name.upper() in {known.upper() for system in BUILT_IN for known in system.names}:
        raise InvalidSettings(f"code system {name!r} is built in; give your own another name")
    try:
        form, in_text = re.compile(pattern), re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")
    except re.error as error:
        raise InvalidSettings(f"the pattern of code system {name!r} is not a regular expression: {error}") from error
    if form.fullmatch(""):
        raise InvalidSettings(f"the pattern of code system {name!r} also matches an empty text")
    return _OwnSystem(name, form, in_text, (name,))


class _OwnSystem(CodeSystem):
    """A system whose codes count exactly as they are written."""

    __slots__ = ()

    def parse(self, text: str) -> Code | None:
        value = text.strip()
        for writing in (value, value.upper()):
            if self.form.fullmatch(writing):
                return Code(self.name, writing)
        return None
