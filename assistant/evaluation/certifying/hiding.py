"""A library as it would be without some of its passages: they are left out of what is found, and nothing is changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from assistant.embedding import Vectors
from assistant.library import Library, NearSection, StoredEntry, StoredPassage
from assistant.library.embedded.store import Store
from assistant.library.records import ProfileRow
from assistant.types import Query
from assistant.types.codes import Code


class _HidingStore(Store):
    """The rows of a store without the hidden passages, and without the entries of hidden codes."""

    def __init__(self, store: Store, hidden: AbstractSet[int], codes: AbstractSet[Code]) -> None:
        self.__dict__.update(store.__dict__)
        self._hidden, self._codes = hidden, codes

    def passages(self, keys: Sequence[int]) -> dict[int, StoredPassage]:
        return super().passages([key for key in keys if key not in self._hidden])

    def rows_about(self, codes: Sequence[Code]) -> list[ProfileRow]:
        return [row for row in super().rows_about(codes) if row.key not in self._hidden]

    def entries(self, codes: Sequence[Code]) -> dict[Code, tuple[StoredEntry, ...]]:
        return super().entries([code for code in codes if code.bare not in self._codes])


class HidingLibrary(Library):
    """What the online road asks of a library, as if some passages (by key) and codes were not in it.

    Shares all else with the library it is made from, and is for reading only.
    """

    def __init__(self, library: Library, hidden: AbstractSet[int], codes: AbstractSet[Code] = frozenset()) -> None:
        self.__dict__.update(library.__dict__)
        self._whole, self._hidden = library, hidden
        self._missing: Counter[str] = Counter()
        for counted in library.counted([(key,) for key in sorted(hidden)]):
            self._missing.update(counted.keys())
        self.store = _HidingStore(library.store, hidden, codes)

    def search_dense(self, vector: Vectors, count: int, query: Query) -> list[tuple[int, float]]:
        found = super().search_dense(vector, count + len(self._hidden), query)
        return [item for item in found if item[0] not in self._hidden][:count]

    def search_lexical(self, text: str, count: int, query: Query) -> list[tuple[int, float]]:
        found = super().search_lexical(text, count + len(self._hidden), query)
        return [item for item in found if item[0] not in self._hidden][:count]

    def search_guidance(
        self, vector: Vectors, terms: Iterable[str], leading: Sequence[Code], count: int, query: Query
    ) -> list[NearSection] | None:
        found = self._whole.search_guidance(vector, terms, leading, count + len(self._hidden), query)
        if found is None:
            return None
        seen = [(section, tuple(key for key in section.keys if key not in self._hidden)) for section in found]
        left = [(section, keys) for section, keys in seen if keys][:count]
        near = self.similarities(vector, [keys[0] for _, keys in left])
        return [NearSection(keys, near[keys[0]], section.bm25) for section, keys in left]

    def document_frequency(self, term: str) -> int:
        return max(0, super().document_frequency(term) - self._missing[term])
