"""What a snapshot leaves out, and what of it shows elsewhere: in counts of terms, in the entries of codes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.library import StoredEntry
from assistant.library.records import Span
from assistant.types.codes import Code


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a snapshot leaves out: passages by key, codes without edition, and what these passages hold.

    `missing` counts in how many of them each term occurs, `searchable` those that can be found.
    """

    keys: frozenset[int] = frozenset()
    codes: frozenset[Code] = frozenset()
    missing: Counter[str] = field(default_factory=Counter)
    searchable: int = 0
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)

    def leaves(self, entry: StoredEntry) -> bool:
        """Whether an entry stays: neither its code is hidden nor the passage that names it."""
        spans = self.spans.get(entry.document.id, ())
        named = any(span.start <= entry.entry.start < span.end for span in spans)
        return entry.entry.code.bare not in self.codes and not named

    def told(self, entry: StoredEntry) -> StoredEntry:
        """An entry without a description that stands in a hidden passage."""
        spans = self.spans.get(entry.document.id, ())
        told = entry.description.strip()
        gone = bool(told) and any(span.indexed.strip().endswith(told) for span in spans)
        return replace(entry, description="") if gone else entry

    @classmethod
    def of(cls, spans: Mapping[int, Span], codes: Iterable[Code], counts: Iterable[Counter[str]]) -> "Hidden":
        """Some passages, by key, with the counts of the terms of each, and some codes without edition."""
        missing: Counter[str] = Counter()
        for counted in counts:
            missing.update(counted.keys())
        by_document: dict[str, list[Span]] = {}
        for span in spans.values():
            by_document.setdefault(span.document_id, []).append(span)
        searchable = sum(1 for span in spans.values() if span.indexed)
        return cls(frozenset(spans), frozenset(codes), missing, searchable, by_document)


NOTHING = Hidden()
