"""Says in plain words what the rows of edit tables mean, for findings and for code pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.edit_rows import EditRow, yes_or_no
from assistant.parsing.cells import Bound, codes_in
from assistant.parsing.edit_columns import Part
from assistant.types.codes import CDT, CPT, HCPCS, Code
from assistant.types.findings import Severity

# Modifiers that can show that the second code of a pair was separate; the second list does so from the first code too.
_SITES = "E1 E2 E3 E4 FA F1 F2 F3 F4 F5 F6 F7 F8 F9 TA T1 T2 T3 T4 T5 T6 T7 T8 T9 LT RT LC LD RC LM RI".split()
_SEPARATE = "59 XE XP XS XU".split()
SITES = frozenset(_SITES)
EITHER = frozenset(_SEPARATE)
BYPASS = frozenset([*_SITES, *_SEPARATE, *"24 25 27 57 58 78 79 91".split()])
# The column of a fee schedule that rules each of these modifiers.
RULED_BY = {
    "50": Part.BILATERAL,
    "51": Part.MULTIPLE,
    "62": Part.CO_SURGEON,
    "66": Part.TEAM,
    "80": Part.ASSISTANT,
    "81": Part.ASSISTANT,
    "82": Part.ASSISTANT,
    "AS": Part.ASSISTANT,
    "26": Part.COMPONENTS,
    "TC": Part.COMPONENTS,
}
_NO_CONCEPT = "it does not apply to this code"
_WORDS: dict[Part, dict[str, str]] = {
    Part.BILATERAL: {
        "0": "no more is paid for both sides",
        "1": "both sides are paid at one and a half times the fee",
        "2": "the fee is already for both sides",
        "3": "each side is paid in full",
        "9": _NO_CONCEPT,
    },
    Part.ASSISTANT: {
        "0": "an assistant is paid only with a record of why one was needed",
        "1": "an assistant is never paid",
        "2": "an assistant may be paid",
        "9": _NO_CONCEPT,
    },
    Part.CO_SURGEON: {
        "0": "two surgeons are not paid",
        "1": "two surgeons are paid only with a record of why both were needed",
        "2": "two surgeons of different specialties may be paid",
        "9": _NO_CONCEPT,
    },
    Part.TEAM: {
        "0": "a team of surgeons is not paid",
        "1": "a team of surgeons is paid only with a record of why it was needed",
        "2": "a team of surgeons may be paid",
        "9": _NO_CONCEPT,
    },
    Part.MULTIPLE: {
        "0": "no reduction for several procedures applies",
        "2": "the usual reduction for several procedures applies",
        "3": "the reduction for several endoscopies applies",
        "9": _NO_CONCEPT,
    },
    Part.COMPONENTS: {
        "0": "a physician's service, which has no two parts",
        "1": "a test with a professional and a technical part",
        "2": "the professional part alone",
        "3": "the technical part alone",
        "4": "the whole test alone",
        "5": "a service of staff, which has no two parts",
        "6": "a laboratory test of which only the reading has modifier 26",
        "8": "a reading of a laboratory test, which may have modifier 26",
        "9": _NO_CONCEPT,
    },
}
_STOPS: dict[Part, dict[str, Severity]] = {
    Part.BILATERAL: {"0": Severity.STOP, "2": Severity.STOP, "9": Severity.STOP},
    Part.ASSISTANT: {"0": Severity.ASK, "1": Severity.STOP, "9": Severity.STOP},
    Part.CO_SURGEON: {"0": Severity.STOP, "1": Severity.ASK, "9": Severity.STOP},
    Part.TEAM: {"0": Severity.STOP, "1": Severity.ASK, "9": Severity.STOP},
    Part.MULTIPLE: {"0": Severity.NOTE, "9": Severity.NOTE},
}
_PARTED = {"1": ("26", "TC"), "6": ("26",), "8": ("26",)}
_MOST_NAMED = 6
_PROCEDURES = Bound((CPT, HCPCS, CDT), named=True, surely=True)
_TO = re.compile(r"\s*(?:[-–—]|to|through|thru)\s*", re.IGNORECASE)


def ruled_out(modifier: str, part: Part, cell: str) -> Severity | None:
    """How far the cell of an indicator rules a modifier out; None where it may be used, or the cell says neither."""
    if part is Part.COMPONENTS:
        known = cell in _WORDS[part]
        return Severity.STOP if known and modifier not in _PARTED.get(cell, ()) else None
    if cell in _WORDS[part]:
        return _STOPS[part].get(cell)
    return Severity.STOP if yes_or_no(cell) is False else None


def indicator_words(row: EditRow, part: Part) -> str:
    """What the cell of an indicator means, with the name of its column: `BILAT SURG is 0: …`."""
    cell = row.says(part)
    meaning = _WORDS.get(part, {}).get(cell, "")
    return f"{row.names[part]} is {cell}" + (f" ({meaning})" if meaning else "")


@dataclass(frozen=True, slots=True)
class Primary:
    """A primary code of an add-on code, or a range of them."""

    first: Code
    last: Code

    def holds(self, code: Code) -> bool:
        """Whether a code is this one, or in this range."""
        return code.system == self.first.system and self.first.value <= code.value <= self.last.value


def primaries_of(row: EditRow) -> tuple[Primary, ...]:
    """The codes that an add-on code is added to, as its row lists them."""
    cell = row.says(Part.PRIMARY)
    found = codes_in(cell, _PROCEDURES)
    listed: list[Primary] = []
    for at, one in enumerate(found):
        between = cell[found[at - 1].end : one.start] if at else ""
        if listed and _TO.fullmatch(between):
            listed[-1] = Primary(listed[-1].first, one.code)
        else:
            listed.append(Primary(one.code, one.code))
    return tuple(listed)


def named(codes: Sequence[Code]) -> str:
    """Some codes in a sentence."""
    shown = [str(code) for code in codes[:_MOST_NAMED]]
    more = len(codes) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
