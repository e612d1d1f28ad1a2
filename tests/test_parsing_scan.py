"""Scans saved as pictures: read by OCR page by page, drawn as pages, and named where they cannot be read."""

import io
import shutil
from pathlib import Path

import pytest
from parsing_support import parsed
from PIL import Image, ImageDraw, ImageFont

from assistant.errors import UnreadableDocument
from assistant.parsing import Limits, draw_page, parse_document
from assistant.parsing.places import boxes

with_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs Tesseract (on Debian: apt-get install tesseract-ocr)"
)
WORDS = "The fibula flap keeps its own vessels."


def paper(words: str, mode: str = "L", size: tuple[int, int] = (1000, 400)) -> Image.Image:
    page = Image.new("RGB", size, "white")
    ImageDraw.Draw(page).text((60, 100), words, fill="black", font=ImageFont.load_default(32))
    return page.convert(mode)


def saved(form: str, *pages: Image.Image, **options: object) -> bytes:
    buffer = io.BytesIO()
    more = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    pages[0].save(buffer, form, **more, **options)
    return buffer.getvalue()


@with_tesseract
@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("page.png", saved("PNG", paper(WORDS, "RGBA"))),
        ("page.jpg", saved("JPEG", paper(WORDS, "RGB"), dpi=(150, 150))),
        ("page.tif", saved("TIFF", paper(WORDS, "1"), compression="group4", dpi=(204, 204))),
        ("fax.tiff", saved("TIFF", paper(WORDS).resize((1000, 200)), dpi=(200, 100))),
        ("page.dat", saved("PNG", paper(WORDS, "P"))),
    ],
)
def test_the_words_of_a_picture_are_read(name: str, source: bytes) -> None:
    document = parsed(name, source)
    assert document.text.strip() == WORDS
    assert document.sections[0].location == "page 1, read by OCR"
    assert document.warnings == (f"{name}: page 1 is scanned and read by OCR, which makes mistakes",)


@with_tesseract
def test_each_page_is_read_and_a_quote_stands_on_its_page() -> None:
    source = saved("TIFF", paper(WORDS), paper("Two surgeons add a modifier."))
    document = parsed("pages.tiff", source)
    assert document.pages == 2
    at = document.text.index("Two surgeons")
    (box,) = boxes(document.places, at, at + 12)
    assert box.page == 2 and 0.04 < box.x0 < 0.08 and 0.2 < box.y0 < 0.3
    with Image.open(io.BytesIO(draw_page(source, "pages.tiff", 2, 1.0))) as drawn:
        assert drawn.format == "PNG" and abs(drawn.width / drawn.height - 2.5) < 0.01
    with pytest.raises(UnreadableDocument, match=r"pages\.tiff has no page 3"):
        draw_page(source, "pages.tiff", 3, 1.0)


@with_tesseract
def test_pages_beyond_the_limits_are_named() -> None:
    source = saved("TIFF", paper(WORDS), paper("Two surgeons"), paper("Three surgeons"))
    document = parse_document(source, "a.tiff", limits=Limits(scans=2))
    assert "Three" not in document.text
    assert "a.tiff: page 3 is scanned, without text, and not read; they are beyond ASSISTANT_MAX_SCANS" in str(
        document.warnings
    )
    with pytest.raises(UnreadableDocument, match=r"a\.tiff has 3 pages, more than the 2 taken at once"):
        parse_document(source, "a.tiff", limits=Limits(pages=2))


@with_tesseract
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (saved("PNG", paper("")), "is a picture in which no text could be read"),
        (saved("PNG", paper(WORDS))[:900], "is a damaged picture"),
        (saved("TIFF", paper(WORDS))[:900], "is a damaged picture"),
        (b"\xff\xd8\xff" + bytes(200), "is a damaged picture"),
        (saved("PNG", Image.new("1", (20_000, 20_000))), "is a picture of more than 100 million dots"),
        (saved("PNG", Image.new("1", (11_000, 11_000))), "is a picture of more than 100 million dots"),
    ],
)
def test_bad_pictures_are_named_in_one_line(source: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=rf"a\.png {said}") as raised:
        parsed("a.png", source)
    assert "\n" not in str(raised.value)


def test_without_tesseract_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.parsing.scan.find_tesseract", lambda: None)
    with pytest.raises(UnreadableDocument) as raised:
        parsed("a.png", saved("PNG", paper(WORDS)))
    assert str(raised.value) == "a.png is a picture of a page; install Tesseract to have it read"


@with_tesseract
@pytest.mark.parametrize("name", ["scan.png", "scan.tiff"])
def test_the_scans_of_the_cases_are_read(shared_data: Path, name: str) -> None:
    document = parsed(name, (shared_data / "cases" / "kinds" / name).read_bytes())
    assert document.text.strip() == "CPT 27447 Total knee replacement"
