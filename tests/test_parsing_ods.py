"""OpenDocument spreadsheets: cells as they are shown, repeated and merged ones, locked and hostile files."""

import time
from pathlib import Path

import pytest
from parsing_support import locations, opendocument, parsed, quotes

from assistant.errors import UnreadableDocument

REPEATED = "table:number-rows-repeated"


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def sheet(*rows: str, name: str = "Fees") -> str:
    return f'<table:table table:name="{name}">{"".join(rows)}</table:table>'


def spreadsheet() -> bytes:
    number = 'office:value-type="float" office:value="100"'
    knee = 'table:number-rows-spanned="2"'
    covered = "<table:covered-table-cell/>"
    return opendocument(
        "spreadsheet",
        sheet(
            row(cell("Area"), cell("Code"), cell("Description")),
            row(cell("Head"), cell("00100", number), cell("Sleep for work<text:s/>on a <text:span>gland</text:span>")),
            row("<table:table-cell/>", more=f'{REPEATED}="3"'),
            "<table:table-row-group>" + row(cell("Knee", knee), cell("27447"), cell("New joint for a knee"))
            + row(covered, cell("29881"), cell("Trim of a disc by scope")) + "</table:table-row-group>",
            row('<table:table-cell table:number-columns-repeated="16384"/>', more=f'{REPEATED}="1048000"'),
        )
        + sheet(row(cell("Not a code")), name="Key"),
    )  # fmt: skip


def test_cells_are_read_as_they_are_shown() -> None:
    document = parsed("fees-2025.ods", spreadsheet())
    assert quotes(document)[0].endswith("00100\tSleep for work on a gland")
    assert locations(document) == ["Fees!B2", "Fees!B6", "Fees!B7"]
    assert document.edition == "2025"
    assert "Not a code" in document.text


def test_a_merged_cell_counts_for_each_row_it_spans() -> None:
    assert "Knee\t29881\tTrim" in parsed("fees.ods", spreadsheet()).text


def test_locked_damaged_and_empty_files_are_named_in_one_line() -> None:
    locked = opendocument("spreadsheet", "", manifest="<manifest><encryption-data/></manifest>")
    for source, said in (
        (locked, r"a\.ods is locked with a password"),
        (opendocument("spreadsheet", "<table:table"), r"a\.ods is damaged \(content\.xml"),
        (spreadsheet()[:-200], r"a\.ods is a damaged"),
        (opendocument("spreadsheet", ""), r"a\.ods is a spreadsheet without sheets"),
        (opendocument("presentation", ""), r"a\.ods is a zip or Office file of a kind not read here"),
    ):
        with pytest.raises(UnreadableDocument, match=said):
            parsed("a.ods", source)


def test_what_repeats_without_end_is_read_in_little_time() -> None:
    begin = time.process_time()
    wide = cell("27447") + cell("New joint for a knee", 'table:number-columns-repeated="16384"')
    document = parsed("a.ods", opendocument("spreadsheet", sheet(row(wide, more=f'{REPEATED}="1048576"') * 3)))
    assert len(document.text) < 20_000
    assert time.process_time() - begin < 30


def test_many_merged_cells_are_read_in_little_time() -> None:
    spanned = 'table:number-rows-spanned="2"'
    pair = row(cell("27447", spanned), cell("New joint")) + row("<table:covered-table-cell/>", cell("also"))
    begin = time.process_time()
    document = parsed("a.ods", opendocument("spreadsheet", sheet(row(cell("Code"), cell("Title")), pair * 50_000)))
    assert time.process_time() - begin < 30
    assert len(document.entries) == 1


def test_the_spreadsheet_of_the_cases_is_read(shared_data: Path) -> None:
    path = shared_data / "cases" / "kinds" / "codes.ods"
    document = parsed(path.name, path.read_bytes())
    assert [str(entry.code) for entry in document.entries] == ["CPT:27447", "CPT:29881", "CPT:00100"]
