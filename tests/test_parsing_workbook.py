"""Workbooks: rendered rows that point at the cell of their code."""

import datetime
import io
import time
import zipfile

import pytest
from openpyxl import Workbook
from parsing_support import locations, packed, parsed, quotes, saved, workbook

from assistant.errors import UnreadableDocument, in_one_line

HEADER: list[object] = ["Code", "Description"]


def test_rows_point_at_the_cell_of_their_code() -> None:
    rows = [["A list of things"], [], HEADER, ["A0021", "A ride\nfar away"], ["E0100", "A\tcane"]]
    document = parsed("things-2025.xlsx", workbook({"Fees": rows}))
    assert locations(document) == ["Fees!A4", "Fees!A5"]
    assert quotes(document) == ["A0021\tA ride far away", "E0100\tA cane"]
    assert document.edition == "2025"


def test_merged_headers_and_column_names_over_two_rows_are_read() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sheet"
    rows = [
        ["Everything we do", None, None, None],
        [None, "Words", None, "Money"],
        ["HCPCS\ncode", "Short", "Long\ndescription", "Fee"],
        ["A0021", "Ride", "A ride outside of the state", 12.5],
        ["Canes and their parts", None, None, None],
        ["E0100", "Cane", "A cane of wood with a tip", 3],
        [None, None, "words without a code", None],
    ]
    for row in rows:
        sheet.append(row)
    for cells in ("A1:D1", "B2:C2", "A5:D5"):
        sheet.merge_cells(cells)
    document = parsed("merged.xlsx", saved(book))
    assert [entry.title for entry in document.entries] == ["A ride outside of the state", "A cane of wood with a tip"]
    assert document.sections[-2].context == "Canes and their parts. Words Short | Money Fee"
    (warning,) = document.warnings
    assert "1 row has" in warning and "Sheet!A7" in warning


def test_a_code_kept_as_a_number_keeps_its_zeros() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["CPT code", "Description", "Added"], [100, "Imagined sleep", datetime.date(2020, 1, 2)],
                [20972.0, "Imagined work on the foot", None]):  # fmt: skip
        sheet.append(row)
    sheet["A2"].number_format = "00000"
    document = parsed("numbers.xlsx", saved(book))
    assert [entry.code.value for entry in document.entries] == ["00100", "20972"]
    assert "2020-01-02" in document.text


def test_every_sheet_with_codes_is_read_and_the_others_are_kept() -> None:
    sheets = {
        "First": [HEADER, ["A0021", "A ride"]],
        "Key": [["A", "Added"], ["D", "Deleted"]],
        "Second": [["Description", "Code"], ["A ride", "A0021"], ["A cane", "E0100"]],
    }
    document = parsed("sheets.xlsx", workbook(sheets))
    assert [entry.code.value for entry in document.entries] == ["A0021", "E0100"]
    assert locations(document) == ["First!A2", "Second!B3"]
    assert "Deleted" in document.text
    assert document.warnings == ()


def test_a_workbook_without_codes_or_damaged_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="no sheet with a column of codes"):
        parsed("names.xlsx", workbook({"Names": [["Name"], ["Ann"], ["Bo"]]}))
    with pytest.raises(UnreadableDocument, match="damaged Excel workbook"):
        parsed("broken.xlsx", packed({"xl/workbook.xml": "<workbook", "[Content_Types].xml": "<Types"}))


@pytest.mark.parametrize(("find", "put"), [(b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\x70\x00"), (None, b"")])
def test_a_workbook_packed_wrongly_is_refused(find: bytes | None, put: bytes) -> None:
    sound = workbook({"Sheet": [["Code", "Description"], *([f"A00{n}", f"Ride {n}"] for n in range(10, 90))]})
    if find is None:
        at = sound.index(b"xl/worksheets/sheet1.xml") + 60
        broken = sound[:at] + b"\xff\x00\xff\x00" + sound[at + 4 :]
    else:
        assert find in sound
        broken = sound.replace(find, put, 1)
    with pytest.raises(UnreadableDocument, match=r"codes\.xlsx is .*damaged"):
        parsed("codes.xlsx", broken)


def test_what_a_library_says_is_told_in_one_line() -> None:
    source = packed({"xl/workbook.xml": "<workbook", "[Content_Types].xml": "<Types"})
    with pytest.raises(UnreadableDocument) as raised:
        parsed("broken.xlsx", source)
    assert "\n" not in str(raised.value)
    assert in_one_line(ValueError("one\n\ttwo " * 90)).startswith("one two one")
    assert in_one_line(EOFError()) == "EOFError"


def test_macros_are_left_out_with_a_warning() -> None:
    source = workbook({"Sheet": [["Code", "Description"], ["A0021", "Ride"], ["E0100", "Cane"]]})
    with zipfile.ZipFile(io.BytesIO(source)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    document = parsed("codes.xlsm", packed({**members, "xl/vbaProject.bin": b"Sub AutoOpen"}))
    assert document.warnings == ("codes.xlsm holds macros, which were neither read nor run",)
    assert len(document.entries) == 2


def test_many_merged_cells_cost_little() -> None:
    source = workbook({"Fees": [HEADER, *([f"A{number:04d}", f"Ride {number}"] for number in range(21, 2_021))]})
    with zipfile.ZipFile(io.BytesIO(source)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    merged = "".join(f'<mergeCell ref="D{number}:E{number}"/>' for number in range(1, 100_001))
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b"</sheetData>", f"</sheetData><mergeCells>{merged}</mergeCells>".encode())
    begin = time.process_time()
    assert len(parsed("codes.xlsx", packed(members)).entries) == 2_000
    assert time.process_time() - begin < 30
