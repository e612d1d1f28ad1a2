"""Runs changes of a library in child processes and kills them (-9): at counted points, or after a time.

Usage: python crashing.py JOBS.json. A job is {"library", "documents", "operation", "point", "seconds"}; it runs on
the library as it is and is killed at its `point`-th step (a statement of SQLite, a file opened, renamed or removed) or
after `seconds`. The steps that were made are printed, one number a job.
"""

import json
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from libraries import ingestion, open_library

from assistant.ingestion import file_source

_WATCHED = {"open", "os.rename", "os.remove", "os.mkdir", "shutil.rmtree"}
_sqlite_connect = sqlite3.connect
_steps = 0
_limit = 0


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
    return connection


def run(job: dict[str, object], told: int) -> None:
    global _limit
    _limit = int(str(job["point"] or 0))
    sqlite3.connect = _connect  # type: ignore[assignment]  # stands in for every connection
    sys.addaudithook(_watch)
    library = open_library(Path(str(job["library"])))
    documents = Path(str(job["documents"]))
    match job["operation"]:
        case "index":
            ingestion(library).index([documents])
        case "add":
            ingestion(library).add([file_source(path, path.name) for path in sorted(documents.iterdir())])
        case "remove":
            ingestion(library).remove("cpt-20972-2025")
    os.write(told, str(_steps).encode())


def main() -> None:
    for job in json.loads(Path(sys.argv[1]).read_text()):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                run(job, write)
                os._exit(0)
            except BaseException as error:  # noqa: BLE001  # a child must not return into the loop
                print(repr(error), file=sys.stderr, flush=True)
                os._exit(1)
        os.close(write)
        if job["seconds"] is not None:
            time.sleep(job["seconds"])
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        steps = os.read(read, 20) or b"0"
        os.close(read)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            sys.exit(f"{job} failed instead of being killed")
        print(steps.decode(), flush=True)


if __name__ == "__main__":
    main()
