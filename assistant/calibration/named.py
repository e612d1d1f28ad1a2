"""How far the documents of a named code support a query about it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

from assistant.calibration.lexis import Kind, Lexis, Told
from assistant.calibration.words import attributes_lacking


@dataclass(frozen=True, slots=True)
class NamedSupport:
    """Support for a query that names a code the library holds; `rest` words are those beside code and section.

    A weight is a share of what a word weighs that the library never holds. Those of `NAMED_FALLING` speak against an
    answer as they grow, the others for it.
    """

    asks_section: float  # whether it asks for a section of the code's page
    coverage: float  # share of the rest's words that the code's documents hold; 1 where nothing is left
    unheld: float  # weight of the words that they do not hold, on a logarithmic scale
    heaviest: float  # weight of the heaviest of them
    strange: float  # the same for words of the trade and of illness, by which a premise or a neighbour betrays itself
    lacking: float  # kinds of fact asked for (price, rate, brand, time) that they never touch


NAMED_FALLING = frozenset({"unheld", "heaviest", "strange", "lacking"})
NAMED_NAMES = tuple(field.name for field in fields(NamedSupport))


def measure_named(text: str, rest: str, told: Sequence[Told], lexis: Lexis, *, asks_section: bool) -> NamedSupport:
    """Support for a query about named codes, by what their documents hold."""
    held = frozenset().union(*(item.everything for item in told))
    unheld = lexis.unheld(rest, held)
    words = lexis.words(rest)
    whole = math.fsum(lexis.weigh(words.values()).values())
    missing = math.fsum(item.weight for item in unheld)
    most = math.log1p(lexis.passages)
    strange = [item.weight for item in unheld if item.kind is not Kind.PLAIN]
    return NamedSupport(
        asks_section=float(asks_section),
        coverage=1.0 - missing / whole if whole else 1.0,
        unheld=math.log1p(missing / most),
        heaviest=max((item.weight for item in unheld), default=0.0) / most,
        strange=max(strange, default=0.0) / most,
        lacking=float(attributes_lacking(text, "\n".join(item.text for item in told))),
    )
