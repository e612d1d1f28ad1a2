"""The service ends soon after SIGTERM, whatever it is at: in a process of its own, with the packaged model."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from services import PROJECT, started, until
from starters import CORPUS

from assistant.answering import Assistant
from assistant.calibration import read_certificate
from assistant.library import Library

SOON = 3.0


# A service whose calibration hangs, for what nobody foresees.
HANGING = """
import sys, time
from assistant.faces.http import recalibrating
from assistant.faces.terminal import main
recalibrating.calibrate_itself = lambda assistant: time.sleep(600)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def service(
    starter: Assistant, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[subprocess.Popen[str], httpx.Client, Path]]:
    """A service over a copy of the starter library, which calibrates itself at once after a change."""
    program = getattr(request, "param", ("-m", "assistant"))
    folder = tmp_path / "library"
    shutil.copytree(starter.library.folder, folder)
    changed = {"ASSISTANT_REST_SECONDS": "0.1", "ASSISTANT_EVALUATION_SETS": str(PROJECT / "eval")}
    with started(folder, changed, program) as (process, client):
        yield process, client, folder


def assert_ends_soon(process: subprocess.Popen[str]) -> None:
    start = time.monotonic()
    process.terminate()
    assert process.wait(60) == 0
    took = time.monotonic() - start
    assert took < SOON, f"the service took {took:.1f} s to end"


def opened(folder: Path, like: Assistant) -> Library:
    embedder = like.embedder
    return Library(folder, model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension)


def start_calibrating(client: httpx.Client) -> None:
    guide = CORPUS / "guides" / "modifiers.md"
    client.post("/v1/documents", files=[("files", (guide.name, guide.read_bytes()))]).raise_for_status()
    until(lambda: "assistant_calibrating 1.0" in client.get("/metrics").text)


def test_it_ends_soon_while_the_library_is_calibrated(
    service: tuple[subprocess.Popen[str], httpx.Client, Path], starter: Assistant
) -> None:
    process, client, folder = service
    start_calibrating(client)
    assert_ends_soon(process)
    library = opened(folder, starter)
    assert read_certificate(library.store.meta("certificate:self")) is None, "it had been done already"
    library.close()


def test_it_ends_soon_while_a_set_is_evaluated(service: tuple[subprocess.Popen[str], httpx.Client, Path]) -> None:
    process, client, _ = service
    job = client.post("/v1/performance", json={"set": "starter"}).raise_for_status().json()["job"]
    until(lambda: client.get(f"/v1/jobs/{job}").json()["progress"] > 0)
    assert client.get(f"/v1/jobs/{job}").json()["state"] == "running"
    assert_ends_soon(process)


def test_it_ends_soon_while_an_upload_is_brought_in_which_goes_on_later(
    service: tuple[subprocess.Popen[str], httpx.Client, Path], starter: Assistant
) -> None:
    process, client, folder = service
    parts = [f"## Part {n}\n" + f"The quill of part {n} is plumbed and set at rest. " * 40 for n in range(600)]
    long = "# A long guide to the quill\n\n" + "\n\n".join(parts)
    job = client.post("/v1/documents", files=[("files", ("long.md", long.encode()))]).raise_for_status().json()["job"]
    until(lambda: client.get(f"/v1/jobs/{job}").json()["progress"] > 0)
    assert_ends_soon(process)
    library = opened(folder, starter)
    logged = library.store.jobs.get(job)
    assert logged is not None and not logged.ended
    library.close()


@pytest.mark.parametrize("service", [("-c", HANGING)], indirect=True)
def test_what_does_not_give_up_ends_with_the_process_and_is_named(
    service: tuple[subprocess.Popen[str], httpx.Client, Path],
) -> None:
    process, client, _ = service
    start_calibrating(client)
    assert_ends_soon(process)
    assert process.stderr is not None
    said = process.stderr.read()
    assert "still at work" in said and "recalibration" in said
