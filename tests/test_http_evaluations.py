"""Evaluation over HTTP: sets at hand, a set sent along, progress, cancelling, and what is refused."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes import FakeEmbedder
from fastapi.testclient import TestClient
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.faces.http.app import create_app
from assistant.ingestion.road import Ingestion
from assistant.settings import Settings
from assistant.types import Query

CSV = "question;codes\r\nfemoral dorsal;20972\r\nradial;pancake\r\nzebra umbrella;\r\n"


class SlowAssistant(Assistant):
    """Answers only when the test lets it."""

    may = threading.Event()

    def ask(self, query: Query):
        assert self.may.wait(20)
        return super().ask(query)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    sets = tmp_path / "eval"
    (sets / "family").mkdir(parents=True)
    (sets / "family" / "queries.jsonl").write_text(
        '{"id": "a", "text": "femoral", "split": "calibration"}\n{"id": "b", "text": "dorsal", "split": "test"}\n'
    )
    (sets / "family" / "qrels.tsv").write_text("a\t0\tCPT:20972\t1\nb\t0\tCPT:20972\t1\n")
    (sets / "table.csv").write_text("question,codes\nradial,20957\n")
    (sets / "broken").mkdir()
    (sets / "broken" / "queries.jsonl").write_text("{")
    (sets / "broken" / "qrels.tsv").write_text("")
    (sets / "baseline.json").write_text("{}")
    (tmp_path / "outside.csv").write_text("question,codes\nradial,20957\n")
    library = open_library(tmp_path / "library")
    ingestion(library).add(
        [source("one.md", page("20972", "femoral", "dorsal")), source("two.md", page("20957", "radial"))]
    )
    settings = Settings(evaluation_sets=sets, max_file_mb=1)
    SlowAssistant.may = threading.Event()
    SlowAssistant.may.set()
    assistant = SlowAssistant(library, FakeEmbedder(), settings)
    with TestClient(create_app(assistant, Ingestion(library, FakeEmbedder(), settings), settings)) as client:
        yield client
        SlowAssistant.may.set()


def ended(client: httpx.Client, job: str) -> dict:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        state: dict = client.get(f"/v1/jobs/{job}").json()
        if state["state"] not in ("queued", "running"):
            return state
        time.sleep(0.01)
    raise AssertionError("the job did not end")


def test_the_sets_at_hand_are_listed(client: httpx.Client) -> None:
    assert client.get("/v1/evaluation-sets").json() == {
        "sets": [{"name": "family", "queries": 2}, {"name": "table", "queries": 1}]
    }


def test_a_set_is_scored_by_name(client: httpx.Client) -> None:
    assert client.get("/v1/performance").status_code == 404
    started = client.post("/v1/performance", json={"set": "family"})
    assert started.status_code == 202
    state = ended(client, started.json()["job"])
    assert (state["kind"], state["state"], state["progress"], state["outcomes"]) == ("evaluation", "done", 1.0, [])
    report = client.get("/v1/performance").json()
    assert (report["set"], report["split"], report["queries"]) == ("family", "test", 1)
    assert report["sentences"] and report["made"] and report["citations"]["checked"] == report["citations"]["valid"]
    ended(client, client.post("/v1/performance", json={"set": "family", "split": "all"}).json()["job"])
    assert client.get("/v1/performance").json()["queries"] == 2


def test_a_spreadsheet_is_scored_and_tells_what_was_left_out(client: httpx.Client) -> None:
    started = client.post("/v1/performance", files={"file": ("C:\\mine\\my set.csv", CSV.encode("utf-8-sig"))})
    assert started.status_code == 202, started.text
    assert ended(client, started.json()["job"])["state"] == "done"
    report = client.get("/v1/performance").json()
    assert (report["set"], report["queries"], report["faulty_rows"]) == ("my set", 2, 1)
    assert report["faults"][0].startswith("my set.csv line 3: 'pancake'")


def test_an_evaluation_is_cancelled_and_leaves_no_report(client: httpx.Client) -> None:
    SlowAssistant.may.clear()
    job = client.post("/v1/performance", json={"set": "family"}).json()["job"]
    assert client.delete(f"/v1/jobs/{job}").status_code == 200
    SlowAssistant.may.set()
    assert ended(client, job)["state"] == "cancelled"
    assert client.get("/v1/performance").status_code == 404


@pytest.mark.parametrize(
    ("request_body", "status", "detail"),
    [
        ({"json": {"set": "nosuch"}}, 400, "there is no such evaluation set here; the sets are"),
        ({"json": {"set": "../outside"}}, 400, "there is no such evaluation set here"),
        ({"json": {"set": "family", "split": "dev"}}, 400, "no queries of kind query in split dev"),
        ({"json": {"set": "broken"}}, 400, "holds no query that can be used"),
        ({"json": {}}, 422, "set: Field required"),
        ({"json": {"set": "family", "note": "Mrs. Secret"}}, 422, "note: Extra inputs are not permitted"),
        ({"content": b"{"}, 422, "Invalid JSON"),
        ({"files": {"other": ("a.csv", b"question,codes\n")}}, 400, "in the field `file`"),
        ({"files": {"file": ("a.csv", b"question,codes\n")}}, 400, "it ends after its header"),
        ({"files": {"file": ("a.csv", b"x" * (1 << 21))}}, 413, "larger than the 1 MB"),
    ],
)
def test_what_cannot_be_scored_is_refused(client: httpx.Client, request_body: dict, status: int, detail: str) -> None:
    refused = client.post("/v1/performance", **request_body)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert detail in refused.json()["detail"] and "Secret" not in refused.text


def test_both_bodies_are_in_the_openapi_document(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert paths["/v1/performance"]["post"]["requestBody"]["content"].keys() == {
        "application/json", "multipart/form-data",
    }  # fmt: skip
    assert "get" in paths["/v1/evaluation-sets"]
