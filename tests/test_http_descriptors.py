"""Two thousand requests from many threads leave no thread, descriptor or connection behind."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from test_http import client, library

__all__ = ["client", "library"]

_REQUESTS, _AT_ONCE = 2_000, 16
# Threads that the server's pool and the searches keep for later, and sockets that the clients close late.
_KEPT_THREADS, _KEPT_DESCRIPTORS = 48, 40


def test_two_thousand_requests_leave_nothing_behind(client: httpx.Client) -> None:
    url = str(client.base_url)
    for _ in _rounds(url, 200):
        pass
    threads, descriptors, connections = _counts()
    statuses = list(_rounds(url, _REQUESTS))
    assert statuses == [200] * _REQUESTS
    after = _counts()
    print(f"threads {threads} then {after[0]}, descriptors {descriptors} then {after[1]}, of the database {after[2]}")
    assert after[0] <= threads + _KEPT_THREADS
    assert after[1] <= descriptors + _KEPT_DESCRIPTORS
    # A pool of connections, however many threads have asked: each has the file and its log open.
    assert after[2] <= max(connections, 2 * _AT_ONCE + 4)


def _rounds(url: str, count: int) -> Iterator[int]:
    """The statuses of so many questions, by threads that end when they are done."""

    def ask(number: int) -> int:
        with httpx.Client(base_url=url, timeout=60) as one:
            return one.post("/v1/ask", json={"query": f"free flap of the foot, case {number % 40}"}).status_code

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(ask, range(count))


def _counts() -> tuple[int, int, int]:
    """(threads, open descriptors, descriptors of the library's database) of this process."""
    held = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            held.append(str(descriptor.readlink()))
        except OSError:
            continue  # closed meanwhile
    return threading.active_count(), len(held), sum("library.sqlite" in name for name in held)
