"""Tables: the code column is found by what it holds, and every cell keeps its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableDocument
from assistant.parsing.table import Records, parse_table
from assistant.types import Document
from assistant.types.codes import BUILT_IN, own_system


def parse(text: str, stem: str = "t") -> Document:
    document = parse_table(text, f"{stem}.csv", stem, BUILT_IN)
    assert document.text == text
    for entry in document.entries:
        assert text[entry.start : entry.end]
    return document


def rows(text: str) -> list[tuple[str, str]]:
    return [(str(entry.code), entry.title) for entry in parse(text).entries]


FIBULA = [("CPT:20955", "Fibula flap"), ("CPT:20956", "Crest flap")]


@pytest.mark.parametrize(
    "text",
    [
        "Code,Description\n20955,Fibula flap\n20956,Crest flap\n",
        "Code;Description\n20955;Fibula flap\n20956;Crest flap\n",
        "Code\tDescription\n20955\tFibula flap\n20956\tCrest flap",
        "Code|Description\r\n20955|Fibula flap\r\n20956|Crest flap\r\n",
        "Code,Description\r20955,Fibula flap\r20956,Crest flap\r",
        "20955,Fibula flap\n20956,Crest flap\n",
        "Description,Code\nFibula flap,20955\nCrest flap,20956\n",
        ' "Code" , "Description" \n "20955" , "Fibula flap" \n "20956" ,"Crest flap"\n',
        "Code,Description\n   20955,   Fibula flap\n20956   ,Crest flap   \n",
        "| Code | Description |\n|---|---|\n| 20955 | Fibula flap |\n| 20956 | Crest flap |\n",
        "Codes of flaps\nprinted in 2025, for review\n\nCode,Description\n20955,Fibula flap\n20956,Crest flap\n",
        "Zip,Code,Name\n60601,20955,Fibula flap\n62704,20956,Crest flap\n",
        "Name,Code,ZIP\nFibula flap,20955,60601\nCrest flap,20956,62704\n",
        "PRICE,CPT_CODE,LONG_DESC\n12345,20955,Fibula flap\n54321,20956,Crest flap\n",
        "Code,Description\n20955,Fibula flap\n\n\n20956,Crest flap\n,\n",
        "Code,Description\n20955,Fibula flap\n20956,Crest flap\n20955,Again\n",
    ],
)
def test_codes_and_descriptions_are_found(text: str) -> None:
    assert rows(text) == FIBULA


@pytest.mark.parametrize(
    "text",
    [
        "ZIP,City\n60601,Chicago\n62704,Springfield\n",
        "Name,Age\nAnn,33\nBob,44\n",
        "Code\n20955\n20956\n",
        "Item,Price,Text\n1,20955,Fibula flap\n2,20956,Crest flap\n",
        "just words\n",
        "state,phone\nIL,312-555-0100\nMA,617-555-0100\n",
    ],
)
def test_a_table_without_codes_is_told(text: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"^t\.csv has no column of codes") as raised:
        parse(text)
    assert "ASSISTANT_CODE_SYSTEMS" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (
            "Code,Description\n20955,Fibula flap\nJ1100,Dexamethasone\nE11.9,Diabetes\nE11.65,Diabetes too\n",
            ["CPT:20955", "HCPCS:J1100", "ICD-10-CM:E11.9", "ICD-10-CM:E11.65"],
        ),
        (
            "ICD-10 code,Title\nE119,Diabetes\nE1165,Diabetes too\nI10,Pressure\nS82101A,Fracture\n",
            ["ICD-10-CM:E11.9", "ICD-10-CM:E11.65", "ICD-10-CM:I10", "ICD-10-CM:S82.101A"],
        ),
        ("HCPCS,Title\nE0110,Crutches\nE0112,Crutches of wood\n", ["HCPCS:E0110", "HCPCS:E0112"]),
        ("Code,Title\n0DTJ4ZZ,Resection\n0016070,Bypass\n", ["ICD-10-PCS:0DTJ4ZZ", "ICD-10-PCS:0016070"]),
        ("CDT,Title\nD0120,Periodic evaluation\nD0140,Limited evaluation\n", ["CDT:D0120", "CDT:D0140"]),
        (
            "System,Code,Title\nHCPCS,E0110,Crutches\nICD-10-CM,E0110,Thyroid\nICD-10-CM,E119,Diabetes\n",
            ["HCPCS:E0110", "ICD-10-CM:E01.10", "ICD-10-CM:E11.9"],
        ),
        (
            "Modifier,Description\nLT,Left side\nRT,Right side\n59,Distinct service\nF1,Second finger\n",
            ["HCPCS:LT", "HCPCS:RT", "CPT:59", "HCPCS:F1"],
        ),
        (
            "CD,DESC\nLT,Left side\nA1,One wound dressed\nJ1100,Dexamethasone\nJ1200,Diphenhydramine\n",
            ["HCPCS:LT", "HCPCS:A1", "HCPCS:J1100", "HCPCS:J1200"],
        ),
    ],
)
def test_code_systems_in_a_column(text: str, codes: list[str]) -> None:
    assert [code for code, _ in rows(text)] == codes


def test_quoted_cells() -> None:
    text = 'Code,Description\n20955,"Fibula, with\nits ""own"" vessels"\n20956,"Crest"\n'
    document = parse(text)
    assert [entry.title for entry in document.entries] == ['Fibula, with its "own" vessels', "Crest"]
    section = next(one for one in document.sections if one.slug == "20955")
    assert text[slice(*section.body)] == 'Fibula, with\nits ""own"" vessels'
    assert section.quote is not None
    assert text[slice(*section.quote)].startswith('20955,"Fibula')


def test_a_quote_that_never_closes_ends_with_its_line() -> None:
    text = 'Code,Description\n20955,"Fibula flap\n20956,Crest flap\n20957,Toe flap\n'
    assert [code for code, _ in rows(text)] == ["CPT:20955", "CPT:20956", "CPT:20957"]


def test_rows_left_out_are_told() -> None:
    document = parse("Code,Description\n20955,Fibula flap\n,No code\n20956,\n20957,Toe flap\n")
    assert len(document.entries) == 2
    (warning,) = document.warnings
    assert "t.csv" in warning
    assert "3, 4" in warning


def test_the_edition_is_in_the_name() -> None:
    document = parse("Code,Description\n20955,Fibula flap\n20956,Crest flap\n", "flaps_JAN2025")
    assert {entry.code.edition for entry in document.entries} == {"2025"}
    assert (document.id, document.edition) == ("flaps-jan2025", "2025")


def test_codes_of_ones_own() -> None:
    text = "Test,Meaning\nLAB-100,Blood count\nLAB-200,Glucose\n"
    systems = (*BUILT_IN, own_system("LAB", r"LAB-\d{3}"))
    found = parse_table(text, "t.csv", "t", systems).entries
    assert [str(entry.code) for entry in found] == ["LAB:LAB-100", "LAB:LAB-200"]


PIECES = ["20955", "a", " ", ",", '"', '""', "\n", "\r\n", "\r", "\t", ";", "é"]


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(",;\t|"))
def test_rows_rebuild_any_text(text: str, delimiter: str) -> None:
    found = list(Records(text, delimiter))
    assert "".join(text[row.start : row.end] for row in found) == text
    for row in found:
        position = row.start
        for cell in row.cells:
            assert position <= cell.start <= cell.end <= row.end
            position = cell.end
        if "\r" not in text.replace("\r\n", ""):
            assert row.line == 1 + text.count("\n", 0, row.start)
