"""Finds what a document is about: its code, title, edition and the dates it holds for."""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.errors import InvalidCode, UnreadableDocument
from assistant.types.codes import Code, CodeSystem, find_codes, parse_code

_EDITION = re.compile(
    r"\b(?:FY\s?)?((?:19|20)\d\d)\s+(?:edition|release|update|CPT|HCPCS|ICD|CDT|code set|official)|"
    r"\b(?:edition|fiscal year|FY|effective(?:\s+\w+){0,3}?)\s*[:,]?\s*((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
# The words between a code and its meaning: "CPT code 20972 describes a free flap".
_VERB = (
    r"(?:(?:describes?|denotes|is|means|covers|reports?|represents|identifies|(?:stands|is used) for|refers to)\s+)?"
)
_MONTHS = "January February March April May June July August September October November December".split()
_DATE = re.compile(
    rf"\beffective\b(?:\s+(?:date|from|on|as of))?\s*:?\s*(?:(\d{{4}})-(\d\d)-(\d\d)|(\d\d?)/(\d\d?)/(\d{{4}})|"
    rf"({'|'.join(_MONTHS)})\s+(\d\d?),?\s+(\d{{4}}))\b",
    re.IGNORECASE,
)
_YEAR_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_FISCAL = {"ICD-10-CM", "ICD-10-PCS"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a document is about. `span` is where its code literally stands in the text."""

    title: str
    code: Code | None
    span: tuple[int, int]
    edition: str | None
    effective: datetime.date | None
    expires: datetime.date | None
    family: str = ""
    id: str | None = None


def find_subject(
    text: str,
    name: str,
    systems: Sequence[CodeSystem],
    *,
    front: Mapping[str, object] | None = None,
    title: str = "",
    window_title: str = "",
    body_start: int = 0,
) -> Subject:
    """The subject, from the first that tells it: front matter, title, the title of the window, running text.

    Raises UnreadableDocument if the front matter contradicts itself or the text.
    """
    front = front or {}
    declared = _declared_code(front, name, systems)
    code: Code | None
    if declared:
        code, span = _literal(text, declared, systems, name, body_start)
    else:
        code, span = _written_code(text, title, systems, body_start)
        for outer in (_text(front, "title"), window_title):
            if code is None and outer:
                code, span = _titled_code(text, outer, systems)
    edition = _text(front, "edition") or _edition(title, text[body_start : body_start + 600], name)
    effective = _date(front, "effective", name) or _written_date(text[body_start : body_start + 600])
    effective = effective or edition_start(edition, code.system if code else "")
    heading = title or _bare_title(window_title, None) or _first_line(text[body_start:])
    shown = _text(front, "title") or _bare_title(heading, code) or name
    if code and not _describes(shown, code):
        # A title such as "2025 CPT code 20972" says no more than the code; the name stands in the line below.
        below = _first_line(text[span[1] :].partition("\n")[2])
        shown = below if _describes(below, code) else shown
    return Subject(
        title=shown,
        code=Code(code.system, code.value, edition) if code else None,
        span=span,
        edition=edition,
        effective=effective,
        expires=_date(front, "expires", name),
        family=_text(front, "family"),
        id=_id(front, name),
    )


def edition_start(edition: str | None, system: str) -> datetime.date | None:
    """The first day of an edition named by its year: 1 October before for ICD-10, 1 January otherwise."""
    if edition is None or not re.fullmatch(r"(?:19|20)\d\d", edition):
        return None
    year = int(edition)
    return datetime.date(year - 1, 10, 1) if system in _FISCAL else datetime.date(year, 1, 1)


def year_in(text: str) -> str | None:
    """An edition's year in a title or file name."""
    match = _YEAR_IN_NAME.search(text)
    return match[1] if match else None


def _declared_code(front: Mapping[str, object], name: str, systems: Sequence[CodeSystem]) -> Code | None:
    value = _text(front, "code")
    if not value:
        return None
    system = _text(front, "system")
    try:
        return parse_code(f"{system}:{value}" if system and ":" not in value else value, systems)
    except InvalidCode as error:
        raise UnreadableDocument(f"{name}: the front matter's code is not usable: {error}") from error


def _literal(
    text: str, code: Code, systems: Sequence[CodeSystem], name: str, body_start: int
) -> tuple[Code, tuple[int, int]]:
    """The place of a declared code, best in the body; it must have one, for each code we show stands in a text."""
    written = re.compile(rf"(?<!\w){re.escape(code.value)}(?!\w)", re.IGNORECASE)
    at = written.search(text, body_start) or written.search(text)
    if at is None:
        system = next(system for system in systems if system.name == code.system)
        words = [match.span() for match in re.finditer(r"[0-9A-Za-z](?:[0-9A-Za-z.-]*[0-9A-Za-z])?", text)]
        for (start, end), (_, next_end) in zip(words, [*words[1:], (0, 0)], strict=True):
            for stop in (end, next_end):
                if system.parse(text[start:stop]) == code:
                    return code, (start, stop)
        raise UnreadableDocument(f"{name}: the front matter's code {code} does not stand in the text")
    return code, at.span()


def _written_code(
    text: str, title: str, systems: Sequence[CodeSystem], body_start: int
) -> tuple[Code | None, tuple[int, int]]:
    """A code in the title, or one that the opening words present: "2025 CPT code 20972, …"."""
    if _titled(title, systems):
        return _titled_code(text, title, systems)
    opening = text[body_start : body_start + 600]
    names = "|".join(re.escape(name) for system in systems for name in system.names)
    presented = re.search(rf"\b(?:(?:19|20)\d\d)\s+(?:{names})\s+code\s+", opening, re.IGNORECASE)
    first_line = re.search(r"\S[^\n]*", opening)
    mentions = find_codes(opening, systems)
    if presented:
        at = [mention for mention in mentions if mention.start == presented.end()]
    else:
        # There is one code, and it opens the document, within the first words of the first line.
        line_end = first_line.end() if first_line else 0
        sentence_end = re.search(r"[.!?](?:\s|$)", opening[:line_end] + " ")
        reach = sentence_end.start() if sentence_end else line_end
        at = [mention for mention in mentions if mention.end <= reach and mention.certain]
        begin = first_line.start() if first_line else 0
        if len({mention.code for mention in at}) != 1 or at[0].start - begin > 30:
            return None, (0, 0)
        # A list of codes, one on each line, is about none of them.
        second = re.compile(rf"\s*(?:(?:{names})\s+)?(?:codes?\s+)?", re.IGNORECASE).match(opening, line_end)
        if second and any(m.start == second.end() and m.code != at[0].code for m in mentions):
            return None, (0, 0)
    if not at:
        return None, (0, 0)
    return at[0].code, (body_start + at[0].start, body_start + at[0].end)


def _titled(title: str, systems: Sequence[CodeSystem]) -> set[Code]:
    return {mention.code for mention in find_codes(title, systems) if len(mention.code.value) > 2}


def _titled_code(text: str, title: str, systems: Sequence[CodeSystem]) -> tuple[Code | None, tuple[int, int]]:
    """The one code of a title, where it stands in the text."""
    codes = _titled(title, systems)
    if len(codes) == 1:
        (code,) = codes
        at = text.find(title)
        for mention in find_codes(title, systems) if at >= 0 else ():
            if mention.code == code:
                return code, (at + mention.start, at + mention.end)
        # The code nearly always stands in the first lines; only if it does not, a long text is read to its end.
        for reach in (5_000, len(text)):
            for mention in find_codes(text[:reach], systems):
                if mention.code == code:
                    return code, (mention.start, mention.end)
    return None, (0, 0)


def _edition(title: str, opening: str, name: str) -> str | None:
    for place in (title, opening):
        match = _EDITION.search(place)
        if match:
            return match[1] or match[2]
    return year_in(name)


def _written_date(opening: str) -> datetime.date | None:
    """The effective day in the opening words: "Effective date: July 1, 2025"; 7/1/2025 is July too."""
    match = _DATE.search(opening)
    if match is None:
        return None
    if match[1]:
        year, month, day = match[1], match[2], match[3]
    elif match[4]:
        month, day, year = match[4], match[5], match[6]
    else:
        month, day, year = str(_MONTHS.index(match[7].capitalize()) + 1), match[8], match[9]
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _bare_title(title: str, code: Code | None) -> str:
    """The title without the code that it repeats: "CPT 20972: free flap" becomes "free flap"."""
    if code is None:
        return title.strip()
    value = re.escape(code.value)
    at_end = rf"\s*[-–—:,(|]*\s*\b(?:{re.escape(code.system)}\s+)?(?:code\s+)?{value}\b\)?\s*$"
    in_front = rf"^.{{0,30}}?\b{value}\b\s*[-–—:,.|)]*\s*{_VERB}"
    bare = re.sub(at_end, "", title, flags=re.IGNORECASE)
    if bare == title:
        bare = re.sub(in_front, "", title, flags=re.IGNORECASE)
    return bare.strip(" -–—:,.|") or title.strip()


def _describes(title: str, code: Code) -> bool:
    """Whether a title says more than the code, its system and a year."""
    rest = re.sub(rf"{re.escape(code.value)}|{re.escape(code.system)}|\bcodes?\b", " ", title, flags=re.IGNORECASE)
    return re.search(r"[^\W\d_]{3}", rest) is not None


def _first_line(text: str) -> str:
    line = text.strip().split("\n", 1)[0].strip(" \t\r*#=_-")
    sentence = re.match(r".{1,160}?(?=[.!?](?:\s|$)|$)", line)
    return (sentence.group() if sentence else line[:160]).strip()


def _text(front: Mapping[str, object], key: str) -> str:
    value = front.get(key)
    if not isinstance(value, str | datetime.date):
        return ""
    # YAML can write half a surrogate pair, which no text file can hold.
    return " ".join(str(value).encode(errors="replace").decode().split())


def _id(front: Mapping[str, object], name: str) -> str | None:
    value = _text(front, "id")
    if value and not re.fullmatch(r"[A-Za-z0-9][\w.-]*", value, re.ASCII):
        raise UnreadableDocument(f"{name}: the id {value!r} is not made of letters, digits, dots and dashes")
    return value or None


def _date(front: Mapping[str, object], key: str, name: str) -> datetime.date | None:
    value = front.get(key)
    if value is None or isinstance(value, datetime.date):
        return value.date() if isinstance(value, datetime.datetime) else value
    try:
        return datetime.date.fromisoformat(str(value))
    except ValueError as error:
        raise UnreadableDocument(f"{name}: {key} is {value!r}, not a date such as 2025-01-01") from error
