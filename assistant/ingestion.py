"""The offline road: files to documents, passages, vectors and the library."""

import errno
import hashlib
import io
import mimetypes
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn

from assistant.chunking import split_document
from assistant.embedding import Embedder
from assistant.errors import AssistantError, MissingPath, UnreadableDocument
from assistant.library import Filing, Known, Library, text_key
from assistant.parsing import SUFFIXES
from assistant.parsing.archive import is_archive, list_members, read_member
from assistant.reading import ReadingLimits, shared_reader
from assistant.settings import Settings
from assistant.types import Document, DocumentInfo, Passage

# Raised when parsing or chunking changes what it makes of the same bytes, so that an update reads them again.
_RECIPE = "8"
_BATCH = 1_024

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name inside its root, its bytes on demand, and the indexed folder ("" = added singly).

    A document in an archive is named `archive.zip/document.txt`. `path` is where the file lies, if it lies anywhere.
    """

    name: str
    root: str
    read: Callable[[], bytes]
    size: int
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `added`, `updated`, `unchanged`, `removed` or `failed`, and why."""

    source_name: str
    state: str
    document_id: str | None = None
    passages: int = 0
    codes: int = 0
    message: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document ready to be stored, with the texts to embed by their content hash."""

    document: Document
    passages: tuple[Passage, ...]
    filing: Filing
    texts: dict[bytes, str]
    state: str


def no_progress(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Ingestion:
    """Brings files into one library."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings) -> None:
        self._library = library
        self._embedder = embedder
        self._settings = settings
        self._systems = settings.systems()
        facts = (_RECIPE, settings.passage_tokens, sorted(settings.code_systems.items()))
        self._limit = settings.max_file_mb * 1024 * 1024
        self._reader = shared_reader(reading_limits(settings))
        self._recipe = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    def index(self, paths: Sequence[Path], progress: Progress = no_progress) -> list[Outcome]:
        """Builds or updates the library from files and folders; what is gone from an indexed folder leaves it.

        Raises MissingPath, before anything is changed, if one of the paths does not exist.
        """
        sources = self._unpacked(find_sources(paths))
        roots = {str(path.resolve()) for path in paths if path.is_dir()} | {source.root for source in sources}
        # A reader that brings the search indexes up to date holds the lock for a moment.
        with self._library.writing(timeout=5.0):
            outcomes = list(self._bring(sources, progress))
            outcomes += self._remove_gone(lambda known: known.root in roots, sources)
        return outcomes

    def add(self, sources: Sequence[Source], progress: Progress = no_progress) -> list[Outcome]:
        """Adds single files; one of the same name is replaced, an archive with all that it held."""
        unpacked = self._unpacked(sources)
        files = {(source.root, source.name) for source in sources}
        with self._library.writing(timeout=30.0):
            outcomes = list(self._bring(unpacked, progress))
            outcomes += self._remove_gone(lambda known: any(at in files for at in _places(known)), unpacked)
        return outcomes

    def remove(self, document_id: str) -> tuple[int, int]:
        """Removes a document: (passages removed, generation after)."""
        with self._library.writing(timeout=30.0):
            return self._library.store.remove_document(document_id)

    def _remove_gone(self, within: Callable[[Known], bool], sources: Sequence[Source]) -> list[Outcome]:
        """Removes what is no longer there; the documents of an archive that cannot be opened now stay."""
        present = {(source.root, source.name) for source in sources}
        gone = [k for k in self._library.store.known() if within(k) and not any(at in present for at in _places(k))]
        for known in gone:
            self._library.store.remove_document(known.document_id)
        return [Outcome(known.source_name, "removed", known.document_id) for known in gone]

    def _unpacked(self, sources: Iterable[Source]) -> list[Source]:
        """The sources, with each archive's documents in its place; one that cannot be opened stays and will fail."""
        return [member for source in sources for member in self._members(source)]

    def _members(self, source: Source) -> list[Source]:
        if source.size > self._limit:
            return [source]
        try:
            with _open(source) as handle:
                if not is_archive(handle):
                    return [source]
                members = list_members(handle, source.name, SUFFIXES)
                self._check_size(source.name, sum(member.size for member in members), "unpacks to")
        except UnreadableDocument as error:
            return [replace(source, read=partial(_refuse, error))]
        except OSError:
            return [source]  # reading it says why
        return [
            Source(f"{source.name}/{member.path}", source.root, partial(_read_member, source, member.path), member.size)
            for member in members
        ]

    def _check_size(self, name: str, size: int, verb: str) -> None:
        if size > self._limit:
            raise UnreadableDocument(
                f"{name} {verb} {size / 1e6:.0f} MB, more than the {self._settings.max_file_mb} MB taken at once; "
                "split it, or raise ASSISTANT_MAX_FILE_MB"
            )

    def _bring(self, sources: Sequence[Source], progress: Progress) -> Iterator[Outcome]:
        """Reads files in batches, so that small documents share the model's batches; stores each on its own."""
        known = {(k.root, k.source_name): k for k in self._library.store.known()}
        # A file that was renamed or moved takes its document along; the id of one that is still there is not taken.
        owners = {k.document_id: (k.root, k.source_name) for k in known.values() if not _is_gone(k)}
        waiting: list[_Prepared] = []
        total = len(sources)
        for done, source in enumerate(sources):
            progress("reading", done, total)
            before = known.get((source.root, source.name))
            try:
                prepared = self._prepare(source, before, owners)
            except AssistantError as error:
                yield Outcome(source.name, "failed", before.document_id if before else None, message=str(error))
                continue
            if prepared is None:
                assert before is not None
                yield Outcome(source.name, "unchanged", before.document_id)
                continue
            if before is not None:
                owners.pop(before.document_id, None)
            owners[prepared.document.id] = (source.root, source.name)
            waiting.append(prepared)
            if sum(len(item.texts) for item in waiting) >= _BATCH:
                yield from self._store(waiting, known, progress)
                waiting = []
        progress("reading", total, total)
        yield from self._store(waiting, known, progress)

    def _prepare(self, source: Source, before: Known | None, owners: dict[str, tuple[str, str]]) -> _Prepared | None:
        self._check_size(source.name, source.size, "has")
        try:
            data = source.read()
        except OSError as error:
            raise UnreadableDocument(f"{source.name} cannot be read: {error.strerror}") from error
        digest = hashlib.sha256(data).hexdigest()
        if before is not None and before.source_sha256 == digest and before.recipe == self._recipe:
            return None
        document = self._reader.read(data, source.name)
        if self._settings.strict and document.warnings:
            raise UnreadableDocument(f"{'; '.join(document.warnings)}; nothing of it was stored, as --strict asks")
        owner = owners.get(document.id)
        if owner is not None and owner != (source.root, source.name):
            other = hashlib.sha256(f"{source.root}/{source.name}".encode()).hexdigest()[:6]
            if owner[1] == source.name or document.entries:
                raise UnreadableDocument(
                    f"{source.name} is about the same as {owner[1]} ({document.id}); remove one of them, or give it an "
                    "id of its own in its front matter"
                )
            document = replace(document, id=f"{document.id}-{other}")
        passages = split_document(document, self._embedder.count_tokens, self._settings.passage_tokens, self._systems)
        texts = {text_key(text): text for passage in passages if (text := passage.indexed_text)}
        media_type = mimetypes.guess_type(source.name)[0] or "text/plain"
        filing = Filing(data, source.name, source.root, media_type, self._recipe)
        return _Prepared(document, passages, filing, texts, "updated" if before else "added")

    def _store(
        self, prepared: Sequence[_Prepared], known: dict[tuple[str, str], Known], progress: Progress
    ) -> Iterator[Outcome]:
        if not prepared:
            return
        texts: dict[bytes, str] = {}
        for item in prepared:
            texts |= item.texts
        self._embed(texts, progress)
        for item in prepared:
            before = known.get((item.filing.root, item.filing.source_name))
            # The document stored before may have taken with it a vector that this one shares.
            self._embed(item.texts, no_progress)
            info: DocumentInfo = self._library.store.put_document(item.document, item.passages, item.filing)
            if before is not None and before.document_id != item.document.id:
                self._library.store.remove_document(before.document_id)
            yield Outcome(
                item.filing.source_name, item.state, info.id, info.passages, info.codes, warnings=item.document.warnings
            )

    def _embed(self, texts: dict[bytes, str], progress: Progress) -> None:
        """Embeds the texts that have no vector yet; what is done stays done if the process is interrupted."""
        missing = self._library.store.missing_vectors(list(texts))
        keys = [key for key in texts if key in missing]
        for at in range(0, len(keys), _BATCH):
            progress("embedding", at, len(keys))
            part = keys[at : at + _BATCH]
            self._library.store.put_vectors(part, self._embedder.embed([texts[key] for key in part]))
        if keys:
            progress("embedding", len(keys), len(keys))


