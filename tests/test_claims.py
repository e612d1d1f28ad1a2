"""Claims checked against edit tables, articles and policies: each rule, each citation, and what is unchecked."""

import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from claims import FILES, library_of
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering import Assistant
from assistant.claims import check, edits_of, read_claim
from assistant.errors import InputError
from assistant.types.codes import BUILT_IN, Code
from assistant.types.findings import Claim, ClaimLine, Finding, Findings, Rule

DAY = datetime.date(2025, 6, 30)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    made = library_of(tmp_path_factory.mktemp("claims"))
    yield made
    made.library.close()


def checked(
    assistant: Assistant, codes: str, diagnoses: str = "", units: str = "", day: datetime.date | None = DAY
) -> Findings:
    return check(assistant, read_claim(codes.split(), units.split(), diagnoses.split(), day, BUILT_IN))


def told(found: Findings, rule: Rule) -> list[tuple[str, str]]:
    return [(str(one.severity), one.message) for one in found.findings if one.rule is rule]


def only(found: Findings, rule: Rule) -> Finding:
    (finding,) = [one for one in found.findings if one.rule is rule]
    return finding


@pytest.mark.parametrize(
    ("codes", "severity", "words"),
    [
        ("29881 29877", "stop", "unless a modifier on CPT:29877 shows"),
        ("29881-RT 29877", "stop", "unless a modifier on CPT:29877 shows"),
        ("29881-RT 29877-RT", "stop", "RT stands on both"),
        ("29881-RT 29877-LT", "note", "CPT:29877 has modifier LT"),
        ("29881 29877-59", "note", "CPT:29877 has modifier 59"),
        ("29881-XS 29877", "note", "CPT:29881 has modifier XS"),
        ("29880 29877-59", "stop", "no modifier allows both"),
        ("97110 97750", "stop", "unless a modifier"),
    ],
)
def test_a_pair(assistant: Assistant, codes: str, severity: str, words: str) -> None:
    found = only(checked(assistant, codes), Rule.PAIR)
    assert found.severity == severity and words in found.message
    assert found.citation is not None and found.citation.quote.split("\t")[1] in ("29877", "97750")


def test_a_pair_holds_on_its_days_alone(assistant: Assistant) -> None:
    for day, holds in (("2025-12-31", True), ("2026-01-01", False), ("2014-12-31", False)):
        found = checked(assistant, "97110 97750", day=datetime.date.fromisoformat(day))
        assert bool(told(found, Rule.PAIR)) == holds
    assert told(checked(assistant, "97110 97750", day=None), Rule.PAIR) == []
    assert told(checked(assistant, "47600 47562"), Rule.PAIR) == []  # deleted from its first day on


def test_units(assistant: Assistant) -> None:
    assert told(checked(assistant, "29881", units="29881=1"), Rule.UNITS) == []
    over = only(checked(assistant, "29881 29881-LT", units="29881=1"), Rule.UNITS)  # of all lines together
    assert over.severity == "stop" and "2 units of CPT:29881 are claimed on one day, and 1 is allowed" in over.message
    assert over.citation is not None and over.citation.quote.startswith("29881,1,")
    assert told(checked(assistant, "J1100 J1100", units="J1100=120"), Rule.UNITS) == []  # of one line
    assert told(checked(assistant, "J1100", units="J1100=121"), Rule.UNITS)


def test_add_on_codes(assistant: Assistant) -> None:
    alone = only(checked(assistant, "22552 29881"), Rule.ADD_ON)
    assert "none of its primary codes (CPT:22551, CPT:22554)" in alone.message and alone.severity == "stop"
    assert told(checked(assistant, "22552 22554"), Rule.ADD_ON) == []
    assert told(checked(assistant, "64484 64483"), Rule.ADD_ON) == []  # a range names what is between too
    assert told(checked(assistant, "99292"), Rule.ADD_ON)[0][0] == "stop"


