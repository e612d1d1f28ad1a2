"""The one truth on disk: documents, their exact text, passages, vectors and codes in one SQLite file.

A document's text is kept once, as its passages in order. Every committed change of what is searched raises the
generation by one. A document is seen or gone by one transaction, so it is there whole or not at all whenever the
process dies; the bulk of its rows is written before, and purged after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import LibraryBusy, LibraryError
from assistant.library.embedded.axis_rows import AxisRows
from assistant.library.embedded.changes import EmbeddedChanges
from assistant.library.embedded.code_rows import CodeRows
from assistant.library.embedded.database import Database, Statements
from assistant.library.embedded.document_rows import DocumentRows
from assistant.library.embedded.inbox import FolderInbox
from assistant.library.embedded.job_log import JobLog
from assistant.library.embedded.pair_rows import PairRows
from assistant.library.embedded.passage_rows import PassageRows
from assistant.library.embedded.reports import FileReports
from assistant.library.embedded.vector_rows import VectorRows
from assistant.library.local_cache import FolderCache

_FILE = "library.sqlite"


class EmbeddedReads(DocumentRows, PassageRows, CodeRows, PairRows, VectorRows, AxisRows):
    """What the rows of a library tell: as they are at each call, or of one state."""

    def __init__(self, sql: Statements) -> None:
        self._sql = sql


class EmbeddedEngine(EmbeddedReads, EmbeddedChanges):
    """The truth in a folder of this machine. Its own reads see the file as it is at each call."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(folder / _FILE)
        super().__init__(self._database)
        self._folder = folder
        # One lock, since the writer of the truth brings this machine's caches up to date as well.
        self._lock = FileLock(str(folder / "write.lock"))
        self.cache = FolderCache(folder, self._lock)
        self.jobs = JobLog(self._database)
        self.inbox = FolderInbox(folder / "uploads")
        self.reports = FileReports(folder)

    @contextmanager
    def reading(self) -> Iterator[EmbeddedReads]:
        """Reads of one state: one transaction on one connection, which nobody else uses meanwhile."""
        with self._database.reading() as transaction:
            yield EmbeddedReads(transaction)

    @contextmanager
    def writing(self, timeout: float = 0.0) -> Iterator[None]:
        """Makes this thread the one writer among all processes. A process that dies lets go of it."""
        try:
            with self._lock.acquire(timeout=timeout):
                yield
        except Timeout as error:
            raise LibraryBusy(
                f"another process is writing to {self._folder}; try again when it has finished"
            ) from error

    def close(self) -> None:
        """Closes all connections."""
        self._database.close()


def open_embedded(folder: Path, *, create: bool = False) -> EmbeddedEngine:
    """The engine over a folder; `create` makes an empty library where there is none."""
    if not (folder / _FILE).exists() and not create:
        raise LibraryError(f"there is no library in {folder}; build one with `assistant index PATH --index {folder}`")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return EmbeddedEngine(folder)
    except OSError as error:
        raise LibraryError(f"the library folder {folder} cannot be used: {error.strerror}") from error
