"""The code page: its editions and the codes close to it."""

from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.faces import wire
from assistant.settings import Settings
from assistant.types.codes import Code

ROWS = "HCPCS,Long Description\nE0100,Cane\nE0105,Cane with four prongs\nE0110,Crutches\nE0112,Crutches of wood\n"


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    library = open_library(tmp_path / "library")
    family = "family: transfers\n---\n\n#"
    ingestion(library).add([
        *(source(f"{code}.md", page(code, "femoral").replace("---\n\n#", family)) for code in ("20972", "20970")),
        source("20969-2026.md", page("20969", "femoral", edition="2026").replace("---\n\n#", family)),
        source("20972-2026.md", page("20972", "radial", edition="2026").replace("---\n\n#", family)),
        source("99213.md", page("99213", "other")),
        source("canes.csv", ROWS),
    ])  # fmt: skip
    return Assistant(library, FakeEmbedder(), Settings())


def test_a_code_page_names_the_codes_of_its_family_in_its_own_edition(assistant: Assistant) -> None:
    for edition, sibling in (("2025", "20970"), ("2026", "20969")):
        shown = assistant.code_page(Code("CPT", "20972", edition))
        assert shown is not None and shown.code.edition == edition
        assert [(near.code.value, near.code.edition, near.title) for near in shown.siblings] == [
            (sibling, edition, f"About {sibling}")
        ]


def test_a_code_page_shows_the_newest_edition_unless_one_is_named(assistant: Assistant) -> None:
    newest = assistant.code_page(Code("CPT", "20972"))
    unknown = assistant.code_page(Code("CPT", "20972", "1999"))
    assert newest is not None and unknown is not None
    assert newest.code.edition == unknown.code.edition == "2026"
    assert [code.edition for code, _ in newest.editions] == ["2026", "2025"]
    body = wire.page_body(newest)
    assert [one["document_id"] for one in body["editions"]] == ["cpt-20972-2026", "cpt-20972-2025"]


def test_the_siblings_of_a_row_differ_in_the_last_character(assistant: Assistant) -> None:
    cane, visit = assistant.code_page(Code("HCPCS", "E0105")), assistant.code_page(Code("CPT", "99213"))
    assert cane is not None and visit is not None
    assert [near.code.value for near in cane.siblings] == ["E0100"]
    assert visit.siblings == () and len(visit.editions) == 1
