"""Times, memory and the table that the bench prints."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from waiting import LONGEST, killed_after

ASSISTANT = (sys.executable, "-m", "assistant")


class Table:
    """Figures as they come: name, value, the floor beside it, the target and whether it is met."""

    def __init__(self) -> None:
        self.missed = 0
        print(f"{'figure':<52} {'measured':>24}  {'floor in the same run':<38} target", flush=True)

    def heading(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def row(self, name: str, value: str, floor: str = "", target: str = "", met: bool | None = None) -> None:
        mark = {None: "", True: "met", False: "MISSED"}[met]
        self.missed += met is False
        print(f"{name:<52} {value:>24}  {floor:<38} {target} {mark}".rstrip(), flush=True)

    def ratio(self, name: str, value: float, most: float, floor: str = "") -> None:
        """Adds a ratio that must not exceed `most`."""
        self.row(name, f"{value:.2f} x", floor, f"<= {most:g} x", value <= most)


def timed(work: Callable[[], object]) -> float:
    """The seconds that the work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


def quantiles(values: Sequence[float]) -> str:
    """p50 and p95 of some seconds, in milliseconds."""
    return f"{p50(values) * 1000:.1f} / {p95(values) * 1000:.1f} ms"


def status_mb(process: int | str, field: str) -> float:
    """A memory figure (VmHWM: the peak, VmRSS: now) of a process, in MB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def run(command: Sequence[str]) -> tuple[float, float]:
    """(seconds, peak memory in MB) of a process that must succeed in time."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "true"}
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    assert process.stderr is not None
    with killed_after(process, f"{' '.join(command[:6])} to end", LONGEST):
        said = process.stderr.read()
        _, state, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(state)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:6])} failed:\n{said.decode()[-1500:]}")
    return took, usage.ru_maxrss / 1024
