"""Reads a scanned page with Tesseract, if it is installed."""

import csv
import functools
import io
import shutil
import subprocess

import pypdfium2 as pdfium

from assistant.parsing.pdf.pictures import page_png
from assistant.parsing.pdf.words import Page, Word

_DOTS_PER_POINT = 300 / 72
_MOST_DOTS = 4_500.0
_SECONDS = 120
_SURE = 30.0


@functools.cache
def find_tesseract() -> str | None:
    """The path of Tesseract, if it is installed."""
    return shutil.which("tesseract")


def read_scan(document: pdfium.PdfDocument, page: Page) -> Page:
    """The page with the words that Tesseract reads on its picture; without words if it fails or takes too long."""
    scale = min(_DOTS_PER_POINT, _MOST_DOTS / max(page.width, page.height, 1.0))
    return read_picture(page_png(document, page.number - 1, scale), scale, page)


def read_picture(picture: bytes, scale: float, page: Page) -> Page:
    """The page with the words that Tesseract reads on its picture, drawn with `scale` dots a point."""
    words: list[Word] = []
    try:
        done = subprocess.run(
            [find_tesseract() or "tesseract", "stdin", "stdout", "--dpi", str(round(72 * scale)), "tsv"],
            input=picture,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
        words = _words(done.stdout.decode("utf-8", "replace"), scale)
    except (subprocess.SubprocessError, OSError):
        pass
    return Page(page.number, page.width, page.height, (*words,), (), scanned=True, read_by_ocr=True)


def _words(table: str, scale: float) -> list[Word]:
    """The words of Tesseract's table, in its reading order."""
    words: list[Word] = []
    sizes: dict[tuple[str, ...], tuple[float, float]] = {}
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        line = (row["block_num"], row["par_num"], row["line_num"])
        left, top, width, height = (float(row[key]) / scale for key in ("left", "top", "width", "height"))
        if row["level"] == "4":
            sizes[line] = (top, top + height)
            continue
        text = (row["text"] or "").strip()
        if row["level"] != "5" or not text or float(row["conf"]) < _SURE:
            continue
        # A word gets the height of its line, whatever letters it has.
        upper, lower = sizes.get(line, (top, top + height))
        words.append(Word(text, left, upper, left + width, lower, round(0.8 * (lower - upper), 1), False, len(words)))
    return words
