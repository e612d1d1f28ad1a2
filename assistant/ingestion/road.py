"""The offline road: files to documents, passages, vectors and the library."""

import hashlib
import mimetypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NoReturn

import numpy as np

from assistant.embedding import Embedder, Vectors, page_head
from assistant.errors import AssistantError, UnreadableDocument
from assistant.ingestion.chunking import split_document, with_long_rows
from assistant.ingestion.kinds import kind_of
from assistant.ingestion.known_files import KnownFiles, places
from assistant.ingestion.page_parts import with_page_parts
from assistant.ingestion.sandbox import ReadingLimits, shared_reader
from assistant.ingestion.sources import Source, file_source, find_sources, open_source, read_from_archive
from assistant.library import Filing, Known, Library, Receipt, codes_found, disagreements, text_key
from assistant.parsing import SUFFIXES, is_message
from assistant.parsing.archive import is_archive, list_members, why_left_out
from assistant.parsing.pdf import looks_like_pdf
from assistant.reader import statements_in_place
from assistant.retrieval.kept_axes import keep_axes
from assistant.settings import Settings
from assistant.types import Document, Passage

# Raise this when parsing or chunking makes something else of the same bytes: an update then reads them again.
_RECIPE = "17"
_BATCH = 1_024
# A message may hold messages, this deep.
_DEEPEST = 3
PDF = "application/pdf"

# The progress of a file, 0 to 1, once it is read, and once it is embedded.
_READ, _EMBEDDED = 0.1, 0.95

