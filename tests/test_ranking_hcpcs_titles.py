"""HCPCS codes are ordered by how well their titles hold a query's words."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import hit

from assistant.calibration import content_terms
from assistant.library.search.lexical import Terms
from assistant.ranking.hcpcs_titles import by_titles
from assistant.types import Evidence, Profile
from assistant.types.codes import Code

TERMS = Terms()


def content(text: str) -> list[str]:
    return content_terms(text, TERMS)


def ordered(asked: str, titles: dict[str, str], headings: dict[str, str] | None = None) -> list[str]:
    """The codes in their new order; in the old one, each is a little nearer than the next."""
    codes = {value: Code("HCPCS", value) for value in titles}
    evidence = [Evidence(codes[value], "", -0.1 * at, (hit("text", value),)) for at, value in enumerate(titles)]
    profiles = {
        codes[value]: Profile((0.5,), 0.5, Counter(TERMS(f"{(headings or {}).get(value, '')} {title}")))
        for value, title in titles.items()
    }
    weight = dict.fromkeys(content(asked), 1.0)
    after = by_titles(evidence, asked, weight, profiles, {codes[v]: t for v, t in titles.items()}, content)
    assert [item.score for item in after] == [item.score for item in evidence]
    return [item.code.value for item in after]


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("Walker, folding", {"E0141": "Walker, rigid, wheeled", "E0135": "Walker, folding, adjustable"}),
        ("Walker", {"E0155": "Wheel attachment, rigid pick-up walker", "E0135": "Walker, folding, adjustable"}),
        ("Etoposide", {"J8560": "Etoposide phosphate, oral", "J9181": "Injection, etoposide, 10 mg"}),
        ("Vedolizumab", {"C9026": "Injection, vedolizumab, 1 mg", "J3380": "Injection, vedolizumab, intravenous"}),
        ("Dressing", {"A1": "Dressing for one wound", "A6021": "Collagen dressing, sterile"}),
    ],
)
def test_the_code_whose_title_names_what_was_asked_comes_first(asked: str, titles: dict[str, str]) -> None:
    assert ordered(asked, titles) == list(reversed(titles))


def test_the_first_code_that_names_a_thing_comes_before_its_other_kinds() -> None:
    titles = {"L0180": "Cervical, collar, post", "L0160": "Cervical, collar, wire", "L0999": "Collar, any"}
    assert ordered("Cervical collar", titles) == ["L0160", "L0180", "L0999"]


def test_the_heading_of_a_code_is_said_of_it() -> None:
    titles = {"L1906": "Ankle foot, gauntlet", "L2050": "Ankle foot, torsion cables"}
    assert ordered("Hip ankle foot", titles) == ["L1906", "L2050"]
    assert ordered("Hip ankle foot", titles, {"L2050": "Hip-knee-ankle-foot"}) == ["L2050", "L1906"]


def test_a_permanent_code_stands_behind_a_temporary_one_that_alone_holds_what_was_asked() -> None:
    assert ordered("Splint, ankle", {"L9999": "Brace", "S8451": "Splint, wrist or ankle"}) == ["S8451", "L9999"]


def test_codes_of_other_systems_keep_their_places() -> None:
    codes = [Code("CPT", "20972"), Code("HCPCS", "C1000"), Code("CPT", "20970"), Code("HCPCS", "E0100")]
    evidence = [Evidence(code, "", -float(at), (hit("text", code.value),)) for at, code in enumerate(codes)]
    profiles = {code: Profile((0.5,), 0.5, Counter({"cane": 1})) for code in codes}
    after = by_titles(evidence, "cane", {"cane": 1.0}, profiles, dict.fromkeys(codes, "Cane"), content)
    assert [item.code.value for item in after] == ["20972", "E0100", "20970", "C1000"]
    assert [item.score for item in after] == [item.score for item in evidence]


@given(
    st.lists(st.sampled_from(["E0100", "C1000", "LT", "J0120", "S0001"]), unique=True),
    st.sampled_from(["cane, wood", "", "(,", "nothing known"]),
)
def test_nothing_is_lost_and_codes_without_pages_are_ordered_too(values: list[str], asked: str) -> None:
    evidence = [Evidence(Code("HCPCS", value), "", -float(at), (hit("t", value),)) for at, value in enumerate(values)]
    profiles = {item.code: Profile((0.5,), 0.5, Counter({"cane": 1})) for item in evidence[:2]}
    after = by_titles(evidence, asked, {"cane": 1.0}, profiles, {}, content)
    assert {item.code for item in after} == {item.code for item in evidence}
    assert [item.score for item in after] == [item.score for item in evidence]
