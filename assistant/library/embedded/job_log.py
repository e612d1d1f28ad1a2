"""What the library remembers of uploads: their files, how far each is, and what became of it.

An upload goes on after the service was stopped because its files lie in a folder of the library until it has ended,
and because the outcome of a file is stored with its document, in one transaction.
"""

import json
import sqlite3
from collections.abc import Sequence

from assistant.library.embedded.database import Database
from assistant.library.uploads import LoggedFile, LoggedJob, Receipt

_REMEMBERED = 1_000


class JobLog:
    """The uploads of a library, in the order in which they came. Only one process works on them at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job_id: str, files: Sequence[tuple[str, int]]) -> None:
        """A new upload of (name, size) files; the oldest of a thousand that have ended is forgotten."""
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO jobs (id, state) VALUES (?, 'queued')", (job_id,))
            connection.executemany(
                "INSERT INTO job_files (job, number, name, size) VALUES (?, ?, ?, ?)",
                ((job_id, number, name, size) for number, (name, size) in enumerate(files)),
            )
            old = connection.execute(
                "SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled') "
                "AND pk <= (SELECT max(pk) - ? FROM jobs)",
                (_REMEMBERED,),
            ).fetchall()
            for table, column in (("job_outcomes", "job"), ("job_files", "job"), ("jobs", "id")):
                connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", old)

    def get(self, job_id: str) -> LoggedJob | None:
        """A job as it is now."""
        with self._database.together() as now:
            rows = now.rows("SELECT id, state, message, cancelled FROM jobs WHERE id = ?", (job_id,))
            files = now.rows(
                "SELECT number, name, size, progress FROM job_files WHERE job = ? ORDER BY number", (job_id,)
            )
            outcomes = now.rows("SELECT file, body FROM job_outcomes WHERE job = ? ORDER BY pk", (job_id,))
        for name, state, message, cancelled in rows:
            return LoggedJob(
                name,
                state,
                message,
                bool(cancelled),
                tuple(LoggedFile(*row) for row in files),
                tuple((number, json.loads(body)) for number, body in outcomes),
            )
        return None

    def next(self) -> str | None:
        """The oldest job that has not ended. One that is `running` while nobody works on it was interrupted."""
        rows = self._database.rows(
            "SELECT id FROM jobs WHERE state IN ('queued', 'running') ORDER BY pk LIMIT 1",
        )
        return str(rows[0][0]) if rows else None

    def begin(self, job_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute("UPDATE jobs SET state = 'running' WHERE id = ? AND state = 'queued'", (job_id,))

    def cancel(self, job_id: str) -> None:
        """Asks for a job to be stopped."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE jobs SET cancelled = 1 WHERE id = ?", (job_id,))

    def is_cancelled(self, job_id: str) -> bool:
        return self._database.rows("SELECT cancelled FROM jobs WHERE id = ?", (job_id,)) == [(1,)]

    def end(self, job_id: str, state: str, message: str | None) -> None:
        """The last thing that happens to a job."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = ?, message = ? WHERE id = ? AND state IN ('queued', 'running')",
                (state, message, job_id),
            )

    def tell(self, job_id: str, progress: Sequence[tuple[int, float]]) -> None:
        """Sets the progress of some files."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE job_files SET progress = max(progress, ?) WHERE job = ? AND number = ?",
                ((share, job_id, number) for number, share in progress),
            )

    def record(self, receipt: Receipt) -> None:
        """Stores the outcome of a file by which the library was not changed."""
        with self._database.transaction() as connection:
            store_receipt(connection, receipt)


def store_receipt(connection: sqlite3.Connection, receipt: Receipt) -> None:
    """Stores the outcome of a file inside the transaction in hand."""
    connection.execute(
        "INSERT INTO job_outcomes (job, file, document, body) VALUES (?, ?, ?, ?)",
        (receipt.job, receipt.file, receipt.document, json.dumps(receipt.body)),
    )


def forget_outcomes(connection: sqlite3.Connection, document_id: str) -> None:
    """Forgets what became of the files of a document that goes, and their names."""
    found = connection.execute(
        "SELECT DISTINCT job, file FROM job_outcomes WHERE document = ?", (document_id,)
    ).fetchall()
    connection.execute("DELETE FROM job_outcomes WHERE document = ?", (document_id,))
    connection.executemany(
        "DELETE FROM job_files WHERE job = ?1 AND number = ?2 "
        "AND NOT EXISTS (SELECT 1 FROM job_outcomes WHERE job = ?1 AND file = ?2)",
        found,
    )
