"""The HTTP service, over a real server on 127.0.0.1: every route of the contract, and every way to be refused."""

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fakes import FakeEmbedder
from libraries import assert_agrees, ingestion, open_library, page, source, texts

from assistant.answering import Assistant
from assistant.faces.http.app import create_app
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.settings import Settings
from assistant.types import Query

SECRET = "Mrs. Secret Patient"
PAGE = page("20972", "femoral", "dorsal")


class FailingAssistant(Assistant):
    """Fails on a query that asks for it, with the query in the error as a careless library would."""

    def ask(self, query: Query):
        if query.text.startswith("fail"):
            raise RuntimeError(f"cannot work with {query.text!r}")
        return super().ask(query)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source("one.md", PAGE), source("two.md", page("20957", "radial"))])
    return library


@pytest.fixture
def client(library: Library) -> Iterator[httpx.Client]:
    settings = Settings(max_file_mb=1)
    app = create_app(
        FailingAssistant(library, FakeEmbedder(), settings), Ingestion(library, FakeEmbedder(), settings), settings
    )
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()


def ask(client: httpx.Client, query: str, **body: object) -> dict:
    answered = client.post("/v1/ask", json={"query": query, **body})
    assert answered.status_code == 200, answered.text
    found: dict = answered.json()
    return found


def assert_problem(response: httpx.Response, status: int) -> str:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail"}
    assert body["status"] == status and body["title"] and body["detail"]
    assert "Traceback" not in response.text and SECRET not in response.text
    return str(body["detail"])


def finished(client: httpx.Client, started: httpx.Response) -> dict:
    assert started.status_code == 202, started.text
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job: dict = client.get(f"/v1/jobs/{started.json()['job']}").json()
        assert 0 <= job["progress"] <= 1
        if job["state"] in ("done", "failed"):
            assert job["progress"] == 1
            return job
        time.sleep(0.01)
    raise AssertionError("the job never ended")


def upload(client: httpx.Client, *files: tuple[str, bytes]) -> dict:
    return finished(client, client.post("/v1/documents", files=[("files", file) for file in files]))


# answers


def test_an_answer_has_the_shape_of_the_contract(client: httpx.Client) -> None:
    found = ask(client, "CPT 20972")
    assert found["kind"] == "answer" and found["query"] == "CPT 20972"
    assert set(found) == {
        "kind", "query", "confidence", "form", "wants", "verdict", "choice", "statements", "values", "candidates",
        "library",
    }  # fmt: skip
    assert set(found["statements"][0]) == {"text", "citation", "role"}
    (candidate,) = found["candidates"]
    assert candidate["code"] == {"system": "CPT", "value": "20972", "edition": "2025"}
    assert set(candidate) == {"code", "title", "confidence", "score", "distinction", "differences", "citations"}
    assert found["library"] == {"generation": 2, "embedding_model": "fake"}


def test_every_citation_is_a_slice_of_the_stored_text(client: httpx.Client) -> None:
    found = ask(client, "CPT 20972")
    citations = [statement["citation"] for statement in found["statements"]]
    citations += [citation for candidate in found["candidates"] for citation in candidate["citations"]]
    assert citations
    for citation in citations:
        text = client.get(f"/v1/documents/{citation['document_id']}/text").content.decode()
        assert text[citation["start"] : citation["end"]] == citation["quote"] != ""
        info = client.get(f"/v1/documents/{citation['document_id']}").json()
        assert info["sha256"] == citation["document_sha256"]
    assert [statement["text"] for statement in found["statements"]] == [
        statement["citation"]["quote"] for statement in found["statements"]
    ]


def test_a_code_that_is_not_held_is_refused(client: httpx.Client) -> None:
    found = ask(client, "CPT 99213")
    assert (found["kind"], found["reason"]) == ("refusal", "code_not_in_corpus")
    assert set(found) == {
        "kind", "query", "reason", "message", "confidence", "language", "closest", "nearest", "library",
    }  # fmt: skip


def test_options_are_heeded(client: httpx.Client) -> None:
    assert ask(client, "What is the procedure?", about="CPT:20957")["candidates"][0]["code"]["value"] == "20957"
    assert ask(client, "CPT 20972", as_of="2024-06-30")["reason"] == "code_not_in_corpus"
    assert ask(client, "CPT 20972", as_of="2025-06-30")["kind"] == "answer"
    assert ask(client, "CPT 20972", systems=["HCPCS"])["kind"] == "refusal"
    assert len(ask(client, "CPT 20972 and 20957", limit=1)["candidates"]) == 1


