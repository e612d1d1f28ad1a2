"""The starter corpus keeps its own promises: complete, valid, cross-referenced, and nowhere repeated."""

import datetime
import functools
import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

CORPUS = Path(__file__).parents[1] / "corpus"
PAGES = sorted((CORPUS / "cpt").glob("*.md"))
GUIDES = sorted((CORPUS / "guides").glob("*.md"))
SECTIONS = [
    "Short description",
    "Guidelines",
    "Modifiers",
    "Medical necessity",
    "Clinical responsibility",
    "Important",
    "In simple words",
    "Full description",
    "Examples",
    "Documentation",
    "Notes",
]
CODE = re.compile(r"(?<![\w.,$-])(\d{5}|\d{4}[FTUM])(?![\w-]|[.,]\d)")


@functools.cache
def front_matter(path: Path) -> tuple[dict, str]:
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(head), body


@functools.cache
def own_codes() -> set[str]:
    return {front_matter(page)[0]["code"] for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_code_page_is_complete(page: Path) -> None:
    head, body = front_matter(page)
    assert re.fullmatch(r"CPT:(\d{5}|\d{4}[FTUM])", head["code"])
    assert page.stem == head["code"][4:]
    assert head["id"] == f"cpt-{page.stem}-2025"
    assert head["edition"] == "2025"
    assert head["effective"] == datetime.date(2025, 1, 1)
    assert head["title"] and head["family"]
    assert re.findall(r"^## (.+)$", body, re.M) == SECTIONS
    for section in re.split(r"^## .+$", body, flags=re.M)[1:]:
        assert len(section.split()) >= 8, f"{page.name}: a section says almost nothing: {section.strip()!r}"
    assert 350 <= len(body.split()) <= 1100
    assert len(re.findall(r"^Example \d:", body, re.M)) >= 2


@pytest.mark.parametrize("guide", GUIDES, ids=lambda p: p.stem)
def test_guide_is_complete(guide: Path) -> None:
    head, body = front_matter(guide)
    assert head["id"] == f"guide-{guide.stem}-2025"
    assert head["title"] and head["edition"] in {"2025", "2026"} and isinstance(head["effective"], datetime.date)
    assert "code" not in head
    assert len(re.findall(r"^## (.+)$", body, re.M)) >= 3
    assert len(body.split()) >= 400


@pytest.mark.parametrize("page", PAGES + GUIDES, ids=lambda p: p.stem)
def test_cross_references_are_held_or_marked(page: Path) -> None:
    head, body = front_matter(page)
    held = own_codes()
    marked = set(head.get("not_in_corpus", []))
    named = {f"CPT:{value}" for value in CODE.findall(body)} | set(head.get("related", []))
    assert not {code for code in named - held - marked if code.startswith("CPT:")}
    assert not marked & held, "marked as not in this corpus, but it is"


def test_no_two_documents_share_a_long_sentence() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for page in PAGES + GUIDES:
        for sentence in re.split(r"[.!?;:]\s|\n", front_matter(page)[1]):
            words = re.findall(r"[a-z0-9'-]+", sentence.lower())
            if len(words) > 8:
                seen[" ".join(words)].add(page.name)
    shared = {sentence: sorted(pages) for sentence, pages in seen.items() if len(pages) > 1}
    assert not shared
