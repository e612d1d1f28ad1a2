"""Waiting with a limit: who waits in vain is told what for."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# In seconds: for one step of a service, for its start or end, and for the longest step, a million passages.
STEP, START, LONGEST = 120.0, 300.0, 4 * 3600.0


def until(done: Callable[[], bool], what: str, seconds: float = STEP, pause: float = 0.01) -> None:
    """Looks again and again whether something has come. Ends the script where it has not in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(pause)


@contextmanager
def killed_after(process: subprocess.Popen[str] | subprocess.Popen[bytes], what: str, seconds: float) -> Iterator[None]:
    """Kills a process that the block waits for too long, and ends the script."""
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():
            raise SystemExit(f"waited {seconds:.0f} s in vain for {what}")


def output_of(command: Sequence[str], seconds: float = LONGEST, cwd: Path | None = None) -> str:
    """What a program prints that must succeed in time; it opens no network."""
    name = " ".join(command[:4])
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    try:
        ran = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=cwd, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SystemExit(f"waited {seconds:.0f} s in vain for {name} to end") from error
    if ran.returncode:
        raise SystemExit(f"{name} failed:\n{ran.stderr[-1500:]}")
    return ran.stdout
