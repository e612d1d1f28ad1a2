"""Best passages by BM25; the only room that names tantivy.

The index is a cache of the library. The generation it holds is a record of its own, replaced in the same commit as
what it describes, so the two cannot disagree.
"""

import json
import math
import shutil
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import tantivy

from assistant.library.records import LexicalFilter

_ANALYZER = "passage"
_LIMIT_TERMS = 64
_WORD_LENGTH = 32
_REMEMBERED = 65_536
_LIMIT_PREFIXED = 20_000
_HEAP = 64 * 1024 * 1024
# The files of one segment. Each ends in a record of its checksum, that record's length, and this mark.
_PARTS = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_MARK = 1337
# As tantivy has them.
_K1, _B = 1.2, 0.75
# How often, and after how many seconds, a folder that is still written to is emptied again.
_TRIES, _BETWEEN = 100, 0.02


@dataclass(frozen=True, slots=True)
class LexicalRecord:
    """A passage as the lexical index sees it; `document` is the key under which it is removed."""

    id: int
    document: int
    system: str
    text: str


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(60),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.lowercase(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_unsigned_field("document", indexed=True, fast=True)
    builder.add_unsigned_field("generation", indexed=True, fast=True)
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("system", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


class Terms:
    """Cuts text into the stemmed terms that the lexical index compares."""

    def __init__(self) -> None:
        self._analyzer = _analyzer()
        # The same words come again and again, in titles above all.
        self._of_word = lru_cache(maxsize=65_536)(self._cut)

    def __call__(self, text: str) -> list[str]:
        return list(self._of_word(text) if len(text) <= _WORD_LENGTH else self._cut(text))

    def _cut(self, text: str) -> tuple[str, ...]:
        return tuple(self._analyzer.analyze(text))


class LexicalSearcher:
    """One generation of the index as it was committed; nothing changes it. For any number of threads.

    tantivy's own searcher keeps the segments it was opened on, whatever is committed, merged or removed meanwhile.
    """

    def __init__(self, searcher: tantivy.Searcher, schema: tantivy.Schema, stamp: str, terms: Terms) -> None:
        self._searcher, self._schema, self._terms = searcher, schema, terms
        self.generation = _generation(searcher, schema, stamp)
        self._prefixed: dict[str, tuple[str, ...]] = {}
        # The same words are asked again and again, and each answer costs a tenth of a millisecond.
        self._frequency: dict[str, int] = {}

    def search(self, text: str, count: int, only: LexicalFilter | None = None) -> list[tuple[int, float]]:
        """(id, BM25) of the best `count` passages for the terms of `text`, ties by id."""
        terms = self._query_terms(text)
        if not terms:
            return []
        should = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "text", term, index_option="freq"))
            for term in terms
        ]
        query = tantivy.Query.boolean_query(should)
        if only is not None:
            query = self._restricted(query, only)
        hits = self._searcher.search(query, count, count=False).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        found = [(int(i), float(score)) for i, (score, _) in zip(ids, hits, strict=True) if i is not None]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def document_frequency(self, term: str) -> int:
        """In how many passages a (stemmed) term occurs."""
        found = self._frequency.get(term)
        if found is None:
            if len(self._frequency) >= _REMEMBERED:
                self._frequency = {}
            found = self._frequency[term] = int(self._searcher.doc_freq("text", term))
        return found

    def with_prefix(self, prefix: str) -> tuple[str, ...]:
        """The terms that begin so, most frequent first."""
        found = self._prefixed.get(prefix)
        if found is None:
            listed = self._searcher.terms_with_prefix("text", prefix, limit=_LIMIT_PREFIXED)
            found = self._prefixed[prefix] = tuple(term for term, _ in listed)
        return found

    def __len__(self) -> int:
        return max(0, int(self._searcher.num_docs) - 1)

    def _query_terms(self, text: str) -> list[str]:
        """Distinct terms that occur at all; of very many, the rarest."""
        frequency = {term: self.document_frequency(term) for term in dict.fromkeys(self._terms(text))}
        held = [term for term, count in frequency.items() if count]
        return sorted(held, key=lambda term: frequency[term])[:_LIMIT_TERMS] if len(held) > _LIMIT_TERMS else held

    def _restricted(self, query: tantivy.Query, only: LexicalFilter) -> tantivy.Query:
        parts = [(tantivy.Occur.Must, query)]
        if only.documents is not None:
            among = tantivy.Query.term_set_query(self._schema, "document", list(only.documents))
            parts.append((tantivy.Occur.Must, tantivy.Query.const_score_query(among, 0.0)))
        if only.systems is not None:
            among = tantivy.Query.term_set_query(self._schema, "system", list(only.systems))
            parts.append((tantivy.Occur.Must, tantivy.Query.const_score_query(among, 0.0)))
        return tantivy.Query.boolean_query(parts)


