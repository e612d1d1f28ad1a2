"""What was read of a library a moment ago, for as long as its generation lasts."""

from collections.abc import Sequence

from assistant.library.records import StoredPassage
from assistant.library.store import Store

_KEPT = 4_096


class RecentPassages:
    """Passages read lately. What a commit changes is read again: it raises the generation, which forgets all of them.

    At most some thousands are kept (a few MB).
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: tuple[int, dict[int, StoredPassage]] = (-1, {})

    def get(self, keys: Sequence[int]) -> dict[int, StoredPassage]:
        """Passages by key, as they are in the store now; one that was removed is not among them."""
        generation = self._store.generation()
        held_at, held = self._held
        if held_at != generation or len(held) > _KEPT:
            held = {}
            self._held = generation, held
        missing = [key for key in keys if key not in held]
        if missing:
            # Read after the generation was: nothing older than it is kept under it.
            held |= self._store.passages(missing)
        return {key: held[key] for key in keys if key in held}
