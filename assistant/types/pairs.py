"""Pairs of codes, as tables of edits list them by the million."""

from dataclasses import dataclass

from assistant.types.codes import Code


@dataclass(frozen=True, slots=True)
class CodePair:
    """A row that pairs two codes: [start, end) in its document's text, and where that is in its file ("" = there).

    Of the two codes, the first is the one that is paid where not both are.
    """

    first: Code
    second: Code
    start: int
    end: int
    location: str = ""
