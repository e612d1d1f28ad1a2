"""Reads sizes, areas, ages, weights and times from a text, and tells whether a query's values fit a code's range.

Code sets tell siblings apart by ranges ("1.1 to 2.0 cm", "younger than 12 years", "each additional 15 minutes").
Neither words nor vectors can compare these with "1.6 cm" or "a quarter inch".
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache


class Dimension(StrEnum):
    """What a quantity measures, and its unit here."""

    LENGTH = "cm"
    AREA = "cm²"
    MASS = "g"
    AGE = "years"
    TIME = "minutes"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A stated value or range, [low, high] in the unit of its dimension, at [start, end) of the text.

    `bounded` tells a range ("1 to 2 cm", "over 4 cm") from a plain value. `excludes_low` is true for "over 4 cm".
    """

    dimension: Dimension
    low: float
    high: float
    start: int = field(compare=False)
    end: int = field(compare=False)
    bounded: bool = False
    excludes_low: bool = False

    @property
    def value(self) -> float:
        """One value for the whole: just inside the bound for an open range, else the middle of the range."""
        if math.isinf(self.high):
            return self.low * 1.05
        if self.bounded and self.low == 0:
            return self.high * 0.95
        return (self.low + self.high) / 2

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range, give or take a hair at the edges, which conversions of units need."""
        hair = 1e-6 * max(1.0, abs(value))
        above = value > self.low + hair if self.excludes_low else value >= self.low - hair
        return above and value <= self.high + hair


@dataclass(frozen=True, slots=True)
class Product:
    """Two sides in centimetres, as "3 x 4 cm" at [start, end) of the text."""

    long: float
    short: float
    start: int
    end: int

    @property
    def area(self) -> float:
        """The product, in square centimetres."""
        return self.long * self.short


_NUMBERS = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {word: 10.0 * ten for ten, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_WORD = "|".join(sorted(_NUMBERS, key=len, reverse=True))
# What a text is cut into, the first that fits; words that are none of these are tokens of their own.
_SIZES: tuple[tuple[str, Dimension, float], ...] = (
    (r"sq(?:uare|\.)?\s*(?:cms?|centimet(?:er|re)s?)|cm\s?(?:2|²|\^2)", Dimension.AREA, 1.0),
    (r"sq(?:uare|\.)?\s*(?:mms?|millimet(?:er|re)s?)|mm\s?(?:2|²|\^2)", Dimension.AREA, 0.01),
    (r"sq(?:uare|\.)?\s*in(?:ch(?:es)?|\.|\b)", Dimension.AREA, 6.4516),
    (r"cms?|centimet(?:er|re)s?", Dimension.LENGTH, 1.0),
    (r"mms?|millimet(?:er|re)s?", Dimension.LENGTH, 0.1),
    (r"inch(?:es)?", Dimension.LENGTH, 2.54),
    (r"kgs?|kilograms?|kilos?", Dimension.MASS, 1000.0),
    (r"gms?|grams?|g", Dimension.MASS, 1.0),
    (r"years?(?:[-\s]olds?|\s+of\s+age)?|yrs?(?:[-\s]old)?|y/?o|yo", Dimension.AGE, 1.0),
    (r"months?(?:[-\s]olds?|\s+of\s+age)|m/o", Dimension.AGE, 1 / 12),
    (r"minutes?|mins?", Dimension.TIME, 1.0),
    (r"hours?|hrs?", Dimension.TIME, 60.0),
)
_NUMBER = (
    rf"\d+(?:\.\d+)?(?:\s+(?:and\s+a\s+half|1/2))?|\.\d+|(?:{_WORD})(?:[-\s](?:{_WORD}))?"
    r"(?:\s+and\s+a\s+(?:half|quarter))?(?![a-z])|(?:three\s+quarters|half|(?:a\s+)?quarter)"
    r"(?:\s+(?:of\s+)?an?)?(?![a-z])|an?(?=\s+(?:inch|centimet))"
)
_TOKENS: tuple[tuple[str, str], ...] = (
    ("each", r"(?:each|every)\s+(?:additional|further|extra|added|subsequent|next|other)"),
    ("first", r"first|initial"),
    ("below", r"(?:(?:and|but)\s+)?(?:under|below|less\s+than(?!\s+or)|(?:small|young|short|light|few)er\s+than)"
              r"|<(?!=)"),
    ("up_to", r"(?:and\s+|but\s+)?(?:up\s+to|(?:no|not)\s+more\s+than|less\s+than\s+or\s+equal\s+to|within|at\s+most|"
              r"not\s+exceeding)|≤|<="),
    ("above", r"over|(?:more|greater|larger|wider|longer|bigger|older|heavier)\s+than|beyond|above|exceeding|past|"
              r"in\s+excess\s+of|>(?!=)"),
    ("from", r"at\s+least|no\s+less\s+than|≥|>="),
    ("less", r"(?:or|and)\s+(?:less|smaller|under|below|fewer|younger|shorter)(?!\s+than)"),
    ("more", r"(?:or|and)\s+(?:more|older|later|over|beyond|larger|greater|longer|up|above|upwards?)"),
    ("nearly", r"nearly|almost|just\s+under|not\s+quite"),
    ("between", r"between"),
    ("join", r"to|through|[-–]"),
    ("and", r"and|but"),
    ("age", r"child(?:ren)?|patients?|persons?|adults?|age[ds]?|boy|girl|i\s+am|i'm|s?he\s+is|s?he's"),
    ("filler", r"of|the|about|roughly|approximately|around|exactly|only|total|size|in\s+size"),
)  # fmt: skip
_LEXER = re.compile(
    "|".join([
        *(rf"(?P<u{number}>(?<![a-z])(?:{pattern})(?![a-z0-9]))" for number, (pattern, _, _) in enumerate(_SIZES)),
        rf"(?P<number>(?<![\w.])(?:{_NUMBER})(?!\w|\.\d)|(?<![\w.])\d+(?:\.\d+)?(?=[a-z]))",
        *(rf"(?P<{name}>(?:(?<!\w)(?:{pattern})(?!\w)|(?<=\d)(?:{pattern})(?=\s?\d)))" for name, pattern in _TOKENS),
        r"(?P<hyphen>(?<=\d)-(?=[a-z]))",
        r"(?P<other>\w+(?:'\w+)?|[^\w\s])",
    ]),
    re.IGNORECASE,
)  # fmt: skip
_MARGIN = re.compile(
    r"\b(?:margins?|rims?|cuffs?|healthy|normal|either side|each side|all (?:a)?round)\b", re.IGNORECASE
)
_TOTAL = re.compile(
    r"\b(?:total|all told|including|incl|counting|counted|excised diameter|(?:with|w) margins?|margins? included)\b",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:cm|mm)?\s*(?:x|×|by)\s*(\d+(?:\.\d+)?)"
    r"(?:\s*(?:cm|mm)?\s*(?:x|×|by)\s*\d+(?:\.\d+)?)?\s*(cms?|mms?|centimet(?:er|re)s?|millimet(?:er|re)s?|inch(?:es)?)\b",
    re.IGNORECASE,
)
_SUM = re.compile(r"\b(?:total|totall?ing|together|combined|sum|both|added)\b", re.IGNORECASE)
_REACH = 30


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    start: int
    end: int
    value: float = 0.0
    dimension: Dimension | None = None


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """The quantities that a text states, in order; ranges are read whole."""
    tokens = [token for token in _tokens(text) if token.kind != "filler"]
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        quantity, after = _read(tokens, at) if tokens[at].kind == "number" else (None, at + 1)
        if quantity is not None:
            found.append(quantity)
        at = after
    return tuple(found)


def measured(text: str) -> dict[Dimension, tuple[float, ...]]:
    """The values that a query or note states, by dimension; a bound counts as a value just inside it.

    A lesion and its margin make one size: the excised diameter has the margin on both sides. Of "3 x 4 cm" the larger
    side is the length and the product the area.
    """
    values: dict[Dimension, list[float]] = {}
    margins: list[float] = []
    for quantity in find_quantities(text):
        value = quantity.value
        if quantity.dimension is Dimension.LENGTH and value <= 2.0 and _is_margin(text, quantity):
            margins.append(value)
        else:
            values.setdefault(quantity.dimension, []).append(value)
    if _SUM.search(text):
        for found in values.values():
            found += [math.fsum(found)] if len(found) > 1 else []
    lengths = values.get(Dimension.LENGTH, [])
    if margins and not lengths:
        values[Dimension.LENGTH] = margins
    elif margins and not _TOTAL.search(text):
        values[Dimension.LENGTH] = [length + 2 * margins[0] for length in lengths]
    for product in find_products(text):
        sides = product.long, product.short
        values[Dimension.LENGTH] = [v for v in values.get(Dimension.LENGTH, []) if v not in sides] + [product.long]
        values.setdefault(Dimension.AREA, []).append(product.area)
    return {dimension: tuple(found) for dimension, found in values.items()}


def find_products(text: str) -> tuple[Product, ...]:
    """The products of sides that a text states, in order. Of three sides the first two count: they span the surface."""
    found = []
    for match in _TIMES.finditer(text):
        factor = next(f for pattern, _, f in _SIZES if re.fullmatch(pattern, match[3], re.IGNORECASE))
        short, long = sorted((float(match[1]) * factor, float(match[2]) * factor))
        found.append(Product(long, short, *match.span()))
    return tuple(found)


def fit(values: dict[Dimension, tuple[float, ...]], described: Sequence[Quantity]) -> int:
    """1 if a stated value lies in the code's range, -1 if none does, 0 if there is nothing to compare."""
    ranges = {quantity.dimension for quantity in described if quantity.bounded}
    shared = [dimension for dimension in values if dimension in ranges]
    if not shared:
        return 0
    inside = all(
        any(
            quantity.holds(value)
            for quantity in described
            if quantity.dimension is dimension and quantity.bounded
            for value in values[dimension]
        )
        for dimension in shared
    )
    return 1 if inside else -1


