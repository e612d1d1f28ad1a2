"""Reads an operative note: its sections, its statements and what each asserts, and words them as queries."""

from assistant.notes.assertion import Reading, finds, read_statement
from assistant.notes.note import Note, NotePart, read_note
from assistant.notes.sections import HeadedPart, Kind, split_sections
from assistant.notes.statements import split_statements

__all__ = [
    "HeadedPart",
    "Kind",
    "Note",
    "NotePart",
    "Reading",
    "finds",
    "read_note",
    "read_statement",
    "split_sections",
    "split_statements",
]
