"""PDFs: reading order, tables, headings, running lines, places, scans, and what cannot be read."""

import json
import re
import shutil
from pathlib import Path

import pytest
from parsing_support import DATA, parsed
from pdfs import PARAGRAPH, new_pdf, numbered, prose, put, read_pdf, saved, searched, turned, wrapped
from test_parsing import assert_lawful, count_words, shown

from assistant.errors import UnreadableDocument
from assistant.ingestion.chunking import split_document
from assistant.parsing.pdf import ocr
from assistant.parsing.places import boxes
from assistant.types import Document

with_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="needs Tesseract (on Debian: apt-get install tesseract-ocr)"
)

MODIFIERS = (
    "Modifier 62 is for two surgeons. It is for those two surgeons who work together as the primary surgeons of one "
    "operation on the same day and for no other, and it is added by each of them to the code 20955 of the operation, "
    "never to another. The second page has a sentence of its own."
)


TERMS = (
    "Alarm, pressure, E1540|Ambulance, A0021-A0999|  air, A0430|  oxygen, A0422|Amputee|"
    "  adapter, wheelchair, E0959|  stump sock, L8470-L8485|Baclofen, J0475|Bandage, A6413|Bath unit, E0235|"
    "Battery, A4602|Bed, E0194|Bench, E0247|Cane, E0100|Cap, A4261"
).split("|")


def guide() -> bytes:
    """A title, two columns of prose, a table over both, and a chapter that runs over two pages."""
    pdf = new_pdf()
    pdf.add_page()
    put(pdf, 72, 40, "Manual of Flaps 2025", size=9)
    put(pdf, 72, 90, "Flaps of the foot", size=20, bold=True)
    left = "Left one begins. " + PARAGRAPH + "Left one ends here."
    right = "Right one begins. " + PARAGRAPH + "Right one ends here."
    put(pdf, 72, 125, "1. Lifting", size=13, bold=True)
    bottom = prose(pdf, 72, 145, 220, left)
    prose(pdf, 320, 145, 220, right)
    put(pdf, 72, bottom + 30, "2. Codes", size=13, bold=True)
    y = bottom + 55
    for number, (code, words, fee) in enumerate(
        [
            ("Code", "Description", "Fee"),
            ("20955", "Bone graft with joined vessels, fibula", "100"),
            ("20956", "Bone graft with joined vessels, iliac crest, in which", "200"),
            ("", "the rest of the description is in the next line", ""),
            ("20957", "Bone graft with joined vessels, metatarsal", "300"),
        ]
    ):
        for x, cell in ((72, code), (140, words), (500, fee)):
            put(pdf, x, y + 14 * number, cell, bold=number == 0)
    put(pdf, 72, y + 120, "3. Modifiers", size=13, bold=True)
    lines = wrapped(pdf, MODIFIERS, 460)
    for number, line in enumerate(lines[:2]):
        put(pdf, 72, 710 + 13 * number, line)
    put(pdf, 290, 770, "Page 1 of 2", size=9)
    pdf.add_page()
    put(pdf, 72, 40, "Manual of Flaps 2025", size=9)
    prose(pdf, 72, 90, 460, " ".join(lines[2:]))
    put(pdf, 290, 770, "Page 2 of 2", size=9)
    return saved(pdf)


def index_page() -> bytes:
    """An index, whose lines end with codes and stand under their terms."""
    pdf = new_pdf()
    pdf.add_page()
    put(pdf, 72, 90, "Index 2025", size=20, bold=True)
    for number, term in enumerate(TERMS):
        put(pdf, 72 if term[0] != " " else 84, 120 + 14 * number, term.strip())
    return saved(pdf)


def fees() -> bytes:
    """A table over two pages, its columns named over two lines on each, and a row without a name of its own."""
    pdf = new_pdf()
    rows = [("A0021", "Ride outside of the state", "mile", "12"), ("A0080", "Ride by a volunteer", "mile", "3"),
            ("A0100", "Taxi", "ride", "30"), ("", "Taxi by night", "ride", "45")]  # fmt: skip
    for page in range(2):
        pdf.add_page()
        lines = [("HCPCS", "Long", "", "Fee in"), ("code", "description", "Unit", "dollars"), *rows]
        for number, cells in enumerate(lines):
            for x, cell in zip((72, 140, 380, 480), cells, strict=True):
                shown_cell = cell.replace("A0", f"A{page}") if number > 1 else cell
                put(pdf, x, 130 + 20 * number, shown_cell, bold=number < 2)
    return saved(pdf)


