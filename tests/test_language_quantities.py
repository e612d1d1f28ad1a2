"""Quantities: ranges as code sets and people write them, values of a query, and how one fits the other."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.quantities import Dimension, find_quantities, fit, fits, measured

RANGES = [
    ("between one and two centimeters", Dimension.LENGTH, 1.0, 2.0, True),
    ("over half and up to one centimeter", Dimension.LENGTH, 0.5, 1.0, True),
    ("over half a centimeter and up to one", Dimension.LENGTH, 0.5, 1.0, True),
    ("beyond two and a half and up to seven and a half centimeters", Dimension.LENGTH, 2.5, 7.5, True),
    ("excised diameter 0.6 to 1.0 cm", Dimension.LENGTH, 0.6, 1.0, False),
    ("3-10 cm", Dimension.LENGTH, 3.0, 10.0, False),
    ("half a centimeter or smaller", Dimension.LENGTH, 0.0, 0.5, False),
    ("wider than four centimeters", Dimension.LENGTH, 4.0, math.inf, True),
    ("each additional 20 sq cm", Dimension.AREA, 20.0, math.inf, True),
    ("more than 16 sq. in. but less than or equal to 48 sq. in.", Dimension.AREA, 103.2256, 309.6768, True),
    ("uterus 250 g or less", Dimension.MASS, 0.0, 250.0, False),
    ("age 12 or over", Dimension.AGE, 12.0, math.inf, False),
    ("twelve years and older", Dimension.AGE, 12.0, math.inf, False),
    ("twelve years or later", Dimension.AGE, 12.0, math.inf, False),
    ("each further 15 minutes", Dimension.TIME, 15.0, math.inf, True),
]


@pytest.mark.parametrize(("text", "dimension", "low", "high", "excludes_low"), RANGES)
def test_ranges_are_read_whole(text: str, dimension: Dimension, low: float, high: float, excludes_low: bool) -> None:
    (found,) = find_quantities(text)
    assert (found.dimension, found.bounded, found.excludes_low) == (dimension, True, excludes_low)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize("text", ["0 to 17 years", "zero to seventeen years of age", "between 0 and 17 years"])
def test_a_range_from_zero_holds_an_infant(text: str) -> None:
    (found,) = find_quantities(text)
    assert (found.low, found.high) == (0.0, 17.0)
    assert found.holds(0.0) and found.holds(0.5) and not found.holds(18.0)


def test_zero_is_a_number_and_an_article_stands_for_one() -> None:
    assert [quantity.value for quantity in find_quantities("0 cm, zero cm, an inch")] == [0.0, 0.0, 2.54]


def test_what_lies_past_the_first_is_read_in_the_unit_before_it() -> None:
    each, past = find_quantities("each further five centimeters past the first seven and a half")
    assert (each.low, past.low) == (5.0, 7.5) and past.excludes_low and math.isinf(past.high)
    assert find_quantities("the first 20 sq cm") == ()


@pytest.mark.parametrize("text", ["younger than age 12", "child below twelve", "under 12 years of age"])
def test_an_upper_edge_may_be_left_out(text: str) -> None:
    (found,) = find_quantities(text)
    assert found.holds(11.9)
    assert not found.holds(12)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("1.6 cm across", Dimension.LENGTH, 1.6),
        ("0.4cm", Dimension.LENGTH, 0.4),
        ("4 mm lesion", Dimension.LENGTH, 0.4),
        ("about a quarter inch all told", Dimension.LENGTH, 0.635),
        ("tumor 4 mm with 2 mm margin all round", Dimension.LENGTH, 0.8),
        ("2.3 cm, 5 mm of healthy skin taken either side", Dimension.LENGTH, 3.3),
        ("3 x 4 cm ulcer", Dimension.AREA, 12.0),
        ("3 x 4 x 2 cm ulcer", Dimension.AREA, 12.0),
        ("9 and 8 sq cm, total of both", Dimension.AREA, 17.0),
        ("5yo M", Dimension.AGE, 5.0),
        ("26 y/o F", Dimension.AGE, 26.0),
        ("an 84-year-old", Dimension.AGE, 84.0),
        ("a 4-cm lesion", Dimension.LENGTH, 4.0),
        ("I am twenty-six", Dimension.AGE, 26.0),
        ("my four year old", Dimension.AGE, 4.0),
        ("45 minutes", Dimension.TIME, 45.0),
    ],
)
def test_values_of_a_query(text: str, dimension: Dimension, value: float) -> None:
    assert any(found == pytest.approx(value) for found in measured(text)[dimension])


@pytest.mark.parametrize("text", ["level C5-6, 9-0 nylon", "in a hurry", "code 11402", "first rib", "20972-59", "T&A"])
def test_what_is_no_quantity(text: str) -> None:
    assert measured(text) == {}


def test_neighbouring_ranges_share_no_value() -> None:
    smaller, larger = find_quantities("between one and two centimeters")[0], find_quantities("over 2 cm")[0]
    for value in (1.01, 1.5, 2.0, 2.01, 3.0):
        assert smaller.holds(value) is not larger.holds(value)


def test_a_size_fits_misses_or_is_not_compared() -> None:
    described = find_quantities("total width over one and up to two centimeters")
    assert fit(measured("1.4 cm"), described) == 1
    assert fit(measured("2.4 cm"), described) == -1
    assert fit(measured("5 years old"), described) == 0
    assert fit(measured("nothing measured"), described) == 0
    assert fit(measured("shin 0.5 cm and arm 1.4 cm"), described) == 1


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for quantity in find_quantities(text):
        assert 0 <= quantity.start < quantity.end <= len(text)
        assert quantity.low <= quantity.high
    measured(text)


@given(st.floats(0.1, 500), st.floats(0.1, 500))
def test_a_range_holds_what_lies_between(one: float, other: float) -> None:
    low, high = sorted((round(one, 1), round(other, 1)))
    if low < high:
        (found,) = find_quantities(f"{low} to {high} cm")
        assert found.holds((low + high) / 2)
        assert not found.holds(high + 0.1)
        assert not found.holds(low - 0.05)


def test_the_title_of_a_code_goes_before_its_text() -> None:
    values = measured("a lesion of 1.6 cm")
    assert fits(values, "lesion, 1.1 to 2.0 cm", "lesion, 1.1 to 2.0 cm, margins over 3 cm") == 1
    assert fits(values, "lesion", "lesion, 2.1 to 3.0 cm") == -1
    assert fits(values, "lesion", "lesion") == fits({}, "lesion, 1 to 2 cm", "") == 0
