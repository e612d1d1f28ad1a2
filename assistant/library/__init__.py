"""The one truth on disk, and the two search indexes that follow it."""

from assistant.library.joblog import JobLog, LoggedJob
from assistant.library.library import Library
from assistant.library.records import Filing, Known, Listed, StoredEntry, StoredPassage
from assistant.library.store import Also, Store, nothing_more
from assistant.library.writing import text_key

__all__ = [
    "Also",
    "Filing",
    "JobLog",
    "Known",
    "Library",
    "Listed",
    "LoggedJob",
    "Store",
    "StoredEntry",
    "StoredPassage",
    "nothing_more",
    "text_key",
]
