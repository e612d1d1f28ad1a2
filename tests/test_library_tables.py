"""A table's structure is kept with its document: its columns, and every cell of a row at its exact place."""

import io
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, now, open_library, source
from openpyxl import Workbook

from assistant.library import Library
from assistant.types.codes import Code
from assistant.types.tables import TableCell

KNEE = Code("CPT", "27447")
CSV = (
    "Fee file 2025,,,\n,,WORK,GLOB\nHCPCS,DESCRIPTION,RVU,DAYS\n"
    '27447,"Knee joint, replaced whole",19.60,090\n29881,Knee scope,7.03,090\n'
)


def rows_of(library: Library, code: Code) -> list[tuple[TableCell, ...]]:
    """The cells of all rows about a code; each stands at its place in the stored text."""
    found = []
    for stored in now(library).passages_about(code):
        cells = now(library).cells(stored)
        text = library.store.text(stored.document.id)
        assert [text[cell.start : cell.end] for cell in cells] == [cell.value for cell in cells]
        found.append(cells)
    return found


def stored(folder: Path, name: str, data: str | bytes, **settings: object) -> Library:
    library = open_library(folder)
    (outcome,) = ingestion(library, **settings).add([source(name, data)])
    assert outcome.state == "added", outcome.message
    return library


def pairs(cells: Sequence[TableCell]) -> list[tuple[str, str]]:
    return [(cell.name, cell.value) for cell in cells]


def workbook(rows: Sequence[Sequence[object]], merged: str = "") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_delimited_row_has_all_its_cells_below_names_over_several_lines(tmp_path: Path, delimiter: str) -> None:
    text = CSV if delimiter == "," else CSV.replace("Knee joint, r", "Knee joint r").replace(",", delimiter)
    library = stored(tmp_path, "fees.csv", text)
    (cells,) = rows_of(library, KNEE)
    assert [name for name, _ in pairs(cells)] == ["HCPCS", "DESCRIPTION", "WORK RVU", "GLOB DAYS"]
    assert [cell.value for cell in cells][2:] == ["19.60", "090"]
    (table,) = now(library).tables("fees")
    assert (table.code, table.text, table.quoted) == (0, 1, True)


HTML = (
    "<html><body><h1>Plan fees</h1><table><tr><th>CPT code</th><th>Service</th><th>Prior auth</th></tr>"
    "<tr><td>27447</td><td>Whole knee replaced</td><td>Required</td></tr>"
    "<tr><td>29881</td><td>Knee scope</td><td>No</td></tr></table></body></html>"
)
JSON = (
    '{"codes": [{"cpt": "27447", "description": "Whole knee replaced", "fee": {"facility": "1200.00"}},'
    ' {"cpt": "29881", "description": "Knee scope", "fee": {"facility": "500.10"}}]}'
)


def test_a_page_and_json_keep_their_cells(tmp_path: Path) -> None:
    (cells,) = rows_of(stored(tmp_path / "a", "plan.html", HTML), KNEE)
    assert pairs(cells) == [("CPT code", "27447"), ("Service", "Whole knee replaced"), ("Prior auth", "Required")]
    (cells,) = rows_of(stored(tmp_path / "b", "plan.json", JSON), KNEE)
    assert pairs(cells)[-1] == ("fee facility", "1200.00")


def test_a_merged_cell_is_a_cell_of_each_column_it_covers(tmp_path: Path) -> None:
    rows = [
        ["CPT", "Description", "Office", "Hospital", "Days"],
        ["27447", "Whole knee replaced", "not paid", None, "090"],
        ["29881", "Knee scope", "310.00", "280.00", "010"],
    ]
    library = stored(tmp_path, "fees.xlsx", workbook(rows, "C2:D2"))
    (cells,) = rows_of(library, KNEE)
    assert pairs(cells)[2:] == [("Office", "not paid"), ("Hospital", "not paid"), ("Days", "090")]
    assert [value for _, value in pairs(rows_of(library, Code("CPT", "29881"))[0])][2:] == ["310.00", "280.00", "010"]


def test_a_row_that_was_cut_into_passages_is_whole_again(tmp_path: Path) -> None:
    long = " ".join(f"Step {number} of the operation is done with care." for number in range(60))
    text = f'CPT,Description,Fee\n27447,"{long}",900.00\n27447,"Said once more\nin two lines",901.00\n'
    library = stored(tmp_path, "fees.csv", text, passage_tokens=64)
    found = rows_of(library, KNEE)
    assert len(found) > 3
    assert {cells[2].value for cells in found} == {"900.00", "901.00"}
    assert {cells[1].value for cells in found} == {long, "Said once more\nin two lines"}


def test_tables_go_with_their_document(tmp_path: Path) -> None:
    library = stored(tmp_path, "fees.csv", CSV)
    ingestion(library).remove("fees")
    assert library.compact()
    assert sqlite3.connect(tmp_path / "library.sqlite").execute("SELECT count(*) FROM tables").fetchone() == (0,)


def test_a_library_of_schema_4_goes_on_without_tables(tmp_path: Path) -> None:
    library = stored(tmp_path, "fees.csv", CSV)
    library.close()
    with sqlite3.connect(tmp_path / "library.sqlite") as old:
        old.execute("DROP TABLE tables")
        old.execute("DROP TABLE pairs")
        old.execute("ALTER TABLE documents DROP COLUMN kind")
        old.execute("UPDATE meta SET value = '4' WHERE key = 'schema'")
    old.close()
    upgraded = open_library(tmp_path, fingerprint=FakeEmbedder.fingerprint)
    assert now(upgraded).tables("fees") == ()
    assert rows_of(upgraded, KNEE) == [()]
