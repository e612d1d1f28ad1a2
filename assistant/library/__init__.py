"""The one truth on disk, and the searchers that follow it."""

from assistant.library.differences import Difference, difference, disagreements
from assistant.library.embedded.writing import text_key
from assistant.library.engine import Engine, Reads, Search
from assistant.library.library import Library
from assistant.library.records import (
    Filing,
    Known,
    Listed,
    StoredEntry,
    StoredPair,
    StoredPassage,
    Subject,
    codes_found,
)
from assistant.library.uploads import LoggedFile, LoggedJob, Receipt

__all__ = [
    "Difference",
    "Engine",
    "Filing",
    "Known",
    "Library",
    "Listed",
    "LoggedFile",
    "LoggedJob",
    "Reads",
    "Receipt",
    "Search",
    "StoredEntry",
    "StoredPair",
    "StoredPassage",
    "Subject",
    "codes_found",
    "difference",
    "disagreements",
    "text_key",
]
