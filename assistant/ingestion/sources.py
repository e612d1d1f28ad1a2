"""The files that documents are read from: where they lie, their names inside their roots, their bytes on demand."""

import errno
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NoReturn

from assistant.errors import MissingPath, UnreadableDocument
from assistant.parsing import SUFFIXES
from assistant.parsing.archive import is_passed_over, read_member, why_left_out


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name inside its root, its bytes on demand, and the indexed folder ("" = added singly).

    A document in an archive is named `archive.zip/document.txt`. `path` is where the file lies, if it lies anywhere.
    `opened` tells of a message that its attachments are sources too, named `message.eml/scan.pdf`.
    """

    name: str
    root: str
    read: Callable[[], bytes]
    size: int
    path: Path | None = None
    opened: bool = False


def find_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """The files of some paths in order; it searches folders in depth.

    It passes over hidden files and what programs leave behind. Any other file of a folder is a source, and so is a link
    to a folder: one that is not read says why when its turn comes. Raises MissingPath for a path that does not exist,
    UnreadableDocument for a folder that cannot be listed.
    """
    for path in paths:
        if path.is_dir():
            root = path.resolve()
            for folder, folders, names in os.walk(root, onerror=_unreadable):
                folders[:] = sorted(name for name in folders if not is_passed_over(name))
                links = [name for name in folders if Path(folder, name).is_symlink()]
                for name in sorted([*names, *links]):
                    if not is_passed_over(name):
                        yield _found(Path(folder) / name, root)
        elif path.is_file():
            yield file_source(path, path.name, str(path.resolve().parent) + "/" + path.name)
        else:
            raise MissingPath(f"{path} does not exist; name a file or folder of documents")


def _found(file: Path, root: Path) -> Source:
    """A file of a folder; one of a kind that is not read here refuses to be read, and says so."""
    name = file.relative_to(root).as_posix()
    if file.is_dir():
        return Source(name, str(root), partial(_refuse, f"{name} is a link to a folder; index that folder itself"), 0)
    if file.suffix.lower() not in SUFFIXES:
        return Source(name, str(root), partial(_refuse, why_left_out(name)), 0)
    size = file.stat().st_size if file.is_file() else 0
    return Source(name, str(root), partial(_read, file), size, file)


def _refuse(why: str) -> NoReturn:
    raise UnreadableDocument(why)


def file_source(file: Path, name: str, root: str = "") -> Source:
    """A source that reads a file when its turn comes."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise MissingPath(f"{file} does not exist; name a file or folder of documents") from error
    return Source(name, root, partial(_read, file), size, file)


def _read(file: Path) -> bytes:
    # Reading a pipe or a device may never end.
    if file.exists() and not file.is_file():
        raise OSError(errno.EINVAL, "it is not a regular file")
    return file.read_bytes()


def open_source(source: Source) -> IO[bytes]:
    """A handle to seek in, so that a large archive is not read whole for each of its documents."""
    if source.path is not None and source.path.is_file():
        return source.path.open("rb")
    return io.BytesIO(source.read())


def read_from_archive(archive: Source, path: str) -> bytes:
    with open_source(archive) as handle:
        return read_member(handle, archive.name, path)


def _unreadable(error: OSError) -> None:
    """Raises for a folder that cannot be listed: otherwise its documents would look as if they were gone."""
    raise UnreadableDocument(f"{error.filename} cannot be read: {error.strerror}; nothing was changed") from error
