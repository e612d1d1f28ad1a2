"""Reading order on pages of columns, tables and indexes; numbered words show the order."""

import random
import re

import pytest
from fpdf import FPDF
from pdfs import new_pdf, prose, put, read_pdf, saved

WORDS = (
    "flap artery vein bone graft surgeon microscope suture plate skin island nerve donor site vessel with the".split()
)


def numbered(count: int, tag: str) -> str:
    """Prose in which every twelfth word is the tag and its place, such as "B35."."""
    rnd = random.Random(tag)
    return " ".join(f"{tag}{n}." if n % 12 == 11 else rnd.choice(WORDS) for n in range(count))


def order(pdf: FPDF) -> list[str]:
    text = read_pdf(saved(pdf)).text
    assert "\t" not in text
    return re.findall(r"\b[A-Z]\d+(?=\.)", text)


def expected(*parts: tuple[str, int]) -> list[str]:
    return [f"{tag}{n}" for tag, count in parts for n in range(count) if n % 12 == 11]


def page() -> FPDF:
    pdf = new_pdf()
    pdf.add_page()
    return pdf


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([(60, 100, 230, 300), (320, 107, 230, 300)], id="lines at different heights"),
        pytest.param([(60, 100, 240, 300), (312, 100, 240, 300)], id="a narrow gutter"),
        pytest.param([(60, 100, 230, 300), (320, 100, 230, 60)], id="a short second column"),
        pytest.param([(40, 100, 165, 220), (225, 100, 165, 220), (410, 100, 165, 220)], id="three columns"),
    ],
)
def test_columns(columns: list[tuple[float, float, float, int]]) -> None:
    pdf = page()
    parts = []
    for tag, (x, y, width, count) in zip("ABC", columns, strict=False):
        prose(pdf, x, y, width, numbered(count, tag))
        parts.append((tag, count))
    assert order(pdf) == expected(*parts)


def test_columns_between_lines_over_the_whole_width() -> None:
    pdf = page()
    y = prose(pdf, 60, 60, 490, numbered(60, "A")) + 20
    y = max(prose(pdf, 60, y, 230, numbered(150, "B")), prose(pdf, 320, y, 230, numbered(150, "C"))) + 20
    y = prose(pdf, 60, y, 490, numbered(60, "D")) + 20
    prose(pdf, 60, y, 230, numbered(100, "E"))
    prose(pdf, 320, y, 230, numbered(100, "F"))
    assert order(pdf) == expected(("A", 60), ("B", 150), ("C", 150), ("D", 60), ("E", 100), ("F", 100))


@pytest.mark.parametrize("by_rows", [False, True])
def test_an_index_in_two_columns_of_lines_of_one_length(by_rows: bool) -> None:
    pdf = page()
    places = [(column, row) for column in range(2) for row in range(40)]
    for column, row in sorted(places, key=lambda place: place[::-1]) if by_rows else places:
        put(pdf, 60 + 260 * column, 80 + 14 * row, f"{'AB'[column]}{row} thing of a sort, E{1000 + 100 * column + row}")
    codes = [entry.code.value for entry in read_pdf(saved(pdf), "index-2025.pdf").entries]
    assert codes == [f"E{1000 + 100 * column + row}" for column, row in places]


@pytest.mark.parametrize("middle", [False, True])
def test_a_description_of_several_lines_is_one_cell_wherever_its_code_stands(middle: bool) -> None:
    pdf = page()
    y = 100.0
    for row in range(8):
        below = prose(pdf, 140, y, 380, numbered(40, "A"))
        put(pdf, 60, (y + below - 13) / 2 if middle else y, f"2095{row}")
        y = below + 8
    document = read_pdf(saved(pdf), "table-2025.pdf")
    quotes = [document.text[slice(*one.quote)] for one in document.sections if one.quote]
    assert quotes == [f"2095{row}\t{numbered(40, 'A')}" for row in range(8)]