def fits(values: dict[Dimension, tuple[float, ...]], title: str, text: str) -> int:
    """As `fit`, with the ranges in a code's title or, if these settle nothing, in its whole text."""
    if not values:
        return 0
    return fit(values, _stated(title)) or fit(values, _stated(text))


@lru_cache(maxsize=8_192)
def _stated(text: str) -> tuple[Quantity, ...]:
    """The quantities of a code's text, remembered because each query asks for them again."""
    return find_quantities(text)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for match in _LEXER.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "number":
            tokens.append(_Token(kind, *match.span(), _number(match.group())))
        elif kind[0] == "u" and kind[1:].isdigit():
            _, dimension, factor = _SIZES[int(kind[1:])]
            tokens.append(_Token("unit", *match.span(), factor, dimension))
        else:
            tokens.append(_Token(kind, *match.span()))
    return tokens


def _read(tokens: Sequence[_Token], at: int) -> tuple[Quantity | None, int]:
    """The quantity whose (first) number stands at a place, and the place after it; None where the number is none."""

    def kind(place: int) -> str:
        return tokens[place].kind if 0 <= place < len(tokens) else ""

    def unit(place: int) -> tuple[_Token | None, int]:
        place += kind(place) == "hyphen" and kind(place + 1) == "unit"  # "5-year-old", "4-cm"
        return (tokens[place], place + 1) if kind(place) == "unit" else (None, place)

    before = kind(at - 1)
    low = tokens[at].value
    first, after = unit(at + 1)
    place = after + (kind(after) == "more")
    second = place + (kind(place) == "and")
    # a range: "1 to 2 cm", "between one and two cm", "over half and up to one cm", "20 in or more and less than 24 in"
    joined = kind(place) in ("join", "up_to", "below") or kind(second) in ("up_to", "below")
    joined = joined or (kind(place) == "and" and before == "between")
    if joined:
        number = second if kind(second) == "number" else second + 1
        if kind(number) == "number":
            last, beyond = unit(number + 1)
            scale = last or first
            if scale is not None and scale.dimension is not None and (first or scale).dimension is scale.dimension:
                bottom = low * (first or scale).value
                top = tokens[number].value * scale.value
                if kind(number - 1) == "below":
                    top = _just_below(top)
                if bottom < top:
                    # Nothing lies below zero, so "between 0 and 17 years" leaves nobody out at that end.
                    excludes = before == "above" or (before == "between" and bottom > 0)
                    span = tokens[at].start, tokens[beyond - 1].end
                    return Quantity(scale.dimension, bottom, top, *span, True, excludes), beyond
    shared = unit(at + 3)[0] if kind(at + 1) == "and" and kind(at + 2) == "number" else None  # "9 and 8 sq cm"
    measure = first or shared
    if before == "first" and kind(at - 2) == "above":  # "each further 5 cm past the first 7.5"
        before = "above"
        measure = measure or next((token for token in reversed(tokens[:at]) if token.kind == "unit"), None)
    if measure is not None and measure.dimension is not None:
        low *= measure.value
        dimension = measure.dimension
    elif "age" in (before, kind(at - 2)) and low <= 120:
        dimension = Dimension.AGE
        before = kind(at - 2) if before == "age" else before  # "younger than age 12"
    else:
        return None, at + 1
    span = tokens[at].start, tokens[after - 1].end
    return _bounded(dimension, low, before, kind(after), span), after


