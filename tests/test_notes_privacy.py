"""A note may name a patient: nothing of it reaches a log, a metric, an error or a file, over HTTP or in a terminal."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from libraries import ingestion, open_library, source
from surgery import DOCUMENTS

TESTS = Path(__file__).parent
CANARY = "Quetzalcoatl"
NOTE = f"""PROCEDURE: Laparoscopic removal of the appendix of Mrs. {CANARY}.
DESCRIPTION: The base of the appendix of {CANARY} was stapled and it was pulled out in a bag through a port.
"""
# The command with the fake embedder, as chatty as logging can be.
PROGRAM = (
    f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
    "import logging; logging.basicConfig = lambda **_: logging.root.addHandler(logging.StreamHandler())\n"
    "logging.root.setLevel(logging.DEBUG)\n"
    "from fakes import FakeEmbedder; import assistant.answering.assistant, assistant.faces.terminal\n"
    "assistant.answering.assistant.load_embedder = lambda *a, **k: FakeEmbedder()\n"
    "sys.exit(assistant.faces.terminal.main())"
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source(name, text) for name, text in DOCUMENTS.items() if name.startswith("4")])
    library.close()
    return tmp_path / "library"


def held(folder: Path) -> list[str]:
    """Every file below a folder that holds the canary."""
    return [str(path) for path in folder.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]


@pytest.fixture
def served(library: Path, tmp_path: Path) -> Iterator[tuple[httpx.Client, Path]]:
    log = tmp_path / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "serve", "--port", "0", "--index", str(library)],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        )
        assert process.stdout is not None
        address = process.stdout.readline().split(" on ")[1].split()[0]
        try:
            with httpx.Client(base_url=address, timeout=30) as client:
                yield client, log
        finally:
            process.terminate()
            rest, _ = process.communicate(timeout=30)
            with log.open("a") as output_again:
                output_again.write(rest)


def test_the_service_keeps_nothing_of_a_note(served: tuple[httpx.Client, Path], library: Path) -> None:
    client, log = served
    answered = client.post("/v1/suggest", json={"note": NOTE})
    assert answered.status_code == 200
    body = answered.json()
    assert body["kind"] in ("suggestion", "refusal")
    # Only statements and evidence, which are asked for, give the note's words back.
    told = {key: value for key, value in body.items() if key not in ("statements", "candidates")}
    assert CANARY not in json.dumps(told)
    refused = [
        client.post("/v1/suggest", json={"note": NOTE, "systems": ["NOSUCH"]}),
        client.post("/v1/suggest", json={"note": NOTE, "limit": 0}),
        client.post("/v1/suggest", json={"note": NOTE, "as_of": f"{CANARY}"}),
        client.post("/v1/suggest", json={"note": [NOTE]}),
        client.post("/v1/suggest", json={"note": {"text": NOTE}}),
        client.post("/v1/suggest", json={"note": NOTE, "extra": NOTE}),
        client.post("/v1/suggest", content=NOTE.encode()),
        client.post(
            "/v1/suggest", content=('{"note": "' + CANARY).encode(), headers={"content-type": "application/json"}
        ),
        client.post("/v1/suggest", content=b'{"note": "\xff' + CANARY.encode() + b'"}'),
        client.post("/v1/suggest", json={"note": CANARY * 60_000}),
        client.put("/v1/suggest", json={"note": NOTE}),
    ]
    for response in refused:
        assert 400 <= response.status_code < 500, response.status_code
        assert response.headers["content-type"] == "application/problem+json"
        assert CANARY not in response.text
    assert client.post("/v1/ask", json={"query": CANARY}).status_code == 200
    assert CANARY not in client.get("/metrics").text
    assert CANARY not in client.get("/v1/performance").text
    assert held(library) == []
    assert CANARY not in log.read_text()


def test_the_terminal_keeps_nothing_of_a_note(library: Path, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text(NOTE)
    (tmp_path / "nothing.txt").write_text(" ")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for arguments, stdin, code in (
        (["suggest", str(file)], None, 0),
        (["suggest", str(file), "--json"], None, 0),
        (["suggest", "-"], NOTE, 0),
        (["suggest", "-", "--system", "NOSUCH"], NOTE, 1),
        (["suggest", "-", "--limit", "0"], NOTE, 2),
        (["suggest", "-"], CANARY * 60_000, 1),
        (["suggest", str(tmp_path / "nothing.txt")], None, 1),
        (["suggest", str(tmp_path)], None, 1),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments, "--index", str(library)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=folder,
        )
        assert ran.returncode == code, ran.stderr
        assert CANARY not in ran.stderr
        if code:
            assert CANARY not in ran.stdout
            assert ran.stderr.count("\n") <= 5 or code == 2
    assert held(library) == []
    assert list(folder.iterdir()) == []


def test_a_failure_inside_tells_nothing_of_the_note(
    library: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from fakes import FakeEmbedder
    from starlette.testclient import TestClient

    from assistant.answering import Assistant
    from assistant.faces.http.app import create_app
    from assistant.ingestion.road import Ingestion
    from assistant.library import Library
    from assistant.settings import Settings

    opened = Library(library, model="fake", fingerprint=FakeEmbedder.fingerprint, dimension=FakeEmbedder.dimension)
    settings = Settings()
    assistant = Assistant(opened, FakeEmbedder(), settings)

    def careless(texts: object) -> None:
        raise RuntimeError(f"cannot embed {texts!r}")

    monkeypatch.setattr(assistant.embedder, "embed", careless)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    with TestClient(create_app(assistant, Ingestion(opened, FakeEmbedder(), settings), settings)) as client:
        answered = client.post("/v1/suggest", json={"note": NOTE})
        metrics = client.get("/metrics").text
    assert answered.status_code == 500
    assert CANARY not in answered.text + caplog.text + written.getvalue() + metrics