@pytest.mark.parametrize(
    ("name", "make"), [("foot-flaps.pdf", "guide"), ("index-2025.pdf", "index_page"), ("fees-2025.pdf", "fees")]
)
def test_golden(name: str, make: str, regenerate: bool) -> None:
    found = shown(read_pdf(globals()[make](), name))
    golden = DATA / "golden" / f"{name}.json"
    if regenerate:
        golden.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


def test_columns_are_read_one_after_the_other() -> None:
    text = read_pdf(guide()).text
    places = [text.index(part) for part in ("Left one begins", "Left one ends", "Right one begins", "Right one ends")]
    assert places == sorted(places)
    assert "moves it to the defect, where the artery and both veins are sewn" in text


def test_columns_are_told_from_a_table_though_both_are_written_line_by_line() -> None:
    """An OCR layer or an odd program writes across the columns."""
    pdf = new_pdf()
    pdf.add_page()
    left = wrapped(pdf, "Left one begins. " + PARAGRAPH * 2, 220)
    right = wrapped(pdf, "Right one begins. " + PARAGRAPH * 2, 220)
    for number, (first, second) in enumerate(zip(left, right, strict=False)):
        put(pdf, 72, 100 + 13 * number, first)
        put(pdf, 320, 100 + 13 * number, second)
    text = read_pdf(saved(pdf)).text
    assert text.index("Bone is fixed") < text.index("Right one begins")
    assert "\t" not in text


def test_a_table_has_one_code_a_row_and_its_header_as_context() -> None:
    document = read_pdf(guide(), "fees-2025.pdf")
    rows = [section for section in document.sections if section.quote]
    assert [str(row.code) for row in rows] == ["CPT:20955", "CPT:20956", "CPT:20957"]
    assert document.text[slice(*rows[1].quote or (0, 0))] == (
        "20956\tBone graft with joined vessels, iliac crest, in which the rest of the description is in the next line"
        "\t200"
    )
    assert all("Code | Description | Fee" in row.context and "Codes" in row.context for row in rows)
    assert {row.page for row in rows} == {1}
    assert [entry.code.edition for entry in document.entries] == ["2025"] * 3


def test_running_lines_are_stored_and_not_searched() -> None:
    document = read_pdf(numbered(5))
    assert document.text.count("Manual of Flaps 2025") == 5
    assert "Page 3 of 5" in document.text
    found = " ".join(searched(document))
    assert "Manual of Flaps" not in found
    assert "Page 3" not in found
    assert all(f"is what page {number} of the manual" in found for number in range(1, 6))


def test_a_sentence_goes_on_over_the_page_and_belongs_to_the_page_it_begins_on() -> None:
    document = read_pdf(guide())
    sentence = MODIFIERS[MODIFIERS.index("It is for") : MODIFIERS.index(" The second")]
    at = document.text.index(sentence)
    section = next(one for one in document.sections if one.start <= at < one.end)
    assert section.page == 1
    later = document.text.index("The second page has a sentence")
    assert next(one for one in document.sections if one.start <= later < one.end).page == 2
    assert {box.page for box in boxes(document.places, at, at + len(sentence))} == {1, 2}
    assert document.pages == 2


def test_headings_are_told_by_size_weight_and_number() -> None:
    document = read_pdf(guide())
    assert document.title == "Flaps of the foot"
    titles = [section.title for section in document.sections]
    assert [title for title in titles if title in {"Lifting", "Codes", "Modifiers"}][:1] == ["Lifting"]
    assert {"Lifting", "Codes", "Modifiers"} <= set(titles)


def test_a_table_of_contents_is_not_searched() -> None:
    pdf = new_pdf()
    pdf.add_page()
    put(pdf, 72, 90, "Flaps", size=20, bold=True)
    for number in range(8):
        put(pdf, 72, 120 + 14 * number, f"Chapter {number + 1} of the flap " + "." * 60 + f" {number + 2}")
    prose(pdf, 72, 400, 460, PARAGRAPH)
    found = " ".join(searched(read_pdf(saved(pdf))))
    assert "Chapter 3" not in found
    assert "The surgeon lifts" in found


def test_an_index_is_read_line_by_line_under_its_terms() -> None:
    document = read_pdf(index_page(), "index-2025.pdf")
    codes = {str(entry.code): entry.title for entry in document.entries}
    assert codes["HCPCS:A0430"] == "Ambulance, air"
    assert codes["HCPCS:E0959"] == "Amputee, adapter, wheelchair"
    assert "HCPCS:A0021" not in codes
    assert_lawful(document)