def _bounded(dimension: Dimension, value: float, before: str, behind: str, span: tuple[int, int]) -> Quantity | None:
    """A value with what stands before and behind it."""
    if before == "first":  # "the first 20 sq cm" are the beginning of any area
        return None
    if before in ("above", "each"):  # "each additional 20 sq cm" begins where the first unit ends
        return Quantity(dimension, value, math.inf, *span, True, True)
    if before == "from" or behind == "more":
        return Quantity(dimension, value, math.inf, *span, True)
    if before == "below":
        return Quantity(dimension, 0.0, _just_below(value), *span, True)
    if before == "up_to" or behind == "less":
        return Quantity(dimension, 0.0, value, *span, True)
    if before == "nearly":
        value *= 0.95
    return Quantity(dimension, value, value, *span)


def _just_below(value: float) -> float:
    return value - 1e-4 * max(1.0, value)


def _is_margin(text: str, quantity: Quantity) -> bool:
    after = re.split(r"[,;\d]", text[quantity.end : quantity.end + _REACH])[0]
    before = text[max(0, quantity.start - 12) : quantity.start]
    return bool(_MARGIN.search(after) and not _TOTAL.search(after)) or bool(re.search(r"\bmargins?\s+of\s+$", before))


def _number(text: str) -> float:
    """'7.5', 'seven and a half', 'half a', 'twenty-six', 'an'."""
    if re.fullmatch(r"three\s+quarters.*", text, re.IGNORECASE):
        return 0.75
    values: list[float] = []
    for word in text.lower().replace("-", " ").split():
        if word in ("half", "1/2"):
            values.append(0.5)
        elif word == "quarter":
            values.append(0.25)
        elif word in _NUMBERS:
            values.append(_NUMBERS[word])
        elif word[0].isdigit() or word[0] == ".":
            values.append(float(word))
    return math.fsum(values) if values else 1.0  # "an inch" states no number
