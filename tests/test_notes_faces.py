"""A suggestion has the form of the contract: over HTTP, as JSON from the terminal, and for a reader."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, source
from starlette.testclient import TestClient
from surgery import DOCUMENTS

from assistant.answering import Assistant
from assistant.faces.http import bodies
from assistant.faces.http.app import create_app
from assistant.faces.terminal import main
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.settings import Settings

NOTE = """PROCEDURE: Removal of the appendix through a laparoscope.
DESCRIPTION: The appendix was removed through small ports with a camera; its base was stapled. No bone was lifted.
"""
TESTS = Path(__file__).parent
CITED = {
    "document_id", "document_title", "document_sha256", "edition", "passage_id", "section", "page", "location", "start",
    "end", "quote",
}  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source(name, text) for name, text in DOCUMENTS.items() if name.endswith(".md")])
    return library


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    settings = Settings()
    assistant = Assistant(library, FakeEmbedder(), settings)
    with TestClient(create_app(assistant, Ingestion(library, FakeEmbedder(), settings), settings)) as client:
        yield client


def test_a_suggestion_has_the_shape_of_the_contract(client: TestClient) -> None:
    body = client.post("/v1/suggest", json={"note": NOTE}).json()
    assert body["kind"] == "suggestion", body
    assert set(body) == {"kind", "statements", "candidates", "nearest", "findings", "library"}
    for statement in body["statements"]:
        assert set(statement) == {"text", "start", "end", "section", "assertion", "outcome"}
        assert NOTE[statement["start"] : statement["end"]] == statement["text"]
    first = body["candidates"][0]
    assert set(first) == {
        "code", "title", "confidence", "score", "distinction", "differences", "note_evidence", "citations", "missing",
        "met", "cautions",
    }  # fmt: skip
    for evidence in first["note_evidence"]:
        assert set(evidence) == {"statement", "start", "end", "quote"}
        assert NOTE[evidence["start"] : evidence["end"]] == evidence["quote"]
    for asked in first["missing"]:
        assert set(asked) == {"requirement", "citation"} and set(asked["citation"]) == CITED
    for citation in first["citations"]:
        text = client.get(f"/v1/documents/{citation['document_id']}/text").text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    bodies.SuggestionBody.model_validate(body)


def test_a_refusal_tells_the_statements_and_repeats_no_note(client: TestClient) -> None:
    body = client.post("/v1/suggest", json={"note": "Counts were correct."}).json()
    assert body["kind"] == "refusal" and body["query"] == ""
    assert [statement["outcome"] for statement in body["statements"]] == ["not_a_procedure"]
    bodies.NoteRefusalBody.model_validate(body)


def test_an_empty_library_refuses_a_note(tmp_path: Path) -> None:
    library, settings = open_library(tmp_path / "empty"), Settings()
    assistant = Assistant(library, FakeEmbedder(), settings)
    with TestClient(create_app(assistant, Ingestion(library, FakeEmbedder(), settings), settings)) as client:
        body = client.post("/v1/suggest", json={"note": NOTE}).json()
    assert (body["kind"], body["reason"]) == ("refusal", "empty_library")


def test_an_unknown_system_is_named(client: TestClient) -> None:
    answered = client.post("/v1/suggest", json={"note": NOTE, "systems": ["NOSUCH"]})
    assert answered.status_code == 400 and "NOSUCH" in answered.json()["detail"]


def test_the_route_is_in_the_openapi_document(client: TestClient) -> None:
    assert "post" in client.get("/openapi.json").json()["paths"]["/v1/suggest"]


def test_the_terminal_prints_the_same_json(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("assistant.answering.assistant.load_embedder", lambda *_, **__: FakeEmbedder())
    (tmp_path / "note.txt").write_text(NOTE)
    sent = client.post("/v1/suggest", json={"note": NOTE}).json()
    capsys.readouterr()
    command = ["suggest", "--index", str(tmp_path / "library"), str(tmp_path / "note.txt")]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == sent
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(sent))
    assert main(["verify", "--index", str(tmp_path / "library"), str(saved)]) == 0
    capsys.readouterr()
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Candidates for a coder's review:") and "\033" not in shown
    assert "missing: “" in shown


def test_a_terminal_shows_the_note_with_its_evidence_underlined(library: Library, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(NOTE)
    program = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
        "from fakes import FakeEmbedder; import assistant.answering.assistant, assistant.faces.terminal\n"
        "assistant.answering.assistant.load_embedder = lambda *a, **k: FakeEmbedder()\n"
        "sys.exit(assistant.faces.terminal.main())"
    )
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program, "suggest", "--index", str(tmp_path / "library"), str(tmp_path / "note.txt")],
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other end has closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(60) == 0
    text = shown.decode()
    assert "\033[1;4mThe appendix was removed" in text and "\033[0m [1" in text
    assert "\033[9mNo bone was lifted.\033[0m" in text
