"""Reads a whole note: each statement with its place, its heading and what it asserts."""

from dataclasses import dataclass

from assistant.notes.assertion import Reading, read_statement
from assistant.notes.sections import Kind, split_sections
from assistant.notes.statements import split_statements


@dataclass(frozen=True, slots=True)
class NotePart:
    """One statement of a note, [start, end) in its text."""

    start: int
    end: int
    heading: str
    kind: Kind
    reading: Reading


@dataclass(frozen=True, slots=True)
class Note:
    """A note's text and its statements in order."""

    text: str
    parts: tuple[NotePart, ...]

    def quote(self, part: NotePart) -> str:
        """The statement's own characters."""
        return self.text[part.start : part.end]


def read_note(text: str) -> Note:
    """The statements of a note, in order."""
    parts = []
    for section in split_sections(text):
        for start, end in split_statements(text, section.start, section.end):
            reading = read_statement(text[start:end], section.kind)
            parts.append(NotePart(start, end, section.heading, section.kind, reading))
    return Note(text, tuple(parts))