def test_words_cut_at_the_end_of_a_line_are_put_together() -> None:
    pdf = new_pdf()
    pdf.add_page()
    lines = ["The treatment of the wound, a self-administered therapy of the ICD-10-CM kind, goes on as the treat-",
             "ment that the surgeon chose, which is a therapy of the self-administered kind, and not one of the ICD-",
             "10-CM kind or of another kind that is known to the surgeon and his helper, who works as a micro-",
             "surgeon on most days of the week."]  # fmt: skip
    for number, line in enumerate(lines):
        put(pdf, 72, 100 + 13 * number, line)
    text = read_pdf(saved(pdf)).text
    assert "goes on as the treatment that" in text
    assert "of the ICD-10-CM kind or" in text
    assert "works as a microsurgeon" in text


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(degrees: int) -> None:
    import pypdfium2 as pdfium

    pdf = new_pdf()
    pdf.add_page()
    with turned(pdf, degrees):
        prose(pdf, 100, 300, 400, PARAGRAPH)
    turned_back = pdfium.PdfDocument(saved(pdf))
    turned_back[0].set_rotation(degrees)
    import io

    buffer = io.BytesIO()
    turned_back.save(buffer)
    document = read_pdf(buffer.getvalue())
    assert "lifts the flap from the foot together with its vessels" in document.text
    first, *_ = boxes(document.places, document.text.index("The surgeon"), document.text.index("from"))
    assert 0 <= first.x0 < first.x1 <= 1
    assert first.x1 - first.x0 > first.y1 - first.y0
    turned_back.close()


def test_a_watermark_is_stored_and_not_searched() -> None:
    pdf = new_pdf()
    pdf.add_page()
    prose(pdf, 72, 100, 460, PARAGRAPH)
    with turned(pdf, 45):
        put(pdf, 200, 396, "DRAFT", size=60)
    document = read_pdf(saved(pdf))
    assert "DRAFT" in document.text
    assert "DRAFT" not in " ".join(searched(document))


def test_the_boxes_of_a_quote_stand_where_it_is_drawn() -> None:
    document = read_pdf(guide())
    at = document.text.index("Left one begins")
    (box,) = boxes(document.places, at, at + len("Left one begins."))
    assert box.page == 1
    assert abs(box.x0 - 72 / 612) < 0.005
    assert box.y0 < 145 / 792 < box.y1
    assert box.y1 - box.y0 < 20 / 792
    assert boxes(document.places, at, at) == []
    half = boxes(document.places, at, at + 2)[0]
    assert half.x1 - half.x0 < box.x1 - box.x0
    assert boxes(b"", 0, 10) == []


def picture_of(text: str) -> bytes:
    """A PDF whose only page is a picture of a text."""
    from pdfs import pdf_of

    from assistant.parsing.pdf import draw_page

    def draw(pdf: object) -> None:
        pdf.add_page()  # type: ignore[attr-defined]
        prose(pdf, 72, 100, 460, text)  # type: ignore[arg-type]

    import io

    png = draw_page(pdf_of(draw), "a.pdf", 1, 3.0)
    pdf = new_pdf()
    pdf.add_page()
    pdf.image(io.BytesIO(png), 0, 0, 612, 792)
    pdf.add_page()
    prose(pdf, 72, 100, 460, PARAGRAPH)
    return saved(pdf)


@pytest.fixture(scope="module")
def scan() -> bytes:
    return picture_of("The flap of the scanned page is lifted from the forearm of the patient.")


@with_tesseract
def test_a_scanned_page_is_read_by_ocr_and_says_so(scan: bytes) -> None:
    document = read_pdf(scan, "scan.pdf")
    at = document.text.index("scanned page is lifted from the forearm")
    section = next(one for one in document.sections if one.start <= at < one.end)
    assert (section.page, section.location) == (1, "page 1, read by OCR")
    assert document.warnings == ("scan.pdf: page 1 is scanned and read by OCR, which makes mistakes",)
    assert [one.location for one in document.sections if one.page == 2] == [""]
    (box,) = boxes(document.places, at, at + len("scanned page"))
    assert box.y0 < 100 / 792 < box.y1
    assert_lawful(document)


