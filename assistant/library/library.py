"""A library folder: its store, what is searched and read of it, and the lock of its one writer."""

import datetime
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from assistant.errors import LibraryBusy, LibraryError, ModelMismatch
from assistant.language.wording import Wording
from assistant.library.embedded.store import Store
from assistant.library.records import ProfileRow, StoredEntry, StoredPassage, Subject
from assistant.library.reports import forget_quotes, keep_report, read_report
from assistant.library.search.lexical import LexicalFilter, Terms
from assistant.library.search.searchers import Caches, Indexes
from assistant.retrieval.editions import superseded
from assistant.retrieval.guidance import MOST, Guidance, NearSection
from assistant.retrieval.kept_axes import KeptAxes
from assistant.retrieval.pcs import Found
from assistant.retrieval.recent import Recent
from assistant.types import LibraryStamp, Profile, Query
from assistant.types.codes import Code

Vectors = NDArray[np.float32]

# So many codes keep the counted terms of their passages in memory.
_COUNTED = 5_000
# Of so many of the best hits by words, the codes' rows are read while the query is embedded.
_ANTICIPATED = 40
# A document of at most so many passages is about one matter, which all of them speak of.
_SHORT = 12


class Library:
    """One library, open for any number of readers and one writer at a time.

    A search sees every change that was committed before it began. What it finds is read again from the store before it
    leaves, so a removed document stops answering at its commit, whatever the caches still hold.
    """

    def __init__(self, folder: Path, *, model: str, fingerprint: str, dimension: int, create: bool = False) -> None:
        if not (folder / "library.sqlite").exists() and not create:
            raise LibraryError(
                f"there is no library in {folder}; build one with `assistant index PATH --index {folder}`"
            )
        self.folder = folder
        self._dimension = dimension
        self.terms = Terms()
        self._counts: dict[tuple[int, ...], Counter[str]] = {}
        self._wording: tuple[int, Wording] | None = None
        self._superseded: dict[tuple[int, datetime.date | None], frozenset[str]] = {}
        self._guidance: tuple[int, Guidance | None] | None = None
        self._living: tuple[int, NDArray[np.int64]] | None = None
        self._allowed: dict[tuple[object, ...], tuple[NDArray[np.int64], LexicalFilter]] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.store = Store(folder / "library.sqlite")
        except OSError as error:
            raise LibraryError(f"the library folder {folder} cannot be used: {error.strerror}") from error
        self._passages = Recent(self.store, self.store.passages)
        self._entries = Recent(self.store, self.store.entries)
        self._rows = Recent(self.store, self._rows_about)
        self._thread = threading.local()
        self._lock = FileLock(str(folder / "write.lock"))
        self._axes = KeptAxes(folder / "axes", self.store, self._lock, self.terms)
        self._check_model(model, fingerprint)
        self._indexes = Indexes(folder, self.store, self._lock, fingerprint=fingerprint, dimension=dimension)

    def _check_model(self, model: str, fingerprint: str) -> None:
        built = self.store.meta("fingerprint")
        if built is None:
            self.store.set_meta({"fingerprint": fingerprint, "model": model})
        elif built != fingerprint:
            name = self.store.meta("model")
            other = f"another version of the embedding model {name}" if name == model else f"the embedding model {name}"
            raise ModelMismatch(
                f"the library in {self.folder} was built with {other}, not with this {model}; set ASSISTANT_MODEL to "
                "that model, or index the documents into a new folder"
            )

    def keep_report(self, report: Mapping[str, object]) -> None:
        """Keeps the last evaluation report beside the library."""
        keep_report(self.folder, report)

    def report(self) -> dict[str, object] | None:
        """The last evaluation report; None before the first."""
        return read_report(self.folder)

    def close(self) -> None:
        """Closes the store, when no index is being built any more."""
        self._indexes.close()
        self.store.close()

    @property
    def stamp(self) -> LibraryStamp:
        """Which state of the library answers now."""
        return LibraryStamp(self.store.generation(), self.store.meta("model") or "")

    @contextmanager
    def writing(self, timeout: float = 0.0) -> Iterator[None]:
        """Holds the writer's lock; on leaving, the caches on disk follow what was committed.

        Raises LibraryBusy where another process holds it. A process that dies lets go of it.
        """
        try:
            with self._lock.acquire(timeout=timeout):
                yield
                self._axes.at(self._indexes.refreshed(wait=True).dense_generation, self._dimension)
        except Timeout as error:
            raise LibraryBusy(f"another process is writing to {self.folder}; try again when it has finished") from error

    def compact(self, timeout: float = 30.0) -> bool:
        """Frees every byte of what was removed: rows, vectors, search indexes, the database's own leftovers.

        Says whether all is free; False where readers of an older state hinder it, and it has to be done again. Killed
        at any point, it harms nothing and is still due. Raises LibraryBusy where another process writes.
        """
        with self.writing(timeout):
            self.store.purge()
            generation = self._indexes.write_anew()
            forget_quotes(self.folder, {info.id for info in self.store.documents()})
            for path in (*self.folder.glob("*.partial"), *self.folder.glob("*/*.partial")):
                path.unlink(missing_ok=True)
            whole = self.store.vacuum()
            if whole:
                self.store.compacted(generation)
        return whole

    # searching

    def search_dense(self, vector: Vectors, count: int, query: Query) -> list[tuple[int, float]]:
        """(passage key, cosine) of the nearest passages that the query's filters allow."""
        caches = self._indexes.refreshed()
        allowed = self._filter(query, caches)[0]
        if allowed is None and caches.stale:
            allowed = self._seen(caches)
        return caches.dense.search(vector, count, allowed)

    def search_lexical(self, text: str, count: int, query: Query) -> list[tuple[int, float]]:
        """(passage key, BM25) of the best passages that the query's filters allow."""
        caches = self._indexes.refreshed()
        asked, found = getattr(self._thread, "found", (None, []))
        if asked == (text, count, query.as_of, query.systems, caches):
            return list(found)
        return caches.lexical.search(text, count, self._filter(query, caches)[1])

    def search_guidance(
        self, vector: Vectors, terms: Iterable[str], leading: Sequence[Code], count: int, query: Query
    ) -> list[NearSection] | None:
        """The best sections of prose about no code, for a vector, terms and the codes that lead.

        None where the library has none, or so much that it is not compared apart.
        """
        guidance = self._guidance_now()
        if guidance is None:
            return None
        documents = set(self.store.documents_on(query.as_of)) if query.as_of else None
        return guidance.search(vector, terms, leading, count, documents)

    def _guidance_now(self) -> Guidance | None:
        generation = self._indexes.refreshed().dense_generation
        held = self._guidance
        if held is None or held[0] != generation:
            rows = self.store.prose(MOST)
            held = self._guidance = generation, Guidance(rows, self.terms) if rows else None
        return held[1]

    def search_axes(self, text: str, vector: Vectors, count: int, query: Query) -> list[Found]:
        """The ICD-10-PCS codes whose characters a query supports best; none without the tables that explain them."""
        caches = self._indexes.refreshed()
        axes = self._axes.at(caches.dense_generation, self._dimension)
        if axes is None:
            return []
        return self._axes.search(axes, text, vector, count, self._filter(query, caches)[0])

    def with_axes(self, keys: Sequence[int]) -> set[int]:
        """Which of some passages are about a code that `search_axes` compares."""
        axes = self._axes.at(self._indexes.refreshed().dense_generation, self._dimension)
        return axes.holds(keys) if axes is not None else set()

    def similarities(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Cosines of a query to some passages, from the vectors in the dense index or, behind it, in the store."""
        there, vectors = self._indexes.refreshed().dense.vectors_of(keys)
        found = dict(zip(there, (vectors @ vector).tolist(), strict=True))
        there, vectors = self.store.vectors_of([key for key in keys if key not in found], self._dimension)
        return found | dict(zip(there, (vectors @ vector).tolist(), strict=True))

    def surroundings(self, vector: Vectors, keys: Sequence[int]) -> dict[int, tuple[float, Counter[str]]]:
        """For prose in short documents: the mean cosine of its document's passages to a query, and all their terms."""
        around = self.store.surroundings(keys, _SHORT)
        cosines = self.similarities(vector, sorted({key for siblings in around.values() for key in siblings}))
        found = {}
        for (key, siblings), counts in zip(around.items(), self.counted(list(around.values())), strict=True):
            known = [cosines[one] for one in siblings if one in cosines]
            found[key] = sum(known) / max(len(known), 1), counts
        return found

    def passages(self, keys: Sequence[int]) -> dict[int, StoredPassage]:
        """Passages by key, as they are in the store now; one that was removed is not among them."""
        return self._passages.get(keys)

    def anticipate(self, text: str, count: int, query: Query) -> None:
        """Searches by words and reads what that finds, while another thread embeds the query."""
        caches = self._indexes.refreshed()
        found = caches.lexical.search(text, count, self._filter(query, caches)[1])
        self._thread.found = (text, count, query.as_of, query.systems, caches), found
        stored = self._passages.get([key for key, _ in found])
        leading = [item.passage.code for item in list(stored.values())[:_ANTICIPATED]]
        codes = list(dict.fromkeys(code for code in leading if code is not None))
        self.entries(codes)
        self.counted([tuple(row.key for row in rows) for rows in self._rows.get(codes).values()])

    def steady(self) -> AbstractContextManager[None]:
        """One state of the indexes for all that this thread searches inside, looked up once."""
        return self._indexes.steady()

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes (by code without edition) in all editions, newest first."""
        return self._entries.get(list(dict.fromkeys(code.bare for code in codes)))

    def _rows_about(self, codes: Sequence[Code]) -> dict[Code, list[ProfileRow]]:
        grouped: dict[Code, list[ProfileRow]] = {}
        for row in self.store.rows_about(codes):
            grouped.setdefault(row.code, []).append(row)
        return grouped

    def profiles(self, codes: Sequence[Code], vector: Vectors) -> dict[Code, Profile]:
        """How all passages about some codes stand to a query, in the codes' own editions."""
        grouped = self._rows.get(codes)
        counts = self.counted([tuple(row.key for row in about) for about in grouped.values()])
        profiles = {}
        for (code, about), counted in zip(grouped.items(), counts, strict=True):
            matrix = np.frombuffer(b"".join(row.vector for row in about), np.float16).reshape(-1, self._dimension)
            similarities = (matrix.astype(np.float32) @ vector).tolist()
            opening = [s for s, row in zip(similarities, about, strict=True) if row.opening] or [max(similarities)]
            profiles[code] = Profile(tuple(sorted(similarities, reverse=True)), max(opening), counted)
        return profiles

    def subjects(self, codes: Sequence[Code]) -> dict[Code, Subject]:
        """The vectors and terms of all passages about some codes, in the codes' own editions, passage by passage."""
        grouped = self._rows_about(codes)
        subjects = {}
        for code, about in grouped.items():
            matrix = np.frombuffer(b"".join(row.vector for row in about), np.float16).reshape(-1, self._dimension)
            subjects[code] = Subject(
                matrix.astype(np.float32),
                tuple(row.section for row in about),
                tuple(row.opening for row in about),
                tuple(self.counted([(row.key,) for row in about])),
            )
        return subjects

    def counted(self, groups: Sequence[tuple[int, ...]]) -> list[Counter[str]]:
        """The terms of each group of passages together. A passage never changes under its key: it is counted once."""
        counts = {keys: self._counts[keys] for keys in groups if keys in self._counts}
        missing = [keys for keys in groups if keys not in counts]
        texts = self.store.indexed_texts([key for keys in missing for key in keys])
        if len(self._counts) + len(missing) > _COUNTED:
            self._counts = {}
        for keys in missing:
            counted: Counter[str] = Counter()
            for key in keys:
                counted.update(self.terms(texts.get(key, "")))
            counts[keys] = self._counts[keys] = counted
        return [counts[keys] for keys in groups]

    def wording(self) -> Wording:
        """What the library knows of words, for its present generation."""
        caches = self._indexes.refreshed()
        held = self._wording
        if held is None or held[0] != caches.lexical_generation:
            lexical = caches.lexical
            wording = Wording(self.store.synonyms(), self.terms, lexical.document_frequency, lexical.with_prefix)
            held = self._wording = (caches.lexical_generation, wording)
        return held[1]

    def superseded(self, day: datetime.date | None) -> frozenset[str]:
        """Documents whose code set is here in a newer edition that is in force on a day."""
        key = (self._indexes.refreshed().dense_generation, day)
        found = self._superseded.get(key)
        if found is None:
            found = superseded(self.store.documents(), day)
            self._superseded = dict([*self._superseded.items(), (key, found)][-8:])
        return found

    def document_frequency(self, term: str) -> int:
        """In how many passages a term occurs."""
        return self._indexes.refreshed().lexical.document_frequency(term)

    def __len__(self) -> int:
        """How many passages can be found."""
        return self._indexes.refreshed().passages

    def _filter(self, query: Query, caches: Caches) -> tuple[NDArray[np.int64] | None, LexicalFilter | None]:
        if query.as_of is None and not query.systems:
            return None, None
        key = (query.as_of, query.systems, caches.dense_generation)
        found = self._allowed.get(key)
        if found is None:
            documents = self.store.documents_on(query.as_of) if query.as_of else None
            systems = (*query.systems, "") if query.systems else None
            only = LexicalFilter(tuple(documents) if documents is not None else None, systems)
            found = self.store.allowed(documents, systems), only
            # A handful of filters recur (a system, a day); older ones are made again.
            self._allowed = dict([*self._allowed.items(), (key, found)][-8:])
        return found

    def _seen(self, caches: Caches) -> NDArray[np.int64]:
        """The passages that are there, for a dense index in which those that are gone would hide them."""
        if self._living is None or self._living[0] != caches.dense_generation:
            self._living = caches.dense_generation, self.store.seen()
        return self._living[1]
