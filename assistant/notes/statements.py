"""Splits a part of a note into statements with exact places, however it is punctuated."""

import re

from assistant.language.sentences import trimmed

_LONG = 240
_WORDS = 45
# As notes are typed, a full stop also ends a statement before a small letter, but not in numbers or abbreviations.
_END = re.compile(
    r"[.!?][\"')\]]*(?=\s)"
    r"|\n\s*\n"
    r"|\n(?=[ \t]*(?:[-*•]|\(?\d{1,2}[.)]|\[[ xX]?\])\s)"
    r"|(?<=[.:;!?])[ \t\r]*\n"
    r"|\n(?=[ \t]*[A-Z])"
    r"|(?=\[[ xX]?\])"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|dr|drs|mr|mrs|ms|st|dept|cf|incl|excl|max|min|ca|fig|no|nos|pt|sq|lig|a|v|n|m)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)
_ITEM_NUMBER = re.compile(r"\s*\(?[\dA-Za-z]{1,2}\.")
_CLAUSE = re.compile(r";\s")
_TURN = re.compile(r"\s(?=(?:and then|then|next|after that|subsequently)\s)", re.IGNORECASE)
_SAID = re.compile(r"\w")


def split_statements(text: str, start: int = 0, end: int | None = None) -> tuple[tuple[int, int], ...]:
    """[start, end) of each statement of `text[start:end]`, in order, without blanks at its edges.

    A sentence, a list item, a checkbox or a line is a statement. A long sentence is cut at its semicolons; one that
    runs on without punctuation is cut at "then", or after a number of words.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int]] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if match.group()[:1] == "." and _goes_on(text, begin, match):
            continue
        _keep(text, begin, match.end(), spans)
        begin = match.end()
    _keep(text, begin, end, spans)
    return tuple(short for span in spans for short in _shortened(text, *span))


def _goes_on(text: str, begin: int, match: re.Match[str]) -> bool:
    """Whether a full stop belongs to an abbreviation or to a list item's number."""
    end = match.start() + 1
    if _ITEM_NUMBER.fullmatch(text, begin, end):
        return True
    following = text[end : end + 3].lstrip()[:1]
    window = max(begin, end - 8)
    return not following.isupper() and _ABBREVIATION.search(text, window, end) is not None


def _shortened(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = _cut(text, start, end, _CLAUSE) if end - start > _LONG else [(start, end)]
    found = []
    for one in spans:
        if len(text[one[0] : one[1]].split()) > _WORDS:
            found += [part for turned in _cut(text, *one, _TURN) for part in _by_words(text, *turned)]
        else:
            found.append(one)
    return found


def _cut(text: str, start: int, end: int, at: re.Pattern[str]) -> list[tuple[int, int]]:
    """A span, cut at a pattern wherever both sides have more than a few words."""
    spans: list[tuple[int, int]] = []
    begin = start
    for match in at.finditer(text, start, end):
        if len(text[begin : match.start()].split()) > 3 and len(text[match.end() : end].split()) > 3:
            _keep(text, begin, match.end(), spans)
            begin = match.end()
    _keep(text, begin, end, spans)
    return spans


def _by_words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A span of very many words, cut into pieces of equal length."""
    words = list(re.finditer(r"\S+", text[start:end]))
    if len(words) <= 2 * _WORDS:
        return [(start, end)]
    pieces = -(-len(words) // _WORDS)
    size = -(-len(words) // pieces)
    spans = []
    for at in range(0, len(words), size):
        chunk = words[at : at + size]
        spans.append((start + chunk[0].start(), start + chunk[-1].end()))
    return spans


def _keep(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> None:
    span = trimmed(text, start, end)
    if span and _SAID.search(text, *span):
        spans.append(span)
