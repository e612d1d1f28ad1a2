"""A library: its truth, the searchers of this machine, and one state of both for whoever reads."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from assistant.errors import ModelMismatch
from assistant.library.embedded.store import open_embedded
from assistant.library.engine import Engine, Reads, Search
from assistant.library.search.lexical import Terms
from assistant.library.search.searchers import Indexes, Outrun
from assistant.types import LibraryStamp


class Library:
    """One library, open for any number of readers and one writer at a time. `store` tells and changes the present."""

    def __init__(self, folder: Path, *, model: str, fingerprint: str, dimension: int, create: bool = False) -> None:
        self.folder = folder
        self.dimension = dimension
        self.terms = Terms()
        self.store: Engine = open_embedded(folder, create=create)
        self._check_model(model, fingerprint)
        self._indexes = Indexes(self.store, self.store.cache, fingerprint=fingerprint, dimension=dimension)

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

    @contextmanager
    def searching(self, *, wait: bool = False) -> Iterator[tuple[Reads, Search]]:
        """The reads of one state, and the searchers of its generation, while the block lasts.

        The state holds every change that was committed before. A thread that has one must not ask for another. A search
        does not wait for a dense index that is built anew, unless there is none; `wait` does.
        """
        tried = -1
        while True:
            with ExitStack() as stack:
                reads = stack.enter_context(self.store.reading())
                generation = reads.generation()
                try:
                    search = self._indexes.at(reads, wait=wait, newest=generation == tried)
                except Outrun:
                    # Another thread or process has brought the indexes to a state that was committed since.
                    tried = generation
                    continue
                yield reads, search
                return

    def keep_report(self, report: Mapping[str, object]) -> None:
        """Keeps the last evaluation report beside the library."""
        self.store.reports.keep(report)

    def report(self) -> dict[str, object] | None:
        """The last evaluation report; None before the first."""
        return self.store.reports.last()

    def close(self) -> None:
        """Closes the store, when no index is being built any more."""
        self._indexes.close()
        self.store.close()

    @property
    def stamp(self) -> LibraryStamp:
        """Which state of the library is the present one."""
        return self.store.stamp()

    @contextmanager
    def writing(self, timeout: float = 0.0) -> Iterator[None]:
        """Makes this thread the one writer; on leaving, the searchers on disk follow what was committed.

        Raises LibraryBusy where another process writes. The thread holds no state of the library.
        """
        with self.store.writing(timeout):
            yield
            with self.searching(wait=True):
                pass

    def compact(self, timeout: float = 30.0) -> bool:
        """Frees every byte of what was removed: rows, vectors, search indexes, the engine's own leftovers.

        Says whether all is free; False where readers of an older state hinder it, and it has to be done again. Killed
        at any point, it harms nothing and is still due. Raises LibraryBusy where another process writes.
        """
        with self.writing(timeout):
            self.store.purge()
            with self.store.reading() as state:
                generation = self._indexes.write_anew(state)
            self.store.reports.forget({info.id for info in self.store.documents()})
            self.store.cache.forget(self.store.document_keys())
            whole = self.store.vacuum()
            if whole:
                self.store.compacted(generation)
        return whole

    def __len__(self) -> int:
        """How many passages can be found."""
        with self.searching() as (_, search):
            return search.passages
