"""Merged cells count for each row and column that they span, and raised marks are no digits."""

from openpyxl import Workbook
from parsing_support import locations, parsed, quotes, saved
from test_parsing_docx import word

from assistant.parsing.raised import raised
from assistant.parsing.visible import read_visible
from assistant.types import Document

ROWS = [
    ["CPT", "Procedure", "Covered diagnosis", "Meaning"],
    ["27447", "Knee replacement", "M17.11", "Worn right knee"],
    [None, None, "M17.12", "Worn left knee"],
    ["29881", "Knee scope", "S83.241A", "Torn meniscus"],
]


def check(document: Document) -> None:
    assert [(str(entry.code), entry.title) for entry in document.entries] == [
        ("CPT:27447", "Knee replacement"),
        ("CPT:29881", "Knee scope"),
    ]
    second = quotes(document)[1]
    assert second.startswith("27447") and "Knee replacement" in second and second.endswith("Worn left knee")
    assert [str(m.code) for section in document.sections for m in section.mentions] == [
        "ICD-10-CM:M17.11", "ICD-10-CM:M17.12", "ICD-10-CM:S83.241A",
    ]  # fmt: skip


def test_in_a_workbook() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Cover"
    for row in ROWS:
        sheet.append(row)
    for cells in ("A2:A3", "B2:B3"):
        sheet.merge_cells(cells)
    document = parsed("cover.xlsx", saved(book))
    check(document)
    assert locations(document) == ["Cover!A2", "Cover!A3", "Cover!A4"]


def test_in_a_word_table() -> None:
    def fill(document: object) -> None:
        table = document.add_table(rows=4, cols=4)  # type: ignore[attr-defined]
        for cells, row in zip(ROWS, table.rows, strict=True):
            for text, cell in zip(cells, row.cells, strict=True):
                cell.text = text or ""
        for column in (0, 1):
            table.cell(1, column).merge(table.cell(2, column))

    check(parsed("cover.docx", word(fill)))


def test_in_a_page_with_columns_under_one_name() -> None:
    rows = (
        "<tr><th>CPT</th><th>Procedure</th><th colspan=2>Covered diagnosis</th></tr>"
        "<tr><td rowspan=2>27447</td><td rowspan=2>Knee replacement</td><td>M17.11</td><td>Worn right knee</td></tr>"
        "<tr><td>M17.12</td><td>Worn left knee</td></tr>"
        "<tr><td>29881</td><td>Knee scope</td><td>S83.241A</td><td>Torn meniscus</td></tr>"
    )
    check(parsed("cover.html", f"<h1>Cover</h1><table>{rows}</table>"))


def test_a_span_beyond_the_table_harms_nothing() -> None:
    rows = "<tr><td rowspan=99999999>27447</td><td>Knee replacement</td></tr>" + "<tr><td>Knee scope</td></tr>" * 3
    document = parsed("cover.html", f"<h1>Cover</h1><table><tr><th>CPT</th><th>Procedure</th></tr>{rows}</table>")
    assert [entry.code.value for entry in document.entries] == ["27447"]


def test_raised_digits_stay_raised() -> None:
    assert raised("1", "27447") == "¹" and raised("12", "E0100") == "¹²"
    assert raised("a", "27447") == " a" and raised("st", "1") == "st"
    text = (
        "<h1>L</h1><table><tr><th>CPT</th><th>Name</th></tr><tr><td>27447<sup>1</sup></td><td>Knee</td></tr>"
        "<tr><td>29881<sup>a</sup></td><td>Scope</td></tr></table>"
    )
    assert [entry.code.value for entry in parsed("list.html", text).entries] == ["27447", "29881"]


def test_raised_digits_in_word() -> None:
    def fill(document: object) -> None:
        table = document.add_table(rows=2, cols=2)  # type: ignore[attr-defined]
        for cell, text in zip(table.rows[0].cells, ("CPT", "Procedure"), strict=True):
            cell.text = text
        table.cell(1, 0).text = "27447"
        table.cell(1, 0).paragraphs[0].add_run("2").font.superscript = True
        table.cell(1, 1).text = "Knee replacement"

    document = parsed("list.docx", word(fill))
    assert [entry.code.value for entry in document.entries] == ["27447"]
    assert quotes(document) == ["27447²\tKnee replacement"]


def test_cells_that_span_both_ways_stay_small() -> None:
    rows = "<tr><td rowspan=1000 colspan=100>27447</td><td>Knee</td></tr>" * 300
    seen = read_visible(f"<table>{rows}</table>")
    assert max(len(row.cells) for row in seen.rows) <= 1_000
    assert len(seen.text) < 100 * len(rows)
