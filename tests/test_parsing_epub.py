"""Books: chapters in reading order, and books that are damaged or protected."""

import io

import pytest
from parsing_support import packed, parsed
from test_parsing import assert_lawful

from assistant.errors import UnreadableDocument
from assistant.parsing.archive import is_archive

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
LISTING = (
    '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Flaps 2025</dc:title></metadata><manifest>"
    '<item id="two" href="text/2.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="one" href="text/1%20a.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="picture" href="a.png" media-type="image/png"/></manifest>'
    '<spine><itemref idref="one"/><itemref idref="picture"/><itemref idref="two"/><itemref idref="gone"/></spine>'
    "</package>"
)

PROLOG = "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>"


def book(**parts: str) -> bytes:
    members = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": LISTING,
        "OEBPS/text/1 a.xhtml": PROLOG + "<body><h1>Fibula</h1><p>The fibula flap is 20955.</p></body></html>",
        "OEBPS/text/2.xhtml": "<html><body><h1>Crest</h1><p>The crest flap is 20956.</p><script>x()</script>",
    }
    return packed(members | parts)


def test_chapters_come_in_reading_order() -> None:
    document = parsed("flaps.epub", book())
    assert document.title == "Flaps 2025"
    assert document.text.index("The fibula flap") < document.text.index("The crest flap")
    assert [one.title for one in document.sections if one.body[0] < one.body[1]] == ["Fibula", "Crest"]
    assert "x()" not in document.text
    assert_lawful(document)


def test_a_book_is_one_document_and_no_archive() -> None:
    assert not is_archive(io.BytesIO(book()))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"META-INF/rights.xml": "x"}, "copy-protected"),
        ({"META-INF/container.xml": "<a"}, "damaged"),
        ({"META-INF/container.xml": "<a/>"}, "names no list of its chapters"),
        ({"OEBPS/book.opf": "<a/>"}, "without any text"),
    ],
)
def test_what_cannot_be_read_is_said(parts: dict[str, str], said: str) -> None:
    with pytest.raises(UnreadableDocument, match=said) as raised:
        parsed("flaps.epub", book(**parts))
    assert str(raised.value).startswith("flaps.epub")
