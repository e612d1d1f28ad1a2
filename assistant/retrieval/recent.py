"""What was read of a library a moment ago, for as long as its generation lasts."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from assistant.library.embedded.store import Store

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_KEPT = 4_096


class Recent(Generic[K, V]):
    """Rows read lately, by key. What a commit changes is read again: it raises the generation, which forgets all.

    At most some thousands are kept (a few MB).
    """

    def __init__(self, store: Store, read: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._store, self._read = store, read
        self._held: tuple[int, dict[K, V]] = (-1, {})

    def get(self, keys: Sequence[K]) -> dict[K, V]:
        """What some keys stand for in the store now, in their order; one that is not there is left out."""
        generation = self._store.generation()
        held_at, held = self._held
        if held_at != generation or len(held) > _KEPT:
            held = {}
            self._held = generation, held
        missing = [key for key in keys if key not in held]
        if missing:
            # Read after the generation was: nothing older than it is kept under it.
            held |= self._read(missing)
        return {key: held[key] for key in keys if key in held}
