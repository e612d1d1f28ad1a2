"""The one truth on disk, and the two search indexes that follow it."""

from assistant.library.changes import Also, nothing_more
from assistant.library.differing import Difference, difference, disagreements
from assistant.library.guidance import NearSection
from assistant.library.joblog import JobLog, LoggedJob
from assistant.library.library import Library
from assistant.library.records import Filing, Known, Listed, StoredEntry, StoredPassage, Subject
from assistant.library.store import Store
from assistant.library.writing import text_key

__all__ = [
    "Also",
    "Difference",
    "Filing",
    "JobLog",
    "Known",
    "Library",
    "Listed",
    "LoggedJob",
    "NearSection",
    "Store",
    "StoredEntry",
    "StoredPassage",
    "Subject",
    "difference",
    "disagreements",
    "nothing_more",
    "text_key",
]
