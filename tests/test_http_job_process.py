"""The process beside the service, with the packaged model: it brings in uploads at low priority, compacts, and ends
with the service."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from libraries import page
from services import started, until

from assistant.settings import Settings


@pytest.fixture
def service(tmp_path: Path, settings: Settings) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    with started(tmp_path / "library") as service:
        yield service


def workers(of: int) -> list[int]:
    """The worker processes that a service has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == of and b"assistant.faces.http.job_process" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue  # it has ended meanwhile
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to look processes up")
def test_the_worker_does_the_work_and_goes_with_the_service(
    service: tuple[subprocess.Popen[str], httpx.Client], tmp_path: Path
) -> None:
    process, client = service
    assert workers(process.pid) == [], "none before there is work"
    started = client.post("/v1/documents", files=[("files", ("guides/a.md", page("20972", "zyxquilt").encode()))])
    job = f"/v1/jobs/{started.json()['job']}"
    until(lambda: client.get(job).json()["state"] == "done")
    (outcome,) = client.get(job).json()["outcomes"]
    assert (outcome["file"], outcome["state"]) == ("guides/a.md", "added")
    assert client.post("/v1/ask", json={"query": "CPT 20972"}).json()["kind"] == "answer"
    (worker,) = workers(process.pid)
    assert os.getpriority(os.PRIO_PROCESS, worker) > os.getpriority(os.PRIO_PROCESS, process.pid)

    client.delete("/v1/documents/cpt-20972-2025").raise_for_status()
    assert client.post("/v1/ask", json={"query": "CPT 20972"}).json()["kind"] == "refusal"

    def compacted() -> bool:
        connection = sqlite3.connect(tmp_path / "library" / "library.sqlite")
        left = connection.execute("SELECT (SELECT count(*) FROM removed) + (SELECT count(*) FROM unseen)").fetchone()
        connection.close()
        return bool(left == (0,))

    until(compacted)
    files = [path for path in (tmp_path / "library").rglob("*") if path.is_file()]
    assert not [path for path in files if b"zyxquilt" in path.read_bytes()]
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until(
        lambda: not Path(f"/proc/{worker}").exists() or b"assistant" not in Path(f"/proc/{worker}/cmdline").read_bytes()
    )
