"""Packs the places of a text's words on their pages, and gives the boxes that light up a part of the text."""

import array
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

_FIELDS = 7
_WHOLE = 65_535


@dataclass(frozen=True, slots=True)
class Place:
    """A word: [start, start + length) of the stored text, its page from 1, its box in shares of the page's size."""

    start: int
    length: int
    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a page, in shares of its width and height from the top left corner."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


def pack(places: Iterable[Place]) -> bytes:
    """The places, given in the order of the text, as columns of differences, compressed."""
    columns = [array.array("i") for _ in range(_FIELDS)]
    before = (0,) * _FIELDS
    for place in places:
        row = (place.start, place.length, place.page, *(_share(v) for v in (place.x0, place.y0, place.x1, place.y1)))
        for column, value, last in zip(columns, row, before, strict=True):
            column.append(value - last)
        before = row
    if sys.byteorder == "big":
        for column in columns:
            column.byteswap()
    return zlib.compress(b"".join(column.tobytes() for column in columns), 6) if columns[0] else b""


def boxes(packed: bytes, start: int, end: int) -> list[Box]:
    """The boxes of [start, end) of the stored text, one for each line it touches."""
    lines: list[Box] = []
    for place in _unpacked(packed):
        if place.start >= end:
            break
        if place.start + place.length <= start:
            continue
        box = _part(place, start, end)
        last = lines[-1] if lines else None
        if last is not None and last.page == box.page and _beside(last, box):
            lines[-1] = Box(
                box.page, min(last.x0, box.x0), min(last.y0, box.y0), max(last.x1, box.x1), max(last.y1, box.y1)
            )
        else:
            lines.append(box)
    return lines


def _beside(line: Box, box: Box) -> bool:
    """Whether a word continues a line: at its height, to its right, and not as far off as the next column."""
    middle = (box.y0 + box.y1) / 2
    return line.y0 <= middle <= line.y1 and -0.01 <= box.x0 - line.x1 <= 0.03


def _part(place: Place, start: int, end: int) -> Box:
    """The part of a word's box that the wanted characters take, as if all were equally wide."""
    first = max(0, start - place.start) / place.length
    last = min(place.length, end - place.start) / place.length
    width = place.x1 - place.x0
    return Box(place.page, place.x0 + first * width, place.y0, place.x0 + last * width, place.y1)


def _unpacked(packed: bytes) -> Iterable[Place]:
    if not packed:
        return
    values = array.array("i")
    values.frombytes(zlib.decompress(packed))
    if sys.byteorder == "big":
        values.byteswap()
    count = len(values) // _FIELDS
    row = [0] * _FIELDS
    for at in range(count):
        for column in range(_FIELDS):
            row[column] += values[column * count + at]
        shares = [value / _WHOLE for value in row[3:]]
        yield Place(row[0], row[1], row[2], *shares)


def _share(value: float) -> int:
    return round(_WHOLE * min(1.0, max(0.0, value)))
