"""Sizes, ages and levels in plain words, and the ranges that pages name."""

import pytest

from assistant.language.quantities import Dimension
from assistant.notes.sizes import is_add_on, leading, read_ordinal, read_range, read_sizes, spinal_levels


@pytest.mark.parametrize(
    ("title", "inside", "outside"),
    [
        ("malignant lesion of trunk, 2.1 to 3.0 cm", [2.1, 3.0], [2.0, 3.1]),
        ("over half a centimeter and up to one", [0.6, 1.0], [0.5, 1.1]),
        ("between two and three centimeters", [2.4, 3.0], [2.0, 3.2]),
        ("beyond two and a half and up to seven and a half centimeters", [2.6, 7.5], [2.5, 8]),
        ("wider than four centimeters", [4.1, 90], [4.0]),
        ("under 3 cm in all", [1, 2.9], [3.0]),
        ("3 to 10 cm in all", [3.0, 10.0], [2.9, 10.1]),
        ("half a centimeter or smaller", [0.5, 0.1], [0.6]),
        ("smaller than 30 mm", [2.9], [3.0]),
        ("patient five or older", [5, 80], [4]),
        ("child below twelve", [3], [12]),
        ("at twelve years of age and beyond", [12], [11]),
        ("up to 250 grams", [250], [251]),
        ("first 20 sq cm or less", [20], [21]),
        ("each further five centimeters past the first seven and a half", [12.5], [7.5]),
        ("each additional twenty square centimeters", [66], [20]),
    ],
)
def test_a_range_holds_what_its_words_say(title: str, inside: list[float], outside: list[float]) -> None:
    found = read_range(title)
    assert found is not None
    assert all(found.holds(value) for value in inside)
    assert not any(found.holds(value) for value in outside)


@pytest.mark.parametrize("title", ["Open removal of the appendix", "Bypass with two grafts", "leads in both chambers"])
def test_a_title_without_a_unit_names_no_range(title: str) -> None:
    assert read_range(title) is None


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("measured 2.6 cm, a 5 mm margin, so 3.6 cm excised diameter", Dimension.LENGTH, 3.6),
        ("lesion plus rim 0.9 cm across with a 1 mm rim", Dimension.LENGTH, 0.9),
        ("excised diameter 1.8 cm, converted to an ellipse of 5.5 cm", Dimension.LENGTH, 1.8),
        ("Wound 11 x 6 cm.", Dimension.AREA, 66.0),
        ("Wound 11 x 6 cm.", Dimension.LENGTH, 11.0),
        ("Wound 6 x 11 x 2 cm.", Dimension.LENGTH, 11.0),
        ("Wound 6 x 11 x 2 cm.", Dimension.AREA, 66.0),
        ("tumor two and a half centimeters across", Dimension.LENGTH, 2.5),
        ("the whole 66 sq cm", Dimension.AREA, 66.0),
        ("Uterus, 110 grams", Dimension.MASS, 110.0),
        ("3 year old. Ears", Dimension.AGE, 3.0),
        ("in an 84-year-old", Dimension.AGE, 84.0),
    ],
)
def test_the_leading_size_of_a_statement(text: str, dimension: Dimension, value: float) -> None:
    assert leading(read_sizes(text), dimension) == pytest.approx(value)


def test_a_statement_without_the_dimension_has_no_leading_size() -> None:
    assert leading(read_sizes("2 cm"), Dimension.AREA) is None


@pytest.mark.parametrize(
    ("text", "interspaces", "vertebrae"),
    [
        ("C4-5, C5-6 and C6-7", 3, 4),
        ("C4 to C7", 3, 4),
        ("L5-S1 and L4-L5", 2, 3),
        ("T12-L1", 1, 2),
        ("L3, L4 and L5", 0, 3),
        ("wound of 4-5 cm", 0, 0),
    ],
)
def test_spinal_levels(text: str, interspaces: int, vertebrae: int) -> None:
    found = spinal_levels(text)
    assert (len(found[0]), len(found[1])) == (interspaces, vertebrae)


@pytest.mark.parametrize(
    ("title", "order"),
    [
        ("fusion at the first level", 1),
        ("Second lumbar facet level", 2),
        ("Third and all further levels", 3),
        ("each additional level", 2),
        ("First-time total knee replacement", None),
        ("Open removal of the appendix", None),
    ],
)
def test_ordinals(title: str, order: int | None) -> None:
    assert read_ordinal(title) == order


def test_add_ons() -> None:
    assert is_add_on("Third facet level (add-on)") and is_add_on("each additional level")
    assert not is_add_on("first level")
