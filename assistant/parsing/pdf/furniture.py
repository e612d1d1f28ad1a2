"""Tells running headers, footers and page numbers from what a page says."""

import re
from collections import Counter
from collections.abc import Sequence

from assistant.parsing.pdf.geometry import rows_of, segments
from assistant.parsing.pdf.words import Page, Word

# The outer parts of a page where headers and footers stand, as shares of its height.
_OUTER = 0.15
_EDGE = 0.1
_MOST_LINES = 6
_SHARE = 0.4
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*)?(?:\d{1,5}|[ivxlc]{1,7})(?:\s*(?:of|/)\s*\d{1,5})?\W*", re.IGNORECASE)

Row = list[Word]
# The words of a row with its numbers left open, and its height in steps of a few points.
Look = tuple[str, int]


def part_furniture(pages: Sequence[Page]) -> list[tuple[tuple[Word, ...], tuple[Word, ...]]]:
    """For each page, the words of its body and those of its running headers and footers.

    A row at the top or bottom is a header or footer if the same words stand at the same height on many pages or on a
    neighbouring one; numbers may differ. A page number alone at the edge always is one.
    """
    outer = [_outer_rows(page) for page in pages]
    looks = [{_look(row, page) for rows in both for row in rows} for both, page in zip(outer, pages, strict=True)]
    seen = Counter(look for page in looks for look in page)
    parted = []
    for index, page in enumerate(pages):
        near = [looks[other] for other in (index - 2, index - 1, index + 1, index + 2) if 0 <= other < len(pages)]
        running: set[Word] = set()
        for rows in outer[index]:
            for row in rows:
                if not _is_running(row, page, seen, near, len(pages)):
                    break
                running |= set(row)
        body = tuple(word for word in page.words if word not in running)
        parted.append((body, tuple(word for word in page.words if word in running)))
    return parted


def _outer_rows(page: Page) -> tuple[list[Row], list[Row]]:
    """The rows at the top, from the top down, and at the bottom, from the bottom up."""
    top, bottom = _OUTER * page.height, (1 - _OUTER) * page.height
    upper = rows_of([word for word in page.words if word.middle < top])
    lower = rows_of([word for word in page.words if word.middle > bottom])
    return upper[:_MOST_LINES], lower[::-1][:_MOST_LINES]


def _look(row: Row, page: Page) -> Look:
    text = re.sub(r"\d+", "#", "".join(word.text for word in row)).lower()
    return re.sub(r"^[ivxlc]{1,7}$", "#", text), round(200 * row[0].middle / max(page.height, 1.0))


def _near(look: Look) -> list[Look]:
    return [(look[0], look[1] + step) for step in (-1, 0, 1)]


def _is_running(row: Row, page: Page, seen: Counter[Look], near: Sequence[set[Look]], pages: int) -> bool:
    share = row[0].middle / max(page.height, 1.0)
    edge = share < _EDGE or share > 1 - _EDGE
    text = " ".join(word.text for word in row)
    if edge and _PAGE_NUMBER.fullmatch(text):
        return True
    looks = _near(_look(row, page))
    # The column names of a table also come again on every page, but they are no running header.
    if len(segments(row)) > 2 and not any(character.isdigit() for character in text):
        return False
    if pages > 2 and sum(seen[look] for look in looks) >= max(2.0, _SHARE * pages):
        return True
    return edge and pages > 1 and any(look in other for other in near for look in looks)
