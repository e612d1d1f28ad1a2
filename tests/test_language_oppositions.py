"""The opposites by which close codes differ: each cue with words that it must and must not find."""

import json
import re
from importlib.resources import files

import pytest

from assistant.language.oppositions import agreement, stand_of

AXES = json.loads(files("assistant.language").joinpath("oppositions.json").read_text(encoding="utf-8"))
CUES = [(axis["axis"], value, cue) for axis in AXES for value, cue in axis["values"].items()]


@pytest.mark.parametrize(("axis", "value", "cue"), CUES)
def test_every_cue_finds_its_words_and_no_others(axis: str, value: str, cue: dict) -> None:
    assert cue["yes"] and cue["no"]
    for text in cue["yes"]:
        assert re.search(cue["cue"], text, re.IGNORECASE), text
        assert stand_of(text).get(axis) == value, text
    for text in cue["no"]:
        assert not re.search(cue["cue"], text, re.IGNORECASE), text


@pytest.mark.parametrize("cue", [cue for _, _, cue in CUES if "over" in cue])
def test_every_overruling_cue_finds_its_words_and_no_others(cue: dict) -> None:
    assert all(re.search(cue["over"], text, re.IGNORECASE) for text in cue["over_yes"])
    assert not any(re.search(cue["over"], text, re.IGNORECASE) for text in cue["over_no"])


def test_a_conversion_makes_an_operation_by_scope_open() -> None:
    note = "A laparoscopic start; stopped laparoscopy after ten minutes. A midline incision was made."
    assert stand_of(note)["access"] == "open"


def test_the_procedure_line_goes_before_the_rest_but_not_before_a_conversion() -> None:
    text = "A midline incision was made for the camera port."
    assert "access" not in stand_of(text)
    assert stand_of(text, title="Laparoscopic cholecystectomy")["access"] == "scope"
    assert stand_of(f"{text} It was converted to open.", title="Laparoscopic cholecystectomy")["access"] == "open"


def test_a_text_that_says_both_takes_no_stand() -> None:
    assert "contents" not in stand_of("one side reducible, the other incarcerated")


def test_the_description_speaks_where_the_title_is_silent() -> None:
    assert stand_of("Removal of the appendix", "through a laparoscopic approach")["access"] == "scope"


def test_agreement_counts_axes() -> None:
    assert agreement({"access": "open", "turn": "first"}, {"access": "open", "turn": "again", "sleep": "awake"}) == (
        1,
        1,
    )
    assert agreement({}, {"access": "open"}) == (0, 0)
