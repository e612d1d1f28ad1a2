"""Runs changes of a library in child processes and kills them (-9): at counted points, or after a time.

Usage: python crashing.py JOBS.json. A job is {"library", "documents", "operation", "point", "seconds"}. It runs on the
library as it is, while another process reads. It is killed at its `point`-th step (a statement of SQLite, a thousand
instructions inside one, a file opened, renamed or removed) or after `seconds`. It prints one line for each job: the
number of its steps (0 if it was killed), and what the reader saw that must not be.
"""

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes import FakeEmbedder
from libraries import ingestion, open_library, read_whole

from assistant.ingestion.jobs import carry_out
from assistant.ingestion.road import file_source
from assistant.library import Library

_WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "shutil.rmtree"}
_INSTRUCTIONS = 1_000
REMOVED = "cpt-20972-2025"
UPLOAD = "an-upload"
_sqlite_connect = sqlite3.connect
_steps = 0
_limit = 0


def _add(library: Library, documents: Path) -> None:
    ingestion(library).add([file_source(path, path.name) for path in sorted(documents.iterdir())])


def _remove(library: Library, documents: Path) -> None:
    ingestion(library).remove(REMOVED)
    library.compact()  # as `assistant remove` does


# The operations that are killed. If you store something else beside a library, add it here.
OPERATIONS: dict[str, Callable[[Library, Path], object]] = {
    "index": lambda library, documents: ingestion(library).index([documents]),
    "add": _add,
    "remove": _remove,
    "compact": lambda library, documents: library.compact(),
    "upload": lambda library, documents: carry_out(library, ingestion(library), UPLOAD, 1),
    # Calibration keeps facts in the library: all of them, or none.
    "calibrate": lambda library, documents: library.store.set_meta({"threshold": "0.7", "set": "starter"}),
    "report": lambda library, documents: library.keep_report({"measured": ["x" * 50_000]}),
}


def _step(*_: object) -> None:
    global _steps
    _steps += 1
    if _steps == _limit:
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _WATCHED:
        _step()


def _connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
    connection = _sqlite_connect(*arguments, **options)
    connection.set_trace_callback(_step)
    connection.set_progress_handler(_step, _INSTRUCTIONS)
    return connection


def run(job: dict[str, object], told: int) -> None:
    global _limit
    _limit = int(str(job["point"] or 0))
    sqlite3.connect = _connect  # type: ignore[assignment]  # stands in for every connection
    sys.addaudithook(_watch)
    library = open_library(Path(str(job["library"])))
    OPERATIONS[str(job["operation"])](library, Path(str(job["documents"])))
    os.write(told, str(_steps).encode())


def read(job: dict[str, object], told: int) -> None:
    """Reads the whole library again and again until the writer's end closes; returns the first fault it sees."""
    library = open_library(Path(str(job["library"])))
    os.write(told, b".")
    embedder = FakeEmbedder()
    while os.getppid() != 1:
        if fault := read_whole(library, embedder):
            os.write(told, fault.encode())
            return


def fork(work: Callable[[dict[str, object], int], None], job: dict[str, object]) -> tuple[int, int]:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            work(job, write_end)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001  # a child must not return into the loop
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    os.close(write_end)
    return child, read_end


def main() -> None:
    for job in json.loads(Path(sys.argv[1]).read_text()):
        reader, seen = fork(read, job)
        os.read(seen, 1)
        child, counted = fork(run, job)
        if job["seconds"] is not None:
            time.sleep(job["seconds"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        steps = os.read(counted, 20) or b"0"
        os.kill(reader, signal.SIGKILL)
        _, read_status = os.waitpid(reader, 0)
        fault = os.read(seen, 1_000)
        os.close(counted)
        os.close(seen)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            sys.exit(f"{job} failed instead of being killed")
        if os.WIFEXITED(read_status) and os.WEXITSTATUS(read_status):
            sys.exit(f"the reader of {job} failed")
        print(steps.decode(), fault.decode(), flush=True)


if __name__ == "__main__":
    main()
