"""Reads a PDF: its text layer in reading order, its tables row by row, and pages that are pictures by OCR.

Running headers, footers and page numbers are stored behind the last page's words and not searched, so that a sentence
can go on from one page to the next.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from assistant.errors import UnreadableDocument
from assistant.language.sentences import split_sentences
from assistant.parsing.composing import Kind, Piece, compose, starts_of
from assistant.parsing.pdf.furniture import part_furniture
from assistant.parsing.pdf.geometry import rows_of
from assistant.parsing.pdf.layout import Line, lines_of
from assistant.parsing.pdf.ocr import find_tesseract, read_scan
from assistant.parsing.pdf.paragraphs import Paragraph, Placed, read_paragraphs
from assistant.parsing.pdf.pictures import page_png
from assistant.parsing.pdf.words import Page, Word, open_pdf, read_page
from assistant.parsing.places import Place, pack
from assistant.parsing.rendering import shown_lines
from assistant.types import Document
from assistant.types.codes import CodeSystem

_MAGIC = b"%PDF-"
_READ_BY_OCR = "read by OCR"
_MEANINGLESS_TITLES = ("untitled", "microsoft word", "document", ".doc", ".pdf", ".indd", ".qxd", ".xls")


def looks_like_pdf(source: bytes) -> bool:
    """Whether the bytes are a PDF; a few other bytes may stand before its beginning."""
    return _MAGIC in source[:1024]


def parse_pdf(source: bytes, name: str, systems: Sequence[CodeSystem], *, most_pages: int, most_scans: int) -> Document:
    """A document from a PDF. Raises UnreadableDocument for one that is locked, damaged, too long or without text.

    `most_pages` is the most pages that a PDF may have, `most_scans` the most pages that OCR reads.
    """
    document = open_pdf(source, name)
    try:
        count = len(document)
        if count > most_pages:
            raise UnreadableDocument(
                f"{name} has {count:,} pages, more than the {most_pages:,} taken at once; split it, or raise "
                "ASSISTANT_MAX_PAGES"
            )
        if count == 0:
            raise UnreadableDocument(f"{name} is a PDF without pages; there is nothing to index")
        pages = [read_page(document, index, name) for index in range(count)]
        scanned = [page.number for page in pages if page.scanned]
        unread = set(scanned)
        if scanned and find_tesseract():
            for number in scanned[:most_scans]:
                pages[number - 1] = read_scan(document, pages[number - 1])
                unread.discard(number)
        window_title = _window_title(document.get_metadata_dict(skip_empty=True).get("Title", ""))
    finally:
        document.close()
    if not any(page.words or page.askew for page in pages):
        raise UnreadableDocument(_no_text(name, scanned))
    return pages_document(pages, name, systems, sorted(unread), window_title)


def draw_page(source: bytes, name: str, page: int, scale: float) -> bytes:
    """A page, numbered from 1, as PNG with `scale` dots a point. Raises UnreadableDocument if there is no such page."""
    document = open_pdf(source, name)
    try:
        if not 1 <= page <= len(document):
            raise UnreadableDocument(f"{name} has no page {page}; its pages are numbered from 1 to {len(document)}")
        return page_png(document, page - 1, scale)
    finally:
        document.close()


def _no_text(name: str, scanned: Sequence[int]) -> str:
    if not scanned:
        return f"{name} is a PDF without any text; there is nothing to index"
    if find_tesseract():
        return f"{name} is a scan in which no text could be read; scan it again, straighter or with more contrast"
    return f"{name} is a scan without text; install Tesseract to have it read, or save it with a text layer"


def _warnings(name: str, pages: Sequence[Page], unread: Sequence[int]) -> tuple[str, ...]:
    warnings = []
    by_ocr = [page.number for page in pages if page.read_by_ocr and page.words]
    empty = [page.number for page in pages if page.read_by_ocr and not page.words]
    if by_ocr:
        warnings.append(f"{name}: {_pages(by_ocr)} scanned and read by OCR, which makes mistakes")
    if unread:
        how = "they are beyond ASSISTANT_MAX_SCANS" if find_tesseract() else "install Tesseract to have them read"
        warnings.append(f"{name}: {_pages(unread)} scanned, without text, and not read; {how}")
    if empty:
        warnings.append(f"{name}: {_pages(empty)} scanned, and OCR found no text there")
    return tuple(warnings)


def _pages(numbers: Sequence[int]) -> str:
    return f"page {numbers[0]} is" if len(numbers) == 1 else f"pages {shown_lines(numbers)} are"


def _window_title(title: str) -> str:
    """The title in the file's description, if a person wrote it."""
    shown = " ".join(title.split())
    return "" if any(part in shown.lower() for part in _MEANINGLESS_TITLES) else shown


