"""Code pages of any make fill the fields of the template, and their menus and footers are never searched.

`python tests/page_figures.py [FOLDER]` prints each page; ten were written before the head was made (`pages`), three
after it (`pages-2`).
"""

import json
from pathlib import Path

import pytest
from page_figures import faults, read, searched

from assistant.embedding import OnnxEmbedder, page_head
from assistant.ingestion.page_parts import with_page_parts
from assistant.parsing import parse_document
from assistant.types import Document
from assistant.types.codes import BUILT_IN

DATA = Path(__file__).parent / "data"
FIELDS = (
    "short-description", "guidelines", "modifiers", "medical-necessity", "clinical-responsibility", "important",
    "plain-language", "full-description", "examples", "documentation", "notes",
)  # fmt: skip


def text_of(document: Document, slug: str) -> list[str]:
    return [text for found, text in searched(document) if found == slug]


@pytest.mark.parametrize(("folder", "share"), [("pages", 0.93), ("pages-2", 0.8)])
def test_pages_in_other_layouts_fill_the_fields(embedder: OnnxEmbedder, folder: str, share: float) -> None:
    head = page_head(embedder.name)
    right = total = 0
    shown: list[str] = []
    for name, expected in json.loads((DATA / folder / "expected.json").read_text("utf-8")).items():
        document = read(DATA / folder / name, embedder, head)
        wrong, seen = faults(document, expected)
        right += len(expected["fields"]) - len(wrong)
        total += len(expected["fields"])
        shown += seen
        assert str(document.entries[0].code.bare) == expected["code"]
        assert expected["title"] in document.title
    assert right >= share * total
    assert set(shown) <= {"Updated for 2025"}


def test_the_page_that_this_project_grew_from(embedder: OnnxEmbedder, shared_data: Path) -> None:
    path = shared_data / "cases" / "seed-page" / "page.txt"
    if not path.exists():
        pytest.skip("needs ../shared/data/cases (absent)")
    document = read(path, embedder, page_head(embedder.name))
    assert document.title == "Free osteocutaneous flap with microvascular anastomosis; metatarsal"
    opening = {slug: text_of(document, slug)[:1] for slug in FIELDS}
    assert all(opening.values()), opening
    assert len(text_of(document, "examples")) == 3
    assert all(text.startswith("A patient") for text in text_of(document, "examples"))
    all_searched = " ".join(text for _, text in searched(document))
    for hidden in ("Español", "BETA", "request access", "Discover what", "iFrame"):
        assert hidden not in all_searched and hidden in document.text


def test_a_page_of_the_template_and_a_document_of_many_codes_stay_as_they_are(embedder: OnnxEmbedder) -> None:
    head = page_head(embedder.name)
    for name, text in (
        ("10060.md", (DATA.parents[1] / "corpus" / "cpt" / "10060.md").read_text("utf-8")),
        ("t.csv", "HCPCS,Long Description\nE0100,Cane\nE0105,Stick\n"),
    ):
        document = parse_document(text.encode(), name)
        assert with_page_parts(document, name, BUILT_IN, embedder.embed, head) == document


def test_without_a_head_headings_alone_decide() -> None:
    path = DATA / "pages" / "02-paragraphs.txt"
    document = parse_document(path.read_bytes(), path.name)
    assert with_page_parts(document, path.name, BUILT_IN, lambda _: 1 / 0, None) == document  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "CPT 20972", "CPT 20972\n\n\n", "x\n\nCPT 20972\n\nFoo", "CPT 20972: a\n- b: C"]
)
def test_next_to_nothing_is_a_page_too(embedder: OnnxEmbedder, text: str) -> None:
    document = parse_document((text + "\nSign in").encode(), "page.txt")
    made = with_page_parts(document, "page.txt", BUILT_IN, embedder.embed, page_head(embedder.name))
    assert made.text == document.text