class LexicalIndex:
    """A tantivy index in a folder, or in memory where the folder is not to be written. One thread at a time.

    It is searched through `searcher`, the generation that was committed when it was opened, reloaded or updated last.
    """

    def __init__(self, folder: Path | None, library: str) -> None:
        self._schema = _schema()
        self._stamp = f"stamp:{library}"
        self.in_memory = folder is None
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None, reuse=True)
        self._index.register_tokenizer(_ANALYZER, _analyzer())
        self.terms = Terms()
        self.searcher = self._searcher()

    def reload(self) -> None:
        """Sees what another process has committed."""
        self._index.reload()
        self.searcher = self._searcher()

    @property
    def generation(self) -> int:
        """The generation of its library that this index holds; -1 if it holds none of it."""
        return self.searcher.generation

    def update(self, records: Iterable[LexicalRecord], removed: Sequence[int], generation: int, *, fresh: bool) -> None:
        """Adds passages, drops those of removed documents and records the generation, in one commit.

        `fresh` empties the index first. Repeating an interrupted update does no harm.
        """
        writer = self._index.writer(heap_size=_HEAP, num_threads=1)
        if fresh:
            writer.delete_all_documents()
        if removed:
            writer.delete_documents_by_query(tantivy.Query.term_set_query(self._schema, "document", list(removed)))
        writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, "kind", self._stamp))
        for record in records:
            entry = tantivy.Document(system=record.system, text=record.text, kind="passage")
            entry.add_unsigned("id", record.id)
            entry.add_unsigned("document", record.document)
            writer.add_document(entry)
        stamp = tantivy.Document(kind=self._stamp)
        stamp.add_unsigned("generation", generation)
        writer.add_document(stamp)
        writer.commit()
        writer.wait_merging_threads()
        self.reload()

    def _searcher(self) -> LexicalSearcher:
        return LexicalSearcher(self._index.searcher(), self._schema, self._stamp, self.terms)


def _generation(searcher: tantivy.Searcher, schema: tantivy.Schema, stamp: str) -> int:
    found = searcher.search(tantivy.Query.term_query(schema, "kind", stamp), 1).hits
    if not found:
        return -1
    value = searcher.fast_field_values("generation", [found[0][1]])[0]
    return int(value) if value is not None else -1


def bm25(counts: Mapping[str, float], weight: Mapping[str, float], length: float, mean: float) -> float:
    """BM25 of a text by the counts of its terms and its length in terms, beside texts of a mean length.

    `weight` is of the terms asked for; a term that a text lacks adds nothing.
    """
    norm = _K1 * (1 - _B + _B * length / mean)
    return math.fsum(
        value * times * (_K1 + 1) / (times + norm) for term, value in weight.items() if (times := counts.get(term, 0))
    )


def open_lexical(folder: Path, library: str) -> LexicalIndex | None:
    """The index in a folder, or None where it is missing or damaged: it is a cache, and can be rebuilt."""
    if not _intact(folder):
        return None
    try:
        return LexicalIndex(folder, library)
    except (ValueError, OSError):
        return None


def new_lexical(folder: Path, library: str) -> LexicalIndex:
    """An empty index in place of whatever the folder holds; only for a writer of the library.

    An index that was opened there before may still be merging: what it writes meanwhile is removed too.
    """
    for left in reversed(range(_TRIES)):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            folder.mkdir(parents=True)
            break
        except FileExistsError:
            if not left:
                raise
            time.sleep(_BETWEEN)
    return LexicalIndex(folder, library)


def _intact(folder: Path) -> bool:
    """Whether all files of the committed segments are there as they were written; tantivy itself does not look."""
    try:
        for segment in json.loads((folder / "meta.json").read_bytes())["segments"]:
            deletes = segment["deletes"]
            parts = (*_PARTS, f"{deletes['opstamp']}.del") if deletes else _PARTS
            name = segment["segment_id"].replace("-", "")
            if not all(_as_written((folder / f"{name}.{part}").read_bytes()) for part in parts):
                return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _as_written(data: bytes) -> bool:
    length, mark = int.from_bytes(data[-8:-4], "little"), int.from_bytes(data[-4:], "little")
    if mark != _MARK:
        return False
    end = len(data) - 8 - length
    return bool(zlib.crc32(data[:end]) == json.loads(data[end:-8])["crc"])
