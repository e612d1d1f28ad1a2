"""The page: served with its policy and types, from this service alone, and in step with the service it speaks to."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from fastapi.testclient import TestClient
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.faces.http.app import create_app
from assistant.ingestion.road import Ingestion
from assistant.settings import Settings

WEB = Path(str(files("assistant.faces").joinpath("page")))
HTML = (WEB / "index.html").read_text(encoding="utf-8")
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in sorted((WEB / "static/js").glob("*.js"))}
STYLES = {path.name: path.read_text(encoding="utf-8") for path in sorted((WEB / "static/css").glob("*.css"))}
SCRIPT = "\n".join(SCRIPTS.values())
FIELD = re.compile(r"\$?\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source("one.md", page("20972", "femoral"))])
    settings = Settings()
    assistant = Assistant(library, FakeEmbedder(), settings)
    with TestClient(create_app(assistant, Ingestion(library, FakeEmbedder(), settings), settings)) as client:
        yield client


@pytest.mark.parametrize(
    "address", ["/", "/note", "/library", "/library/cpt-20972-2025", "/performance", "/codes/CPT/20972"]
)
def test_every_address_of_the_page_is_answered_with_the_page_and_its_policy(client: TestClient, address: str) -> None:
    served = client.get(address)
    assert served.status_code == 200 and served.text == HTML
    assert served.headers["content-type"] == "text/html; charset=utf-8"
    policy = served.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    for name in ("http", "unsafe", "*", "data:", "blob:", "nonce", "sha256"):
        assert name not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert client.head(address).status_code == 200


@pytest.mark.parametrize(
    ("path", "type_"),
    [
        ("js/main.js", "text/javascript; charset=utf-8"),
        ("css/ground.css", "text/css; charset=utf-8"),
        ("messages/en.json", "application/json"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_of_the_page_has_its_type_and_a_tag_that_spares_sending_it_again(
    client: TestClient, path: str, type_: str
) -> None:
    served = client.get(f"/static/{path}")
    assert served.content == (WEB / "static" / path).read_bytes()
    assert served.headers["content-type"] == type_
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["cache-control"] == "no-cache"
    plain = client.get(f"/static/{path}", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert plain.content == served.content and "content-encoding" not in plain.headers
    assert (served.headers["etag"] == plain.headers["etag"]) == ("content-encoding" not in served.headers)
    again = client.get(f"/static/{path}", headers={"If-None-Match": f'"other", W/{served.headers["etag"]}'})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == served.headers["etag"]


@pytest.mark.parametrize("path", ["none.js", "../index.html", "%2e%2e/index.html", "js", "../__init__.py", "js/"])
def test_nothing_else_is_served_below_static(client: TestClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    assert re.findall(r"<script[^>]*>", HTML) == ['<script type="module" src="/static/js/main.js">']
    assert "<style" not in HTML
    assert not re.findall(r"\s(?:style|on\w+)=", HTML)
    assert not re.search(r"\beval\(|new Function\(|setTimeout\(\s*[\"'`]|setAttribute\(\s*[\"']style", SCRIPT)


def test_the_page_refers_to_no_other_host() -> None:
    allowed = ("http://www.w3.org/2000/svg",)
    for text in (HTML, *SCRIPTS.values(), *STYLES.values()):
        found = re.findall(r"https?:[^\s\"'`]*|\bwss?:|[\"'`(=]\s*//[a-z]|@import|\burl\(", text)
        assert [one for one in found if one not in allowed] == []


def test_what_is_shown_is_inserted_as_text() -> None:
    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "setHTML",
                 "createContextualFragment", "srcdoc", "javascript:"):  # fmt: skip
        assert name not in HTML + SCRIPT


def test_every_module_and_style_sheet_is_there_and_used() -> None:
    for name, text in SCRIPTS.items():
        for wanted in re.findall(r"(?:from|import)\s*\(?\"\./([\w.]+)\"", text):
            assert wanted in SCRIPTS, f"{name} imports {wanted}"
    imported = set(re.findall(r"\"\./([\w.]+)\"", SCRIPT)) | {"main.js"}
    assert imported == set(SCRIPTS)
    assert set(re.findall(r"/static/css/([\w.]+)", HTML)) == set(STYLES)
    for path in re.findall(r"(?:href|src)=\"(/static/[^\"]+)\"", HTML):
        assert (WEB / path.removeprefix("/")).is_file(), path


def test_the_first_view_is_light() -> None:
    # Whatever the browser asks for on "/", found by following the imports that are not put off.
    wanted, seen = ["main.js"], set()
    while wanted:
        name = wanted.pop()
        if name not in seen:
            seen.add(name)
            wanted += re.findall(r"^import .*? from \"\./([\w.]+)\"", SCRIPTS[name], re.M)
    size = len(HTML.encode()) + sum(len(SCRIPTS[name].encode()) for name in seen)
    size += sum(len(text.encode()) for text in STYLES.values())
    largest = max(path.stat().st_size for path in (WEB / "static/messages").glob("*.json"))
    size += (WEB / "static/messages/en.json").stat().st_size + largest + (WEB / "static/icon.svg").stat().st_size
    assert size < 200_000
    assert len(seen) < len(SCRIPTS)


def test_only_settings_and_the_history_are_kept_in_the_browser() -> None:
    assert {name for name, text in SCRIPTS.items() if "localStorage" in text} == {"kept.js"}
    for name in ("sessionStorage", "indexedDB", "cookie", "caches.", "serviceWorker", "sendBeacon"):
        assert name not in SCRIPT
    assert 'cache: "no-store"' in SCRIPTS["service.js"]
    assert not any("keep(" in text or "remember(" in text for name, text in SCRIPTS.items() if name.startswith("note"))
    kept = set(re.findall(r"\bkeep\(\"(\w+)\"", SCRIPT))
    assert kept == {"history", "language", "appearance", "keys", "jobs"}
    # A field with a name would put what is typed into the address if the script failed.
    assert not re.findall(r"<(?:input|textarea|select)[^>]*\bname=", HTML)
    assert not re.findall(r"el\(\"(?:input|textarea|select)\", \{[^}]*\bname:", SCRIPT)


def test_every_path_that_the_page_names_is_in_the_openapi_document(client: TestClient) -> None:
    known = {FIELD.sub("{}", path) for path in client.get("/openapi.json").json()["paths"]}
    named = {FIELD.sub("{}", path) for path in re.findall(r"[\"'`](/v1/[^\"'`\s?]+)", SCRIPT)}
    assert named >= {
        "/v1/ask", "/v1/suggest", "/v1/documents", "/v1/documents/{}", "/v1/documents/{}/text", "/v1/jobs/{}",
        "/v1/codes/{}/{}", "/v1/performance",
    }  # fmt: skip
    assert named <= known, named - known


def test_every_refusal_reason_is_known_to_the_page(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    (listed,) = re.findall(r"const REASONS = new Set\(\[(.*?)\]\)", SCRIPTS["outcomes.js"])
    assert set(re.findall(r"\"(\w+)\"", listed)) == set(schemas["RefusalBody"]["properties"]["reason"]["enum"])


def test_the_page_asks_with_fields_that_the_service_takes(client: TestClient) -> None:
    asked = {"query": "CPT 20972", "systems": ["CPT"], "as_of": "2025-06-30", "about": "CPT:20972"}
    assert client.post("/v1/ask", json=asked).status_code == 200
    for name in asked.keys() - {"query"}:
        assert f"body.{name} = " in SCRIPTS["ask.js"]


def test_ids_are_unique_and_those_that_labels_name_exist() -> None:
    ids = re.findall(r'\sid="([^"]+)"', HTML)
    assert len(ids) == len(set(ids))
    made = set(ids) | set(re.findall(r"\bid: \"([\w-]+)\"", SCRIPT))
    wanted = re.findall(r'\s(?:for|aria-labelledby|aria-describedby|aria-controls)="([^"]+)"', HTML)
    wanted += re.findall(r"(?:\bfor|\"aria-labelledby\"|\"aria-describedby\"): \"([\w-]+)\"", SCRIPT)
    assert set(wanted) <= made
