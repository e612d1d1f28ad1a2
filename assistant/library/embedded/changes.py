"""What changes a library's database: documents come and go, names are added, removed bytes are freed."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.library.embedded.columns import unknown
from assistant.library.embedded.database import Database, in_parts, raise_generation
from assistant.library.embedded.job_log import forget_outcomes, store_receipt
from assistant.library.embedded.pool import BUSY_SECONDS
from assistant.library.embedded.writing import (
    STEP,
    document_row,
    drop_name,
    hide_document,
    insert_codes,
    insert_pairs,
    insert_passages,
    insert_synonyms,
    insert_tables,
    purge_orphans,
    purge_step,
    reserve_document,
    show_document,
)
from assistant.library.records import Filing
from assistant.library.uploads import Receipt
from assistant.types import Document, Passage

Vectors = NDArray[np.float32]

_CHECKPOINT_MILLISECONDS = 2_000


class EmbeddedChanges:
    """The writing half of the engine. Adding and purging are for the one writer; removing waits for nobody."""

    _database: Database

    def set_meta(self, facts: Mapping[str, str]) -> None:
        """Keeps some facts, all of them or none."""
        with self._database.transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(facts.items()))

    def put_document(
        self,
        document: Document,
        passages: Sequence[Passage],
        filing: Filing,
        before: str | None = None,
        receipt: Receipt | None = None,
    ) -> None:
        """Stores a document in place of the one of the same id, if any. Its vectors must be stored already.

        `before` is the document that its file held until now, which loses the file's name, and goes if that was its
        last. The receipt is stored with the document or not at all. Only for the one writer.
        """
        row = document_row(document, passages, filing)
        last = max(0, len(passages) - 1) // STEP * STEP
        with self._database.transaction() as connection:
            key = reserve_document(connection)
        for at in range(0, last, STEP):
            with self._database.transaction() as connection:
                insert_passages(connection, key, passages[at : at + STEP])
        for entries in in_parts(document.entries, STEP):
            with self._database.transaction() as connection:
                insert_codes(connection, key, entries)
        for pairs in in_parts(document.pairs, 5 * STEP):
            with self._database.transaction() as connection:
                insert_pairs(connection, key, pairs)
        with self._database.change() as (connection, generation):
            insert_passages(connection, key, passages[last:])
            insert_synonyms(connection, key, document.synonyms)
            insert_tables(connection, key, document.tables)
            if before not in (None, document.id):
                self._without_name(connection, str(before), filing.root, filing.source_name, lambda: generation)
            show_document(connection, key, row, filing.names, generation)
            if receipt is not None:
                store_receipt(connection, receipt)

    def remove_document(self, document_id: str) -> tuple[int, int]:
        """(passages removed, generation after). From then on nothing of it is found; `purge` frees its rows."""
        with self._database.change() as (connection, generation):
            removed = hide_document(connection, document_id, generation)
            if removed is None:
                raise unknown(document_id)
            forget_outcomes(connection, document_id)
        return removed, generation

    def add_name(
        self, document_id: str, root: str, name: str, before: str | None = None, receipt: Receipt | None = None
    ) -> None:
        """Notes that a file holds a document too, and no longer the one it held before."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO names SELECT pk, ?, ? FROM documents WHERE id = ?", (root, name, document_id)
            )
            if before not in (None, document_id):
                self._without_name(connection, str(before), root, name, lambda: raise_generation(connection))
            if receipt is not None:
                store_receipt(connection, receipt)

    def drop_name(self, document_id: str, root: str, name: str) -> None:
        """Notes that a file no longer holds a document, which goes with its last name."""
        with self._database.transaction() as connection:
            self._without_name(connection, document_id, root, name, lambda: raise_generation(connection))

    def _without_name(
        self, connection: sqlite3.Connection, document_id: str, root: str, name: str, generation: Callable[[], int]
    ) -> None:
        if drop_name(connection, document_id, root, name):
            hide_document(connection, document_id, generation())
            forget_outcomes(connection, document_id)

    def purge(self) -> None:
        """Frees the rows of what is gone, in short transactions, and the vectors that nothing needs any more.

        Only for the one writer.
        """
        for step in (purge_step, purge_orphans):
            more = True
            while more:
                with self._database.transaction() as connection:
                    more = step(connection)
                    if more:
                        connection.execute("INSERT OR REPLACE INTO meta VALUES ('freed', '1')")

    def put_vectors(self, keys: Sequence[bytes], vectors: Vectors, statements: Sequence[Vectors] = ()) -> None:
        """Keeps vectors by content hash, and those of the statements of each text, in half precision.

        No generation passes: nothing searchable has changed.
        """
        told = [one.astype(np.float16).tobytes() for one in statements] or [b""] * len(keys)
        rows = [row.tobytes() for row in vectors.astype(np.float16)]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", list(zip(keys, rows, told, strict=True))
            )

    def vacuum(self) -> bool:
        """Writes the database anew, so that no byte of what was removed is left in it; False where readers hinder it.

        Needs room for a second copy. Searches go on meanwhile, changes wait.
        """
        with self._database.writer() as connection:
            connection.execute("VACUUM")
            # The log is cut only where no snapshot needs it. Waiting for one would keep every writer waiting too.
            connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_MILLISECONDS}")
            try:
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(1000 * BUSY_SECONDS)}")
        return not busy

    def compacted(self, generation: int) -> None:
        """Notes that no file of the library holds what was removed until a generation."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM removed WHERE generation <= ?", (generation,))
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('compacted', ?)", (str(generation),))
            connection.execute("DELETE FROM meta WHERE key = 'freed'")