def pages_document(
    pages: Sequence[Page], name: str, systems: Sequence[CodeSystem], unread: Sequence[int], window_title: str = ""
) -> Document:
    """The document of pages in their order; those of the numbers in `unread` are scans that nobody read."""
    warnings = _warnings(name, pages, unread)
    parted = part_furniture(pages)
    read: list[tuple[int, Sequence[Line]]] = []
    for page, (body, _) in zip(pages, parted, strict=True):
        read.append((page.number, [line for line in lines_of(body) if line.words]))
    _number_tables(read)
    pieces: list[Piece] = []
    placed: list[Sequence[Placed]] = []
    by_ocr = {page.number for page in pages if page.read_by_ocr}
    for paragraph in read_paragraphs(read):
        for piece, words in _pieces(paragraph, by_ocr):
            pieces.append(piece)
            placed.append(words)
    for page, (_, running) in zip(pages, parted, strict=True):
        for line in _asides(page, running):
            pieces.append(Piece(" ".join(word.text for word in line), Kind.ASIDE, page=None, end="\n"))
            placed.append(_in_a_row(line, page.number))
    sizes = {page.number: (page.width or 1.0, page.height or 1.0) for page in pages}
    places = (
        _place(start + one.start, one, sizes[one.page])
        for start, words in zip(starts_of(pieces), placed, strict=True)
        for one in words
    )
    return compose(
        pieces, name, PurePosixPath(name).stem, systems, window_title=window_title, warnings=warnings,
        pages=len(pages), places=pack(places),
    )  # fmt: skip


def _place(start: int, one: Placed, size: tuple[float, float]) -> Place:
    word, (width, height) = one.word, size
    return Place(start, one.length, one.page, word.x0 / width, word.y0 / height, word.x1 / width, word.y1 / height)


def _number_tables(read: list[tuple[int, Sequence[Line]]]) -> None:
    """Numbers tables through the document; one that ends a page goes on at the next if that has as many cells."""
    number, last = 0, None
    for at, (page, lines) in enumerate(read):
        own: dict[int, int] = {}
        numbered = []
        for index, line in enumerate(lines):
            if line.table is not None:
                if line.table not in own:
                    goes_on = index == 0 and last is not None and last.table and len(last.cells) == len(line.cells)
                    number += not goes_on
                    own[line.table] = number
                line = replace(line, table=own[line.table])
            numbered.append(line)
        last = numbered[-1] if numbered else None
        read[at] = (page, numbered)


def _pieces(paragraph: Paragraph, by_ocr: set[int]) -> list[tuple[Piece, Sequence[Placed]]]:
    """A paragraph in one piece, or in one for each page: a sentence belongs to the page that it begins on."""
    whole = _piece(paragraph, paragraph.text, paragraph.page, by_ocr)
    if len({one.page for one in paragraph.placed}) == 1:
        return [(whole, paragraph.placed)]
    cuts: list[tuple[int, int]] = [(0, paragraph.page)]
    page_at = {one.start: one.page for one in paragraph.placed}
    for start, _ in split_sentences(paragraph.text):
        page = page_at.get(start, cuts[-1][1])
        if page > cuts[-1][1]:
            cuts.append((start, page))
    pieces: list[tuple[Piece, Sequence[Placed]]] = []
    for (start, page), (end, _) in zip(cuts, [*cuts[1:], (len(paragraph.text), 0)], strict=True):
        text = paragraph.text[start:end]
        kept = text.rstrip()
        joint = text[len(kept) :] if end < len(paragraph.text) else whole.end
        words = [
            Placed(one.word, one.page, one.start - start, one.length)
            for one in paragraph.placed
            if start <= one.start < end
        ]
        pieces.append((replace(_piece(paragraph, kept, page, by_ocr), end=joint), words))
    return pieces


def _piece(paragraph: Paragraph, text: str, page: int, by_ocr: set[int]) -> Piece:
    location = f"page {page}, {_READ_BY_OCR}" if page in by_ocr else ""
    kind, end = Kind.PROSE, "\n\n"
    if paragraph.contents:
        kind, end = Kind.ASIDE, "\n"
    elif paragraph.table is not None:
        kind, end = Kind.ROW, "\n"
    elif paragraph.level:
        kind = Kind.HEADING
    return Piece(
        text, kind, paragraph.level, page, paragraph.table or 0, left=paragraph.left, location=location, end=end
    )


def _asides(page: Page, running: Sequence[Word]) -> list[list[Word]]:
    return [*rows_of(running), *([list(page.askew)] if page.askew else [])]


def _in_a_row(words: Sequence[Word], page: int) -> list[Placed]:
    placed, position = [], 0
    for word in words:
        placed.append(Placed(word, page, position, len(word.text)))
        position += len(word.text) + 1
    return placed
