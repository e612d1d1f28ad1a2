"""The words of a PDF's pages with their places, as PDFium finds them in the text layer."""

import ctypes
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from assistant.errors import UnreadableDocument
from assistant.parsing.raised import raised

# Ligatures and bullets of symbol fonts, as a reader would type them; PDFium marks a hyphen at a line's end with \x02.
_SHOWN = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\x02": "-", "\ufffe": "-",
     "\uf0b7": "•", "\uf0a7": "•", "\xad": "-", "\ufeff": None, "\u200b": None, "\ufffd": None}
)  # fmt: skip
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
_BOLD_WEIGHT = 600
# A word ends where the next letter is further away than this share of the font's size, or where it goes back. Where
# PDFium guesses the end of a word, a smaller gap is enough; alone its guess is not, for it also guesses between letters
# that touch.
_GAP = 0.6
_GUESSED_GAP = 0.08
# The mark of a footnote is smaller than the word it stands behind, by the first share, and raised by the second.
_SMALLER = 0.85
_HIGHER = 0.15
_NAME = ctypes.create_string_buffer(128)  # filled anew for each word, in the one thread that reads
_SCAN_COVERS = 0.5
_SCAN_WORDS = 20


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box in points from the page's top left corner, as the page is shown; `order` is the file's own."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 10.0
    bold: bool = False
    order: int = 0

    @property
    def middle(self) -> float:
        """The height of its middle on the page."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its number from 1, its size in points, its upright words, and those that stand askew (watermarks).

    `scanned` marks a picture of text; `read_by_ocr` says that its words were read off that picture.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    askew: tuple[Word, ...] = ()
    scanned: bool = False
    read_by_ocr: bool = False


def open_pdf(source: bytes, name: str) -> pdfium.PdfDocument:
    """The PDF in these bytes. Raises UnreadableDocument if it is locked or damaged."""
    try:
        return pdfium.PdfDocument(source)
    except pdfium.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise UnreadableDocument(f"{name} is locked with a password; save it without one") from error
        raise UnreadableDocument(f"{name} is a damaged PDF; open it in a PDF reader and save it again") from error


def read_page(document: pdfium.PdfDocument, index: int, name: str) -> Page:
    """The page with an index from 0. Raises UnreadableDocument if PDFium cannot load it."""
    try:
        page = document[index]
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(
            f"{name} is a damaged PDF (page {index + 1} cannot be loaded); save it again"
        ) from error
    try:
        width, height = page.get_size()
        turn = page.get_rotation()
        left, bottom, right, top = page.get_bbox()
        text_page = page.get_textpage()
        try:
            found = list(_words(text_page, turn, _placing(turn, left, bottom, right, top)))
        finally:
            text_page.close()
        upright = tuple(word for word, straight in found if straight)
        askew = tuple(word for word, straight in found if not straight)
        scanned = len(found) < _SCAN_WORDS and _covered(page, width * height) >= _SCAN_COVERS
        return Page(index + 1, width, height, upright, askew, scanned)
    except pdfium.PdfiumError as error:
        raise UnreadableDocument(f"{name} is a damaged PDF (page {index + 1}); save it again") from error
    finally:
        page.close()


def _covered(page: pdfium.PdfPage, area: float) -> float:
    """The share of the page that its pictures cover."""
    covered = 0.0
    for item in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return covered / area if area > 0 else 0.0


Box = tuple[float, float, float, float]


def _placing(turn: int, left: float, bottom: float, right: float, top: float) -> Callable[[Box], Box]:
    """Turns (left, bottom, right, top) of the file into (x0, y0, x1, y1) from the top left of the page as shown."""
    match turn:
        case 90:
            return lambda box: (box[1] - bottom, box[0] - left, box[3] - bottom, box[2] - left)
        case 180:
            return lambda box: (right - box[2], box[1] - bottom, right - box[0], box[3] - bottom)
        case 270:
            return lambda box: (top - box[3], right - box[2], top - box[1], right - box[0])
        case _:
            return lambda box: (box[0] - left, top - box[3], box[2] - left, top - box[1])


def _characters(text_page: pdfium.PdfTextPage) -> Sequence[str]:
    """One string for each character that PDFium counts."""
    count = text_page.count_chars()
    text = text_page.get_text_range() if count else ""
    if len(text) == count:
        return text
    return [chr(pdfium_c.FPDFText_GetUnicode(text_page.raw, index)) for index in range(count)]


def _words(text_page: pdfium.PdfTextPage, turn: int, place: Callable[[Box], Box]) -> Iterator[tuple[Word, bool]]:
    """The words in the file's order, each with whether it stands upright."""
    raw = text_page.raw
    rectangle, matrix = pdfium_c.FS_RECTF(), pdfium_c.FS_MATRIX()
    into = ctypes.byref(rectangle)
    box_of = pdfium_c.FPDFText_GetLooseCharBox
    order = 0
    start = -1
    letters: list[str] = []
    box = base = (0.0, 0.0, 0.0, 0.0)  # of the word, and of its first letter
    size, bold, straight = 0.0, False, True
    guessed = False

    def finished() -> Iterator[tuple[Word, bool]]:
        text = _UNSEEN.sub("", "".join(letters).translate(_SHOWN)).strip()
        if text:
            yield Word(text, *box, size, bold, order), straight

    for index, character in enumerate(_characters(text_page)):
        if character.isspace() or character == "\x00":
            if pdfium_c.FPDFText_IsGenerated(raw, index) == 1:
                guessed = True
                continue
            yield from finished()
            order += bool(letters)
            letters = []
            continue
        if not box_of(raw, index, into):
            continue
        here = place((rectangle.left, rectangle.bottom, rectangle.right, rectangle.top))
        if letters:
            apart = here[0] - box[2]
            middle = (here[1] + here[3]) / 2
            most = _GUESSED_GAP if guessed else _GAP
            if straight and (apart > most * size or here[0] < box[0] - size or not box[1] <= middle <= box[3]):
                yield from finished()
                order += 1
                letters = []
        guessed = False
        if letters and straight and _is_raised(here, base):
            character = raised(character, "".join(letters))
            if character[0] == " ":
                yield from finished()
                order += 1
                letters, character = [], character[1:]
        if not letters:
            start, base = index, here
            size, bold, straight = _font(raw, start, turn, matrix, here)
            box = here
        letters.append(character)
        box = (min(box[0], here[0]), min(box[1], here[1]), max(box[2], here[2]), max(box[3], here[3]))
    yield from finished()


