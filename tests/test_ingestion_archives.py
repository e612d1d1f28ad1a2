"""Archives on the offline road, and files that are refused whole because a part of them is unreadable."""

from pathlib import Path

import pytest
from libraries import assert_agrees, ingestion, open_library, page, source
from parsing_support import DATA, packed, workbook

from assistant.ingestion.road import Outcome
from assistant.library import Library
from assistant.types.codes import Code


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def states(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.source_name: outcome.state for outcome in outcomes}


def test_the_documents_of_an_archive_come_and_go_with_it(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    archive = folder / "all.zip"
    archive.write_bytes(packed({"a.md": page("20972", "femoral"), "sub/b.md": page("20957", "radial"), "c.xsd": "x"}))
    both = ["all.zip/a.md", "all.zip/sub/b.md"]
    assert states(ingestion(library).index([folder])) == dict.fromkeys(both, "added")
    assert states(ingestion(library).index([folder])) == dict.fromkeys(both, "unchanged")
    archive.write_bytes(packed({"a.md": page("20972", "dorsal")}))
    assert states(ingestion(library).index([folder])) == {"all.zip/a.md": "updated", "all.zip/sub/b.md": "removed"}
    assert_agrees(library)


@pytest.mark.parametrize("uploaded", [False, True])
def test_a_damaged_archive_loses_nothing(library: Library, tmp_path: Path, uploaded: bool) -> None:
    archive = tmp_path / "all.zip"

    def bring(data: bytes) -> dict[str, str]:
        archive.write_bytes(data)
        road = ingestion(library)
        return states(road.add([source("all.zip", data)]) if uploaded else road.index([archive]))

    whole = packed({"a.md": page("20972", "femoral"), "b.md": page("20957", "radial")})
    assert bring(whole) == {"all.zip/a.md": "added", "all.zip/b.md": "added"}
    assert bring(whole[:-30]) == {"all.zip": "failed"}
    assert len(library.store.documents()) == 2
    assert bring(packed({"b.md": page("20957", "radial")})) == {"all.zip/b.md": "unchanged", "all.zip/a.md": "removed"}
    assert [document.id for document in library.store.documents()] == ["cpt-20957-2025"]


def test_an_unreadable_document_in_an_archive_is_reported_beside_the_others(library: Library) -> None:
    data = packed({"a.md": page("20972", "femoral"), "b.txt": "", "codes.csv": "name,age\nAnn,7\n"})
    outcomes = ingestion(library).add([source("all.zip", data)])
    assert states(outcomes) == {"all.zip/a.md": "added", "all.zip/b.txt": "failed", "all.zip/codes.csv": "failed"}
    assert all("all.zip/" in (outcome.message or "") for outcome in outcomes if outcome.state == "failed")


def test_what_unpacks_to_too_much_is_refused(library: Library) -> None:
    big = "0" * 3_000_000
    sheet = workbook({"Sheet": [["Code", "Description"], *[["A0021", f"ride {i} " + "x" * 300] for i in range(4_000)]]})
    outcomes = ingestion(library, max_file_mb=1).add([source("a.zip", packed({"a.txt": big})), source("b.xlsx", sheet)])
    assert states(outcomes) == {"a.zip": "failed", "b.xlsx": "failed"}
    assert all("unpacks to" in (outcome.message or "") for outcome in outcomes)


def test_strict_refuses_a_file_with_a_warning_whole(library: Library) -> None:
    damaged = source("pcs-order-2026.txt", (DATA / "pcs-order-2026.txt").read_bytes())
    sound = source("cm-order-2026.txt", (DATA / "cm-order-2026.txt").read_bytes())
    strict = ingestion(library, strict=True).add([damaged, sound])
    assert states(strict) == {"pcs-order-2026.txt": "failed", "cm-order-2026.txt": "added"}
    assert "(lines 5, 8)" in (strict[0].message or "") and "--strict" in (strict[0].message or "")
    (outcome,) = ingestion(library).add([damaged])
    assert (outcome.state, outcome.codes) == ("added", 5)
    assert outcome.warnings


def test_two_editions_of_a_code_set_stand_beside_each_other(library: Library) -> None:
    data = (DATA / "cm-order-2026.txt").read_bytes()
    outcomes = ingestion(library).add([source("cm-order-2025.txt", data), source("cm-order-2026.txt", data)])
    assert [outcome.codes for outcome in outcomes] == [6, 6]
    assert {document.edition for document in library.store.documents()} == {"2025", "2026"}


def test_two_files_that_disagree_on_a_title_are_both_kept_and_the_disagreement_is_named(library: Library) -> None:
    plain = source("fees-2025.csv", "Code,Description\nA0021,Ambulance service\nA0080,A ride.\n")
    other = source("rates-2025.csv", "Code,Description\nA0021,Ambulance SERVICE\nA0080,A walk\n")
    later = source("rates-2026.csv", "Code,Description\nA0021,Something else\nA0080,A flight\n")
    first, second, third = ingestion(library).add([plain, other, later])
    assert not first.warnings and not third.warnings  # another edition may say something else
    (warning,) = second.warnings
    assert warning.startswith("rates-2025.csv: one code has another title than in fees-2025.csv")
    assert 'HCPCS:A0080 is "A walk", there "A ride."' in warning
    assert library.store.counts()[0] == 3
    assert len(library.store.entries([Code("HCPCS", "A0080")])[Code("HCPCS", "A0080")]) == 3
    # Added again, a document does not disagree with what it was.
    (again,) = ingestion(library).add([source("rates-2025.csv", "Code,Description\nA0021,A boat\nA0080,A ride\n")])
    assert again.state == "updated" and "A0021" in again.warnings[0] and "A0080" not in again.warnings[0]


def test_strict_refuses_a_file_that_disagrees(library: Library) -> None:
    ingestion(library).add([source("fees-2025.csv", "Code,Description\nA0021,Ambulance service\nA0080,A ride\n")])
    other = source("rates-2025.csv", "Code,Description\nA0021,Ambulance service\nA0080,A walk\n")
    (outcome,) = ingestion(library, strict=True).add([other])
    assert outcome.state == "failed" and "A0080" in (outcome.message or "") and "--strict" in (outcome.message or "")
    assert library.store.counts()[0] == 1


def test_of_two_files_that_are_refused_for_the_same_bytes_each_has_the_reason(library: Library) -> None:
    ingestion(library).add([source("fees-2025.csv", "Code,Description\nA0021,A procedure\nA0080,One procedure\n")])
    text = "Code,Description\nA0021,A procedure\nA0080,Another procedure\n"
    both = ingestion(library, strict=True).add([source("rates-2025.csv", text), source("copy-2025.csv", text)])
    assert states(both) == {"rates-2025.csv": "failed", "copy-2025.csv": "failed"}
    assert all(outcome.document_id is None and "A0080" in (outcome.message or "") for outcome in both)
    assert library.store.counts()[0] == 1
    assert_agrees(library)


def test_a_file_refused_strictly_leaves_what_it_would_have_replaced(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "fees-2025.csv").write_text("Code,Description\nA0021,A procedure\nA0080,One procedure\n")
    (folder / "rates-2025.csv").write_text("Code,Description\nA0021,A procedure\n")
    ingestion(library).index([folder])
    kept = library.store.text("rates-2025")
    (folder / "rates-2025.csv").write_text("Code,Description\nA0021,A procedure\nA0080,Another procedure\n")
    (folder / "same-2025.csv").write_text("Code,Description\nA0021,A procedure\n")  # as the other was
    told = states(ingestion(library, strict=True).index([folder]))
    assert told == {"fees-2025.csv": "unchanged", "rates-2025.csv": "failed", "same-2025.csv": "unchanged"}
    assert library.store.text("rates-2025") == kept
    assert_agrees(library)


def test_a_member_that_leads_out_of_the_archive_harms_nothing(library: Library, tmp_path: Path) -> None:
    data = packed({"a.md": page("20972", "femoral"), "../evil.md": page("20957", "radial"), "b.zip": packed({})})
    outcomes = ingestion(library).add([source("all.zip", data)])
    assert states(outcomes) == {"all.zip/a.md": "added", "all.zip/../evil.md": "failed", "all.zip/b.zip": "failed"}
    assert [path.name for path in tmp_path.iterdir()] == ["library"]
    assert_agrees(library)