def test_a_code_page_tells_every_field(client: httpx.Client) -> None:
    found = client.get("/v1/codes/CPT/20972").json()
    assert found["code"] == {"system": "CPT", "value": "20972", "edition": "2025"}
    assert found["fields"]["examples"] is None
    assert found["fields"]["notes"]["statements"][0]["text"] == "The shared procedure that all pages have."
    assert_problem(client.get("/v1/codes/CPT/99213"), 404)
    assert_problem(client.get("/v1/codes/CPT/nonsense"), 400)
    assert_problem(client.get("/v1/codes/NOSUCH/20972"), 400)


# documents


def test_documents_are_listed_and_given_back(client: httpx.Client) -> None:
    listed = client.get("/v1/documents").json()
    assert [one["document_id"] for one in listed["documents"]] == ["cpt-20957-2025", "cpt-20972-2025"]
    one = client.get("/v1/documents/cpt-20972-2025").json()
    assert one == listed["documents"][1]
    assert client.get("/v1/documents/cpt-20972-2025/text").content == PAGE.encode()
    original = client.get("/v1/documents/cpt-20972-2025/source")
    assert original.content == PAGE.encode()
    assert original.headers["content-disposition"] == "attachment"
    for address in ("", "/text", "/source"):
        assert "nosuch" in assert_problem(client.get(f"/v1/documents/nosuch{address}"), 404)


def test_an_upload_answers_and_a_deletion_ends_it(client: httpx.Client, library: Library) -> None:
    assert ask(client, "CPT 11042")["kind"] == "refusal"
    job = upload(client, ("wound.md", page("11042", "wound").encode()))
    assert job["state"] == "done" and job["message"] is None
    (outcome,) = job["outcomes"]
    assert (outcome["file"], outcome["state"], outcome["document_id"]) == ("wound.md", "added", "cpt-11042-2025")
    assert ask(client, "CPT 11042")["kind"] == "answer"
    removed = client.delete("/v1/documents/cpt-11042-2025")
    assert removed.status_code == 200
    assert removed.json() == {
        "document_id": "cpt-11042-2025", "passages_removed": outcome["passages"], "generation": 4,
    }  # fmt: skip
    assert ask(client, "CPT 11042")["reason"] == "code_not_in_corpus"
    assert_problem(client.delete("/v1/documents/cpt-11042-2025"), 404)
    assert_agrees(library)


def test_a_dropped_folder_keeps_its_names_and_the_same_bytes_are_one_document(client: httpx.Client) -> None:
    text = page("11042", "wound").encode()
    job = upload(client, ("guides/wound.md", text), ("guides/old/wound.md", text), ("guides/empty.md", b""))
    assert [(one["file"], one["state"], one["progress"]) for one in job["outcomes"]] == [
        ("guides/wound.md", "added", 1.0),
        ("guides/old/wound.md", "unchanged", 1.0),
        ("guides/empty.md", "failed", 1.0),
    ]
    assert job["kind"] == "upload"
    listed = client.get("/v1/documents/cpt-11042-2025").json()
    assert listed["names"] == ["guides/wound.md", "guides/old/wound.md"]
    assert (listed["codes_found"], listed["warnings"]) == (1, [])
    assert listed in client.get("/v1/documents").json()["documents"]


def test_files_of_one_name_are_told_apart(client: httpx.Client) -> None:
    pages = [page(code, "wound").encode() for code in ("11042", "11043", "11044")]
    job = upload(client, *(("wound.md", text) for text in pages))
    told = [(one["file"], one["state"]) for one in job["outcomes"]]
    assert told == [("wound.md", "added"), ("wound (2).md", "added"), ("wound (3).md", "added")]


def test_many_files_and_a_large_one_are_streamed(client: httpx.Client, library: Library) -> None:
    pages = {f"p{number}.md": page(f"4{number:04}", f"word{number}").encode() for number in range(60)}
    huge = ("huge.txt", b"A procedure.\n" * 100_000)
    job = upload(client, *pages.items(), huge)
    told = {one["file"]: one for one in job["outcomes"]}
    assert {told[name]["state"] for name in pages} == {"added"}
    assert told["huge.txt"]["state"] == "failed" and "1 MB" in told["huge.txt"]["message"]
    assert not [path for path in (library.folder / "uploads").iterdir() if path.is_dir()]


