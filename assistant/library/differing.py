"""Which codes one document has and another has not, or titles otherwise: what a new edition changes."""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.codes import Code


@dataclass(frozen=True, slots=True)
class Difference:
    """Codes without edition, in order: with their titles, and for a changed one the title before and after.

    A code that a document only names has no title ("").
    """

    added: tuple[tuple[Code, str], ...]
    dropped: tuple[tuple[Code, str], ...]
    changed: tuple[tuple[Code, str, str], ...]


def difference(before: Mapping[Code, str], after: Mapping[Code, str]) -> Difference:
    """What becomes of the codes of one document in another."""
    both = sorted(before.keys() & after.keys(), key=_order)
    return Difference(
        tuple((code, after[code]) for code in sorted(after.keys() - before.keys(), key=_order)),
        tuple((code, before[code]) for code in sorted(before.keys() - after.keys(), key=_order)),
        tuple((code, before[code], after[code]) for code in both if before[code] != after[code]),
    )


def _order(code: Code) -> tuple[str, str]:
    return code.system, code.value
