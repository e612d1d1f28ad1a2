"""What is remembered of one generation of a library, for all questions that are asked of it."""

import datetime
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.language.wording import Wording
from assistant.library import Search, StoredEntry, StoredPassage
from assistant.library.records import LexicalFilter, ProfileRow
from assistant.retrieval.guidance import Guidance
from assistant.retrieval.pcs import Axes
from assistant.types.codes import Code

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_KEPT = 4_096
# A handful of filters recur (a system, a day); older ones are made again.
_FEW = 8


class Shelf(Generic[K, V]):
    """What was made lately, by what it was made for: so many at most. For any number of threads."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._held: dict[K, V] = {}

    def get(self, keys: Sequence[K], read: Callable[[Sequence[K]], Mapping[K, V]]) -> dict[K, V]:
        """What some keys stand for, in their order; what is not there is read, and what cannot be read left out."""
        held = self._held  # another thread may begin anew; nothing is ever taken out of this one
        if len(held) > self._most:
            held = self._held = {}
        missing = [key for key in keys if key not in held]
        if missing:
            held.update(read(missing))
        return {key: held[key] for key in keys if key in held}

    def one(self, key: K, make: Callable[[], V]) -> V:
        """What one key stands for, made where it is not there."""
        return self.get([key], lambda _: {key: make()})[key]


class Once(Generic[V]):
    """What is made once, by the first thread that needs it, while the others wait for it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._made: list[V] = []

    def get(self, make: Callable[[], V]) -> V:
        """What was made, or is made now."""
        if not self._made:
            with self._guard:
                if not self._made:
                    self._made.append(make())
        return self._made[0]


class Generation:
    """One generation's memory: rows as they are in it, and what was made of them. Nothing in it is hidden or filtered,
    and none of it is of a question."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.passages: Shelf[int, StoredPassage] = Shelf()
        self.entries: Shelf[Code, tuple[StoredEntry, ...]] = Shelf()
        self.rows: Shelf[Code, list[ProfileRow]] = Shelf()
        self.counts: Shelf[tuple[int, ...], Counter[str]] = Shelf(5_000)
        self.filters: Shelf[object, tuple[NDArray[np.int64] | None, LexicalFilter | None]] = Shelf(_FEW)
        self.superseded: Shelf[datetime.date | None, frozenset[str]] = Shelf(_FEW)
        self.told: Shelf[Hashable, object] = Shelf(2_048)
        self.wording: Once[Wording] = Once()
        self.guidance: Once[Guidance | None] = Once()
        self.axes: Once[Axes | None] = Once()
        self.living: Once[NDArray[np.int64]] = Once()