def _is_raised(letter: Box, base: Box) -> bool:
    """Whether a letter is smaller than the first of its word and ends above it."""
    height, least = letter[3] - letter[1], base[3] - base[1]
    return height < _SMALLER * least and base[3] - letter[3] > _HIGHER * least


def _font(raw: object, index: int, turn: int, matrix: pdfium_c.FS_MATRIX, box: Box) -> tuple[float, bool, bool]:
    """(size in points, whether it is bold, whether it stands upright) of a character."""
    size = pdfium_c.FPDFText_GetFontSize(raw, index)
    straight = True
    if pdfium_c.FPDFText_GetMatrix(raw, index, ctypes.byref(matrix)):
        along, up = matrix.a, matrix.b
        for _ in range(turn // 90):
            along, up = up, -along
        straight = along > 0 and abs(up) < 0.2 * along
        size *= math.hypot(matrix.c, matrix.d)
    if not 1.0 <= size <= 1_000.0:
        size = max(1.0, (box[3] - box[1]) * 0.75)
    return round(size, 1), _is_bold(raw, index), straight


def _is_bold(raw: object, index: int) -> bool:
    """Whether a font is bold, by its weight or, if the file gives none, by its name."""
    if pdfium_c.FPDFText_GetFontWeight(raw, index) >= _BOLD_WEIGHT:
        return True
    length = pdfium_c.FPDFText_GetFontInfo(raw, index, _NAME, len(_NAME), None)
    name = _NAME.raw[: max(0, min(length, len(_NAME)) - 1)].lower()
    return b"bold" in name or b"black" in name or b"heavy" in name
