"""The routes that show where a document's text stands: pictures of pages, boxes, passages."""

import struct
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fakes import FakeEmbedder
from fastapi.testclient import TestClient
from libraries import ingestion, open_library, page, source
from test_parsing_pdf import guide

from assistant.answering import Assistant
from assistant.faces.http.app import create_app
from assistant.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    library = open_library(Path(tmp_path_factory.mktemp("pages")) / "library")
    road = ingestion(library)
    road.add([source("foot-flaps.txt", guide()), source("one.md", page("20972", "femoral"))])
    with TestClient(create_app(Assistant(library, FakeEmbedder(), Settings()), road, Settings())) as client:
        yield client


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_page_is_drawn_at_a_scale_and_kept_by_the_browser(client: httpx.Client) -> None:
    answer = client.get("/v1/documents/foot-flaps/pages/1", params={"scale": 0.5})
    assert answer.headers["content-type"] == "image/png"
    assert size_of(answer.content) == (306, 396)
    assert "max-age" in answer.headers["cache-control"]
    again = client.get(
        "/v1/documents/foot-flaps/pages/1", params={"scale": 0.5}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert size_of(client.get("/v1/documents/foot-flaps/pages/2").content) == (918, 1188)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("foot-flaps/pages/3", 404, "its pages are 1 to 2"),
        ("foot-flaps/pages/0", 404, "its pages are 1 to 2"),
        ("cpt-20972-2025/pages/1", 404, "has no pages to show"),
        ("nothing/pages/1", 404, "the library holds no document"),
        ("foot-flaps/pages/1?scale=40", 422, "scale"),
        ("foot-flaps/pages/one", 422, "page"),
        ("nothing/boxes?start=0&end=9", 404, "the library holds no document"),
        ("foot-flaps/boxes?start=9&end=0", 400, "end is before start"),
        ("foot-flaps/boxes?start=-1&end=0", 422, "start"),
        ("nothing/passages", 404, "the library holds no document"),
    ],
)
def test_what_is_not_there_is_said(client: httpx.Client, address: str, status: int, said: str) -> None:
    answer = client.get(f"/v1/documents/{address}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_the_boxes_of_every_quote_lie_on_the_page_it_cites(client: httpx.Client) -> None:
    text = client.get("/v1/documents/foot-flaps/text").text
    at = text.index("Bone is fixed with plates")
    (first, *_) = client.get("/v1/documents/foot-flaps/boxes", params={"start": at, "end": at + 25}).json()["boxes"]
    assert first["page"] == 1
    assert 0 < first["x0"] < first["x1"] < 0.5
    listed = client.get("/v1/documents/foot-flaps/passages").json()["passages"]
    assert "".join(text[one["start"] : one["end"]] for one in listed) == text
    for one in listed:
        if one["page"] is not None:
            span = {"start": one["start"], "end": one["end"]}
            boxes = client.get("/v1/documents/foot-flaps/boxes", params=span).json()["boxes"]
            assert boxes[0]["page"] == one["page"]
    assert client.get("/v1/documents/cpt-20972-2025/boxes", params={"start": 0, "end": 9}).json() == {"boxes": []}


def test_the_passages_say_their_page_and_code(client: httpx.Client) -> None:
    listed = client.get("/v1/documents/foot-flaps/passages").json()["passages"]
    row = next(one for one in listed if one["code"])
    assert (row["page"], row["code"]["value"], row["searched"]) == (1, "20955", True)
    assert not listed[-1]["searched"]
    assert [one["code"]["value"] for one in client.get("/v1/documents/cpt-20972-2025/passages").json()["passages"]][
        -1:
    ] == ["20972"]


def test_a_pdf_is_one_whatever_it_is_called(client: httpx.Client) -> None:
    assert client.get("/v1/documents/foot-flaps/source").headers["content-type"] == "application/pdf"


def test_a_document_says_how_many_pages_it_has(client: httpx.Client) -> None:
    pages = {one["document_id"]: one["pages"] for one in client.get("/v1/documents").json()["documents"]}
    assert pages == {"foot-flaps": 2, "cpt-20972-2025": None}
