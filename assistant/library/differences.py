"""Which codes one document has and another has not, or titles otherwise: an edition's changes, or a disagreement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.types.codes import Code


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


def disagreements(name: str, titles: Mapping[Code, str], others: Iterable[tuple[Code, str, str]]) -> tuple[str, ...]:
    """A line for each file of `others` (code, title, file) that gives codes of a file `name` other titles."""
    found: dict[str, list[tuple[Code, str]]] = {}
    for code, title, other in others:
        if _plain(title) != _plain(titles[code]):
            found.setdefault(other, []).append((code, title))
    told = []
    for other, codes in sorted(found.items()):
        code, title = min(codes, key=lambda pair: _order(pair[0]))
        many = f"{len(codes):,} codes have other titles" if len(codes) > 1 else "one code has another title"
        told.append(f'{name}: {many} than in {other}, and both are kept; {code} is "{titles[code]}", there "{title}"')
    return tuple(told)


def _plain(title: str) -> str:
    """A title without what no reader would call another: case, blanks, the full stop at its end."""
    return " ".join(title.casefold().split()).rstrip(".;, ")


def _order(code: Code) -> tuple[str, str]:
    return code.system, code.value
