"""Splits text into sentences, keeping their places."""

import re

_END = re.compile(r"[.!?][\"')\]]*(?=\s+[\"'(\[]?[A-Z0-9])|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)|(?<=[:.!?])\s*\n")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|nos|fig|dr|mr|mrs|ms|st|inc|dept|cf|al|incl|excl|max|min|ca)|\b[A-Z])\.$",
    re.IGNORECASE,
)


def split_sentences(text: str, start: int = 0, end: int | None = None) -> tuple[tuple[int, int], ...]:
    """[start, end) of each sentence of `text[start:end]`, blanks at its edges left out, in order.

    A list item or a line after a blank line is a sentence of its own.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for match in _END.finditer(text, start, end):
        abbreviated = text[match.start()] == "." and _ABBREVIATION.search(
            text, max(begin, match.start() - 8), match.start() + 1
        )
        if abbreviated and "\n" not in text[match.start() + 1 : match.end() + 1]:
            continue
        _keep(text, begin, match.end(), spans)
        begin = match.end()
    _keep(text, begin, end, spans)
    return tuple(spans)


def _keep(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
