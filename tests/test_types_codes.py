"""Codes of every system are recognised, and what only looks like one is not."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.errors import InvalidCode, InvalidSettings
from assistant.types.codes import (
    BUILT_IN,
    CDT,
    CPT,
    HCPCS,
    ICD10CM,
    ICD10PCS,
    Code,
    CodeSystem,
    find_codes,
    own_system,
    parse_code,
    readings,
)


def found(text: str) -> list[str]:
    return [str(mention.code) for mention in find_codes(text)]


@pytest.mark.parametrize(
    ("system", "written", "value"),
    [
        (CPT, "20972", "20972"),
        (CPT, " 209 72 ", "20972"),
        (CPT, "2097.2", "20972"),
        (CPT, "0042t", "0042T"),
        (CPT, "4040F", "4040F"),
        (CPT, "0001U", "0001U"),
        (CPT, "0002m", "0002M"),
        (CPT, "59", "59"),
        (CPT, "p1", "P1"),
        (CPT, "8P", "8P"),
        (HCPCS, "j1100", "J1100"),
        (HCPCS, "lt", "LT"),
        (HCPCS, "F9", "F9"),
        (CDT, "d0120", "D0120"),
        (ICD10PCS, "0dtj4zz", "0DTJ4ZZ"),
        (ICD10PCS, "0016070", "0016070"),
        (ICD10PCS, "0DTJ 4ZZ", "0DTJ4ZZ"),
        (ICD10CM, "s82101a", "S82.101A"),
        (ICD10CM, "S82.101A", "S82.101A"),
        (ICD10CM, "I10", "I10"),
        (ICD10CM, "c4a.0", "C4A.0"),
        (ICD10CM, "QA00101", "QA0.0101"),
        (ICD10CM, "U07.1", "U07.1"),
    ],
)
def test_a_system_reads_its_codes_in_any_writing(system: CodeSystem, written: str, value: str) -> None:
    assert system.parse(written) == Code(system.name, value)


@pytest.mark.parametrize(
    ("system", "written"),
    [
        (CPT, ""),
        (CPT, "2097"),
        (CPT, "209722"),
        (CPT, "J1100"),
        (CPT, "4040X"),
        (CPT, "٢٠٩٧٢"),
        (HCPCS, "D0120"),
        (HCPCS, "I1000"),
        (HCPCS, "E11.65"),
        (HCPCS, "ß"),
        (HCPCS, "J110"),
        (CDT, "J1100"),
        (ICD10PCS, "0DTJ4ZO"),
        (ICD10PCS, "27447-RT"),
        (ICD10PCS, "27447 59"),
        (ICD10PCS, "27447RT"),
        (ICD10PCS, "0DTJ4Z"),
        (ICD10PCS, "ADTJ4ZZ"),
        (ICD10CM, "S8"),
        (ICD10CM, "S82.101AB"),
        (ICD10CM, "20972"),
    ],
)
def test_a_system_reads_nothing_else(system: CodeSystem, written: str) -> None:
    assert system.parse(written) is None


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Report 20972 for the metatarsal.", ["CPT:20972"]),
        ("20972", ["CPT:20972"]),
        ("(20972), [20969] and “20970”.", ["CPT:20972", "CPT:20969", "CPT:20970"]),
        ("| 20972 | free flap |", ["CPT:20972"]),
        ("1. 20969\n2) 20970\n- 20972", ["CPT:20969", "CPT:20970", "CPT:20972"]),
        ("20972 20973", ["CPT:20972", "CPT:20973"]),
        ("20972,20973", ["CPT:20972", "CPT:20973"]),
        ("20969/20970", ["CPT:20969", "CPT:20970"]),
        ("20955-20957", ["CPT:20955", "CPT:20957"]),
        ("20955–20957", ["CPT:20955", "CPT:20957"]),
        ("A4253/A4255", ["HCPCS:A4253", "HCPCS:A4255"]),
        ("99213-25", ["CPT:99213"]),
        ("20972-LT", ["CPT:20972"]),
        ("20972¹ and 20973²", ["CPT:20972", "CPT:20973"]),
        ("In 2025 20972 was kept.", ["CPT:20972"]),
        ("In that case 20972 is used.", ["CPT:20972"]),
        ("In Rome, 20972 was used.", ["CPT:20972"]),
        ("This supports no 20972, and 20973 is out.", ["CPT:20972", "CPT:20973"]),
        ("Claim 11011 as well.", ["CPT:11011"]),
        ("code no. 20972", ["CPT:20972"]),
        ("report code #20972", ["CPT:20972"]),
        ("00100 00102", ["CPT:00100", "CPT:00102"]),
        ("CPT® 20972", ["CPT:20972"]),
        ("CPT(R) code 20972", ["CPT:20972"]),
        ("cpt: 0042t", ["CPT:0042T"]),
        ("CPT-20972", ["CPT:20972"]),
        ("CPT codes 20972, 20973", ["CPT:20972", "CPT:20973"]),
        ("0042T, 0500F, 0001U and 0002M", ["CPT:0042T", "CPT:0500F", "CPT:0001U", "CPT:0002M"]),
        ("HCPCS Level II code J1100", ["HCPCS:J1100"]),
        ("hcpcs j1100", ["HCPCS:J1100"]),
        ("ADA code D0120 or D0140", ["CDT:D0120", "CDT:D0140"]),
        ("Resection is 0DTJ4ZZ.", ["ICD-10-PCS:0DTJ4ZZ"]),
        ("icd-10-pcs 0dtj 4zz", ["ICD-10-PCS:0DTJ4ZZ"]),
        ("ICD-10-PCS codes 0016070 and 0dtj4zz", ["ICD-10-PCS:0016070", "ICD-10-PCS:0DTJ4ZZ"]),
        ("S82.101A, then E11.9.", ["ICD-10-CM:S82.101A", "ICD-10-CM:E11.9"]),
        ("C00.0-C14.8", ["ICD-10-CM:C00.0", "ICD-10-CM:C14.8"]),
        ("ICD-10-CM S82101A", ["ICD-10-CM:S82.101A"]),
        ("ICD-10 codes I10, E119 and Z23", ["ICD-10-CM:I10", "ICD-10-CM:E11.9", "ICD-10-CM:Z23"]),
        ("Z3A.20 with O09.521 and U07.1", ["ICD-10-CM:Z3A.20", "ICD-10-CM:O09.521", "ICD-10-CM:U07.1"]),
    ],
)
def test_codes_are_found_in_text(text: str, codes: list[str]) -> None:
    assert found(text) == codes
    assert all(mention.certain for mention in find_codes(text))


FRIENDS = [
    # ZIP codes and addresses
    "ZIP: {}", "zip code {}", "postal code {}", "Chicago, IL {}", "New York NY {}", "Springfield, Illinois {}",
    "BOSTON MA {}", "Beverly Hills, CA {}-1234", "P.O. Box {}", "box {}", "{} Main Street", "{} N. Oak Park Avenue",
    "Suite {}", "room {}", "{}, USA",
    # doses, measures and counts
    "{} mg", "{}mg", "{} IU of vitamin D", "{} units of heparin", "{} µg", "{} ml", "{} steps", "{} patients were seen",
    "{} km", "{}%", "{} days", "{} cells", "{} meq", "{} miles",
    # prices
    "${}", "$ {}", "€{}", "USD {}", "{} dollars", "{} euros", "The fee: {}", "price {}", "{},00", "{}.50", "1,{}",
    # telephone numbers
    "phone {}", "Tel. {}", "fax: {}", "call (555) {}", "+49 30 {}", "ext. {}", "telephone 0241 {}", "{} 960001",
    # names of persons, papers and things
    "MRN {}", "MRN: {}", "MRN #{}", "medical record number {}", "Patient ID: {}", "patient {}", "account number {}",
    "invoice {}", "Lot {}", "serial no. {}", "order {}", "claim number {}", "case no. {}", "policy {}", "NPI {}",
    "ISBN {}", "member id {}", "page {}", "#{}", "ref. {}",
    # parts of other numbers and words
    "v2.{}", "{}.5", "X{}", "{}X", "{}-1234", "5-{}", "{}5", "0.{}", "p=0·{}", "www/{}", "{}_x",
]  # fmt: skip


@pytest.mark.parametrize("friend", FRIENDS)
def test_a_number_that_only_looks_like_a_code_is_none(friend: str) -> None:
    assert found(friend.format("20972")) == []


# A word such as "code" close before a number settles most doubts; these kinds of number stay no codes even then.
@pytest.mark.parametrize(
    "friend", ["zip code {}", "ZIP {}", "MRN {}", "Chicago, IL {}", "{} mg", "{} patients", "tel {}"]
)
def test_a_false_friend_does_not_hide_the_code_beside_it(friend: str) -> None:
    text = f"Report code 20972 or 20973, {friend.format('60601')}; then 20970 follows."
    assert found(text) == ["CPT:20972", "CPT:20973", "CPT:20970"]


@pytest.mark.parametrize(
    "text",
    [
        "in 2025 and 1999",
        "12/31/2025, 10:30, 2025-01-01",
        "room A1234, lot: A4253, model E1234",
        "levels L5-S1, T12 and C4",
        "H1N1, BRCA1, HER2, CYP24A1, HEK293T, H2A.Z and D21S171",
        "type 2 diabetes, E11, vitamin B12, 11 blade, F16",
        "iPhone X1234, serial number 1234567",
        "555-123-4567, (555) 123-4567, 98765-4321",
        "CPT 2025 has 5 chapters",
        "a 1000M race and 5K run",
    ],
)
def test_other_words_and_numbers_are_no_codes(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("modifier 22", ["CPT:22"]),
        ("Modifiers: 22, 51, and 59", ["CPT:22", "CPT:51", "CPT:59"]),
        ("modifier -59 or -XS", ["CPT:59", "HCPCS:XS"]),
        ("modifiers LT/RT", ["HCPCS:LT", "HCPCS:RT"]),
        ("modifiers T1 to T9", ["HCPCS:T1"]),
        ("22 patients and LT", []),
        ("modifier for staged work", []),
        ("THE MODIFIERS TO USE", []),
    ],
)
def test_modifiers_are_found_where_the_word_says_so(text: str, codes: list[str]) -> None:
    assert found(text) == codes
    assert not any(mention.certain for mention in find_codes(text))


WORDS = ["20972", "20969/20970", "J1100", "CPT", "code", "modifier", "59", "LT", "E11.9", "0DTJ4ZZ", "zip", "IL", "mg",
         "ICD-10-PCS", "0dtj", "4zz", ",", "-", ".", "(", ")", "\n", "$", "é", "Chicago,", "2025"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS)).map(" ".join) | st.text(max_size=60))
@example("ICD-10-PCS 0dtj 4zz")
def test_a_mention_is_where_it_says(text: str) -> None:
    mentions = find_codes(text)
    assert list(mentions) == sorted(mentions, key=lambda one: (one.start, one.end, one.code.system))
    by_name = {system.name: system for system in BUILT_IN}
    for mention in mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert by_name[mention.code.system].parse(text[mention.start : mention.end]) == mention.code


@given(st.sampled_from(BUILT_IN), st.text(max_size=12))
def test_reading_a_value_again_changes_nothing(system: CodeSystem, text: str) -> None:
    code = system.parse(text)
    if code is not None:
        assert system.form.fullmatch(code.value)
        assert system.parse(code.value) == code
        assert parse_code(str(code)) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("20972", ["CPT:20972"]),
        ("  cpt 20972? ", ["CPT:20972"]),
        ("CPT code: 20972", ["CPT:20972"]),
        ("0dtj4zz", ["ICD-10-PCS:0DTJ4ZZ"]),
        ("0dt j4 zz", ["ICD-10-PCS:0DTJ4ZZ"]),
        ("s82.101a", ["ICD-10-CM:S82.101A"]),
        ("S82101A", ["ICD-10-CM:S82.101A"]),
        ("e11.65", ["ICD-10-CM:E11.65"]),
        ("E0110", ["HCPCS:E0110", "ICD-10-CM:E01.10"]),
        ("icd-10 E0110", ["ICD-10-CM:E01.10"]),
        ("ICD-10-PCS 0DTJ4ZZ", ["ICD-10-PCS:0DTJ4ZZ"]),
        ("d0120", ["ICD-10-CM:D01.20", "CDT:D0120"]),
        ("59", ["CPT:59"]),
        ("2025", []),
        ("free bone flap", []),
        ("one two three four", []),
        ("", []),
    ],
)
def test_readings_of_a_whole_text(text: str, codes: list[str]) -> None:
    assert [str(code) for code in readings(text)] == codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CPT:20972", Code("CPT", "20972")),
        (" cpt : 20972 ", Code("CPT", "20972")),
        ("20972", Code("CPT", "20972")),
        ("ICD10PCS:0dtj4zz", Code("ICD-10-PCS", "0DTJ4ZZ")),
        ("icd-10-cm:s82101a", Code("ICD-10-CM", "S82.101A")),
        ("HCPCS:E0110", Code("HCPCS", "E0110")),
        ("CDT:D0120", Code("CDT", "D0120")),
    ],
)
def test_parse_code(text: str, code: Code) -> None:
    assert parse_code(text) == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "does not have the form of a code"),
        ("", "does not have the form of a code"),
        ("CPT:J1100", "does not have the form of a CPT code"),
        ("CPT:", "does not have the form of a CPT code"),
        ("SNOMED:123", "the known ones are CPT, HCPCS, ICD-10-PCS, ICD-10-CM, CDT"),
        ("E0110", "could be any of HCPCS:E0110, ICD-10-CM:E01.10"),
    ],
)
def test_what_is_no_code_is_told(text: str, says: str) -> None:
    with pytest.raises(InvalidCode, match=says):
        parse_code(text)


def test_a_code_without_its_edition() -> None:
    assert Code("CPT", "20972", "2025").bare == Code("CPT", "20972") != Code("CPT", "20972", "2025")
    assert str(Code("CPT", "20972", "2025")) == "CPT:20972"


def test_a_system_of_ones_own() -> None:
    lab = own_system("LAB", r"LAB-\d{3}|[xy]\.\d")
    systems = (*BUILT_IN, lab)
    assert lab.parse("lab-123") == Code("LAB", "LAB-123")
    assert lab.parse("LAB123") is None
    assert lab.parse("x.1") == Code("LAB", "x.1")
    assert parse_code("lab:LAB-123", systems) == Code("LAB", "LAB-123")
    assert parse_code("LAB-123", systems) == Code("LAB", "LAB-123")
    text = "Order LAB-123,LAB-124 (LAB-1234 is none) with 20972."
    assert [str(one.code) for one in find_codes(text, systems)] == ["LAB:LAB-123", "LAB:LAB-124", "CPT:20972"]


@pytest.mark.parametrize(
    ("name", "pattern", "says"),
    [
        ("LAB", "[", "not a regular expression"),
        ("LAB", r"(?i)lab\d", "not a regular expression"),
        ("LAB", r"\d*", "matches an empty text"),
        ("cpt", r"X\d", "built in"),
        ("A:B", r"X\d", "without a colon"),
        (" ", r"X\d", "without a colon"),
    ],
)
def test_a_bad_system_of_ones_own_is_told(name: str, pattern: str, says: str) -> None:
    with pytest.raises(InvalidSettings, match=says):
        own_system(name, pattern)


@pytest.mark.parametrize("name", ["icd10pcs_order_2026.txt", "icd10cm_order_2026.txt"])
def test_every_code_of_a_public_code_set_is_read(shared_data: Path, name: str) -> None:
    system = ICD10PCS if "pcs" in name else ICD10CM
    lines = (shared_data / "code-sets" / name).read_text(encoding="latin-1").splitlines()
    values = [line[6:13].strip() for line in lines if line[14] == "1"]
    assert len(values) > 70_000
    codes = [system.parse(value) for value in values]
    assert None not in codes
    bare = sum(system.in_text.fullmatch(code.value) is not None for code in codes if code)
    # All but the all-digit ones and the like (PCS), and those without a dot (CM).
    assert bare >= 0.985 * len(values)
