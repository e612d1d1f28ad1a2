"""Acts and findings: each word of the list is found, in any wording, and the list is well kept."""

import pytest

from assistant.language.acts import _rows, spoken_of


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("pus was emptied with a needle", {"drainage", "puncture"}),
        ("Appendectomy", {"removal"}),
        ("distal radius ORIF", {"fixation"}),
        ("the stones were broken up by shock waves", {"lithotripsy"}),
        ("stitched and RE-ATTACHED", {"repair"}),
        ("laparoscopic-assisted", {"endoscopy"}),
        ("", set()),
        ("the patient was fine", set()),
    ],
)
def test_acts_are_read_from_words_of_any_kind(text: str, acts: set[str]) -> None:
    assert spoken_of(text, "act") == acts


def test_findings_are_read_apart_from_acts() -> None:
    assert spoken_of("removal of a foreign body from the burn", "finding") == {"foreign body", "burn"}
    assert spoken_of("removal of a foreign body from the burn", "act") == {"removal"}


def test_a_phrase_needs_its_words_side_by_side() -> None:
    assert "lithotripsy" not in spoken_of("in shock, waves of pain", "act")
    assert "closed reduction" in spoken_of("closed treatment of a nasal fracture", "act")


def test_every_word_of_the_list_speaks_of_what_it_stands_for() -> None:
    rows = list(_rows())
    assert len(rows) > 300
    for kind, name, said in rows:
        assert name in spoken_of(said.replace("*", "abc" if said.startswith("*") else ""), kind), said


def test_no_word_stands_twice_for_the_same() -> None:
    rows = list(_rows())
    assert len(rows) == len(set(rows))
