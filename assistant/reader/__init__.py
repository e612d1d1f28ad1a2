"""The trained judge of a query and a statement in its place."""

from assistant.reader.model import OnnxReader, Reader, load_reader
from assistant.reader.places import in_place, row_in_place, statements_in_place, title_in_place

__all__ = [
    "OnnxReader",
    "Reader",
    "in_place",
    "load_reader",
    "row_in_place",
    "statements_in_place",
    "title_in_place",
]
