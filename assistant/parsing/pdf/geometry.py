"""Rows of words on a page, their parts, and the gutters between these."""

import itertools
import re
import statistics
from collections.abc import Sequence

from assistant.parsing.pdf.words import Word

# The gap, in font sizes, that parts two columns or cells, and not two words of a justified line.
GUTTER = 0.9
_CODE = re.compile(
    r"(?:[A-Z]\d{4}|\d{4}[0-9A-Z]|[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)(?:-(?:[A-Z]\d{4}|\d{4}[0-9A-Z]))?[⁰¹²³⁴-⁹]*[.;)]?"
)

Span = tuple[float, float]


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """The words that stand beside each other, from top to bottom, each row from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.middle, word.order)):
        first = rows[-1][0] if rows else None
        # Either middle may lie in the other box: a superscript's box does not hold the middle of its line.
        if first and (first.y0 <= word.middle <= first.y1 or word.y0 <= first.middle <= word.y1):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: (word.x0, word.order)) for row in rows]


def segments(row: Sequence[Word]) -> list[list[Word]]:
    """A row, cut at its wide gaps; a list's number or bullet stays with what follows it."""
    parts: list[list[Word]] = [[row[0]]]
    right = row[0].x1
    for before, word in itertools.pairwise(row):
        marker = len(parts[-1]) == 1 and is_marker(before.text)
        if word.x0 - right >= GUTTER * max(before.size, word.size) and not marker:
            parts.append([word])
        else:
            parts[-1].append(word)
        right = max(right, word.x1)
    return parts


def is_marker(text: str) -> bool:
    """Whether a word is a list item's bullet or number: "•", "1.", "(a)", "IV."."""
    bare = text.strip("().")
    if text in {"•", "●", "▪", "◦", "-", "–", "—", "o", "*"}:
        return True
    return text != bare and len(bare) <= 4 and (bare.isdigit() or len(bare) == 1 or set(bare.lower()) <= set("ivx"))


def ends_with_code(words: Sequence[Word]) -> bool:
    """Whether the last word looks like a code of any system."""
    return _CODE.fullmatch(words[-1].text) is not None


def em_of(row: Sequence[Word]) -> float:
    return statistics.median(word.size for word in row)


def column_of(word: Word, gutters: Sequence[Span]) -> int:
    middle = (word.x0 + word.x1) / 2
    return sum(middle > (a + b) / 2 for a, b in gutters)


def split_row(row: Sequence[Word], gutters: Sequence[Span]) -> list[list[Word]]:
    parts: list[list[Word]] = [[] for _ in range(len(gutters) + 1)]
    for word in row:
        parts[column_of(word, gutters)].append(word)
    return parts
