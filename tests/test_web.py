"""The page: served with its policy, alone in its file, and in step with the HTTP service it speaks to."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from fastapi.testclient import TestClient
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.api.app import create_app
from assistant.ingestion import Ingestion
from assistant.settings import Settings

HTML = files("assistant").joinpath("web/index.html").read_text(encoding="utf-8")
SCRIPT = HTML.partition("<script>")[2].partition("</script>")[0]
FIELD = re.compile(r"\$?\{[^{}]*\}")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source("one.md", page("20972", "femoral"))])
    settings = Settings()
    assistant = Assistant(library, FakeEmbedder(), settings)
    with TestClient(create_app(assistant, Ingestion(library, FakeEmbedder(), settings), settings)) as client:
        yield client


def test_the_page_is_served_with_a_policy_that_its_own_style_and_script_satisfy(client: TestClient) -> None:
    served = client.get("/")
    assert served.status_code == 200 and served.text == HTML
    policy = served.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "http" not in policy and "unsafe-eval" not in policy and "*" not in policy
    assert not re.search(r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]", SCRIPT)


def test_the_page_refers_to_no_other_host() -> None:
    assert not re.findall(r"(?i)https?:|\bwss?:|[\"'`(=]\s*//|\bsrc\s*=|@import|\burl\(|\bimport\(", HTML)
    assert set(re.findall(r"<link[^>]*>", HTML)) == set()


def test_what_is_shown_is_inserted_as_text() -> None:
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "setHTML",
                 "createContextualFragment", "srcdoc", "javascript:"):  # fmt: skip
        assert name not in HTML


def test_nothing_is_stored_in_the_browser() -> None:
    for name in ("localStorage", "sessionStorage", "indexedDB", "cookie", "caches.", "serviceWorker", "sendBeacon"):
        assert name not in HTML
    assert 'cache: "no-store"' in SCRIPT
    # A field with a name would put what is typed into the address if the script failed.
    assert not re.findall(r"<(?:input|textarea|select)[^>]*\bname=", HTML)


def test_every_path_that_the_page_names_is_in_the_openapi_document(client: TestClient) -> None:
    known = {FIELD.sub("{}", path) for path in client.get("/openapi.json").json()["paths"]}
    named = {FIELD.sub("{}", path) for path in re.findall(r"/v1/[^\"'`\s?]*", SCRIPT)}
    assert named <= known, named - known
    assert named >= {
        "/v1/ask", "/v1/documents", "/v1/documents/{}", "/v1/documents/{}/text", "/v1/jobs/{}", "/v1/codes/{}/{}",
        "/v1/performance",
    }  # fmt: skip


def test_every_refusal_reason_has_its_advice(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for reason in schemas["RefusalBody"]["properties"]["reason"]["enum"]:
        assert f"  {reason}: " in SCRIPT


def test_the_page_asks_with_fields_that_the_service_takes(client: TestClient) -> None:
    asked = {"query": "CPT 20972", "systems": ["CPT"], "as_of": "2025-06-30", "about": "CPT:20972"}
    assert client.post("/v1/ask", json=asked).status_code == 200
    for name in asked.keys() - {"query"}:
        assert f"body.{name} = " in SCRIPT


def test_ids_are_unique_and_those_the_script_and_labels_name_exist() -> None:
    ids = re.findall(r'\sid="([^"]+)"', HTML)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'byId\("([^"]+)"\)', SCRIPT)
    wanted += re.findall(r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"', HTML)
    assert set(wanted) <= set(ids)