@pytest.mark.parametrize(
    ("code", "severity", "words"),
    [
        ("29881-80", "stop", "ASST SURG is 1 (an assistant is never paid)"),
        ("27447-80", None, ""),
        ("76942-AS", "ask", "only with a record of why"),
        ("58150-50", "stop", "BILAT SURG is 0"),
        ("29881-50", None, ""),
        ("29881-62", "stop", "CO- SURG is 0"),
        ("27447-62", "ask", "CO- SURG is 1"),
        ("58150-62", None, ""),
        ("27447-66", "stop", "TEAM SURG is 0"),
        ("76942-26", None, ""),
        ("29881-26", "stop", "PCTC IND is 0"),
        ("93000-TC", "stop", "PCTC IND is 4"),
        ("93000-51", "note", "MULT PROC is 0"),
    ],
)
def test_modifiers_that_an_indicator_rules_out(
    assistant: Assistant, code: str, severity: str | None, words: str
) -> None:
    found = told(checked(assistant, code), Rule.MODIFIER)
    assert [one for one, _ in found] == ([severity] if severity else [])
    assert not severity or words in found[0][1]


@pytest.mark.parametrize(
    ("code", "diagnoses", "severity", "words"),
    [
        ("27447", "M17.11", None, ""),
        ("27447", "M25.561", "stop", "ICD-10-CM:M25.561 is listed as not supporting CPT:27447"),
        ("27447", "M25.561 M17.12", "note", "not supporting"),
        ("27447", "S83.241A", "ask", "None of the diagnoses"),
        ("64721", "G56.01", None, ""),
        ("64721", "M79.641", "stop", "not supporting"),
        ("29881", "M23.221", None, ""),
        ("29881", "M23.8X1", "ask", "None of"),
        ("29877", "M17.11", None, ""),
    ],
)
def test_diagnoses(assistant: Assistant, code: str, diagnoses: str, severity: str | None, words: str) -> None:
    found = told(checked(assistant, code, diagnoses), Rule.DIAGNOSIS)
    assert [one for one, _ in found] == ([severity] if severity else [])
    assert not severity or words in found[0][1]


def test_days_of_codes_and_codes_that_no_document_holds(assistant: Assistant) -> None:
    assert "ended on 2020-12-31, before the date" in told(checked(assistant, "11111"), Rule.IN_FORCE)[0][1]
    assert "begins on 2027-01-01, after the date" in told(checked(assistant, "22222"), Rule.IN_FORCE)[0][1]
    assert told(checked(assistant, "29881"), Rule.IN_FORCE) == []
    missing = only(checked(assistant, "99999"), Rule.NOT_HELD)
    assert missing.citation is None and missing.message == "None of your documents holds CPT:99999."


def test_a_policy_that_names_both_codes_is_shown_and_not_judged(assistant: Assistant) -> None:
    found = [one for one in checked(assistant, "27446 27447").findings if one.rule is Rule.PAIR]
    assert all(one.severity == "ask" and one.message.endswith("read the sentence.") for one in found)
    quotes = [one.citation.quote for one in found if one.citation]
    assert "27447 shall not be reported with 27446 on the same knee." in quotes


def test_what_no_document_speaks_of_is_unchecked(assistant: Assistant) -> None:
    found = checked(assistant, "29881-RT 29877", "M23.221")
    assert "No table of units is in the library for CPT:29877." in found.unchecked
    assert (
        "No table in the library says whether CPT:29881 may have modifier RT." not in found.unchecked
    )  # the pair does
    assert "No article in the library lists diagnoses for CPT:29877." in found.unchecked
    assert "No date of service was given" in checked(assistant, "29881", day=None).unchecked[0]


def test_a_table_says_whether_it_holds_on_the_day(tmp_path: Path) -> None:
    head = '"Medically Unlikely Edits, effective July 1, 2026",,\n'
    files = {"new.csv": head + FILES["units.csv"], "limits-2023.csv": "CPT code,Max units per day\n27447,1\n20610,2\n"}
    assistant = library_of(tmp_path, files)
    found = checked(assistant, "29881 27447", units="29881=3 27447=2")
    assert "“new” begins on 2026-07-01, after the date of service, and was not used." in found.unchecked
    (older,) = told(found, Rule.UNITS)
    assert older[0] == "ask" and "the table is of 2023" in older[1]
    later = checked(assistant, "29881", units="29881=3", day=datetime.date(2026, 7, 1))
    assert told(later, Rule.UNITS)[0][0] == "stop"
    assistant.library.close()


def test_a_library_without_documents_holds_no_code(tmp_path: Path) -> None:
    assistant = library_of(tmp_path, {})
    found = checked(assistant, "29881 29877", "M17.11")
    assert {one.rule for one in found.findings} == {Rule.NOT_HELD} and len(found.findings) == 3
    assistant.library.close()


