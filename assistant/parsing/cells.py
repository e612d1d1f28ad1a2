"""Reads the codes in one cell of a table: several of them, ranges, wildcards, modifiers, and spoilt numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types.codes import BUILT_IN, Code, CodeSystem

_TOKEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]*")
# What may stand before the first code, and between two; a price, a sum or a telephone number has more.
_LEAD = re.compile(r"[\s+*#\"'(\[]*")
_GAP = re.compile(r"[\s,;/&|()\[\]\"'*#+–—\-^¹²³⁰-⁹†‡§]*")
_DASH = re.compile(r"\s*[-–—]\s*")
_JOINTS = {"and", "or", "to", "through", "thru"}
_MODIFIER = re.compile(r"[2-9]\d|[A-Z][0-9A-Z]|[1-8]P")
_JOINED = re.compile(r"(\d{4}[0-9A-Z]|[A-Z]\d{4})([2-9]\d|[A-Z][0-9A-Z])")
# "E11.xx" and "M17.x" stand for the codes below E11 and M17.
_PLACEHOLDERS = re.compile(r"([A-Z]\d[0-9A-Z](?:\.[0-9A-Z]*?[0-9A-WYZ])?)\.?X{1,4}", re.IGNORECASE)
_SPOILT = re.compile(r"(\d{3,5})(\.0+)?")
_TAKES_MODIFIERS = {"CPT", "HCPCS", "CDT"}
_LONGEST = 2_000  # a longer cell is a text
LOST_ZEROS = "had lost leading zeros, as in a spreadsheet, and got them back"
DECIMALS = "had decimals, as in a spreadsheet, and was read without them"


@dataclass(frozen=True, slots=True)
class Bound:
    """How the codes of a column are read.

    `systems` are tried in order. `named` says that the column's name names them, `surely` that it speaks of codes at
    all; `dotted` that ICD-10-CM codes have their dot here, so that J1100 is not one; `modifiers` that a code may have
    its modifier right behind it.
    """

    systems: tuple[CodeSystem, ...]
    named: bool = False
    surely: bool = False
    dotted: bool = False
    modifiers: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A code as it stands in a cell at [start, end), its modifiers, and what was put right, in words."""

    code: Code
    start: int
    end: int
    modifiers: tuple[str, ...] = ()
    mended: str = ""


def codes_in(cell: str, bound: Bound, modifier: str = "") -> tuple[Written, ...]:
    """The codes of a cell that holds codes; of a range, both ends; none where it is another number or a text.

    Words may follow the codes where the column's name speaks of codes. `modifier` is what the row's own column of
    modifiers says.
    """
    tokens = list(_TOKEN.finditer(cell)) if len(cell) <= _LONGEST else []
    if not tokens:
        return ()
    for system in bound.systems:
        if system not in BUILT_IN and (code := system.parse(cell)) is not None:
            return (Written(code, *_trimmed(cell)),)
    if not _LEAD.fullmatch(cell, 0, tokens[0].start()):
        return ()
    mended = _mended(cell, tokens[0], bound)
    return (mended,) if mended else _listed(cell, tokens, bound, modifier)


def _listed(cell: str, tokens: Sequence[re.Match[str]], bound: Bound, modifier: str) -> tuple[Written, ...]:
    found: list[Written] = []
    end = 0
    for token in tokens:
        text, gap = token.group().rstrip("."), cell[end : token.start()]
        range_end = bool(found) and _DASH.fullmatch(gap) is not None
        last = found[-1] if found else None
        end = token.start() + len(text)
        if text.lower() in _JOINTS and found:
            continue
        written = _one(text, token.start(), bound, modifier, alone=len(tokens) == 1)
        if written is not None and (not found or _GAP.fullmatch(gap.lstrip("."))):
            found.append(written)
        elif last and last.code.system in _TAKES_MODIFIERS and (range_end or gap == " ") and _MODIFIER.fullmatch(text):
            found[-1] = Written(last.code, last.start, last.end, (*last.modifiers, text), last.mended)
        elif last and range_end and "." in last.code.value and len(text) <= 4:
            continue  # the short end of a range: "M54.50-59"
        elif range_end or not found or not bound.surely or "\t" in gap:
            return ()
        else:
            break
    return tuple(found)


def _one(text: str, start: int, bound: Bound, modifier: str, *, alone: bool) -> Written | None:
    """The code that a word of a cell is."""
    for system in bound.systems:
        value = text
        if system.dotted:
            holder = _PLACEHOLDERS.fullmatch(text)
            value = holder[1] if holder and len(text) < 8 else text
            if bound.dotted and not bound.named and len(value) > 3 and "." not in value:
                continue
        if "." in value and not (system.dotted and value.find(".") == 3 and value.count(".") == 1):
            continue
        code = system.parse(value)
        if code is None or (len(code.value) == 2 and not _is_modifier_row(value, bound, alone=alone)):
            continue
        if system in BUILT_IN and len(value) > 2 and not has_digit(value) and not (alone and value.isupper()):
            continue  # "durable" has the form of ICD-10-PCS
        return Written(code, start, start + len(value))
    return _with_modifier(text, start, bound, modifier)


def has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _is_modifier_row(value: str, bound: Bound, *, alone: bool) -> bool:
    """Whether two characters are a modifier that a row is about: two digits only if the column speaks of modifiers."""
    return alone and (bound.modifiers or not bound.named or not value.isdigit())


def _with_modifier(text: str, start: int, bound: Bound, modifier: str) -> Written | None:
    """A code with its modifier right behind it: letters, or digits where the table says that they are a modifier."""
    joined = _JOINED.fullmatch(text.upper())
    if joined is None:
        return None
    if joined[2].isdigit() and not bound.modifiers and joined[2] != modifier:
        return None
    for system in bound.systems:
        code = system.parse(joined[1]) if system.name in _TAKES_MODIFIERS else None
        if code is not None:
            return Written(code, start, start + len(joined[1]), (joined[2],))
    return None


def _mended(cell: str, token: re.Match[str], bound: Bound) -> Written | None:
    """The CPT code that a spreadsheet took for a number: 100 is 00100, 27447.0 is 27447.

    Only the codes of anaesthesia, 00100 to 01999, begin with a zero that a number loses.
    """
    spoilt = _SPOILT.fullmatch(token.group())
    if spoilt is None or cell.strip() != token.group() or (len(spoilt[1]) == 5 and not spoilt[2]):
        return None
    cpt = next((system for system in bound.systems if system.name == "CPT"), None)
    short = len(spoilt[1]) < 5
    if cpt is None or not (bound.named if short else bound.surely):
        return None
    if short and not (100 <= int(spoilt[1]) <= 1999 and spoilt[1][0] != "0"):
        return None
    code = cpt.parse(spoilt[1].zfill(5))
    if code is None:
        return None
    return Written(code, token.start(), token.start() + len(spoilt[1]), (), LOST_ZEROS if short else DECIMALS)


def _trimmed(cell: str) -> tuple[int, int]:
    return len(cell) - len(cell.lstrip()), len(cell.rstrip())
