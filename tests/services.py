"""The service in a process of its own, started as a user starts it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

PROJECT = Path(__file__).parents[1]


@contextmanager
def started(
    library: Path, settings: Mapping[str, str] | None = None, program: Sequence[str] = ("-m", "assistant")
) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The process of a service on a free port and a client of it; killed when the block is left."""
    process = subprocess.Popen(
        [sys.executable, *program, "serve", "--index", str(library), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **(settings or {})},
    )
    assert process.stdout is not None
    try:
        address = next(word for word in process.stdout.readline().split() if word.startswith("http"))
        with httpx.Client(base_url=address, timeout=60) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def until(done: Callable[[], bool]) -> None:
    """Waits a minute for something to come."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
