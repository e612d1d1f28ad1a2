"""Reads sizes, ages, weights and spinal levels in plain words, and tells whether one lies in a range that a page names.

Pages write ranges in many ways ("2.1 to 3.0 cm", "over half a centimeter and up to one", "20 sq cm or less", "aged five
or above"), notes write single values ("3.6 cm excised diameter", "11 x 6 cm", "6 yr old"). Both are brought to one unit
of each dimension: centimetres, square centimetres, grams, years.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100}
_NUMBERS: dict[str, float] = {**{word: float(n) for n, word in enumerate(_UNITS)}, **_TENS}
_WORD = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_HALVES = re.compile(
    rf"\b(?:(?P<whole>{_WORD}|\d+) and (?:a|one) half|half an? (?P<unit>[a-z]+)|half(?= to| and))\b", re.IGNORECASE
)
_NUMBER_WORD = re.compile(rf"\b(?:{_WORD})\b", re.IGNORECASE)

_N = r"(\d{1,4}(?:\.\d+)?)"
_UNIT = (
    r"(sq(?:uare)?\.? ?c(?:enti)?m(?:et(?:er|re)s?)?|cm2|cm²|c(?:enti)?m(?:et(?:er|re)s?)?|"
    r"m(?:illi)?m(?:et(?:er|re)s?)?|sq(?:uare)?\.? ?in(?:ch(?:es)?)?|inch(?:es)?|g(?:rams?|m)?|kg|"
    r"years?(?: of age)?|y(?:r|ear)s?[- ]?olds?|yrs?|y/?o)(?![a-z])"
)
_OPTIONAL = rf"(?: ?{_UNIT})?"
_ABOVE = r"(?:over|above|beyond|past|more than|greater than|longer than|larger than|bigger than|wider than|exceeding)"
_BELOW = r"(?:under|below|less than|smaller than|shorter than|younger than)"
_WITHIN = r"(?:up to|to|within|no more than|not more than|at most|no larger than|through)"
_OR_LESS = r"(?:or|and) (?:less|smaller|below|under|shorter|fewer|younger)"
_OR_MORE = r"(?:or|and|of age and) (?:more|larger|above|over|older|beyond|later|longer|up|greater)"
_BETWEEN = re.compile(
    rf"(?:{_ABOVE} |between |from )?{_N}{_OPTIONAL} ?(?:(?:and|but) )?(?:up to|to|and|through|not over|-|–) ?"
    rf"{_N}{_OPTIONAL}",
    re.IGNORECASE,
)
_UP_TO = re.compile(rf"(?:{_WITHIN} {_N}{_OPTIONAL}|{_N}{_OPTIONAL} {_OR_LESS})", re.IGNORECASE)
_UNDER = re.compile(rf"{_BELOW} {_N}{_OPTIONAL}", re.IGNORECASE)
_OVER = re.compile(rf"{_ABOVE} (?:the (?:first|initial) )?{_N}{_OPTIONAL}", re.IGNORECASE)
# A further 20 sq cm presupposes the first.
_FURTHER = re.compile(rf"(?:each|every) (?:further|additional|extra) {_N}{_OPTIONAL}", re.IGNORECASE)
_AT_LEAST = re.compile(
    rf"(?:(?:at least|from|aged?|at) {_N}{_OPTIONAL}(?: {_OR_MORE})?|{_N}{_OPTIONAL} {_OR_MORE})", re.IGNORECASE
)
_NOT = re.compile(r"\b(?:not|never|n't)\s(?:\w+\s){0,2}$", re.IGNORECASE)
_BEFORE = 24
_AGED = re.compile(r"\b(?:aged?|child|children|patient|years?|adult|infant)\b", re.IGNORECASE)

_PRODUCT = re.compile(rf"{_N} ?(?:x|×|by) ?{_N}(?: ?(?:x|×|by) ?{_N})? ?{_UNIT}", re.IGNORECASE)
_VALUE = re.compile(rf"{_N}[- ]?{_UNIT}", re.IGNORECASE)
# The size that a code asks for is the one its note calls whole; the tumour within and the margin are smaller.
_WHOLE = re.compile(
    r"\b(?:total|excised|diameter|in all|altogether|whole|with (?:the |its )?(?:margins?|rim)|final|measured|"
    r"plus rim)\b",
    re.IGNORECASE,
)
_AROUND = 32

_LEVEL = re.compile(
    r"\b([CTL])-?(\d{1,2})(?:\s?(?:-|–|/| to | through )\s?(?:([CTLS])-?)?(\d{1,2}))?(?!\d)", re.IGNORECASE
)
_SPINE = {"C": 0, "T": 7, "L": 19, "S": 24}


class Dimension(StrEnum):
    """What a quantity measures."""

    LENGTH = "length"
    AREA = "area"
    MASS = "mass"
    AGE = "age"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in the one unit of its dimension. `whole` marks the size that stands for all of it."""

    dimension: Dimension
    value: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` of a dimension; which end belongs to it as the page's words say."""

    dimension: Dimension
    low: float
    high: float
    holds_low: bool
    holds_high: bool

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return (self.low < value or (self.holds_low and value == self.low)) and (
            value < self.high or (self.holds_high and value == self.high)
        )


def numerals(text: str) -> str:
    """The text with its small number words as digits: "two and a half" is 2.5, "half a centimeter" 0.5 centimeter."""

    def halved(match: re.Match[str]) -> str:
        if match["unit"]:
            return f"0.5 {match['unit']}"
        if match["whole"]:
            return f"{_number(match['whole']) + 0.5:g}"
        return "0.5"

    return _NUMBER_WORD.sub(lambda match: f"{_number(match.group()):g}", _HALVES.sub(halved, text))


def read_range(text: str) -> Range | None:
    """The first range that a title or description names; None where it names none."""
    plain = numerals(text)
    for pattern, build in _FORMS:
        for match in pattern.finditer(plain):
            found = build(match, plain)
            if found is not None:
                return found
    return None


def read_quantities(text: str) -> tuple[Quantity, ...]:
    """The sizes, weights and ages that a statement gives; of "11 x 6 cm" both the longer side and the area."""
    plain = numerals(text)
    found: list[Quantity] = []
    taken: list[tuple[int, int]] = []
    for match in _PRODUCT.finditer(plain):
        sides = sorted((float(match[1]), float(match[2])), reverse=True)
        unit = _dimension(match[4])
        if unit is None or unit[0] is not Dimension.LENGTH:
            continue
        taken.append(match.span())
        whole = _is_whole(plain, *match.span())
        found.append(Quantity(Dimension.LENGTH, sides[0] * unit[1], whole))
        found.append(Quantity(Dimension.AREA, round(sides[0] * sides[1] * unit[1] ** 2, 4), whole))
    for match in _VALUE.finditer(plain):
        unit = _dimension(match[2])
        if unit is None or any(start <= match.start() < end for start, end in taken):
            continue
        found.append(Quantity(unit[0], round(float(match[1]) * unit[1], 4), _is_whole(plain, *match.span())))
    return tuple(found)


def leading(quantities: Sequence[Quantity], dimension: Dimension) -> float | None:
    """The value that stands for a statement in a dimension: what it calls whole, or else its largest."""
    of_kind = [quantity for quantity in quantities if quantity.dimension is dimension]
    chosen = [quantity for quantity in of_kind if quantity.whole] or of_kind
    return max((quantity.value for quantity in chosen), default=None)


def is_whole(quantities: Sequence[Quantity], dimension: Dimension) -> bool:
    """Whether a statement calls one of its values in a dimension the whole."""
    return any(quantity.whole for quantity in quantities if quantity.dimension is dimension)


def spinal_levels(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """(interspaces, vertebrae) that a text names, numbered from the top: "C5-6" is one of the one, two of the other."""
    interspaces: set[int] = set()
    vertebrae: set[int] = set()
    for match in _LEVEL.finditer(text):
        first = _SPINE[match[1].upper()] + int(match[2])
        if int(match[2]) > 12:
            continue
        vertebrae.add(first)
        if match[4]:
            last = _SPINE[(match[3] or match[1]).upper()] + int(match[4])
            if 0 < last - first <= 12:
                interspaces.update(range(first, last))
                vertebrae.update(range(first, last + 1))
    return frozenset(interspaces), frozenset(vertebrae)


_ORDINALS = (
    (re.compile(r"\bthird\b", re.IGNORECASE), 3),
    (re.compile(r"\b(?:second)\b", re.IGNORECASE), 2),
    (
        re.compile(
            r"\b(?:(?:each|every|any) (?:further|additional|extra|next|other)|further|additional|extra|add-on)\b",
            re.IGNORECASE,
        ),
        2,
    ),
    (re.compile(r"\b(?:first|initial)\b(?![- ](?:time|repair))", re.IGNORECASE), 1),
)


def read_ordinal(title: str) -> int | None:
    """Which of several levels, vessels or lesions a code counts: 1 for the first, 2 for a further one."""
    return next((order for pattern, order in _ORDINALS if pattern.search(title)), None)


def is_add_on(title: str) -> bool:
    """Whether a title says that its code goes with another."""
    return (
        re.search(r"\badd-?on\b|\b(?:each|every) (?:further|additional|extra|next)\b", title, re.IGNORECASE) is not None
    )


def _number(word: str) -> float:
    return _NUMBERS.get(word.lower()) if word.lower() in _NUMBERS else float(word)  # type: ignore[return-value]


def _dimension(unit: str | None) -> tuple[Dimension, float] | None:
    """What a unit measures, and its size in the one unit of its dimension."""
    if not unit:
        return None
    name = unit.lower().replace(".", "")
    if name.startswith("sq") or name in ("cm2", "cm²"):
        return Dimension.AREA, 6.4516 if "in" in name.split("sq")[-1][-6:] and "c" not in name[2:4] else 1.0
    if name.startswith("y"):
        return Dimension.AGE, 1.0
    if name.startswith("g"):
        return Dimension.MASS, 1.0
    if name == "kg":
        return Dimension.MASS, 1000.0
    if name.startswith("inch"):
        return Dimension.LENGTH, 2.54
    return Dimension.LENGTH, 0.1 if name.startswith(("mm", "milli")) else 1.0


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether the words beside a size, within its clause, call it the whole."""
    before = re.split(r"[,;.]\s", text[max(0, start - _AROUND) : start])[-1]
    after = re.split(r"[,;.]\s|\sand\s", text[end : end + _AROUND])[0]
    return _WHOLE.search(before) is not None or _WHOLE.search(after) is not None


def _unit_of(match: re.Match[str], text: str, *units: str | None) -> tuple[Dimension, float] | None:
    """The unit of a range: as written with either end, or years where the words around speak of age."""
    unit = next((unit for unit in units if unit), None)
    if unit:
        return _dimension(unit)
    around = text[max(0, match.start() - 24) : match.end() + 24]
    if _AGED.search(around):
        return Dimension.AGE, 1.0
    elsewhere = _VALUE.search(text) if " the first " in match.group() else None
    return _dimension(elsewhere[2]) if elsewhere else None


def _between(match: re.Match[str], text: str) -> Range | None:
    unit = _unit_of(match, text, match[4], match[2])
    low, high = float(match[1]), float(match[3])
    if unit is None or high <= low:
        return None
    # "3 to 10" holds 3, "over 2 up to 3" does not; of two neighbours "1.1 to 2.0" and "2.1 to 3.0" the gap is nobody's.
    open_low = re.match(rf"{_ABOVE}|between", match.group(), re.IGNORECASE) is not None
    return Range(unit[0], low * unit[1], high * unit[1], not open_low, True)


def _one(match: re.Match[str], text: str) -> tuple[Dimension, float] | None:
    number, written = next(pair for pair in zip(match.groups()[::2], match.groups()[1::2], strict=True) if pair[0])
    unit = _unit_of(match, text, written)
    return None if unit is None else (unit[0], float(number) * unit[1])


def _up_to(match: re.Match[str], text: str) -> Range | None:
    end = _one(match, text)
    return Range(end[0], 0.0, end[1], True, True) if end else None


def _under(match: re.Match[str], text: str) -> Range | None:
    end = _one(match, text)
    return Range(end[0], 0.0, end[1], True, False) if end else None


def _over(match: re.Match[str], text: str) -> Range | None:
    end = _one(match, text)
    if end and _NOT.search(text[max(0, match.start() - _BEFORE) : match.start()]):
        return Range(end[0], 0.0, end[1], True, True)  # "does not go beyond 250 grams"
    return Range(end[0], end[1], float("inf"), False, False) if end else None


def _at_least(match: re.Match[str], text: str) -> Range | None:
    end = _one(match, text)
    return Range(end[0], end[1], float("inf"), True, False) if end else None


_FORMS = (
    (_BETWEEN, _between),
    (_OVER, _over),
    (_FURTHER, _over),
    (_UNDER, _under),
    (_UP_TO, _up_to),
    (_AT_LEAST, _at_least),
)
