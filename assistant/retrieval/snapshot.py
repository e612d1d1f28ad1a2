"""One state of a library for one question or note: all that the online road reads goes through it."""

import datetime
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from assistant.errors import UnknownDocument
from assistant.language.lexis import Lexis
from assistant.language.wording import Wording
from assistant.library import Library, Reads, Search, StoredEntry, StoredPair, StoredPassage, Subject
from assistant.library.records import LexicalFilter, ProfileRow
from assistant.retrieval.editions import superseded
from assistant.retrieval.generation import Generation
from assistant.retrieval.guidance import MOST, Guidance, NearSection
from assistant.retrieval.hidden import NOTHING, Hidden
from assistant.retrieval.kept_axes import KeptAxes
from assistant.retrieval.pcs import Axes, Found, ReadQuery
from assistant.types import LibraryStamp, Passage, Profile, Query
from assistant.types.codes import Code
from assistant.types.tables import Table, TableCell, table_at

Vectors = NDArray[np.float32]
T = TypeVar("T")

# Of so many of the best hits by words, the codes' rows are read while the query is embedded.
_ANTICIPATED = 20
# A document of at most so many passages is about one matter, which all of them speak of.
_SHORT = 12


class Snapshots:
    """Gives out snapshots of one library, and keeps what is remembered of its last generation."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._axes = KeptAxes(library.store.cache, library.dimension, library.terms)
        self._last: Generation | None = None

    @contextmanager
    def open(self) -> Iterator["Snapshot"]:
        """The library as it is now, for the calling thread while the block lasts; it must not ask for another inside.

        Every change that was committed before is in it, and none that is committed later.
        """
        with self._library.searching() as (reads, search):
            yield Snapshot(self._library, reads, search, self._generation(search), self._axes)

    def _generation(self, search: Search) -> Generation:
        last = self._last
        if last is not None and last.search is search:
            return last
        made = Generation(search)
        # An older state, which a slow thread has just opened, does not take the place of a newer one.
        if last is None or last.search.generation <= search.generation:
            self._last = made
        return made


class Snapshot:
    """One state of a library: the rows of one transaction, the searchers of its generation, and what is hidden.

    Nothing changes it, and nothing of it outlives it but what its generation remembers. For one thread.
    """

    def __init__(
        self,
        library: Library,
        reads: Reads,
        search: Search,
        generation: Generation,
        axes: KeptAxes,
        hidden: Hidden = NOTHING,
    ) -> None:
        self.terms = library.terms
        self._stamp = reads.stamp()
        self._library, self._reads, self._search = library, reads, search
        self._generation, self._axes, self._hidden = generation, axes, hidden
        self._anticipated: tuple[tuple[object, ...], list[tuple[int, float]]] | None = None
        self._read: tuple[str, ReadQuery] | None = None
        self._near: tuple[Vectors, tuple[object, ...], Future[list[tuple[int, float]]]] | None = None
        self._told: dict[Hashable, object] = {}

    def hiding(self, keys: Iterable[int], codes: Iterable[Code] = ()) -> "Snapshot":
        """The same state as if some passages and codes were not in it, nor the passages about these codes or naming
        them."""
        all_codes = self._hidden.codes | {code.bare for code in codes}
        all_keys = self._hidden.keys | set(keys)
        if all_codes:
            all_keys |= set(self._reads.keys_of(sorted(all_codes, key=str)))
        spans = self._reads.spans(sorted(all_keys))
        hidden = Hidden.of(spans, all_codes, self._counted([(key,) for key in spans]))
        return Snapshot(self._library, self._reads, self._search, self._generation, self._axes, hidden)

    # facts

    def stamp(self) -> LibraryStamp:
        """Which state of the library this is."""
        return self._stamp

    def __len__(self) -> int:
        """How many passages can be found."""
        return max(0, self._search.passages - self._hidden.searchable)

    def meta(self, key: str) -> str | None:
        """A fact of the library by its name."""
        return self._reads.meta(key)

    def extent(self, since: int) -> tuple[int, int]:
        """(passages of all documents, passages of those that came after a generation), hidden or not."""
        return self._reads.extent(since)

    # searching

    def search_dense(self, vector: Vectors, count: int, query: Query) -> list[tuple[int, float]]:
        """(passage key, cosine) of the nearest passages that the query's filters allow."""
        near = self._near
        if near is not None and near[0] is vector and near[1] == (count, query.as_of, query.systems):
            return self._seen_of(near[2].result(), count)
        return self._seen_of(self._dense(count, query)(vector), count)

    def search_lexical(self, text: str, count: int, query: Query) -> list[tuple[int, float]]:
        """(passage key, BM25) of the best passages that the query's filters allow."""
        if self._anticipated is not None and self._anticipated[0] == (text, count, query.as_of, query.systems):
            return list(self._anticipated[1])
        only = self._filter(query)[1]
        return self._seen_of(self._search.search_lexical(text, count + len(self._hidden.keys), only), count)

    def search_guidance(
        self, vector: Vectors, terms: Iterable[str], leading: Sequence[Code], count: int, query: Query
    ) -> list[NearSection] | None:
        """The best sections of prose about no code, for a vector, terms and the codes that lead.

        None where the library has none, or so much that it is not compared apart.
        """
        guidance = self._generation.guidance.get(self._read_guidance)
        if guidance is None:
            return None
        documents = set(self._reads.documents_on(query.as_of)) if query.as_of else None
        hidden = self._hidden.keys
        found = guidance.search(vector, terms, leading, count + len(hidden), documents)
        if not hidden:
            return found
        seen = [(section, tuple(key for key in section.keys if key not in hidden)) for section in found]
        left = [(section, keys) for section, keys in seen if keys][:count]
        near = self.similarities(vector, [keys[0] for _, keys in left])
        return [NearSection(keys, near[keys[0]], section.bm25) for section, keys in left]

    def search_axes(self, text: str, vector: Vectors, count: int, query: Query) -> list[Found]:
        """The ICD-10-PCS codes whose characters a query supports best; none without the tables that explain them."""
        axes = self._axes_now()
        if axes is None:
            return []
        hidden = self._hidden.keys
        read = self._read[1] if self._read is not None and self._read[0] == text else self._axes.read(axes, text)
        found = axes.best(read, vector, count + len(hidden), self._filter(query)[0])
        return [one for one in found if one.key not in hidden][:count]

    def with_axes(self, keys: Sequence[int]) -> set[int]:
        """Which of some passages are about a code that `search_axes` compares."""
        axes = self._axes_now()
        return axes.holds(keys) - self._hidden.keys if axes is not None else set()

    def similarities(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """Cosines of a query to some passages, from the vectors in the dense index or, behind it, in the store."""
        there, vectors = self._search.vectors_of(self._left(keys))
        found = dict(zip(there, (vectors @ vector).tolist(), strict=True))
        missing = [key for key in self._left(keys) if key not in found]
        if missing:
            there, vectors = self._reads.vectors_of(missing, self._library.dimension)
            found |= dict(zip(there, (vectors @ vector).tolist(), strict=True))
        return found

    def near_statements(self, vector: Vectors, keys: Sequence[int]) -> dict[int, list[float]]:
        """Cosines of a query to the statements of some passages, in their order; only of passages that have some."""
        found = self._reads.statement_vectors(self._left(keys), self._library.dimension)
        return {key: (vectors @ vector).tolist() for key, vectors in found.items()}

    def surroundings(self, vector: Vectors, keys: Sequence[int]) -> dict[int, tuple[float, Counter[str]]]:
        """For prose in short documents: the mean cosine of its document's passages to a query, and all their terms."""
        whole = self._reads.surroundings(self._left(keys), _SHORT)
        around = {key: tuple(self._left(siblings)) for key, siblings in whole.items()}
        cosines = self.similarities(vector, sorted({key for siblings in around.values() for key in siblings}))
        found = {}
        for (key, siblings), counts in zip(around.items(), self._counted(list(around.values())), strict=True):
            known = [cosines[one] for one in siblings if one in cosines]
            found[key] = sum(known) / max(len(known), 1), counts
        return found

    def embed(
        self, pool: Executor, embedder: Callable[[str], Vectors], text: str, count: int, query: Query
    ) -> Callable[[], Vectors]:
        """Begins to embed a text in another thread, which then searches by its vector; gives who waits for the vector.

        The search goes on while the asking thread has the vector and does what needs it alone.
        """
        embedded: Future[Vectors] = Future()
        search = self._dense(count, query)

        def work() -> list[tuple[int, float]]:
            try:
                vector = embedder(text)
            except BaseException as error:
                embedded.set_exception(error)
                raise
            embedded.set_result(vector)
            return search(vector)

        found = pool.submit(work)

        def wait() -> Vectors:
            vector = embedded.result()
            self._near = vector, (count, query.as_of, query.systems), found
            return vector

        return wait

    def anticipate(self, text: str, count: int, query: Query, asked: str = "") -> None:
        """Does what needs no vector while another thread embeds the query: searches by words, reads what that finds,
        and reads `asked`, the query in its own words, for what it says of ICD-10-PCS codes."""
        axes = self._axes_now() if asked else None
        if axes is not None:
            self._read = asked, self._axes.read(axes, asked)
        found = self.search_lexical(text, count, query)
        self._anticipated = (text, count, query.as_of, query.systems), found
        stored = self.passages([key for key, _ in found])
        leading = [item.passage.code for item in list(stored.values())[:_ANTICIPATED]]
        codes = list(dict.fromkeys(code for code in leading if code is not None))
        self.entries(codes)
        self._counted([tuple(row.key for row in rows) for rows in self._rows_about(codes).values()])

    # passages

    def passages(self, keys: Sequence[int]) -> dict[int, StoredPassage]:
        """Passages by key, in the order of the keys; one that is not there is left out."""
        return self._generation.passages.get(self._left(keys), self._reads.passages)

    def passages_about(self, code: Code, document_id: str | None = None) -> tuple[StoredPassage, ...]:
        """All passages whose subject is a code, in document order."""
        if code.bare in self._hidden.codes:
            return ()
        return self._open(self._reads.passages_about(code, document_id))

    def passages_naming(self, codes: Sequence[Code]) -> tuple[StoredPassage, ...]:
        """Narrative passages, about no code, that name at least two of some codes."""
        left = [code for code in codes if code.bare not in self._hidden.codes]
        return self._open(self._reads.passages_naming(left)) if left else ()

    def passages_of(self, document_id: str) -> tuple[Passage, ...]:
        """All passages of a document in the order of its text, those that are not searched too."""
        stored = self._reads.document(document_id)
        found = self._reads.passages_of(document_id)
        return tuple(item.passage for item in self._open([StoredPassage(passage, stored) for passage in found]))

    def passage_at(self, document_id: str, place: int) -> StoredPassage:
        """The passage of a document that holds the character at a place. Raises UnknownDocument where none is."""
        key, found = self._reads.passage_at(document_id, place)
        if key in self._hidden.keys:
            raise UnknownDocument(f"the passage of {document_id} at {place} is hidden")
        return found

    def keys_of(self, codes: Sequence[Code]) -> list[int]:
        """Keys of the passages that are about one of some codes, in any edition, or name one."""
        return self._left(self._reads.keys_of([code for code in codes if code.bare not in self._hidden.codes]))

    def own_subjects(self) -> list[tuple[int, int, str, str, str]]:
        """(key, document key, system or "", code or "", section) of the searchable passages that can answer."""
        return [row for row in self._reads.subjects() if row[0] not in self._hidden.keys]

    # tables

    def tables(self, document_id: str) -> tuple[Table, ...]:
        """The tables of a document, in the order of its text."""
        return self.remembered(("tables", document_id), lambda: self._reads.tables(document_id))

    def cells(self, stored: StoredPassage) -> tuple[TableCell, ...]:
        """The cells of the row that a passage is, or is a piece of; none for prose, and for what was indexed before
        tables were kept."""
        passage = stored.passage
        table = table_at(self.tables(stored.document.id), passage.start)
        if table is None or not passage.quote:
            return ()
        start, end = table.row_of(passage.start, passage.end)
        whole = (start, end) == (passage.start, passage.end)
        return table.cells(passage.text if whole else self._reads.slice(stored.document.id, start, end), start)

    # rows that pair codes

    def pairs_among(self, codes: Sequence[Code]) -> tuple[StoredPair, ...]:
        """The rows that pair two of some codes, by these."""
        return self._reads.pairs_among([code for code in codes if code.bare not in self._hidden.codes])

    def pairs_of(self, code: Code, limit: int) -> tuple[int, tuple[StoredPair, ...]]:
        """How many rows pair a code with another, and as many of them as a limit allows."""
        return (0, ()) if code.bare in self._hidden.codes else self._reads.pairs_of(code, limit)

    def is_paired(self, code: Code) -> bool:
        """Whether any row pairs a code with another."""
        return code.bare not in self._hidden.codes and self._reads.is_paired(code)

    # codes

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        """The entries of some codes (by code without edition) in all editions, newest first."""
        found = self._generation.entries.get(list(dict.fromkeys(code.bare for code in codes)), self._reads.entries)
        if not self._hidden.keys and not self._hidden.codes:
            return found
        left = {code: tuple(map(self._hidden.told, filter(self._hidden.leaves, held))) for code, held in found.items()}
        return {code: held for code, held in left.items() if held}

    def siblings(self, entry: StoredEntry) -> tuple[tuple[Code, str], ...]:
        """The other codes of an entry's family, with their titles; without a family, those of its document that differ
        from it in the last character."""
        found = self._reads.siblings(entry)
        held = self._held([code for code, _ in found])
        return tuple(pair for pair in found if pair[0].bare in held)

    def family_codes(self, families: Sequence[str]) -> tuple[Code, ...]:
        """The codes of documents that name one of some families."""
        found = self._reads.family_codes(families)
        held = self._held(found)
        return tuple(code for code in found if code.bare in held)

    def profiles(self, codes: Sequence[Code], vector: Vectors) -> dict[Code, Profile]:
        """How all passages about some codes stand to a query, in the codes' own editions."""
        grouped = self._rows_about(codes)
        counts = self._counted([tuple(row.key for row in about) for about in grouped.values()])
        profiles = {}
        for (code, about), counted in zip(grouped.items(), counts, strict=True):
            similarities = (self._matrix(about) @ vector).tolist()
            opening = [s for s, row in zip(similarities, about, strict=True) if row.opening] or [max(similarities)]
            profiles[code] = Profile(tuple(sorted(similarities, reverse=True)), max(opening), counted)
        return profiles

    def subjects(self, codes: Sequence[Code]) -> dict[Code, Subject]:
        """The vectors and terms of all passages about some codes, in the codes' own editions, passage by passage."""
        subjects = {}
        # In the order of their passages, whatever order they are asked for in: sums of floats go by it.
        for code, about in sorted(self._rows_about(codes).items(), key=lambda pair: pair[1][0].key):
            subjects[code] = Subject(
                self._matrix(about),
                tuple(row.section for row in about),
                tuple(row.opening for row in about),
                tuple(self._counted([(row.key,) for row in about])),
            )
        return subjects

    def superseded(self, day: datetime.date | None) -> frozenset[str]:
        """Documents whose code set is here in a newer edition that is in force on a day."""
        return self._generation.superseded.one(day, lambda: superseded(self._reads.documents(), day))

    # words

    def document_frequency(self, term: str) -> int:
        """In how many passages a term occurs."""
        found = self._search.document_frequency(term)
        return max(0, found - self._hidden.missing[term]) if self._hidden.keys else found

    def with_prefix(self, prefix: str) -> tuple[str, ...]:
        """The terms that begin so, most frequent first."""
        found, missing = self._search.with_prefix(prefix), self._hidden.missing
        return tuple(t for t in found if t not in missing or self.document_frequency(t)) if missing else found

    def wording(self) -> Wording:
        """What the library knows of words."""
        search = self._search
        wording = self._generation.wording.get(
            lambda: Wording(self._reads.synonyms(), self.terms, search.document_frequency, search.with_prefix)
        )
        return wording.counted_by(self.document_frequency, self.with_prefix) if self._hidden.keys else wording

    def lexis(self) -> Lexis:
        """What the library and the trade know of words."""
        return Lexis(self.terms, self.document_frequency, len(self), self.with_prefix)

    def remembered(self, subject: Hashable, make: Callable[[], T]) -> T:
        """What was made of this state for a subject, or is made now; not shared where something is hidden."""
        if not self._hidden.keys and not self._hidden.codes:
            return cast(T, self._generation.told.one(subject, make))
        if subject not in self._told:
            self._told[subject] = make()
        return cast(T, self._told[subject])

    def _dense(self, count: int, query: Query) -> Callable[[Vectors], list[tuple[int, float]]]:
        """The search by vector alone, for any thread; it leaves nothing out that is hidden, but finds as much more."""
        allowed = self._filter(query)[0]
        if allowed is None and self._search.stale:
            allowed = self._generation.living.get(self._reads.seen)
        search, more = self._search, count + len(self._hidden.keys)
        return lambda vector: search.search_dense(vector, more, allowed)

    # what is hidden is left out after it was remembered

    def _left(self, keys: Iterable[int]) -> list[int]:
        hidden = self._hidden.keys
        return [key for key in keys if key not in hidden] if hidden else list(keys)

    def _seen_of(self, found: list[tuple[int, float]], count: int) -> list[tuple[int, float]]:
        hidden = self._hidden.keys
        return [pair for pair in found if pair[0] not in hidden][:count] if hidden else found

    def _open(self, found: Sequence[StoredPassage]) -> tuple[StoredPassage, ...]:
        """The passages that are not hidden. Of one document no two passages begin at the same place, if they hold text;
        where they do, both go."""
        spans = self._hidden.spans
        if not spans:
            return tuple(found)
        gone = {(name, span.start, span.end) for name, held in spans.items() for span in held}
        return tuple(item for item in found if (item.document.id, item.passage.start, item.passage.end) not in gone)

    def _held(self, codes: Sequence[Code]) -> AbstractSet[Code]:
        if not self._hidden.keys and not self._hidden.codes:
            return {code.bare for code in codes}
        return self.entries(codes).keys()

    def _rows_about(self, codes: Sequence[Code]) -> dict[Code, list[ProfileRow]]:
        def read(missing: Sequence[Code]) -> dict[Code, list[ProfileRow]]:
            grouped: dict[Code, list[ProfileRow]] = {}
            for row in self._reads.rows_about(missing):
                grouped.setdefault(row.code, []).append(row)
            return grouped

        found = self._generation.rows.get(codes, read)
        hidden = self._hidden
        if not hidden.keys and not hidden.codes:
            return found
        left = {code: [row for row in rows if row.key not in hidden.keys] for code, rows in found.items()}
        return {code: rows for code, rows in left.items() if rows}

    def _counted(self, groups: Sequence[tuple[int, ...]]) -> list[Counter[str]]:
        """The terms of each group of passages together."""

        def count(missing: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], Counter[str]]:
            texts = self._reads.indexed_texts([key for keys in missing for key in keys])
            found = {}
            for keys in missing:
                found[keys] = Counter[str]()
                for key in keys:
                    found[keys].update(self.terms(texts.get(key, "")))
            return found

        found = self._generation.counts.get(list(dict.fromkeys(groups)), count)
        return [found[keys] for keys in groups]

    def _matrix(self, rows: Sequence[ProfileRow]) -> Vectors:
        data = b"".join(row.vector for row in rows)
        return np.frombuffer(data, np.float16).reshape(-1, self._library.dimension).astype(np.float32)

    def _read_guidance(self) -> Guidance | None:
        rows = self._reads.prose(MOST)
        return Guidance(rows, self.terms) if rows else None

    def _axes_now(self) -> Axes | None:
        return self._generation.axes.get(lambda: self._axes.of(self._reads))

    def _filter(self, query: Query) -> tuple[NDArray[np.int64] | None, LexicalFilter | None]:
        if query.as_of is None and not query.systems:
            return None, None

        def make() -> tuple[NDArray[np.int64] | None, LexicalFilter | None]:
            documents = self._reads.documents_on(query.as_of) if query.as_of else None
            systems = (*query.systems, "") if query.systems else None
            only = LexicalFilter(tuple(documents) if documents is not None else None, systems)
            return self._reads.allowed(documents, systems), only

        return self._generation.filters.one((query.as_of, query.systems), make)
