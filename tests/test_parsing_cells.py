"""Cells of codes: every writing of a code is read as that code under the name of its system, and as no other."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing_support import parsed

from assistant.parsing.cells import DECIMALS, LOST_ZEROS, Bound, codes_in
from assistant.parsing.headers import describes, systems_named
from assistant.types.codes import BUILT_IN, CDT, CPT, HCPCS, ICD10CM, ICD10PCS, Code

PROCEDURES = Bound((CPT, HCPCS, CDT), named=True, surely=True)
DIAGNOSES = Bound((ICD10CM,), named=True, surely=True)
ANY = Bound(BUILT_IN)


def read(cell: str, bound: Bound = PROCEDURES, modifier: str = "") -> list[str]:
    return [
        "-".join([str(one.code), *one.modifiers]) + (" mended" if one.mended else "")
        for one in codes_in(cell, bound, modifier)
    ]


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("27447", ["CPT:27447"]),
        ("27447-RT", ["CPT:27447-RT"]),
        ("27447 RT", ["CPT:27447-RT"]),
        ("27447 – LT", ["CPT:27447-LT"]),
        ("27447-RT-59", ["CPT:27447-RT-59"]),
        ("27447 26", ["CPT:27447-26"]),
        ("27447RT", ["CPT:27447-RT"]),
        ("e0100-NU", ["HCPCS:E0100-NU"]),
        ("D0120", ["CDT:D0120"]),
        ("29866-29868, 29877, 29880/29881", [f"CPT:{n}" for n in (29866, 29868, 29877, 29880, 29881)]),
        ("29848-RT; 29848-LT", ["CPT:29848-RT", "CPT:29848-LT"]),
        ("27446 and 27447", ["CPT:27446", "CPT:27447"]),
        ("27446 through 27447", ["CPT:27446", "CPT:27447"]),
        ("A4595, A4630\nE0720", ["HCPCS:A4595", "HCPCS:A4630", "HCPCS:E0720"]),
        ("+22614", ["CPT:22614"]),
        ("27447*", ["CPT:27447"]),
        ("27447¹", ["CPT:27447"]),
        ("27447 Total knee replacement", ["CPT:27447"]),
        ("100", ["CPT:00100 mended"]),
        ("1402", ["CPT:01402 mended"]),
        ("27447.0", ["CPT:27447 mended"]),
        ("100.00", ["CPT:00100 mended"]),
    ],
)
def test_codes_of_procedures_are_read_as_they_are_written(cell: str, codes: list[str]) -> None:
    assert read(cell) == codes


@pytest.mark.parametrize(
    "cell",
    [
        "2744726", "7.01.77", "1.01.05", "410-555-0100", "(410) 555-0100", "20250101", "1/31/2025", "2025-01-31",
        "60601-1234", "$27447", "27,447", "No CPT", "not 27447", "2744", "99", "12", "4 units", "0100", "M17.11", "-",
        "274471", "2*CARD16",
    ],
)  # fmt: skip
def test_other_numbers_are_no_codes(cell: str) -> None:
    assert read(cell) == []


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("M17.11", ["M17.11"]),
        ("M1711", ["M17.11"]),
        ("D0120", ["D01.20"]),
        ("I10", ["I10"]),
        ("M17.12*", ["M17.12"]),
        ("M17.*", ["M17"]),
        ("M17.-", ["M17"]),
        ("M17.x", ["M17"]),
        ("E11.xx", ["E11"]),
        ("S82.1xx", ["S82.1"]),
        ("M17.0 - M17.9", ["M17.0", "M17.9"]),
        ("M54.50-M54.59", ["M54.50", "M54.59"]),
        ("M54.50-59", ["M54.50"]),
        ("S42.00XA-S42.92XA, M80.08XA", ["S42.00XA", "S42.92XA", "M80.08XA"]),
        ("M17.11 Worn right knee", ["M17.11"]),
        ("Vitamin B12 deficiency", []),
        ("715.16", []),
    ],
)
def test_diagnoses_with_ranges_and_wildcards(cell: str, codes: list[str]) -> None:
    assert [one.code.value for one in codes_in(cell, DIAGNOSES)] == codes


def test_digits_behind_a_code_are_a_modifier_only_where_the_table_says_so() -> None:
    assert read("2744726") == []
    assert read("2744726", Bound((CPT, HCPCS), named=True, surely=True, modifiers=True)) == ["CPT:27447-26"]
    assert read("2744726", modifier="26") == ["CPT:27447-26"]


def test_what_was_mended_is_told() -> None:
    assert [codes_in(cell, PROCEDURES)[0].mended for cell in ("100", "27447.0")] == [LOST_ZEROS, DECIMALS]
    assert codes_in("100", ANY) == ()  # no name says that it is a CPT code


def test_a_code_with_its_modifier_is_never_of_icd_10_pcs() -> None:
    for cell in ("27447-RT", "27447 RT", "27447RT", "29881-59"):
        assert not any(one.code.system == "ICD-10-PCS" for one in codes_in(cell, ANY))
        assert ICD10PCS.parse(cell) is None


@pytest.mark.parametrize(
    ("header", "systems"),
    [
        ("CPT", ["CPT", "HCPCS", "CDT"]),
        ("HCPCS", ["HCPCS", "CPT", "CDT"]),
        ("hcpc", ["HCPCS", "CPT", "CDT"]),
        ("CPT/HCPCS code", ["CPT", "HCPCS", "CDT"]),
        ("CPT-4", ["CPT", "HCPCS", "CDT"]),
        ("CDT code", ["CDT"]),
        ("ICD-10-CM", ["ICD-10-CM"]),
        ("ICD 10 CM codes", ["ICD-10-CM"]),
        ("ICD10 Diagnosis codes", ["ICD-10-CM"]),
        ("ICD-10", ["ICD-10-CM"]),
        ("Dx", ["ICD-10-CM"]),
        ("ICD-10-PCS", ["ICD-10-PCS"]),
        ("ICD-10 procedure code", ["ICD-10-PCS"]),
        ("ICD-9-CM diagnosis", []),
        ("Revenue code", []),
        ("Code", []),
        ("Policy", []),
    ],
)
def test_a_header_names_systems(header: str, systems: list[str]) -> None:
    assert [system.name for system in systems_named(header, BUILT_IN)] == systems


def test_a_column_of_diagnoses_describes_diagnoses_only() -> None:
    assert describes("Covered diagnosis meaning", "CPT") == 0
    assert describes("Diagnosis", "Dx code") > describes("Category", "Dx code")
    assert describes("Description", "CPT") > describes("Procedure", "CPT") > describes("Wording", "CPT")


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("CPT,Operation,What the record must show\n27447,Knee replacement,Films of the knee with bone on bone\n", None),
        ("Code,What is done,What the record must show\n27447,Knee replacement,Films of the knee, bone on bone\n", None),
        ("Code,Clinical criteria that must be met,Service\n27447,Films of the knee with bone,Knee replacement\n", None),
        ("Diagnosis,CPT,Procedure\nWorn knee joint with bone on bone,27447,Knee replacement\n", None),
        ("CPT,Rationale\n27447,More extensive procedure\n", ""),
        ("CPT,Fee\n27447,1200.50\n", ""),
        ("Column1,Column2,Modifier Indicator\n27447,29877,0\n", ""),
    ],
)
def test_the_description_is_told_by_names_and_cells(text: str, titles: str | None) -> None:
    entry = parsed("table.csv", text).entries[0]
    assert (str(entry.code), entry.title) == ("CPT:27447", "Knee replacement" if titles is None else titles)


@pytest.mark.parametrize(
    "text",
    [
        "Policy,Title,Codes,Contact\n7.01.77,Carpal tunnel,29848,410-555-0100\n",
        "Date,CPT,Procedure,Phone\n2025-01-01,29848,Carpal tunnel,4105550100\n",
        "CPT,Revenue code,NDC,Description\n29848,0360,00100-1234-01,Carpal tunnel\n",
        "Zip,CPT,Description\n60601,29848,Carpal tunnel\n",
    ],
)
def test_numbers_of_other_kinds_beside_a_code(text: str) -> None:
    document = parsed("table.csv", text)
    assert [str(entry.code) for entry in document.entries] == ["CPT:29848"]
    assert not any(section.mentions for section in document.sections)


def test_the_system_of_a_row_binds_its_code() -> None:
    text = "System,Code,Title\nCPT,27447-RT,Knee\nICD-10-CM,M1711,Worn\nHCPCS,D0120,Dental\n"
    codes = [str(entry.code) for entry in parsed("table.csv", text).entries]
    assert codes == ["CPT:27447", "ICD-10-CM:M17.11", "CDT:D0120"]


# The law: under the name of its system a code is read from any of its writings, and nothing else is.

_LETTER = st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ")
_CODES = {
    "CPT": st.from_regex(r"[1-9][0-9]{4}|0[01][1-9][0-9]{2}|0[0-9]{3}T", fullmatch=True),
    "HCPCS": st.from_regex(r"[AEGJLQ][0-9]{4}", fullmatch=True),
    "CDT": st.from_regex(r"D[0-9]{4}", fullmatch=True),
    "ICD-10-CM": st.from_regex(r"[A-TV-Z][0-9][0-9](\.[0-9]{1,3})?", fullmatch=True),
    "ICD-10-PCS": st.from_regex(r"0[A-HJ-NP-Z][A-HJ-NP-Z][0-9][0-9]Z[A-HJ-NP-Z]", fullmatch=True),
}
_HEADERS = {
    "CPT": ["CPT", "CPT Code(s)", "HCPCS", "CPT/HCPCS", "cpt_code"],
    "HCPCS": ["HCPCS", "HCPCS Code", "CPT/HCPCS", "HCPCS Level II"],
    "CDT": ["CDT", "HCPCS", "CDT code", "ADA code"],
    "ICD-10-CM": ["ICD-10-CM", "ICD-10 code", "Diagnosis code", "Dx", "ICD10CM"],
    "ICD-10-PCS": ["ICD-10-PCS", "ICD10PCS code", "ICD-10 procedure code"],
}
_WRITINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "small": str.lower,
    "undotted": lambda value: value.replace(".", ""),
    "blanks": lambda value: f"  {value} ",
    "footnote": lambda value: f"{value}*",
    "raised": lambda value: f"{value}²",
    "with words": lambda value: f"{value} Something that is done",
    "twice": lambda value: f"{value}, {value}",
    "range": lambda value: f"{value}-{value}",
}


@given(st.data())
def test_any_writing_under_any_name_of_its_system(data: st.DataObject) -> None:
    system = data.draw(st.sampled_from(sorted(_CODES)))
    values = data.draw(st.lists(_CODES[system], min_size=1, max_size=4, unique=True))
    header = data.draw(st.sampled_from(_HEADERS[system]))
    rows = []
    for value in values:
        writing = data.draw(st.sampled_from(sorted(_WRITINGS)))
        rows.append(f'"{_WRITINGS[writing](value)}",Something that is done')
    document = parsed("table.csv", "\n".join([f"{header},Description", *rows]))
    assert {entry.code for entry in document.entries} == {Code(system, value) for value in values}
    assert document.warnings == ()
    for entry in document.entries:
        written = document.text[entry.start : entry.end]
        assert re.sub(r"\W", "", written).upper() == re.sub(r"\W", "", entry.code.value)


@given(
    _CODES["CPT"].filter(str.isdigit),
    st.sampled_from(["RT", "LT", "59", "26", "TC", "50", "XS"]),
    st.sampled_from(["-", " ", " - "]),
    st.sampled_from(["CPT", "HCPCS", "Code", "Procedure code"]),
)
def test_a_modifier_is_told_from_its_code(value: str, modifier: str, joint: str, header: str) -> None:
    document = parsed("table.csv", f"{header},Description\n{value}{joint}{modifier},Something that is done\n")
    assert [entry.code for entry in document.entries] == [Code("CPT", value)]
    assert [one.title for one in document.sections if one.code] == [f"{value}-{modifier}"]


@given(st.integers(100, 1999), st.sampled_from(["CPT", "HCPCS/CPT", "CPT code"]), st.booleans())
def test_lost_zeros_come_back_with_a_warning_even_in_the_first_row(number: int, header: str, first: bool) -> None:
    rows = [f"{number},Anesthesia for it", "27447,Total knee replacement"]
    document = parsed("table.csv", "\n".join([f"{header},Description", *(rows if first else rows[::-1])]))
    assert {entry.code.value for entry in document.entries} == {f"{number:05}", "27447"}
    (warning,) = document.warnings
    assert "leading zeros" in warning and f"(line {2 if first else 3})" in warning


@given(st.text(alphabet="0123456789ABCDEMXZ.-/, *", max_size=24))
def test_no_cell_yields_a_code_that_does_not_stand_in_it(cell: str) -> None:
    for bound in (PROCEDURES, DIAGNOSES, ANY):
        for one in codes_in(cell, bound):
            assert 0 <= one.start < one.end <= len(cell)
            bare = cell[one.start : one.end].replace(".", "").upper()
            assert bare == one.code.value.replace(".", "") or (one.mended and bare.zfill(5) == one.code.value)