def test_an_ended_job_is_not_cancelled_any_more(client: httpx.Client) -> None:
    job = upload(client, ("wound.md", page("11042", "wound").encode()))
    assert client.delete(f"/v1/jobs/{job['job']}").json() == job
    assert_problem(client.delete("/v1/jobs/nosuch"), 404)


def test_an_upload_that_breaks_off_leaves_nothing(client: httpx.Client, library: Library) -> None:
    whole = httpx.Request("POST", "http://x/", files=[("files", ("a.md", page("11042", "wound").encode()))])
    data, kind = whole.read(), whole.headers["content-type"]
    for content in (data[:-30], data[:100], b""):
        refused = client.post("/v1/documents", content=content, headers={"content-type": kind})
        assert_problem(refused, refused.status_code)
        assert refused.status_code in (400, 422)
    assert_problem(client.post("/v1/documents", content=data, headers={"content-type": "text/plain"}), 422)
    assert not [path for path in (library.folder / "uploads").iterdir() if path.is_dir()]
    assert len(library.store.documents()) == 2


def test_two_documents_are_compared(client: httpx.Client) -> None:
    found = client.get("/v1/documents/cpt-20957-2025/diff/cpt-20972-2025").json()
    assert [one["code"]["value"] for one in found["added"]] == ["20972"]
    assert [one["code"]["value"] for one in found["dropped"]] == ["20957"]
    assert found["changed"] == [] and found["before"]["document_id"] == "cpt-20957-2025"
    assert_problem(client.get("/v1/documents/cpt-20957-2025/diff/nosuch"), 404)


def test_bad_files_of_an_upload_fail_alone(client: httpx.Client, library: Library) -> None:
    before = texts(library)
    job = upload(
        client,
        ("empty.md", b""),
        ("binary.txt", bytes(range(256)) * 50),
        ("none.csv", b"name,colour\nRose,red\n"),
        ("good.md", page("11042", "wound").encode()),
    )
    assert job["state"] == "done"
    told = {outcome["file"]: outcome for outcome in job["outcomes"]}
    assert {name: one["state"] for name, one in told.items()} == {
        "empty.md": "failed",
        "binary.txt": "failed",
        "none.csv": "failed",
        "good.md": "added",
    }
    for name in ("empty.md", "binary.txt", "none.csv"):
        assert name in told[name]["message"] and "\n" not in told[name]["message"]
    assert {name: text for name, text in texts(library).items() if name in before} == before
    assert_agrees(library)


def test_a_file_too_large_is_refused_by_name(client: httpx.Client, library: Library) -> None:
    before = texts(library)
    refused = client.post("/v1/documents", files=[("files", ("huge.txt", b"A procedure.\n" * 100_000))])
    assert "huge.txt" in assert_problem(refused, 413)
    assert texts(library) == before


def test_an_upload_without_files_is_refused(client: httpx.Client) -> None:
    assert_problem(client.post("/v1/documents"), 422)
    assert_problem(client.post("/v1/documents", files=[("other", ("a.md", b"x"))]), 422)
    assert_problem(client.get("/v1/jobs/nosuch"), 404)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("guides/2025/wound.md", "guides/2025/wound.md"),
        ("../../etc\\wound.md", "etc/wound.md"),
        ("/etc/passwd/../wound.md", "etc/passwd/wound.md"),
        ("C:\\guides\\wound.md", "wound.md"),
        ("./wound.md", "wound.md"),
    ],
)
def test_a_name_keeps_its_folders_and_leaves_none(client: httpx.Client, tmp_path: Path, name: str, kept: str) -> None:
    job = upload(client, (name, page("11042", "wound").encode()))
    assert [(one["file"], one["state"]) for one in job["outcomes"]] == [(kept, "added")]
    assert client.get("/v1/documents/cpt-11042-2025").json()["source_name"] == kept
    assert not list(tmp_path.rglob("wound.md"))


def test_a_deletion_waits_for_no_other_writer(client: httpx.Client, tmp_path: Path) -> None:
    other = open_library(tmp_path / "library")
    with other.writing():
        assert client.delete("/v1/documents/cpt-20957-2025").status_code == 200
        assert ask(client, "CPT 20972")["kind"] == "answer"
        assert ask(client, "CPT 20957")["reason"] == "code_not_in_corpus"
    assert_problem(client.get("/v1/documents/cpt-20957-2025"), 404)


