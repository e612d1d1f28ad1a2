"""Small files in which codes, columns or headings once went wrong, each with what is right for it."""

from pathlib import Path

import pytest
from parsing_support import quotes

from assistant.ingestion.chunking import split_document
from assistant.parsing import parse_document
from assistant.types import Document


@pytest.fixture
def case(shared_data: Path) -> Path:
    folder = shared_data / "cases"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data/cases (absent)")
    return folder


def parsed(path: Path) -> Document:
    return parse_document(path.read_bytes(), path.name)


def titles(document: Document) -> dict[str, str]:
    return {str(entry.code): entry.title for entry in document.entries}


def named(document: Document) -> set[str]:
    """The codes that the rows name beside those that they are about."""
    return {str(mention.code) for section in document.sections for mention in section.mentions}


def test_a_dental_code_below_hcpcs(case: Path) -> None:
    found = titles(parsed(case / "cdt" / "hcpcs.csv"))
    assert {"CDT:D0120", "CDT:D0330", "CDT:D7981", "CPT:27447", "HCPCS:A0428", "HCPCS:E0100"} == found.keys()


def test_codes_with_modifiers(case: Path) -> None:
    document = parsed(case / "odd-mod2" / "codes.csv")
    assert titles(document).keys() == {"CPT:27447", "CPT:29881", "CPT:64721"}
    assert [one.title for one in document.sections if one.code] == ["27447-RT", "27447-LT", "29881-59", "64721-50"]


def test_lost_zeros(case: Path) -> None:
    document = parsed(case / "odd-zeros" / "zeros.csv")
    assert titles(document).keys() == {"CPT:27447", "CPT:01402", "CPT:29881", "CPT:00100", "CPT:10060"}
    assert "leading zeros" in document.warnings[0] and "(lines 3, 5)" in document.warnings[0]


def test_several_codes_in_a_cell(case: Path) -> None:
    document = parsed(case / "odd-multi" / "multi.csv")
    found = titles(document)
    assert found["HCPCS:E0720"] == "Nerve stimulation through the skin"
    assert {"CPT:29866", "CPT:29868", "CPT:29877", "CPT:29880", "CPT:29881", "CPT:29848"} <= found.keys()
    assert {"ICD-10-CM:M54.50", "ICD-10-CM:M54.59", "ICD-10-CM:M17.0", "ICD-10-CM:G56.00"} <= named(document)
    assert not {"CPT:10105", "CPT:10109", "CPT:70110", "CPT:70177"} & (found.keys() | named(document))


@pytest.mark.parametrize("file", ["coverage-web.html", "coverage-word.docx", "coverage.xlsx"])
def test_a_merged_cell_counts_for_each_row_that_it_spans(case: Path, file: str) -> None:
    document = parsed(case / "merged" / file)
    assert titles(document) == {
        "CPT:27447": "Total knee replacement",
        "CPT:29881": "Knee scope with meniscus trimming",
    }
    told = quotes(document)
    assert len(told) == 5 and document.warnings == ()
    for code, diagnosis in (("27447", "M17.12"), ("27447", "M87.051"), ("29881", "S83.281A")):
        assert any(quote.startswith(code) and diagnosis in quote for quote in told)
    assert {"ICD-10-CM:M17.11", "ICD-10-CM:M17.12", "ICD-10-CM:M87.051"} <= named(document)


def test_a_raised_mark_is_no_digit(case: Path) -> None:
    found = titles(parsed(case / "super" / "fees.pdf"))
    assert found.keys() == {"CPT:27447", "CPT:29881", "CPT:10060", "CPT:0001U"}
    assert found["CPT:10060"] == "Abscess drainage simple"


def test_diagnoses_without_a_named_system(case: Path) -> None:
    found = titles(parsed(case / "cmcodes" / "icd.csv"))
    assert len(found) == 8 and found["ICD-10-CM:R00.1"].startswith("Bradycardia")


def test_the_longest_column_is_not_the_title(case: Path) -> None:
    document = parsed(case / "mm" / "cover.csv")
    assert titles(document)["CPT:27447"] == "Total knee replacement"
    row = next(one for one in document.sections if one.title == "27447")
    assert "Worn right knee joint" in document.text[slice(*row.body)]
    assert row.quote and document.text[slice(*row.quote)].endswith("bone on bone")


def test_the_headings_above_a_table_belong_to_its_rows(case: Path) -> None:
    document = parsed(case / "lcd" / "article.html")
    rows = {str(one.code): one.context for one in document.sections if one.code}
    assert len(rows) == 9  # tables of one to three rows are tables, and a contract number is no code
    assert "Codes that DO NOT Support Medical Necessity" in rows["ICD-10-CM:M25.561"]
    assert "ICD-10-CM Codes that Support Medical Necessity. Group 2 Codes" in rows["ICD-10-CM:S83.241A"]
    row = next(one for one in document.sections if one.title.endswith("> M25.561"))
    assert row.title.startswith("Coding Information > ICD-10-CM Codes that DO NOT Support Medical Necessity > ")
    # The paragraph above a group of codes tells what the group is for.
    assert "support medical necessity for 29881." in rows["ICD-10-CM:S83.241A"]
    assert "29881" not in rows["ICD-10-CM:M17.12"] + rows["ICD-10-CM:M25.561"]
    assert "M17.12* | Unilateral primary osteoarthritis, left knee" in quotes(document)


def test_a_page_set_sideways(case: Path) -> None:
    found = titles(parsed(case / "rotated" / "list.pdf"))
    assert found.keys() == {"CPT:27447", "CPT:29881", "CPT:10060", "CPT:22551"}


def test_a_row_of_values_is_quoted_whole_with_the_names_of_its_columns(case: Path) -> None:
    document = parsed(case / "columns" / "fee.csv")
    assert quotes(document)[0] == "27447,,Total knee replacement,090,19.60,yes,required"
    rows = [one for one in document.sections if one.code]
    assert [one.title for one in rows][2:5] == ["76942", "76942-26", "76942-TC"]
    assert all("Global days | Work RVU" in one.context for one in rows)


@pytest.mark.parametrize("file", ["ptp-pairs/ptp.tsv", "mue/mue.csv", "mix/ptp.tsv"])
def test_an_edit_titles_no_code(case: Path, file: str) -> None:
    document = parsed(case / file)
    assert set(titles(document).values()) == {""}
    assert not any(one.title.endswith(("-0", "-1")) for one in document.sections)


def test_a_pair_names_both_codes(case: Path) -> None:
    document = parsed(case / "ptp-pairs" / "ptp.tsv")
    assert len(document.pairs) == 17 and {"CPT:29881", "CPT:29877", "CPT:10649"} <= titles(document).keys()
    first = document.pairs[0]
    assert (str(first.first), str(first.second)) == ("CPT:29881", "CPT:29877")
    row = document.text[first.start : first.end]
    assert row.startswith("29881\t29877\t\t20120101") and row.endswith("practice\n")
    assert quotes(document) == []  # no row of pairs is searched, nor is its code's


def test_no_passage_begins_in_the_middle_of_a_sentence(case: Path) -> None:
    document = parsed(case / "longsentence" / "rule.md")
    passages = split_document(document, lambda text: len(text.split()) * 2, 160)
    (rule,) = [passage for passage in passages if passage.body_text.strip()]
    assert rule.body_text.startswith("The code 52332, which") and rule.body_text.endswith("to look or to treat.")
