"""Sentences keep their places."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.language.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One flap. Two flaps.", ["One flap.", "Two flaps."]),
        ("  One flap \n", ["One flap"]),
        ("Really? Yes! (Quite.) So.", ["Really?", "Yes!", "(Quite.)", "So."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("Use it, e.g. Monday, vs. Tuesday. End.", ["Use it, e.g. Monday, vs. Tuesday.", "End."]),
        ("Dr. Smith and J. Doe met. End.", ["Dr. Smith and J. Doe met.", "End."]),
        ("A gap of 6.5 cm. Code 20972.", ["A gap of 6.5 cm.", "Code 20972."]),
        ("the end. of no sentence", ["the end. of no sentence"]),
        ("First part\n\nsecond part", ["First part", "second part"]),
        ("Name:\n- the donor site\n- the vessels", ["Name:", "- the donor site", "- the vessels"]),
        ("1. Harvest\n2) Anastomosis", ["1. Harvest", "2) Anastomosis"]),
        ("a line that is\nwrapped. Next.", ["a line that is\nwrapped.", "Next."]),
        ("Ends with etc.\nNext line.", ["Ends with etc.", "Next line."]),
        ("Report 20972. 20973 is another.", ["Report 20972.", "20973 is another."]),
        ("The answer is no. Then see no. 5 in fig. 2.", ["The answer is no.", "Then see no. 5 in fig. 2."]),
        ("20972. Next.", ["20972.", "Next."]),
        ("2.1. Scope is narrow. End.", ["2.1. Scope is narrow.", "End."]),
        ("", []),
        (" \n\t", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_part_of_a_text_is_split_in_its_place() -> None:
    text = "Zero. One. Two. Three."
    assert [text[slice(*span)] for span in split_sentences(text, 6, 15)] == ["One.", "Two."]


PIECES = ["One flap", "e.g", ".", "!", "?", " ", "\n", "\n\n", "- a", "1. ", '"', ")", "Dr", "é", "\r\n", ":", "\u2028"]


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text(), st.integers(0, 20), st.integers(0, 40))
@example("a.\n\nB", 0, 40)
def test_spans_are_ordered_not_empty_and_hold_every_word(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    spans = split_sentences(text, start, end)
    position = start
    for begin, finish in spans:
        assert start <= position <= begin < finish <= end
        assert not text[position:begin].strip()
        assert text[begin:finish] == text[begin:finish].strip()
        position = finish
    assert not text[position:end].strip()
