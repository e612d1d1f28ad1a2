"""Starts each system of the comparison in the same way: `index FOLDER MODEL ROWS`, `ask FOLDER MODEL QUERIES`.

ROWS and QUERIES are JSON files. `ask` prints JSON: seconds to open, seconds of each query, peak memory in MB.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

Answer = Callable[[str], list[str]]


def main(
    index: Callable[[Path, str, Sequence[tuple[str, str]]], None], open_index: Callable[[Path, str], Answer]
) -> None:
    verb, folder, model, given = sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4])
    items = json.loads(given.read_text(encoding="utf-8"))
    if verb == "index":
        start = time.perf_counter()
        index(folder, model, [(code, text) for code, text in items])
        print(json.dumps({"seconds": time.perf_counter() - start}))
        return
    start = time.perf_counter()
    answer = open_index(folder, model)
    answer(items[0])
    opened = time.perf_counter() - start
    seconds, found = [], 0
    for query in items:
        start = time.perf_counter()
        found += bool(answer(query))
        seconds.append(time.perf_counter() - start)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"opened": opened, "seconds": seconds, "peak": peak, "found": found}))
