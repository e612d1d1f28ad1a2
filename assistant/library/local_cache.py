"""What this machine keeps beside a library to be fast: made from the truth, and made again where it is missing."""

import json
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from assistant.errors import StorageFull


class FolderCache:
    """A folder of caches, and the lock of who writes them.

    A kept file begins with its checksum and the keys of the documents it was made from, so that it goes with them.
    """

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self._folder, self._lock = folder, lock

    def folder(self, name: str) -> Path:
        """The folder of one searcher's files."""
        return self._folder / name

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """Whether this thread may write the caches while the block lasts. It waits for nobody."""
        try:
            held = self._lock.acquire(blocking=False)
        except (Timeout, PermissionError):
            yield False
            return
        with held:
            yield True

    def keep(self, name: str, data: bytes, documents: Collection[int]) -> None:
        """Keeps bytes in place of those before, unless another thread writes or the folder is not ours to write."""
        with self.writing() as ours:
            if not ours:
                return
            whole = json.dumps(sorted(documents)).encode() + b"\n" + data
            path = self._folder / name / f"{name}.npz"
            partial = path.with_suffix(".partial")
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                partial.write_bytes(zlib.crc32(whole).to_bytes(4, "little") + whole)
                partial.replace(path)
            except PermissionError:
                return
            except OSError as error:
                raise StorageFull(f"the cache in {path.parent} cannot be written: {error.strerror}") from error

    def kept(self, name: str) -> bytes | None:
        """What was kept; None where it is missing or damaged."""
        found = _read(self._folder / name / f"{name}.npz")
        return found[1] if found is not None else None

    def forget(self, held: Collection[int]) -> None:
        """Removes what was made from a document that is not held any more, or is damaged, and what was half written."""
        for path in self._folder.glob("*/*.npz"):
            found = _read(path)
            if found is None or not found[0] <= set(held):
                path.unlink(missing_ok=True)
        for pattern in ("*.partial", "*/*.partial"):
            for path in self._folder.glob(pattern):
                path.unlink(missing_ok=True)


def _read(path: Path) -> tuple[set[int], bytes] | None:
    try:
        data = path.read_bytes()
        if len(data) < 5 or zlib.crc32(data[4:]) != int.from_bytes(data[:4], "little"):
            return None
        head, _, rest = data[4:].partition(b"\n")
        return set(json.loads(head)), rest
    except (OSError, ValueError):
        return None
