"""How far the documents of a named code support a query about it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from assistant.calibration.told import Told
from assistant.language.lexis import Kind, Lexis
from assistant.language.words import attributes_lacking


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query says apart from the codes it names and the words of asking.

    `granted` is the part that it takes for granted, `wanted` the thing asked for; both lie within `rest`.
    """

    rest: str
    granted: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class NamedSupport:
    """Numbers that speak against an answer to a query about a code that the library holds; all are 0 for a bare code.

    A weight is a share of the weight of a word that the library never holds. The part of the page that is asked for is
    left out on purpose: it tells the authors of the sets apart, not what can be answered.
    """

    unheld: float  # weight of the words of `rest` that the code's documents do not hold, on a logarithmic scale
    heaviest: float  # weight of the heaviest of them, squared: a word that many passages hold is hardly a subject
    strange: float  # the same for words of the trade and of illness, which betray a false premise or a neighbour
    unproved: float  # share of what it takes for granted that no single sentence holds
    wanting: float  # the same for the thing asked for
    lacking: float  # kinds of fact asked for (price, rate, brand, time) that the documents never touch


NAMED_NAMES = tuple(field.name for field in fields(NamedSupport))


def measure_named(asked: Asked, told: Sequence[Told], lexis: Lexis) -> NamedSupport:
    """Support for a query about named codes, by what their documents hold."""
    held = frozenset().union(*(item.everything for item in told))
    text = "\n".join(item.text for item in told)
    unheld = lexis.unheld(asked.rest, held)
    most = math.log1p(lexis.passages)
    strange = [item.weight for item in unheld if item.kind is not Kind.PLAIN]
    return NamedSupport(
        unheld=math.log1p(math.fsum(item.weight for item in unheld) / most),
        heaviest=(max((item.weight for item in unheld), default=0.0) / most) ** 2,
        strange=(max(strange, default=0.0) / most) ** 2,
        unproved=lexis.unproved(asked.granted, text),
        wanting=lexis.unproved(asked.wanted, text),
        lacking=float(attributes_lacking(asked.rest, text)),
    )
