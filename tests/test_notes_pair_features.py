"""Each feature of a note and a code, with vectors and words made by hand."""

import math
from collections import Counter

import numpy as np

from assistant.language.oppositions import stand_of
from assistant.library import Subject
from assistant.notes.pair_features import ASKED, FEATURES, Called, Pairs, Spoken


def spoken(*texts: str, age: float | None = None, spaces: int = 0, titled: int = 0) -> Spoken:
    words = [frozenset(text.lower().split()) for text in texts]
    vectors = np.eye(len(texts), 8, dtype=np.float32)
    return Spoken(
        texts=texts,
        vectors=vectors,
        terms=tuple(words),
        titled=tuple(at < titled for at in range(len(texts))),
        weight=dict.fromkeys(sorted(set().union(*words)), 1.0),
        age=age,
        interspaces=spaces,
        vertebrae=0,
        stand=stand_of(" ".join(texts)),
    )


def subject(text: str, direction: int = 0, section: str = "full-description") -> Subject:
    return Subject(np.eye(8, dtype=np.float32)[[direction]], (section,), (False,), (Counter(text.lower().split()),))


def called(title: str, family: str = "f") -> Called:
    return Called(title, frozenset(title.lower().split()), "", family)


def features(note: Spoken, subjects: list[Subject], names: list[Called]) -> dict[str, list[float]]:
    found = Pairs(note, subjects, names).features()
    assert set(found) == {*FEATURES, ASKED}
    return {name: [float(value) for value in values] for name, values in found.items()}


def test_words_of_billing_count_for_less() -> None:
    note = spoken("snare polyp")
    found = features(
        note, [subject("snare polyp"), subject("snare polyp", section="guidelines")], [called("a"), called("b")]
    )
    assert found["words"][0] > found["words"][1]


def test_a_size_speaks_for_its_range_and_against_the_others() -> None:
    note = spoken("total excised diameter 2.4 cm")
    names = [called("lesion 1.1 to 2.0 cm"), called("lesion 2.1 to 3.0 cm"), called("lesion of any kind")]
    found = features(note, [subject("lesion") for _ in names], names)
    assert found["fits"] == [0.0, 1.0, 0.0]
    assert found["outside"] == [1.0, 0.0, 0.0]


def test_rungs_of_a_ladder_share_their_words() -> None:
    note = spoken("ellipse of skin")
    names = [called("lesion 1.1 to 2.0 cm"), called("lesion 2.1 to 3.0 cm"), called("another thing")]
    found = features(note, [subject("ellipse of skin"), subject("circle"), subject("circle")], names)
    assert found["words"][0] == found["words"][1] > found["words"][2]


def test_a_range_that_an_add_on_goes_on_from_has_no_end() -> None:
    note = spoken("final length measured 12.5 cm")
    names = [called("closure 2.6 cm to 7.5 cm"), called("Add-on for every further 5 cm past the first 7.5 cm")]
    found = features(note, [subject("closure"), subject("closure")], names)
    assert found["outside"] == [0.0, 0.0]
    assert min(found["fits"]) > 0


def test_age_and_levels() -> None:
    names = [called("child below twelve"), called("twelve years and older"), called("Third and further levels")]
    found = features(spoken("tonsils out", age=6.0, spaces=2), [subject("x") for _ in names], names)
    assert found["aged"] == [1.0, -1.0, 0.0]
    assert found["levels"] == [0.0, 0.0, -1.0]


def test_a_lesser_operation_gives_way_to_what_was_done() -> None:
    names = [called("diagnostic look with a scope"), called("polyp removal with a scope")]
    found = features(spoken("polyp removal"), [subject("scope"), subject("scope")], names)
    assert found["lesser"] == [1.0, 0.0]
    found = features(spoken("camera looked around"), [subject("scope"), subject("scope")], names)
    assert found["lesser"] == [0.0, 0.0]


def test_opposites_agree_or_contradict() -> None:
    names = [called("Open removal of the appendix"), called("Keyhole removal of the appendix")]
    found = features(spoken("laparoscopic appendectomy"), [subject("x"), subject("x")], names)
    assert (found["agrees"], found["contradicts"]) == ([0.0, 1.0], [1.0, 0.0])


def test_a_code_with_words_of_its_own_tells_itself_from_its_rivals() -> None:
    note = spoken("snare polyp", "forceps pinch")
    found = features(note, [subject("snare polyp", 0), subject("forceps pinch", 1)], [called("a"), called("b")])
    assert min(found["own"]) > 0
    found = features(note, [subject("snare polyp", 0), subject("snare polyp", 0)], [called("a"), called("b")])
    assert found["own"] == [0.0, 0.0]


def test_the_procedure_line_is_weighed_by_itself() -> None:
    note = spoken("title line", "prose", titled=1)
    found = features(note, [subject("x", 0), subject("x", 1)], [called("a"), called("b")])
    assert found["titled"] == [1.0, 0.0]
    assert all(math.isfinite(value) for values in found.values() for value in values)
