"""Reads a zip of documents: which of its members are documents, and their bytes."""

import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.package import BAD_ZIP

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# A part that only an Office file, a book or an OpenDocument file has.
_DOCUMENT_PARTS = ("[Content_Types].xml", "META-INF/container.xml", "META-INF/manifest.xml")
# Files that programs leave beside documents, and schemas, which code sets bring along.
_LEFT_BEHIND = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "__pycache__"}
_SCHEMAS = (".xsd", ".dtd")
# If a document comes in several forms, the first form in this order is read.
_PREFERRED = (
    ".txt",
    ".text",
    ".csv",
    ".tsv",
    ".xml",
    ".xlsx",
    ".xlsm",
    ".ods",
    ".xls",
    ".md",
    ".html",
    ".docx",
    ".odt",
    ".pptx",
    ".rtf",
    ".epub",
    ".eml",
    ".msg",
    ".pdf",
)
_SHOWN = 3
# Room for some ten thousand members; each costs a process far more memory than its bytes in the list.
_MOST_LISTING = 2_000_000
_END_REACH = 66_000


@dataclass(frozen=True, slots=True)
class Member:
    """A document inside an archive: its path there, and its size when unpacked, in bytes.

    `refused` says why it is not read; it is empty for one that is read.
    """

    path: str
    size: int
    refused: str = ""


def is_archive(handle: IO[bytes]) -> bool:
    """Whether a file is a plain zip: Office files, OpenDocument files and books are zips too, and do not count."""
    handle.seek(0)
    if handle.read(4) not in _MAGIC:
        return False
    try:
        with zipfile.ZipFile(handle) as archive:
            names = archive.namelist()
            return not any(part in names for part in _DOCUMENT_PARTS)
    except BAD_ZIP:
        return True


def list_members(handle: IO[bytes], name: str, suffixes: Sequence[str]) -> tuple[Member, ...]:
    """The members with one of the suffixes, in the archive's order, without hidden files and readme files.

    An archive inside it, a name that leads out of it, or a file of another kind is named and not read. Files that
    differ only in their suffix are one document in several forms, as CMS packs its code sets; the plainest form is
    read. Raises UnreadableDocument for a damaged zip and for one that holds no document.
    """
    with _opened(handle, name) as archive:
        files = [item for item in archive.infolist() if not item.is_dir()]
    taken: dict[str, zipfile.ZipInfo] = {}
    refused: dict[str, Member] = {}
    unread: list[Member] = []
    for item in files:
        path = PurePosixPath(item.filename)
        outside = path.is_absolute() or ".." in path.parts
        if path.suffix.lower() not in suffixes:
            if not _is_hidden(path) and not outside and not _is_readme(path):
                unread.append(Member(item.filename, 0, why_left_out(f"{name}/{item.filename}")))
            continue
        if outside or (path.suffix.lower() == ".zip" and not _is_hidden(path)):
            why = "has a name that leads out of its archive" if outside else "is an archive inside another"
            refused[item.filename] = Member(item.filename, 0, f"{name}/{item.filename} {why}; it was not read")
        if item.filename in refused or _is_hidden(path):
            continue
        if _is_readme(path):
            continue
        stem = str(path.with_suffix("")).lower()
        if stem not in taken or _rank(path.suffix) < _rank(PurePosixPath(taken[stem].filename).suffix):
            taken[stem] = item
    if not taken and not refused:
        held = ", ".join(PurePosixPath(item.filename).name for item in files[:_SHOWN])
        more = ", …" if len(files) > _SHOWN else ""
        raise UnreadableDocument(
            f"{name} holds no document of a kind read here ({held or 'it is empty'}{more}); give it documents"
        )
    return (*(Member(item.filename, item.file_size) for item in taken.values()), *refused.values(), *unread)


def read_member(handle: IO[bytes], name: str, path: str) -> bytes:
    """The bytes of one member; never more than the archive's own listing says."""
    with _opened(handle, name) as archive:
        try:
            return archive.read(path)
        except (*BAD_ZIP, KeyError, zlib.error, EOFError) as error:
            raise UnreadableDocument(f"{name}/{path} is damaged ({in_one_line(error)}); pack it again") from error
        except RuntimeError as error:
            raise UnreadableDocument(f"{name}/{path} is locked with a password; unpack it first") from error


def _opened(handle: IO[bytes], name: str) -> zipfile.ZipFile:
    if _listing_size(handle) > _MOST_LISTING:
        raise UnreadableDocument(f"{name} is a zip of too many files to be documents; unpack it and add a folder of it")
    try:
        return zipfile.ZipFile(handle)
    except BAD_ZIP as error:
        raise UnreadableDocument(f"{name} is a damaged zip ({in_one_line(error)}); download it again") from error


def _listing_size(handle: IO[bytes]) -> int:
    """How many bytes the list of the members takes, as the end of the file tells."""
    size = handle.seek(0, 2)
    handle.seek(max(0, size - _END_REACH))
    tail = handle.read()
    at = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def is_passed_over(name: str) -> bool:
    """Whether a file or folder is hidden, describes the form of others, or was left behind by another program."""
    lower = name.lower()
    return lower.startswith((".", "~$")) or lower in _LEFT_BEHIND or lower.endswith(_SCHEMAS)


def why_left_out(name: str) -> str:
    """One sentence on a file whose name says that it is of no kind read here."""
    suffix = PurePosixPath(name).suffix
    if not suffix:
        return f"{name} was left out: its name has no ending that says what it is; rename it, or add it by itself"
    return f"{name} was left out: {suffix[:20]} files are not read; save it as PDF, text or CSV"


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith("__") or is_passed_over(part) for part in path.parts)


def _is_readme(path: PurePosixPath) -> bool:
    return "readme" in path.stem.lower().replace("_", "").replace("-", "")


def _rank(suffix: str) -> int:
    lower = suffix.lower()
    return _PREFERRED.index(lower) if lower in _PREFERRED else len(_PREFERRED)
