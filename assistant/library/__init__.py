"""The one truth on disk, and the two search indexes that follow it."""

from assistant.library.differences import Difference, difference, disagreements
from assistant.library.embedded.changes import Also, nothing_more
from assistant.library.embedded.job_log import JobLog, LoggedJob
from assistant.library.embedded.store import Store
from assistant.library.embedded.writing import text_key
from assistant.library.library import Library
from assistant.library.records import Filing, Known, Listed, StoredEntry, StoredPassage, Subject
from assistant.retrieval.guidance import NearSection

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