Progress = Callable[[str, int, int], None]
# By content hash, what a passage is searched by and its statements in their places.
Texts = dict[bytes, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `added`, `updated`, `unchanged`, `removed` or `failed`, and why.

    In an upload, a file may also be `waiting` or `running`, with its `progress` from 0 to 1, or `cancelled`.
    """

    source_name: str
    state: str
    document_id: str | None = None
    passages: int = 0
    codes: int = 0
    message: str | None = None
    warnings: tuple[str, ...] = ()
    progress: float = 1.0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document ready to be stored, with the texts to embed by their content hash, each with its statements."""

    source: Source
    before: Known | None
    document: Document
    passages: tuple[Passage, ...]
    filing: Filing
    texts: Texts


@dataclass(frozen=True, slots=True)
class _Same:
    """A file that holds the same bytes as another, whose document keeps both names."""

    source: Source
    before: Known | None
    document_id: str


def no_progress(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Watcher:
    """Follows an `add` file by file; this one does nothing."""

    def is_done(self, name: str) -> bool:
        """Whether a file was brought in before, by the same job."""
        return False

    def share(self, name: str, share: float) -> None:
        """Takes the progress of a file, 0 to 1."""

    def storing(self, outcome: Outcome) -> Receipt | None:
        """What is stored together with the document of an outcome, in one transaction."""
        return None

    def outcome(self, outcome: Outcome) -> None:
        """Takes the outcome of a file that left the library as it was."""


__all__ = ["Ingestion", "Outcome", "Progress", "Source", "Watcher", "file_source", "find_sources", "no_progress"]

_NOBODY = Watcher()


class Ingestion:
    """Brings files into one library."""

    def __init__(self, library: Library, embedder: Embedder, settings: Settings) -> None:
        self._library = library
        self._embedder = embedder
        self._settings = settings
        self._systems = settings.systems()
        self._page_head = page_head(embedder.name)
        parts = self._page_head.digest if self._page_head else ""
        facts = (_RECIPE, settings.passage_tokens, sorted(settings.code_systems.items()), parts)
        self._limit = settings.max_file_mb * 1024 * 1024
        self._reader = shared_reader(reading_limits(settings))
        self._recipe = hashlib.sha256(repr(facts).encode()).hexdigest()[:16]

    def index(self, paths: Sequence[Path], progress: Progress = no_progress) -> list[Outcome]:
        """Builds or updates the library from files and folders; what is gone from an indexed folder leaves the library.

        If one of the paths does not exist, it raises before it changes anything.
        """
        sources = self._unpacked(find_sources(paths))
        roots = {str(path.resolve()) for path in paths if path.is_dir()} | {source.root for source in sources}
        # A reader that brings the search indexes up to date holds the lock for a moment.
        with self._library.writing(timeout=5.0):
            outcomes = list(self._bring(sources, progress, _NOBODY))
            outcomes += self._remove_gone(lambda known: known.root in roots, sources)
            self._tidy(outcomes)
            self._keep_axes()
        return outcomes

    def add(
        self, sources: Sequence[Source], progress: Progress = no_progress, watcher: Watcher = _NOBODY
    ) -> list[Outcome]:
        """Adds single files. A file replaces one of the same name and edition, an archive replaces all that it held.

        A new edition stands beside the old one.
        """
        unpacked = self._unpacked(sources)
        files = {(source.root, source.name) for source in sources}

        def left_out(known: Known) -> bool:
            return any(at in files for at in places(known)) and (known.edition is None or known.edition in editions)

        with self._library.writing(timeout=30.0):
            outcomes = list(self._bring(unpacked, progress, watcher))
            added = {outcome.document_id for outcome in outcomes}
            editions = {info.edition for info in self._library.store.documents() if info.id in added}
            outcomes += self._remove_gone(left_out, unpacked)
            self._tidy(outcomes)
            self._keep_axes()
        return outcomes

    def remove(self, document_id: str) -> tuple[int, int]:
        """Removes a document with all names of its files: (passages removed, generation after).

        Waits for no other writer, and from then on nothing of it answers. `compact` then frees its bytes.
        """
        return self._library.store.remove_document(document_id)

    def compact(self, timeout: float = 30.0) -> bool:
        """Frees every byte of what was removed, as `Library.compact`; what a question needs is made anew meanwhile."""
        with self._library.writing(timeout):
            self._keep_axes()
            return self._library.compact(timeout)

    def _keep_axes(self) -> None:
        """Makes what the questions for ICD-10-PCS codes need, so that none has to wait for it."""
        library = self._library
        with library.store.reading() as reads:
            keep_axes(reads, library.store.cache, library.dimension, library.terms)

    def _remove_gone(self, within: Callable[[Known], bool], sources: Sequence[Source]) -> list[Outcome]:
        """Removes what is no longer there; the documents of an archive that cannot be opened stay."""
        present = {(source.root, source.name) for source in sources}
        whole = {(source.root, source.name) for source in sources if not source.opened}

        def is_there(known: Known) -> bool:
            return (known.root, known.source_name) in present or any(at in whole for at in places(known))

        gone = [known for known in self._library.store.known() if within(known) and not is_there(known)]
        for known in gone:
            self._library.store.drop_name(known.document_id, known.root, known.source_name)
        return [Outcome(known.source_name, "removed", known.document_id) for known in gone]

    def _tidy(self, outcomes: Sequence[Outcome]) -> None:
        """Frees what the outcomes have replaced, and what an earlier, interrupted run had begun."""
        if any(outcome.state in ("added", "updated", "removed") for outcome in outcomes):
            self._library.store.purge()

    def _unpacked(self, sources: Iterable[Source]) -> list[Source]:
        """The sources, each archive replaced by its documents; an archive that cannot be opened stays and will fail."""
        return [member for source in sources for member in self._members(source)]

    def _members(self, source: Source, depth: int = 0) -> list[Source]:
        if source.size > self._limit:
            return [source]
        if is_message(source.name):
            return self._with_attachments(source, depth)
        try:
            with open_source(source) as handle:
                if not is_archive(handle):
                    return [source]
                members = list_members(handle, source.name, SUFFIXES)
                self._check_size(source.name, sum(member.size for member in members), "unpacks to")
        except UnreadableDocument as error:
            return [replace(source, read=partial(_refuse, error))]
        except OSError:
            return [source]  # reading it says why
        found = [
            Source(
                f"{source.name}/{member.path}",
                source.root,
                partial(_refuse, UnreadableDocument(member.refused))
                if member.refused
                else partial(read_from_archive, source, member.path),
                member.size,
            )
            for member in members
        ]
        return [inner for one in found for inner in (self._members(one, depth) if is_message(one.name) else [one])]

    def _with_attachments(self, source: Source, depth: int) -> list[Source]:
        """A message and the files in it; one of a kind that is not read, or too deep inside others, says so."""
        try:
            attached = self._reader.attachments(source.read(), source.name)
        except (UnreadableDocument, OSError):
            return [source]  # reading it says why
        found = [replace(source, opened=True)]
        for number, (name, size) in enumerate(attached):
            whole = f"{source.name}/{name}"
            read = partial(self._attachment, source, number)
            if PurePosixPath(name).suffix.lower() not in SUFFIXES:
                found.append(Source(whole, source.root, partial(_refuse, UnreadableDocument(why_left_out(whole))), 0))
            elif depth >= _DEEPEST:
                told = UnreadableDocument(f"{whole} lies in too many messages; save it by itself")
                found.append(Source(whole, source.root, partial(_refuse, told), 0))
            else:
                found += self._members(Source(whole, source.root, read, size), depth + 1)
        return found

    def _attachment(self, source: Source, number: int) -> bytes:
        return self._reader.attachment(source.read(), source.name, number)

    def _check_size(self, name: str, size: int, verb: str) -> None:
        if size > self._limit:
            raise UnreadableDocument(
                f"{name} {verb} {size / 1e6:.0f} MB, more than the {self._settings.max_file_mb} MB taken at once; "
                "split it, or raise ASSISTANT_MAX_FILE_MB"
            )

    def _bring(self, sources: Sequence[Source], progress: Progress, watcher: Watcher) -> Iterator[Outcome]:
        """Reads files in batches, so that small documents share the model's batches; stores each on its own."""
        held = KnownFiles(self._library.store.known(), self._recipe)
        waiting: list[_Prepared | _Same] = []
        total = len(sources)
        for done, source in enumerate(sources):
            progress("reading", done, total)
            if watcher.is_done(source.name):
                continue
            try:
                prepared = self._prepare(source, held)
            except AssistantError as error:
                before = held.of_name(source)
                outcome = Outcome(source.name, "failed", before[0].document_id if before else None, message=str(error))
            else:
                if not isinstance(prepared, Known):
                    watcher.share(source.name, _READ)
                    if self._settings.strict:
                        yield from self._store_alone(prepared, held, progress, watcher)
                        continue
                    _keep(held, prepared)
                    waiting.append(prepared)
                    if sum(len(item.texts) for item in waiting if isinstance(item, _Prepared)) >= _BATCH:
                        yield from self._store(waiting, progress, watcher)
                        waiting = []
                    continue
                outcome = Outcome(source.name, "unchanged", prepared.document_id)
            watcher.outcome(outcome)
            yield outcome
        progress("reading", total, total)
        yield from self._store(waiting, progress, watcher)

    def _prepare(self, source: Source, held: KnownFiles) -> _Prepared | _Same | Known:
        """A document to store, or the document that already has these bytes, under this file's name or another's."""
        self._check_size(source.name, source.size, "has")
        try:
            data = source.read()
        except OSError as error:
            raise UnreadableDocument(f"{source.name} cannot be read: {error.strerror}") from error
        digest = hashlib.sha256(data).hexdigest()
        for known in held.of_name(source):
            if known.source_sha256 == digest and known.recipe == self._recipe:
                return known
        document = self._read(data, source)
        before = held.before(source, document)
        same = held.same(digest, document.edition)
        if same is not None:
            return _Same(source, before, same)
        document = replace(document, id=held.free_id(source, document, before), kind=kind_of(document))
        passages = split_document(document, self._embedder.count_tokens, self._settings.passage_tokens, self._systems)
        document = with_long_rows(document, passages)
        texts = {
            text_key(text): (text, tuple(told for *_, told in statements_in_place(passage)))
            for passage in passages
            if (text := passage.indexed_text)
        }
        media_type = PDF if looks_like_pdf(data) else mimetypes.guess_type(source.name)[0] or "text/plain"
        names = held.names(document.id, digest)
        filing = Filing(data, source.name, source.root, media_type, self._recipe, names)
        return _Prepared(source, before, document, passages, filing, texts)

    def _read(self, data: bytes, source: Source) -> Document:
        """The document that a file holds."""
        document = self._reader.read(data, source.name)
        document = with_page_parts(document, source.name, self._systems, self._embedder.embed, self._page_head)
        if self._settings.strict and document.warnings:
            raise UnreadableDocument(_strictly(document.warnings))
        return document

    def _store(self, prepared: Sequence[_Prepared | _Same], progress: Progress, watcher: Watcher) -> Iterator[Outcome]:
        texts: Texts = {}
        for item in prepared:
            if isinstance(item, _Prepared):
                texts |= item.texts

        def embedding(stage: str, done: int, total: int) -> None:
            progress(stage, done, total)
            for item in prepared:
                watcher.share(item.source.name, _READ + (_EMBEDDED - _READ) * done / total)

        self._embed(texts, embedding)
        for unchecked in prepared:
            item = self._compared(unchecked) if isinstance(unchecked, _Prepared) else unchecked
            outcome = self._outcome(item)
            if outcome.state == "failed":
                watcher.outcome(outcome)
                yield outcome
                continue
            before = item.before.document_id if item.before else None
            receipt = watcher.storing(outcome)
            if isinstance(item, _Same):
                self._library.store.add_name(item.document_id, item.source.root, item.source.name, before, receipt)
            else:
                self._library.store.put_document(item.document, item.passages, item.filing, before, receipt)
            yield outcome

    def _store_alone(
        self, item: _Prepared | _Same, held: KnownFiles, progress: Progress, watcher: Watcher
    ) -> Iterator[Outcome]:
        """As `_store`, before the next file is read: what is refused replaces nothing, and no file is its double."""
        outcomes = list(self._store([item], progress, watcher))
        if all(outcome.state != "failed" for outcome in outcomes):
            _keep(held, item)
        yield from outcomes

    def _compared(self, item: _Prepared) -> _Prepared:
        """The item, with a warning if another document gives some of its codes, in the same edition, other titles."""
        own = {item.document.id, item.before.document_id if item.before else ""}
        titles = {entry.code: entry.title for entry in item.document.entries if entry.title}
        others = self._library.store.titles_in_others(list(titles), own)
        told = disagreements(item.source.name, titles, others)
        return replace(item, document=replace(item.document, warnings=(*item.document.warnings, *told)))

    def _outcome(self, item: _Prepared | _Same) -> Outcome:
        if isinstance(item, _Same):
            name = item.source.name
            told = f"{name} holds the same bytes as another file of {item.document_id}, which keeps both names"
            return Outcome(name, "unchanged", item.document_id, message=told)
        document = item.document
        if self._settings.strict and document.warnings:
            before = item.before.document_id if item.before else None
            return Outcome(item.source.name, "failed", before, message=_strictly(document.warnings))
        state = "updated" if item.before else "added"
        counts = len(item.passages), codes_found(document, item.passages)
        return Outcome(item.source.name, state, document.id, *counts, warnings=document.warnings)

    def _embed(self, texts: Texts, progress: Progress) -> None:
        """Embeds the texts that have no vector yet, and their statements; finished parts stay if the process is
        interrupted.

        While the vectors of one part are stored, the next part is embedded.
        """
        missing = self._library.store.missing_vectors(list(texts))
        keys = [key for key in texts if key in missing]
        parts = [keys[at : at + _BATCH] for at in range(0, len(keys), _BATCH)]
        if not parts:
            return
        progress("embedding", 0, len(keys))
        done = 0
        with ThreadPoolExecutor(1) as ahead:

            def begin(part: Sequence[bytes]) -> Future[Vectors]:
                whole = [texts[key][0] for key in part]
                return ahead.submit(self._embedder.embed, whole + [told for key in part for told in texts[key][1]])

            embedded = begin(parts[0])
            for part, following in zip(parts, [*parts[1:], []], strict=True):
                vectors = embedded.result()
                if following:
                    embedded = begin(following)
                ends = np.cumsum([len(part), *(len(texts[key][1]) for key in part)])
                whole, *told = np.split(vectors, ends)
                self._library.store.put_vectors(part, whole, told[: len(part)])
                done += len(part)
                progress("embedding", done, len(keys))


def reading_limits(settings: Settings) -> ReadingLimits:
    """The limits that the settings put on one file."""
    return ReadingLimits(
        settings.read_seconds,
        settings.read_memory_mb,
        settings.read_output_mb,
        settings.max_pages,
        settings.max_scans,
        settings.max_file_mb,
        tuple(sorted(settings.code_systems.items())),
    )


def _keep(held: KnownFiles, item: _Prepared | _Same) -> None:
    """Takes note of what is stored, or will be with its batch."""
    if isinstance(item, _Same):
        held.keep_name(item.source, item.before, item.document_id)
    else:
        held.keep(item.source, item.before, item.document, item.filing)


def _strictly(warnings: Sequence[str]) -> str:
    return f"{'; '.join(warnings)}; nothing of the file was stored, because of --strict"


def _refuse(error: UnreadableDocument) -> NoReturn:
    raise error