def test_a_scanned_page_is_named_where_it_cannot_be_read(scan: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.parsing.pdf.find_tesseract", lambda: None)
    document = read_pdf(scan, "scan.pdf")
    (warning,) = document.warnings
    assert "page 1 is scanned, without text, and not read; install Tesseract" in warning
    import io

    import pypdfium2 as pdfium

    with pdfium.PdfDocument(scan) as pdf:
        del pdf[1]
        buffer = io.BytesIO()
        pdf.save(buffer)
    with pytest.raises(UnreadableDocument, match=r"scan\.pdf is a scan without text; install Tesseract"):
        read_pdf(buffer.getvalue(), "scan.pdf")


@with_tesseract
def test_scans_beyond_the_limit_are_named(scan: bytes) -> None:
    (warning,) = read_pdf(scan, "scan.pdf", scans=0).warnings
    assert "beyond ASSISTANT_MAX_SCANS" in warning


def test_an_ocr_that_fails_leaves_an_empty_page(scan: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "find_tesseract", lambda: "/nowhere/tesseract")
    monkeypatch.setattr("assistant.parsing.pdf.find_tesseract", lambda: "/nowhere/tesseract")
    assert "OCR found no text there" in read_pdf(scan, "scan.pdf").warnings[0]


def test_what_cannot_be_read_is_said_in_one_sentence() -> None:
    locked = new_pdf(encrypted="secret")
    locked.add_page()
    prose(locked, 72, 100, 460, PARAGRAPH)
    blank = new_pdf()
    blank.add_page()
    open_to_all = new_pdf()
    open_to_all.set_encryption(owner_password="owner")
    open_to_all.add_page()
    prose(open_to_all, 72, 100, 460, PARAGRAPH)
    assert "The surgeon lifts" in read_pdf(saved(open_to_all)).text
    cases = {
        "locked.pdf is locked with a password": saved(locked),
        "damaged.pdf is a damaged PDF": b"%PDF-1.7\nnothing of one",
        "blank.pdf is a PDF without any text": saved(blank),
        "long.pdf has 12 pages, more than the 10 taken at once": numbered(12),
    }
    for said, source in cases.items():
        with pytest.raises(UnreadableDocument) as raised:
            read_pdf(source, said.split()[0], pages=10)
        assert str(raised.value).startswith(said)
        assert "\n" not in str(raised.value)


PLACES = {
    "ICD-10-CM-Official-Guidelines-FY2026.pdf": (121, 289, {
        "may be reported only once for an encounter": 15,
        "assign codes U07.1, COVID-19, and J12.82, Pneumonia due to coronavirus disease 2019": 29,
        "If both abuse and dependence are documented, assign only the code for dependence": 43,
        "Routine or expected postoperative pain immediately after surgery should not be coded.": 47,
        "For lung injury due to vaping, assign only code U07.0.": 58,
        "Codes titled “other” or “other specified” are for use when the information": 9,
    }),
    "HCPCS_2019_Index.pdf": (48, 1_969, {
        "Gait trainer, E8000-E8002": 18, "fluid barrier, E1575": 13, "Voice amplifier, L8510": 46,
        "J0120-J7320, J9032, J9039, J9044, J9057, J9153, J9173, J9229": 23,
    }),
    "HCPCS_2019_Table_of_Drugs.pdf": (35, 776, {"Adalimumab\t20 mg\tSC\tJ0135": 2}),
    "icd10pcsOrderFile_layout.pdf": (1, 0, {"17\t60\tShort description": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PLACES))
def test_real_documents_are_read_whole(name: str, shared_data: Path) -> None:
    """We find the codes that pdftotext and a pattern find: all 776, all but 4 of 1,973, all but 4 of 293."""
    pages, codes, places = PLACES[name]
    document = read_pdf((shared_data / "documents" / name).read_bytes(), name, pages=200)
    assert document.pages == pages
    form = r"[A-Z]\d[0-9A-Z]\.[0-9A-Z]{1,4}" if "ICD-10-CM" in name else r"[A-V]\d{4}"
    passages = split_document(document, count_words, 120)
    found = {entry.code.value for entry in document.entries}
    found |= {mention.code.value for passage in passages for mention in passage.mentions}
    assert sum(re.fullmatch(form, value) is not None for value in found) >= codes
    for words, page in places.items():
        at = document.text.find(words)
        assert at >= 0, words
        section = next(one for one in document.sections if one.start <= at < one.end)
        assert section.page == page, words
        assert boxes(document.places, at, at + len(words))[0].page == page


def test_content_decides_and_not_the_name() -> None:
    for name in ("guide.txt", "guide.docx", "guide"):
        assert parsed(name, guide()).title == "Flaps of the foot"
    assert parsed("letter.pdf", "# Flaps\n\nA letter of words.").text == "# Flaps\n\nA letter of words."


def test_laws_and_determinism() -> None:
    for source in (guide(), numbered(4)):
        document: Document = read_pdf(source)
        assert_lawful(document)
        assert document == read_pdf(source)
