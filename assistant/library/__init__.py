"""The one truth on disk, and the two search indexes that follow it."""

from assistant.library.library import Library
from assistant.library.records import Filing, Known, StoredEntry, StoredPassage, Subject
from assistant.library.store import Store
from assistant.library.writing import text_key

__all__ = ["Filing", "Known", "Library", "Store", "StoredEntry", "StoredPassage", "Subject", "text_key"]
