"""The files of uploads, which wait in a folder of the library until their upload has ended."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from assistant.errors import StorageFull

_SETTLED = 5.0


class FolderInbox:
    """Each upload has a folder of its own; its files are numbered, so no name can lead out of it.

    Who fills it holds a lock inside, so that an upload that broke off is told from one that is arriving.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def filling(self, job_id: str) -> Iterator[None]:
        """Keeps others from cleaning an upload away; its files are removed where filling it fails."""
        folder = self._folder / job_id
        try:
            folder.mkdir(parents=True)
            with _lock(folder).acquire(timeout=0):
                yield
        except OSError as error:
            self.clean(job_id)
            raise StorageFull(f"the upload cannot be stored in {folder}: {error.strerror}") from error
        except BaseException:
            self.clean(job_id)
            raise

    def create(self, job_id: str, number: int) -> BinaryIO:
        """A new file of an upload, to be written."""
        return (self._folder / job_id / str(number)).open("xb")

    def path(self, job_id: str, number: int) -> Path:
        """Where a file of an upload lies on this machine, to be read."""
        return self._folder / job_id / str(number)

    def clean(self, job_id: str) -> None:
        """Removes the files of an upload."""
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def uploads(self) -> list[str]:
        """The uploads of which there are files."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir()) if self._folder.is_dir() else []

    def is_abandoned(self, job_id: str) -> bool:
        """Whether nobody fills an upload any more."""
        folder = self._folder / job_id
        try:
            if time.time() - folder.stat().st_mtime < _SETTLED:
                return False  # it may not be locked yet
            with _lock(folder).acquire(timeout=0):
                return True
        except Timeout:
            return False
        except OSError:
            return True

    @contextmanager
    def working(self) -> Iterator[bool]:
        """Whether this process may work on the uploads and on compaction now, while the block lasts."""
        try:
            self._folder.mkdir(exist_ok=True)
            lock = _lock(self._folder)
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            yield False
            return
        try:
            yield True
        finally:
            lock.release()


def _lock(folder: Path) -> FileLock:
    return FileLock(str(folder / "lock"))
