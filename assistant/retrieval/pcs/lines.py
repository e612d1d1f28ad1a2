"""Reads the lines that the parsers of the ICD-10-PCS tables, index and definitions write.

Their grammars stand in `parsing/pcs_tables.py` and `parsing/pcs_index.py`; a definition is
`axis ", " title *("; " title) ": " part *(" | " part)`, where a part may be `"includes " term *("; " term)`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

TABLES, INDEX, DEFINITIONS = "ICD-10-PCS tables", "ICD-10-PCS index", "ICD-10-PCS definitions"

_TARGET = re.compile(r"(see |use |)(.*?) ?((?:(?<= )|^)(?=[0-9A-Z]*\d)[0-9A-HJ-NP-Z]{3,7})?")
_QUALIFIED = re.compile(r" (?:with|in|for)(?: .*)?$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document, and the context it was indexed in."""

    context: str
    text: str


@dataclass(slots=True)
class Labels:
    """What the characters of codes mean: by section, table (three characters), site (four), and table and place."""

    sections: dict[str, str] = field(default_factory=dict)
    systems: dict[str, str] = field(default_factory=dict)
    operations: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, int, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where the index sends the reader of some words: to other words, to the first characters of codes, or to both."""

    path: str
    use: bool
    target: str
    prefix: str

    @property
    def head(self) -> str:
        """The operation of a "see" target: "Drainage" of "Drainage, Ear, Nose, Sinus"."""
        return _QUALIFIED.sub("", self.target.split(",")[0])

    @property
    def label(self) -> str:
        """The part or device of a "use" target without what narrows it: "Zooplastic Tissue" of "… in Heart …"."""
        return _QUALIFIED.sub("", self.target)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """What a value of an axis includes: the body-part and device keys, and examples of operations."""

    section: str
    axis: str
    titles: tuple[str, ...]
    terms: tuple[str, ...]


def read_tables(lines: Iterable[Line]) -> Labels:
    """The labels of all tables; a line that is none of a table is passed over."""
    labels = Labels()
    for line in lines:
        head, *rest = line.text.split(" | ")
        if len(head) == 3 and rest:
            section, _, system = line.context.partition(": ")[2].partition(", ")
            labels.sections[head[0]], labels.systems[head[:2]], labels.operations[head] = section, system, rest[0]
        elif len(head) == 4 and len(rest) > 1:
            labels.parts[head] = rest[1]
            for place, axis in enumerate(rest[2:], start=4):
                for value in axis.partition(": ")[2].split("; "):
                    character, _, label = value.partition(" ")
                    labels.values[head[:3], place, character] = label
    return labels


def read_index(lines: Iterable[Line]) -> list[Reference]:
    """The references of the index."""
    references = []
    for line in lines:
        path, _, said = line.text.rpartition(": ")
        found = _TARGET.fullmatch(said)
        if path and found:
            references.append(Reference(path, found[1] == "use ", found[2], found[3] or ""))
    return references


def read_definitions(lines: Iterable[Line]) -> list[Inclusion]:
    """What the values of axes include, where the definitions say it."""
    inclusions = []
    for line in lines:
        section = line.context.partition(": ")[2].partition(", ")[0]
        head, colon, said = line.text.partition(": ")
        axis, comma, titles = head.partition(", ")
        parts = (part.removeprefix("includes ") for part in said.split(" | ") if part.startswith("includes "))
        terms = tuple(term for part in parts for term in part.split("; "))
        if colon and comma and terms:
            inclusions.append(Inclusion(section, axis, tuple(titles.split("; ")), terms))
    return inclusions
