"""What a document is, told from what it holds; and what that decides: what it may replace, and whether it titles."""

from pathlib import Path

import pytest
from libraries import ingestion, now, open_library, page, source

from assistant.answering import Assistant
from assistant.faces import wire
from assistant.ingestion.kinds import kind_of
from assistant.parsing import parse_document
from assistant.retrieval.editions import superseded
from assistant.retrieval.in_force import entries_in_force, standing
from assistant.types import DocumentKind, Query
from assistant.types.codes import Code

FEES = (
    "HCPCS;Short name;Fee;Days\n29881;Knee scope;512.40;090\n29880;Knee scope both;580.10;090\n64721;Wrist;401.00;090\n"
)
PAIRS = (
    "Col 1\tCol 2\tEffective Date\tDeletion Date\tModifier\tEdit Rationale\n"
    "CPT code\tCPT code\t\t\t\t\n"
    "29881\t29877\t20120101\t*\t0\tMore extensive procedure\n"
    "29880\t29877\t20120101\t*\t0\tMore extensive procedure\n"
    "64721\t29848\t20020701\t*\t1\tSequential procedure\n"
)
SET = "Code,Long Description,Short Description,Action date\n" + "".join(
    f"E01{n:02},Walking aid of kind {n} with rubber tips and a handle,Walking aid {n},2024-01-01\n" for n in range(12)
)
POLICY = (
    "# Oakfield plan: knee surgery\n\n## Approval\n\nCPT 29881 needs approval in advance. Send the last notes.\n"
    "\n## Limits\n\nOne operation for each knee and day is paid. A second one is denied.\n\n## Codes\n\n"
    "| Code | Description |\n|---|---|\n| 29881 | Knee scope |\n| 29880 | Knee scope, both |\n"
)
KINDS = [
    ("fees.csv", FEES, DocumentKind.VALUES),
    ("limits.csv", "HCPCS,Units per day,Basis\n29881,1,Anatomy\n36415,2,Data\nJ1100,120,Label\n", DocumentKind.VALUES),
    ("pairs.tsv", PAIRS, DocumentKind.PAIRS),
    ("addons.csv", "Add-on code,Primary CPT codes\n11045,11042\n11046,11043\n11047,11044\n", DocumentKind.PAIRS),
    ("aids.csv", SET, DocumentKind.CODE_SET),
    ("short.csv", "CPT|Meaning\n29881|Knee scope\n29880|Both\n64721|Wrist opened\n", DocumentKind.CODE_SET),
    ("policy.md", POLICY, DocumentKind.GUIDE),
    ("page.md", page("20972", "femoral"), DocumentKind.CODE_PAGE),
    ("status.md", "# Keys\n\nA = Active code.\nB = Bundled code.\n", DocumentKind.GUIDE),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "kind"), KINDS, ids=[name for name, *_ in KINDS])
def test_the_kind_is_told_from_the_content(name: str, text: str, kind: DocumentKind) -> None:
    assert kind_of(parse_document(text.encode(), name)) is kind
    # The name tells nothing.
    assert kind_of(parse_document(text.encode(), "x" + Path(name).suffix)) is kind


def test_the_kind_is_kept_and_told(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source(name, text) for name, text, _ in KINDS])
    listed = {one.names[0]: wire.listed_body(one)["kind"] for one in library.store.listed()}
    assert listed == {name: str(kind) for name, _, kind in KINDS}


@pytest.mark.parametrize("fees", [FEES, FEES.replace(";", ","), PAIRS])
def test_a_newer_table_titles_no_code_that_a_page_titles(tmp_path: Path, fees: str) -> None:
    library = open_library(tmp_path / "library")
    name = "pairs-2026.tsv" if fees is PAIRS else "fees-2026.csv"
    ingestion(library).add([source("29881.md", page("29881", "trimming")), source(name, fees)])
    code = Code("CPT", "29881")
    held = now(library).entries([code])[code]
    assert held[0].entry.title == "About 29881"
    assert {one.document.id for one in standing(held)} == {"cpt-29881-2025", name.partition(".")[0]}


def test_newer_replaces_older_within_one_series_only(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    ingestion(library).add([
        source("29881-2025.md", page("29881", "trimming")),
        source("29881-2026.md", page("29881", "trimming", edition="2026")),
        source("fees-2025.csv", FEES),
        source("fees-2026.csv", FEES.replace("512.40", "498.00")),
        source("aids-2025.csv", SET),
    ])  # fmt: skip
    assert superseded(library.store.documents(), None) == {"fees-2025"}
    code = Code("CPT", "29881")
    held = now(library).entries([code])[code]
    assert [one.document.id for one in standing(held)] == ["cpt-29881-2026", "fees-2026"]


def test_a_fee_file_of_a_newer_year_hides_no_page(assistant_of_pages: Assistant) -> None:
    with assistant_of_pages.snapshot() as snapshot:
        query = Query("trimming procedure")
        considered = assistant_of_pages.considered(query, snapshot)
        assert considered is not None
        first = considered.candidates[0]
        assert (str(first.code), first.title, first.code.edition) == ("CPT:29881", "About 29881", "2025")
        assert any(statement.citation.document_id == "cpt-29881-2025" for statement in considered.statements)
        assert len({one.code.bare for one in considered.candidates}) == len(considered.candidates)
        assert entries_in_force(snapshot, [Code("CPT", "29881")], query)


@pytest.fixture
def assistant_of_pages(tmp_path: Path) -> Assistant:
    from fakes import FakeEmbedder

    from assistant.settings import Settings

    library = open_library(tmp_path / "library")
    pages = [source(f"{code}.md", page(code, word)) for code, word in (("29881", "trimming"), ("29880", "both"))]
    ingestion(library).add([*pages, source("fees-2026.csv", FEES)])
    return Assistant(library, FakeEmbedder(), Settings())


def test_index_and_documents_count_the_same_codes(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    files = {"policy.md": POLICY, "codes.csv": "code,description\n29881,Knee scope\n29880,Knee scope on both\n"}
    outcomes = ingestion(library).add([source(name, text) for name, text in files.items()])
    listed = library.store.listed()
    assert {one.document_id: one.codes for one in outcomes} == {one.document.id: one.found for one in listed}
    assert library.store.counts()[2] == sum(one.found for one in listed) == 4
