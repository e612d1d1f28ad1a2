"""The rows of a delimited table as statements that say what each value is: `CPT 10140 › Drain hematoma · DAYS 010`."""

import csv
import io
import re

_CODE = re.compile(r"[A-Z]?\d{4,5}[A-Z]?|[A-Z0-9]{7}|[A-Z]{1,4}-?\d[\w.-]*|\d{1,4}-\d{3,4}", re.IGNORECASE)
_LONGEST = 60


def rows_of(text: str) -> list[tuple[int, int, str, str]]:
    """(start, end, code or "", statement) of each row below the header; the code is the first cell that looks so."""
    lines = text.splitlines(keepends=True)
    delimiter = max(",;\t|", key=lines[0].count)
    header = [" ".join(cell.split()) for cell in next(csv.reader(io.StringIO(lines[0]), delimiter=delimiter))]
    found, at = [], len(lines[0])
    for line in lines[1:]:
        cells = [" ".join(cell.split()) for cell in next(csv.reader(io.StringIO(line), delimiter=delimiter), [])]
        if any(cells):
            found.append((at, at + len(line.rstrip("\r\n")), *_said(header, cells)))
        at += len(line)
    return found


def _said(header: list[str], cells: list[str]) -> tuple[str, str]:
    code = next((cell for cell in cells[:3] if _CODE.fullmatch(cell)), "")
    named = [(name, cell) for name, cell in zip(header, cells, strict=False) if cell and cell != code]
    longest = max((cell for _, cell in named), key=_letters, default="")
    rest = [f"{name} {cell}" for name, cell in named if cell != longest]
    return code, " · ".join(part for part in (longest, *(part[:_LONGEST] for part in rest)) if part)


def _letters(cell: str) -> int:
    return sum(map(str.isalpha, cell))