# being refused


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": SECRET, "limit": 0},
        {"query": SECRET, "limit": 51},
        {"query": SECRET, "limit": SECRET},
        {"query": SECRET, "as_of": "yesterday"},
        {"query": SECRET, "systems": "CPT"},
        {"query": [SECRET]},
        {"query": {"text": SECRET}},
        {"note": SECRET},
        [SECRET],
        SECRET,
    ],
)
def test_an_invalid_request_names_the_field_and_not_the_value(client: httpx.Client, body: object) -> None:
    assert_problem(client.post("/v1/ask", json=body), 422)


def test_broken_json_is_a_problem_too(client: httpx.Client) -> None:
    for content in (b'{"query": "' + SECRET.encode(), b"\xff\xfe", b""):
        response = client.post("/v1/ask", content=content, headers={"content-type": "application/json"})
        assert_problem(response, response.status_code)
        assert response.status_code in (400, 422)


def test_unusable_queries_are_told_without_their_words(client: httpx.Client) -> None:
    assert_problem(client.post("/v1/ask", json={"query": "   "}), 400)
    assert_problem(client.post("/v1/ask", json={"query": SECRET * 2_000}), 400)
    assert_problem(client.post("/v1/ask", json={"query": SECRET, "systems": ["NOSUCH"]}), 400)
    assert_problem(client.post("/v1/ask", json={"query": SECRET, "about": "not a code"}), 400)


def test_an_unknown_address_or_method_is_a_problem(client: httpx.Client) -> None:
    assert_problem(client.get("/v1/nosuch"), 404)
    refused = client.get("/v1/ask")
    assert_problem(refused, 405)
    assert refused.headers["allow"] == "POST"


def test_an_unforeseen_failure_says_nothing_of_the_query(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert_problem(client.post("/v1/ask", json={"query": f"fail {SECRET}"}), 500)
        assert ask(client, "CPT 20972")["kind"] == "answer"
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text
    assert 'status="500"' in client.get("/metrics").text


def test_a_lost_library_makes_the_service_not_ready(client: httpx.Client, library: Library, tmp_path: Path) -> None:
    assert client.get("/readyz").json() == {"generation": 2, "embedding_model": "fake", "certificate": None}
    library.close()
    for path in (tmp_path / "library").glob("library.sqlite*"):
        path.unlink()
    (tmp_path / "library/library.sqlite").write_bytes(b"garbage " * 1000)
    assert "library.sqlite" in assert_problem(client.get("/readyz"), 503)
    assert_problem(client.post("/v1/ask", json={"query": SECRET}), 503)
    assert client.get("/healthz").json() == {"status": "ok"}


# what watches


def test_health_performance_and_the_page(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert_problem(client.get("/v1/performance"), 404)
    shown = client.get("/")
    assert shown.status_code == 200 and shown.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in shown.headers["content-security-policy"]


def test_metrics_count_by_route_and_hold_no_query(client: httpx.Client) -> None:
    ask(client, SECRET)
    client.get("/v1/documents/nosuch")
    client.get(f"/{SECRET}")
    text = client.get("/metrics").text
    assert 'assistant_requests_total{method="POST",route="/v1/ask",status="200"} 1.0' in text
    assert 'route="/v1/documents/{document_id}",status="404"' in text
    assert "assistant_library_generation 2.0" in text
    assert "Secret" not in text and "nosuch" not in text


def test_openapi_lists_the_routes_of_the_contract(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    routes = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert routes >= {
        ("POST", "/v1/ask"),
        ("GET", "/v1/documents"),
        ("POST", "/v1/documents"),
        ("GET", "/v1/documents/{document_id}"),
        ("GET", "/v1/documents/{document_id}/text"),
        ("GET", "/v1/documents/{document_id}/source"),
        ("DELETE", "/v1/documents/{document_id}"),
        ("GET", "/v1/jobs/{job}"),
        ("DELETE", "/v1/jobs/{job}"),
        ("GET", "/v1/documents/{document_id}/diff/{other_id}"),
        ("GET", "/v1/codes/{system}/{value}"),
        ("GET", "/v1/performance"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
    }
    refused = paths["/v1/ask"]["post"]["responses"]["422"]["content"]
    assert "application/problem+json" in refused
