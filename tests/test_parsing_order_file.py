"""Order files: every code once, headers of ICD-10-CM as codes, damage named by its line."""

from pathlib import Path

import pytest
from parsing_support import DATA, parsed, quotes

from assistant.errors import UnreadableDocument


def test_a_pcs_order_file_gives_its_codes_and_leaves_out_lines_of_the_wrong_width() -> None:
    document = parsed("pcs-order-2026.txt")
    assert [entry.code.value for entry in document.entries] == ["0016070", "0016071", "0016072", "0016073", "0016074"]
    assert {entry.code.edition for entry in document.entries} == {"2026"}
    assert str(document.effective) == "2025-10-01"
    assert document.entries[0].title.startswith("Bypass Cerebral Ventricle to Nasopharynx")
    assert quotes(document)[0].startswith("0016070 1 Bypass Cereb Vent")
    (warning,) = document.warnings
    assert "2 lines" in warning and "(lines 5, 8)" in warning


def test_headers_of_icd10cm_are_codes_that_cannot_be_billed() -> None:
    document = parsed("cm-order-2026.txt")
    assert [(entry.code.value, entry.billable) for entry in document.entries][:3] == [
        ("A00", False),
        ("A00.0", True),
        ("A00.1", True),
    ]
    first = document.entries[1]
    assert document.text[first.start : first.end] == "A000"


@pytest.mark.parametrize("name", ["whatever", "codes.csv", "codes.md"])
def test_the_name_does_not_matter(name: str) -> None:
    assert len(parsed(name, (DATA / "cm-order-2026.txt").read_bytes()).entries) == 6


def test_a_file_cut_off_inside_its_last_line_says_so() -> None:
    whole = (DATA / "cm-order-2026.txt").read_text()
    inside_columns = parsed("cm-order-2026.txt", whole[:-130])
    assert len(inside_columns.entries) < 6 and any("lines" in line for line in inside_columns.warnings)
    inside_title = parsed("cm-order-2026.txt", whole[:-12])
    assert len(inside_title.entries) == 5
    assert any("line 6, the last, has no line end" in line for line in inside_title.warnings)


def test_an_order_file_of_other_codes_is_refused() -> None:
    lines = (DATA / "cm-order-2026.txt").read_text().replace(" A0", " -0".replace("-", "9"))
    with pytest.raises(UnreadableDocument, match="neither ICD-10-PCS nor ICD-10-CM"):
        parsed("odd.txt", lines)


def test_the_real_files_are_read_whole(shared_data: Path) -> None:
    folder = shared_data / "code-sets"
    pcs = parsed("icd10pcs_order_2026.txt", (folder / "icd10pcs_order_2026.txt").read_bytes())
    assert sum(entry.billable for entry in pcs.entries) == 79_115
    assert sum(section.slug == "header" for section in pcs.sections) == 914
    assert pcs.warnings == ()
    cm = parsed("icd10cm_order_2026.txt", (folder / "icd10cm_order_2026.txt").read_bytes())
    assert sum(entry.billable for entry in cm.entries) == 74_719
    assert cm.warnings == ()
