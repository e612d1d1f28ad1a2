"""Spreads the merged cells of an Excel sheet over the rows and columns that they cover."""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")
_END_OF_ROWS = b"sheetData>"
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged cell: its first and last row, counted from 1, and its first and last column, counted from 0."""

    top: int
    bottom: int
    left: int
    right: int


def merged_in(source: bytes, sheet: Any) -> list[Merged]:
    """The merged cells of a sheet that openpyxl reads row by row, which leaves them out; the topmost first.

    They stand behind the rows in the sheet's part of the package, so that no row is parsed twice.
    """
    path = str(getattr(sheet, "_worksheet_path", ""))
    with zipfile.ZipFile(io.BytesIO(source)) as package:
        part = package.read(path.lstrip("/")) if path else b""
    behind = part.rpartition(_END_OF_ROWS)[2]
    found = [
        Merged(int(top), int(bottom), _column(left), _column(right))
        for left, top, right, bottom in _MERGED.findall(behind)[:_MOST]
    ]
    return sorted(found, key=lambda merged: (merged.top, merged.left))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


class Spread:
    """Carries the words of merged cells down the rows of one sheet, which are asked for from the top."""

    def __init__(self, merged: Sequence[Merged]) -> None:
        self._waiting = list(reversed(merged))
        self._open: list[tuple[Merged, str]] = []

    def over(self, shown: list[str], number: int) -> dict[int, int]:
        """Writes the words of merged cells into the row with this number; says which column has the cell of which."""
        self._open = [(merged, words) for merged, words in self._open if merged.bottom >= number]
        while self._waiting and self._waiting[-1].top <= number:
            merged = self._waiting.pop()
            if merged.top == number and merged.left < len(shown):
                self._open.append((merged, shown[merged.left]))
        columns: dict[int, int] = {}
        for merged, words in self._open:
            if merged.top < number and merged.left >= len(shown):
                shown += [""] * (merged.left + 1 - len(shown))
            if not shown[merged.left]:
                shown[merged.left] = words
            columns.update(dict.fromkeys(range(merged.left + 1, min(merged.right + 1, len(shown))), merged.left))
        return columns
