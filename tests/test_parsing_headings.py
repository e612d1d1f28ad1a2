"""HCPCS rows stand under the headings of their sections."""

import pytest

from assistant.parsing import parse_document
from assistant.parsing.hcpcs_headings import hcpcs_sections, heading_of
from assistant.types.codes import Code


def contexts(text: str) -> dict[str, str]:
    document = parse_document(text.encode(), "t.csv")
    assert document.text == text
    return {section.title: section.context for section in document.sections if section.code}


@pytest.mark.parametrize(
    ("value", "heading"),
    [
        ("E0100", "Durable medical equipment, Canes"),
        ("E0105", "Durable medical equipment, Canes"),
        ("L3000", "Orthotics, Orthopedic shoes, foot inserts, removable"),
        ("V2299", "Vision services, Bifocal lenses, glass or plastic"),
        ("E0106", ""),  # between two sections
        ("LT", ""),  # a modifier
    ],
)
def test_the_heading_of_a_code(value: str, heading: str) -> None:
    assert heading_of(Code("HCPCS", value)) == heading


def test_codes_of_other_systems_have_none() -> None:
    assert heading_of(Code("CDT", "D0120")) == heading_of(Code("CPT", "99213")) == ""


def test_sections_follow_each_other_and_share_no_code() -> None:
    edges = [edge for first, last, _ in hcpcs_sections() for edge in (first, last)]
    assert edges == sorted(edges)
    assert all(len(edge) == 5 for edge in edges)
    lasts_and_firsts = zip(edges[1:-1:2], edges[2::2], strict=True)
    assert all(last < first for last, first in lasts_and_firsts)
    assert all(heading.strip() == heading and heading for _, _, heading in hcpcs_sections())


def test_rows_of_a_table_stand_under_their_headings() -> None:
    found = contexts("Code,Description\nE0110,Pair of them\nJ9000,Ten milligrams\nLT,Left side\n")
    assert found == {
        "E0110": "Durable medical equipment, Crutches", "J9000": "Drugs, Chemotherapy drugs, injections", "LT": "",
    }  # fmt: skip


def test_a_heading_of_the_document_itself_stays() -> None:
    found = contexts("Code,Description\nWalking aids,\nE0110,Pair of them\nE0112,Pair of wood\n")
    assert set(found.values()) == {"Walking aids"}


def test_tables_of_other_systems_get_no_headings() -> None:
    assert set(contexts("Code,Description\n20955,Fibula flap\n20956,Crest flap\n").values()) == {""}
