"""Reads the HCPCS Level II file of CMS in fixed columns (ANWEB): a code takes one record and its continuations.

Columns 1-5 code (modifiers in 4-5), 6-10 sequence number, 11 record (3 code, 4 its continuation, 7 modifier, 8 its
continuation), 12-91 long description, 92-119 short description, 269-276 date added, 277-284 date of the last action,
285-292 date terminated, 293 action. A description that breaks over several such records cannot be quoted from the file,
so the stored text is a rendering with one code on each line:

    line = code TAB long-description TAB short-description TAB added TAB changed TAB terminated

with days as 2019-01-01 or empty; a section's location names the lines of the file.
"""

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.errors import UnreadableDocument
from assistant.parsing.columns import day_in
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import Line, render, shown_lines
from assistant.parsing.sections import slugify
from assistant.types import CodeEntry, Document
from assistant.types.codes import Code, CodeSystem
from assistant.types.tables import Table

_RECORD = re.compile(r"([A-Z]\d{4}|   [A-Z0-9]{2})(\d{5})([3478])")
_WIDTH = 320
_TO_ACTION = 293  # a first record is filled up to here
_COLUMNS = ("Code", "Long description", "Short description", "Date added", "Date of the last action", "Date terminated")
_DATES = ((268, 276), (276, 284), (284, 292))


@dataclass(slots=True)
class _Record:
    """One code's lines as read so far."""

    value: str
    kind: str
    first: int
    last: int
    sequence: int
    short: str
    days: tuple[datetime.date | None, ...]
    parts: list[str] = field(default_factory=list)


def looks_like_hcpcs_file(text: str) -> bool:
    """Whether most of the first lines, after some words of introduction, have the columns of the file."""
    lines = [line for line in text[:40_000].splitlines()[:80] if line.strip()]
    hits = [_RECORD.match(line) is not None and len(line) > 40 for line in lines]
    first = hits.index(True) if True in hits else len(hits)
    return first <= 30 and sum(hits) > 2 and sum(hits[first:]) >= 0.8 * len(hits[first:])


def parse_hcpcs_file(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from the file; a warning names each line that was left out for its width or place."""
    system = next(system for system in systems if system.name == "HCPCS")
    wrong: list[int] = []
    preface: list[Line] = []
    records = list(_records(text, preface, wrong))
    edition = edition_of(stem, " ".join(line.text for line in preface))
    lines = list(preface)
    kept: list[tuple[Code, str, _Record]] = []
    for record in records:
        parsed = system.parse(record.value)
        title = " ".join(" ".join(record.parts).split())
        if parsed is None or not title:
            wrong.append(record.first)
            continue
        code = Code(system.name, parsed.value, edition)
        days = (day.isoformat() if day else "" for day in record.days)
        line = "\t".join((code.value, title, record.short, *days)).rstrip("\t")
        place = f"line {record.first}" if record.first == record.last else f"lines {record.first}-{record.last}"
        body = (len(code.value) + 1, len(code.value) + 1 + len(title))
        lines.append(Line(line, code.value, place, code=code, body=body))
        kept.append((code, title, record))
    if not kept:
        raise UnreadableDocument(f"{name} looks like a HCPCS file, but no line of it holds a code and a description")
    rendered, sections = render(lines)
    entries: dict[Code, CodeEntry] = {}
    for section, (code, title, record) in zip(sections[len(preface) :], kept, strict=True):
        span = (section.start, section.start + len(code.value))
        entries.setdefault(code, CodeEntry(code, title, *span, effective=record.days[0], expires=record.days[2]))
    warnings: tuple[str, ...] = ()
    if wrong:
        warnings = (f"{name}: {len(wrong)} lines do not have the HCPCS file's columns or width and were left out "
                    f"(lines {shown_lines(wrong)})",)  # fmt: skip
    effective = effective_of(stem, edition, system.name)
    table = Table(0, len(rendered), _COLUMNS, code=0, text=1, starts=3, ends=5)
    return Document(
        slugify(stem) or "hcpcs", stem, rendered, sections, tuple(entries.values()), edition, effective,
        warnings=warnings, tables=(table,),
    )  # fmt: skip


def _records(text: str, preface: list[Line], wrong: list[int]) -> Iterator[_Record]:
    """The codes with their lines put together; the words before the first code go to `preface`."""
    current: _Record | None = None
    started = False
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.rstrip("\r")
        found = _RECORD.match(line)
        started = started or found is not None
        if not line.strip():
            continue
        if not started:
            preface.append(Line(line.strip(), "Introduction", f"line {number}", body=(0, 0)))
        elif found is None or len(line) > _WIDTH or (found[3] in "37" and len(line) < _TO_ACTION):
            wrong.append(number)
        elif found[3] in "37":
            if current is not None:
                yield current
            days = tuple(day_in(line[start:end]) for start, end in _DATES)
            short = " ".join(line[91:119].split())
            current = _Record(found[1].strip(), found[3], number, number, int(found[2]), short, days, [line[11:91]])
        elif current is not None and _continues(current, found):
            current.parts.append(line[11:91].rstrip())
            current.last, current.sequence = number, int(found[2])
        else:
            wrong.append(number)
    if current is not None:
        yield current


def _continues(record: _Record, found: re.Match[str]) -> bool:
    same = found[1].strip() == record.value and found[3] == {"3": "4", "7": "8"}[record.kind]
    return same and int(found[2]) > record.sequence