def test_the_edits_of_a_code(assistant: Assistant) -> None:
    found = edits_of(assistant, Code("CPT", "29881"))
    told_of = [(edit.rule, edit.message) for edit in found.edits]
    assert (Rule.UNITS, "At most 1 of CPT:29881 may be reported (2 Date of Service Edit).") in told_of
    assert any(rule is Rule.PAIR and "CPT:29877 is not payable with CPT:29881" in words for rule, words in told_of)
    assert any("GLOB DAYS is 090" in words and "ASST SURG is 1" in words for _, words in told_of)
    assert found.more == 0 and not assistant.verify([edit.citation for edit in found.edits])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("29881-ABC",), "is not a modifier of CPT:29881"),
        (("2988",), "does not have the form of a code"),
        (("RT",), "is not a procedure code"),
        (("XYZ:29881",), "is not a known code system"),
        (("29881", "=2"), "is not a procedure code"),
        (("29881", "29881=abc"), "'abc' is not a number of units of CPT:29881"),
        (("29881", "29881=0"), "is not a number of units"),
        (("29881", "29877=1"), "which is not among the codes of the claim"),
        (("29881", "5"), "does not say units"),
        (("9" * 500,), "is too long for a code"),
    ],
)
def test_bad_input_gets_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    code, *units = arguments
    with pytest.raises(InputError, match=r".") as raised:
        read_claim([code], units, [], None, BUILT_IN)
    assert words in str(raised.value) and len(str(raised.value)) < 250
    with pytest.raises(InputError, match="form of a code"):
        read_claim(["29881"], [], ["hello"], None, BUILT_IN)


LINES = st.builds(
    ClaimLine,
    st.sampled_from("29881 29877 29880 27447 27446 22552 22551 64484 76942 93000 97110 97750 99999".split()).map(
        lambda value: Code("CPT", value)
    ),
    st.lists(st.sampled_from("RT LT 59 50 80 62 26 TC XS 51".split()), max_size=3, unique=True).map(tuple),
    st.integers(1, 4),
)
CLAIMS = st.builds(
    Claim,
    st.lists(LINES, min_size=1, max_size=6).map(tuple),
    st.lists(st.sampled_from("M17.11 M25.561 M23.221 G56.01".split()), max_size=3, unique=True).map(
        lambda values: tuple(Code("ICD-10-CM", value) for value in values)
    ),
    st.none() | st.dates(datetime.date(2010, 1, 1), datetime.date(2030, 1, 1)),
)


@given(claim=CLAIMS)
@settings(deadline=None, max_examples=60)
def test_each_citation_stands_and_no_order_changes_a_finding(assistant: Assistant, claim: Claim) -> None:
    found = check(assistant, claim)
    cited = [one.citation for one in found.findings if one.citation is not None]
    assert assistant.verify(cited) == []
    assert all((one.citation is None) == (one.rule is Rule.NOT_HELD) for one in found.findings)
    assert all(one.message.endswith(".") for one in found.findings)
    turned = Claim(claim.lines[::-1], claim.diagnoses[::-1], claim.as_of)
    assert check(assistant, turned) == found


@given(
    codes=st.lists(st.text(max_size=30) | st.from_regex(r"\A\d{5}(-[A-Z0-9]{1,3})?\Z"), max_size=4),
    units=st.lists(st.text(max_size=20) | st.from_regex(r"\A\d{5}=-?\d{1,20}\Z"), max_size=3),
    diagnoses=st.lists(st.text(max_size=20), max_size=3),
)
@settings(deadline=None, max_examples=300)
def test_any_words_make_a_claim_or_one_sentence(codes: list[str], units: list[str], diagnoses: list[str]) -> None:
    said = ""
    try:
        claim = read_claim(codes, units, diagnoses, None, BUILT_IN)
    except InputError as error:
        said = str(error)
        claim = None
    assert (claim is None) == bool(said) and "\n" not in said
    assert claim is None or all(line.units >= 1 for line in claim.lines)


def test_findings_come_by_gravity(assistant: Assistant) -> None:
    found = checked(assistant, "29881-80 29877-59 99999 93000-51", units="29881=5")
    order = [["stop", "ask", "note"].index(one.severity) for one in found.findings]
    assert order == sorted(order) and len({*itertools.chain(order)}) == 3
