"""Guidance beside the codes: which questions it answers first, and how much of it is quoted."""

from collections.abc import Iterator

import pytest

from assistant.answering import Assistant
from assistant.answering.guides import asks_for_a_code, asks_for_a_rule
from assistant.types import Query

GUIDE = "guide-bone-grafts-and-microsurgery-2025"
DESCRIBED = "free fibula with its vessels sewn under the microscope"


@pytest.mark.parametrize(
    "text",
    [
        "what goes on the second line",
        "both groins fixed in one go, do I bill twice",
        "the cast was changed - who pays for it",
        "is the drain part of the operation?",
        "denied as part of the first operation",
        "wants a modifier on the assistant's claim",
        "it took four hours, what must the report say",
        "which plus code goes with which main code, is there a list",
    ],
)
def test_a_question_about_billing_asks_for_a_rule(text: str) -> None:
    assert asks_for_a_rule(text) and not asks_for_a_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "what is the CPT code for a rotator cuff repair?",
        "open repair of the cuff, which code",
        "how do I bill a rotator cuff repair",
        "what do we report, cuff sewn through the scope",
        "Is there a code for a cuff repair?",
        "which number is that on the bill",
        "Open appendix removal at the base. CPT?",
    ],
)
def test_a_question_for_a_code_asks_for_no_rule(text: str) -> None:
    assert asks_for_a_code(text) and not asks_for_a_rule(text)


@pytest.mark.parametrize(
    "text",
    [
        "rotator cuff repair, open, acute",
        "the thumb was cut off, and was sewn back on",
        "inflamed appendix, appendectomy through a cut",
    ],
)
def test_a_description_asks_for_neither(text: str) -> None:
    assert not asks_for_a_code(text) and not asks_for_a_rule(text)


def quoted(assistant: Assistant, text: str) -> list[str]:
    """The sections quoted, in order, each as often as it is."""
    considered = assistant.consider(Query(text))
    assert considered is not None
    return [statement.citation.passage_id.partition(".")[0] for statement in considered.statements]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("operating scope used on a disc, can we add it to the claim?", "when-the-microscope-may-be-added"),
        ("the flap clotted and we went back, is that a 78", "what-these-codes-include-and-exclude"),
        ("finger cut clean off and put back, does it matter at which level", "replantation"),
    ],
)
def test_a_rule_is_quoted_first_from_several_sections(starter: Assistant, text: str, section: str) -> None:
    sections = quoted(starter, text)
    of_guide = [one for one in sections if one.startswith(GUIDE)]
    assert f"{GUIDE}#{section}" in of_guide
    assert sections[: len(of_guide)] == of_guide
    assert len(set(of_guide)) == len(of_guide) <= 5
    assert len(sections) <= len(of_guide) + 1


@pytest.mark.parametrize("form", ["{}", "what is the CPT code for a {}?", "{}, how do I bill it"])
def test_a_procedure_is_told_by_its_code_first(starter: Assistant, form: str) -> None:
    sections = quoted(starter, form.format(DESCRIBED))
    assert all(one.startswith("cpt-20955") for one in sections[:3])
    assert all(one.startswith(GUIDE) for one in sections[3:])
    assert len(sections) <= 7


@pytest.mark.parametrize(
    "text",
    ["appendix removed with a camera through ports", "median nerve freed at the wrist, open"],
    ids=["far in itself", "farther than the code's own pages"],
)
def test_far_guidance_is_not_quoted(starter: Assistant, text: str) -> None:
    assert all(one.startswith("cpt-") for one in quoted(starter, text))


@pytest.fixture
def much_prose(starter: Assistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The library as one that has too much prose to compare it apart."""
    starter._snapshots._last = None
    with monkeypatch.context() as changed:
        changed.setattr("assistant.retrieval.snapshot.MOST", 1)
        yield
    starter._snapshots._last = None


@pytest.mark.usefixtures("much_prose")
def test_in_much_prose_the_sections_among_the_hits_are_quoted(starter: Assistant) -> None:
    sections = quoted(starter, "finger cut clean off and put back, does it matter at which level")
    of_guide = [one for one in sections if one.startswith(GUIDE)]
    assert f"{GUIDE}#replantation" in of_guide
    assert len(set(of_guide)) == len(of_guide)


def test_the_gate_hears_how_well_guidance_fits_where_a_rule_is_asked_for(starter: Assistant) -> None:
    asked, beside, described = (
        starter.consider(Query(text)).support.guided
        for text in ("do I bill a release of both wrists twice?", "who bills the zebra?", DESCRIBED)
    )
    assert asked > beside == described == 0
