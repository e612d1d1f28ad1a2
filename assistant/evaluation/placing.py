"""Finds the documents of a library in which a set marks its answers."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.evaluation.statements import Mark, Marks
from assistant.library import Listed


def place_marks(marks: Marks, listed: Sequence[Listed], text_of: Callable[[str], str]) -> tuple[Marks, tuple[str, ...]]:
    """The marks with the ids of their documents and the words that stand there, and the documents that have none.

    A set names a document by its id or by its file, such as `documents/policy.md`. A document that the library lacks,
    or whose words are not those marked, keeps its marks: what is marked in it can't be quoted.
    """
    names = {mark.place.document for held in marks.values() for mark in held}
    ids = {name: found for name in sorted(names) if (found := _document(name, listed)) is not None}
    texts = {found: text_of(found) for found in sorted(set(ids.values()))}
    unplaced: set[str] = set()
    placed: dict[str, tuple[Mark, ...]] = {}
    for query, held in marks.items():
        stands = [_placed(mark, ids, texts) for mark in held]
        unplaced |= {mark.place.document for mark, one in zip(held, stands, strict=True) if one is None}
        placed[query] = tuple(one or mark for mark, one in zip(held, stands, strict=True))
    return placed, tuple(sorted(unplaced))


def _document(name: str, listed: Sequence[Listed]) -> str | None:
    """The document that a set means: by its id, else the one whose file's name agrees furthest from its end."""
    if any(one.document.id == name for one in listed):
        return name
    agreeing: dict[int, set[str]] = {}
    for one in listed:
        for file in one.names:
            agreeing.setdefault(_agreeing(name, file), set()).add(one.document.id)
    furthest = agreeing[max(agreeing)] if agreeing and max(agreeing) else set()
    return furthest.pop() if len(furthest) == 1 else None


def _agreeing(name: str, file: str) -> int:
    """How many parts of two paths agree, where the whole of the shorter is the end of the longer; otherwise 0."""
    ours, theirs = name.split("/"), file.split("/")
    shorter = min(len(ours), len(theirs))
    return shorter if ours[-shorter:] == theirs[-shorter:] else 0


def _placed(mark: Mark, ids: dict[str, str], texts: dict[str, str]) -> Mark | None:
    document = ids.get(mark.place.document)
    if document is None:
        return None
    words = texts[document][mark.place.start : mark.place.end]
    if len(words) < mark.place.end - mark.place.start or (mark.quote and mark.quote != words):
        return None
    return replace(mark, place=replace(mark.place, document=document), quote=words)
