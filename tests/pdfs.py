"""Small PDFs for tests, drawn with fpdf2."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fpdf import FPDF

from assistant.parsing.pdf import parse_pdf
from assistant.types import Document
from assistant.types.codes import BUILT_IN

LETTER = (612.0, 792.0)
_WORDS = ("The artery", "A vein", "Every nerve of the foot", "Bone", "The skin island", "A plate", "Suture", "Dressing")
PARAGRAPH = (
    "The surgeon lifts the flap from the foot together with its vessels and moves it to the defect, where the artery "
    "and both veins are sewn under the microscope. Bone is fixed with plates before the vessels are joined. "
)


def new_pdf(*, encrypted: str = "") -> FPDF:
    """A document of letter pages in points, with a fixed date so that its bytes stay the same."""
    pdf = FPDF(unit="pt", format=LETTER)
    pdf.set_creation_date(datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC))
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_font("Helvetica", size=11)
    if encrypted:
        pdf.set_encryption(owner_password="owner", user_password=encrypted)
    return pdf


def saved(pdf: FPDF) -> bytes:
    return bytes(pdf.output())


def put(pdf: FPDF, x: float, y: float, text: str, *, size: float = 11, bold: bool = False) -> None:
    """Writes a text with its baseline at y points from the top."""
    pdf.set_font("Helvetica", style="B" if bold else "", size=size)
    pdf.text(x, y, text)


def wrapped(pdf: FPDF, text: str, width: float) -> list[str]:
    pdf.set_font("Helvetica", size=11)
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pdf.get_string_width(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]


def prose(pdf: FPDF, x: float, y: float, width: float, text: str) -> float:
    """Writes a paragraph and gives the height below it."""
    for line in wrapped(pdf, text, width):
        put(pdf, x, y, line)
        y += 13
    return y


@contextmanager
def turned(pdf: FPDF, degrees: float) -> Iterator[None]:
    with pdf.rotation(degrees, 306, 396):
        yield


def pdf_of(draw: Callable[[FPDF], None]) -> bytes:
    pdf = new_pdf()
    draw(pdf)
    return saved(pdf)


def read_pdf(source: bytes, name: str = "sample.pdf", *, pages: int = 100, scans: int = 3) -> Document:
    return parse_pdf(source, name, BUILT_IN, most_pages=pages, most_scans=scans)


def searched(document: Document) -> list[str]:
    """The bodies of its sections."""
    return [text for s in document.sections if (text := document.text[slice(*s.body)])]


def numbered(pages: int, lines: Sequence[str] = ()) -> bytes:
    """Pages with a running header and footer around some lines."""
    pdf = new_pdf()
    for number in range(1, pages + 1):
        pdf.add_page()
        put(pdf, 72, 40, "Manual of Flaps 2025", size=9)
        for at, line in enumerate(
            lines or [f"{_WORDS[number % len(_WORDS)]} is what page {number} of the manual speaks of."]
        ):
            put(pdf, 72, 120 + 14 * at, line)
        put(pdf, 290, 770, f"Page {number} of {pages}", size=9)
    return saved(pdf)
