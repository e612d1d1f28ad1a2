"""A query's premise about a code, and the thing that it asks for, are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.presuppositions import CODE, read_premise


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("why does § include a spare lens?", "include a spare lens"),
        ("Why are stones melted with §?", "are stones melted with"),
        ("Since § covers the ring fitting, how many fittings?", "covers the ring fitting"),
        ("as § can only be reported for men, what else", "can only be reported for men"),
        ("Given that § forbids water, which fluid?", "forbids water"),
        ("§ includes a spare lens; which one?", "a spare lens"),
        ("The code § also pays for a cane. Which?", "for a cane"),
        ("A spare lens is included in §, so which?", "A spare lens"),
        ("What form proves the lens that comes with §?", "What form proves the lens"),
        ("Because lenses are sized by weight, how heavy is one?", "lenses are sized by weight"),
        ("A ring fitting always needs two lenses, so how many are billed?", "A ring fitting always needs two lenses"),
        ("Rings are counted per eye, right? Then which comes first", "Rings are counted per eye"),
    ],
)
def test_what_is_taken_for_granted(text: str, granted: str) -> None:
    found = " ".join(read_premise(text).granted.split())
    assert found == granted.removeprefix("are ")


@pytest.mark.parametrize(
    "text",
    [
        "does § include a spare lens?",
        "is a spare lens included in §?",
        "tell me what § includes",
        "why would a payer refuse §?",
        "§: includes or excludes the lens?",
        "§ with the lens, as well as a ring",
        "because the patient bled, can I add 22",
        "since she was sent home, who bills the rest?",
        "the ring slipped out and was put back, so is that a second operation",
        "as before, which ring",
        "ring taken out as well, right eye",
        "explain § in plain words",
        "",
    ],
)
def test_a_question_takes_nothing_for_granted(text: str) -> None:
    assert read_premise(text).granted == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("which vaccine is injected in §?", "vaccine"),
        ("how many ring fittings does § allow", "ring fittings"),
        ("what glove size for §", "glove size"),
        ("what is §", ""),
        ("is the vaccine part of §", ""),
    ],
)
def test_the_thing_asked_for(text: str, wanted: str) -> None:
    assert read_premise(text).wanted.strip() == wanted


@given(
    st.text()
    | st.lists(st.sampled_from(["why does", CODE, "includes", "since", "which", ";", "lens", "?"])).map(" ".join)
)
def test_any_text_is_read(text: str) -> None:
    premise = read_premise(text)
    assert CODE not in premise.granted + premise.wanted


def test_a_clause_without_an_end_is_read_only_so_far() -> None:
    assert 0 < len(read_premise(f"why does {CODE} " + "need a lens " * 500).granted) <= 120
