"""Presentations: slides in the order shown, with their titles, tables and notes; hidden slides are left out."""

from pathlib import Path

import pytest
from parsing_support import packed, parsed, quotes

from assistant.errors import UnreadableDocument
from assistant.types.codes import find_codes

SPACES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def shape(*paragraphs: str, place: str = "") -> str:
    said = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in paragraphs)
    holds = f'<p:nvSpPr><p:nvPr><p:ph type="{place}"/></p:nvPr></p:nvSpPr>' if place else ""
    return f"<p:sp>{holds}<p:txBody>{said}</p:txBody></p:sp>"


def table(*rows: tuple[str, ...]) -> str:
    cells = ("".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{one}</a:t></a:r></a:p></a:txBody></a:tc>" for one in row)
             for row in rows)  # fmt: skip
    return "<p:graphicFrame><a:tbl>" + "".join(f"<a:tr>{row}</a:tr>" for row in cells) + "</a:tbl></p:graphicFrame>"


def slides(*contents: str, notes: str = "", hidden: int = -1) -> bytes:
    """A presentation whose slides lie in the package in the opposite order; the notes belong to the first."""
    count = len(contents)
    parts = {"[Content_Types].xml": "<Types/>"}
    ids = "".join(f'<p:sldId id="{n}" r:id="r{n}"/>' for n in range(count))
    parts["ppt/presentation.xml"] = f"<p:presentation {SPACES}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    links = "".join(
        f'<Relationship Id="r{n}" Type="{RELATION}/slide" Target="slides/slide{count - n}.xml"/>' for n in range(count)
    )
    parts["ppt/_rels/presentation.xml.rels"] = f'<Relationships xmlns="{LINKS}">{links}</Relationships>'
    for number, content in enumerate(contents):
        show = ' show="0"' if number == hidden else ""
        parts[f"ppt/slides/slide{count - number}.xml"] = f"<p:sld {SPACES}{show}><p:cSld>{content}</p:cSld></p:sld>"
    if notes:
        link = f'<Relationship Id="n" Type="{RELATION}/notesSlide" Target="../notesSlides/notesSlide1.xml"/>'
        parts[f"ppt/slides/_rels/slide{count}.xml.rels"] = f'<Relationships xmlns="{LINKS}">{link}</Relationships>'
        parts["ppt/notesSlides/notesSlide1.xml"] = f"<p:notes {SPACES}>{shape(notes, place='body')}</p:notes>"
    return packed(parts)


def lesson() -> bytes:
    codes = table(("Code", "Description"), ("20955", "Fibula flap"), ("20956", "Crest flap"))
    return slides(
        shape("A flap keeps its own vessels.")
        + shape("Flap lesson 2025", place="ctrTitle")
        + shape("7", place="sldNum"),
        shape("Codes of flaps", place="title") + codes,
        shape("Hidden words"),
        notes="Say that two surgeons add modifier 62.",
        hidden=2,
    )


def test_slides_come_in_order_with_titles_tables_and_notes() -> None:
    document = parsed("lesson.pptx", lesson())
    assert (document.title, document.edition) == ("Flap lesson 2025", "2025")
    assert quotes(document) == ["20955\tFibula flap", "20956\tCrest flap"]
    placed = {document.text[slice(*one.body)]: one.location for one in document.sections}
    assert placed["A flap keeps its own vessels."] == "slide 1"
    assert placed["Say that two surgeons add modifier 62."] == "slide 1, notes"
    assert placed["Fibula flap"] == "slide 2"
    assert "Hidden" not in document.text


def test_damaged_and_empty_files_are_named_in_one_line() -> None:
    for source, said in (
        (slides("<p:sp>"), r"a\.pptx is damaged \(ppt/slides/slide1\.xml"),
        (lesson()[:-50], r"a\.pptx is a damaged"),
        (slides(shape("Only a title", place="title")), r"a\.pptx is a presentation without any text"),
        (packed({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), r"a\.pptx is damaged"),
    ):
        with pytest.raises(UnreadableDocument, match=said):
            parsed("a.pptx", source)


def test_the_presentation_of_the_cases_is_read(shared_data: Path) -> None:
    path = shared_data / "cases" / "kinds" / "inservice.pptx"
    document = parsed(path.name, path.read_bytes())
    assert document.title == "Knee codes"
    assert {str(mention.code) for mention in find_codes(document.text)} == {"CPT:27447", "CPT:29881"}