def reading_limits(settings: Settings) -> ReadingLimits:
    """What one file may cost, as the settings say."""
    return ReadingLimits(
        settings.read_seconds,
        settings.read_memory_mb,
        settings.read_output_mb,
        settings.max_pages,
        settings.max_scans,
        settings.max_file_mb,
        tuple(sorted(settings.code_systems.items())),
    )


def find_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """The files of some paths, folders searched in depth for the suffixes we read, in order; hidden ones left out.

    Raises MissingPath for a path that does not exist, UnreadableDocument for a folder that cannot be listed.
    """
    for path in paths:
        if path.is_dir():
            root = path.resolve()
            for folder, folders, names in os.walk(root, onerror=_unreadable):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                for name in sorted(names):
                    file = Path(folder) / name
                    if file.suffix.lower() in SUFFIXES and not name.startswith("."):
                        size = file.stat().st_size if file.is_file() else 0
                        yield Source(file.relative_to(root).as_posix(), str(root), partial(_read, file), size, file)
        elif path.is_file():
            yield file_source(path, path.name, str(path.resolve().parent) + "/" + path.name)
        else:
            raise MissingPath(f"{path} does not exist; name a file or folder of documents")


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
        raise OSError(errno.EINVAL, "it is no regular file")
    return file.read_bytes()


def _open(source: Source) -> IO[bytes]:
    """A file to seek in, so that a large archive is not read whole for each of its documents."""
    if source.path is not None and source.path.is_file():
        return source.path.open("rb")
    return io.BytesIO(source.read())


def _read_member(archive: Source, path: str) -> bytes:
    with _open(archive) as handle:
        return read_member(handle, archive.name, path)


def _refuse(error: UnreadableDocument) -> NoReturn:
    raise error


def _places(known: Known) -> list[tuple[str, str]]:
    """(root, name) of a document's file, and of the folders and the archive that it lies in."""
    name = PurePosixPath(known.source_name)
    return [(known.root, str(place)) for place in (name, *name.parents)]


def _unreadable(error: OSError) -> None:
    """Stops at a folder that cannot be listed: its documents would look as if they were gone."""
    raise UnreadableDocument(f"{error.filename} cannot be read: {error.strerror}; nothing was changed") from error


def _is_gone(known: Known) -> bool:
    """Whether the file behind a document is no longer there; uploads ("") have none to look for."""
    if not known.root:
        return False
    path = Path(known.root, known.source_name)
    return not any(place.is_file() for place in (path, *path.parents))
