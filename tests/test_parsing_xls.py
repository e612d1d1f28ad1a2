"""Workbooks of the format before 2007: number formats, dates, merged cells, and damaged or locked files."""

from pathlib import Path

import pytest
from parsing_support import DATA, locations, parsed, quotes

from assistant.errors import UnreadableDocument

SAMPLE = (DATA / "fees-2025.xls").read_bytes()


def test_rows_keep_the_zeros_of_their_format_and_point_at_their_cell() -> None:
    document = parsed("fees-2025.xls")
    assert [str(entry.code) for entry in document.entries] == ["CPT:00100", "CPT:27447", "CPT:29881"]
    assert quotes(document)[0].startswith("00100\tSleep for work on a spit gland\t")
    assert locations(document) == ["Fees!A2", "Fees!A3", "Fees!A4"]
    assert document.edition == "2025"
    assert "2025-07-01" in document.text


def test_a_merged_cell_counts_for_each_row_it_spans() -> None:
    lines = parsed("fees-2025.xls").text.splitlines()
    assert [line.split("\t")[2] for line in lines[1:4]] == ["Head", "Knee", "Knee"]


def test_the_content_tells_a_workbook_whatever_its_name() -> None:
    assert len(parsed("fees.doc", SAMPLE).entries) == 3
    assert len(parsed("fees.xls", "Code\tDescription\n20955\tFibula flap\n20956\tCrest flap\n").entries) == 2


def test_a_file_cut_short_is_named_in_one_line() -> None:
    for end in (600, 2_000, len(SAMPLE) - 2_000):
        with pytest.raises(UnreadableDocument, match=r"cut\.xls ") as raised:
            parsed("cut.xls", SAMPLE[:end])
        assert "\n" not in str(raised.value)


def test_a_locked_workbook_is_named() -> None:
    # The record that says how a workbook is locked stands behind the one that opens it.
    at = SAMPLE.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    locked = SAMPLE[:at] + b"\x2f\x00\x36\x00" + SAMPLE[at + 4 :]
    with pytest.raises(UnreadableDocument, match=r"fees\.xls is locked with a password; save it without one"):
        parsed("fees.xls", locked)


def test_the_workbook_of_the_cases_is_read(shared_data: Path) -> None:
    path = shared_data / "cases" / "kinds" / "fees.xls"
    document = parsed(path.name, path.read_bytes())
    assert [str(entry.code) for entry in document.entries] == ["CPT:27447", "CPT:29881", "CPT:00100"]
