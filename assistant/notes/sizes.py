"""Reads sizes and levels in a note: which size stands for the whole, and which spinal levels are named."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.language.quantities import Dimension, Quantity, find_products, find_quantities

# A code asks for the size that the note calls whole; the tumour inside it and the margin are smaller.
_WHOLE = re.compile(
    r"\b(?:total|excised|diameter|in all|altogether|whole|with (?:the |its )?(?:margins?|rim)|final|measured|"
    r"plus rim)\b",
    re.IGNORECASE,
)
_AROUND = 32
_FIRST = re.compile(r"\b(?:first|initial)\s+(?=[\w.]+\s[\w. ]{1,20}\bor less\b)", re.IGNORECASE)

_LEVEL = re.compile(
    r"\b([CTL])-?(\d{1,2})(?:\s?(?:-|–|/| to | through )\s?(?:([CTLS])-?)?(\d{1,2}))?(?!\d)", re.IGNORECASE
)
_SPINE = {"C": 0, "T": 7, "L": 19, "S": 24}


@dataclass(frozen=True, slots=True)
class Size:
    """A value in the unit of its dimension. `whole` marks the size that stands for the whole."""

    dimension: Dimension
    value: float
    whole: bool = False


def read_range(text: str) -> Quantity | None:
    """The first range that a title or description names; None where it names none.

    "Each further 5 cm past the first 7.5" starts at 7.5. "First 20 sq cm or less" has an upper end here, because a note
    gives the whole area, and what exceeds it has a code of its own.
    """
    ranges = [quantity for quantity in find_quantities(_FIRST.sub("", text)) if quantity.bounded]
    if not ranges:
        return None
    further = [one for one in ranges if one.dimension is ranges[0].dimension and math.isinf(one.high)]
    return max(further, key=lambda one: one.low) if ranges[0] in further else ranges[0]


def read_sizes(text: str) -> tuple[Size, ...]:
    """The sizes, weights and ages in a statement; "11 x 6 cm" gives both the longer side and the area."""
    found: list[Size] = []
    products = find_products(text)
    for product in products:
        whole = _is_whole(text, product.start, product.end)
        found.append(Size(Dimension.LENGTH, product.long, whole))
        found.append(Size(Dimension.AREA, product.area, whole))
    for quantity in find_quantities(text):
        if not any(product.start <= quantity.start < product.end for product in products):
            whole = _is_whole(text, quantity.start, quantity.end)
            found.append(Size(quantity.dimension, quantity.value, whole))
    return tuple(found)


def leading(sizes: Sequence[Size], dimension: Dimension) -> float | None:
    """The value of a statement in a dimension: the one it calls whole, or else its largest."""
    of_kind = [size for size in sizes if size.dimension is dimension]
    chosen = [size for size in of_kind if size.whole] or of_kind
    return max((size.value for size in chosen), default=None)


def is_whole(sizes: Sequence[Size], dimension: Dimension) -> bool:
    """Whether a statement calls one of its values in a dimension the whole."""
    return any(size.whole for size in sizes if size.dimension is dimension)


def spinal_levels(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """(interspaces, vertebrae) that a text names, numbered from the top: "C5-6" is one interspace and two vertebrae."""
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
    """Whether a code counts the first (1) or a further one (2) of several levels, vessels or lesions."""
    return next((order for pattern, order in _ORDINALS if pattern.search(title)), None)


def is_add_on(title: str) -> bool:
    """Whether a title says that its code is an add-on to another."""
    return (
        re.search(r"\badd-?on\b|\b(?:each|every) (?:further|additional|extra|next)\b", title, re.IGNORECASE) is not None
    )


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether the words next to a size, within its clause, call it the whole size."""
    before = re.split(r"[,;.]\s", text[max(0, start - _AROUND) : start])[-1]
    after = re.split(r"[,;.]\s|\sand\s", text[end : end + _AROUND])[0]
    return _WHOLE.search(before) is not None or _WHOLE.search(after) is not None
