"""Reads scanned pages saved as pictures (TIFF, PNG, JPEG) with Tesseract, and draws them as pages."""

import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.pdf import pages_document
from assistant.parsing.pdf.ocr import find_tesseract, read_picture
from assistant.parsing.pdf.words import Page
from assistant.types import Document
from assistant.types.codes import CodeSystem

if TYPE_CHECKING:
    from PIL.Image import Image

_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*")
_MOST_DOTS = 100_000_000
# Tesseract reads best at 300 dots an inch, and no picture that is much larger than a page.
_DENSITY = 300.0
_LONGEST = 4_500.0
_LARGEST_GROWTH = 3.0
_PAPER = 8.5  # inches across a page, where the picture does not say how dense it is
_DENSITIES = (60.0, 1_300.0)


def looks_like_scan(source: bytes) -> bool:
    """Whether the bytes are a picture of a kind that scanners save."""
    return source.startswith(_MAGIC)


def parse_scan(
    source: bytes, name: str, systems: Sequence[CodeSystem], *, most_pages: int, most_scans: int
) -> Document:
    """A document from the words on a scan. Raises UnreadableDocument without Tesseract, or where it finds no words.

    `most_pages` is the most pages that a scan may have, `most_scans` the most of them that OCR reads.
    """
    if not find_tesseract():
        raise UnreadableDocument(f"{name} is a picture of a page; install Tesseract to have it read")
    pages: list[Page] = []
    with _opened(source, name) as picture:
        count = getattr(picture, "n_frames", 1)
        if count > most_pages:
            raise UnreadableDocument(
                f"{name} has {count:,} pages, more than the {most_pages:,} taken at once; split it, or raise "
                "ASSISTANT_MAX_PAGES"
            )
        for number in range(1, count + 1):
            if number > most_scans:
                pages.append(Page(number, 612.0, 792.0, (), (), scanned=True))
                continue
            frame, density = _frame(picture, number, name)
            page = Page(number, frame.width * 72 / density, frame.height * 72 / density, ())
            growth = min(_DENSITY / density, _LARGEST_GROWTH, _LONGEST / max(frame.size))
            pages.append(read_picture(_png(frame, growth), growth * density / 72, page))
    if not any(page.words for page in pages):
        raise UnreadableDocument(
            f"{name} is a picture in which no text could be read; scan it again, straighter or with more contrast"
        )
    return pages_document(pages, name, systems, [page.number for page in pages if page.number > most_scans])


def draw_scan(source: bytes, name: str, page: int, scale: float) -> bytes:
    """A page of a scan, numbered from 1, as PNG with `scale` dots a point."""
    with _opened(source, name) as picture:
        count = getattr(picture, "n_frames", 1)
        if not 1 <= page <= count:
            raise UnreadableDocument(f"{name} has no page {page}; its pages are numbered from 1 to {count}")
        frame, density = _frame(picture, page, name)
        return _png(frame, min(scale * 72 / density, _LONGEST / max(frame.size)))


@contextmanager
def _opened(source: bytes, name: str) -> Iterator["Image"]:
    """The picture; what Pillow raises for one that is damaged becomes one sentence."""
    # Imported here, because a query imports this module too and would pay for it.
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large pictures and of odd headers
            with Image.open(io.BytesIO(source), formats=("PNG", "JPEG", "TIFF")) as picture:
                yield picture
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except (OSError, ValueError, TypeError, LookupError, SyntaxError, EOFError, struct.error, ArithmeticError,
            AttributeError, RuntimeError) as error:  # fmt: skip
        raise UnreadableDocument(f"{name} is a damaged picture ({in_one_line(error)}); save it again") from error


def _frame(picture: "Image", number: int, name: str) -> tuple["Image", float]:
    """(a page in grey as it stands upright, its dots an inch); dots that are not square are made so."""
    from PIL import Image, ImageOps

    picture.seek(number - 1)
    if picture.width * picture.height > _MOST_DOTS:
        raise _too_large(name)
    across, down = _density(picture)
    frame = ImageOps.exif_transpose(picture) or picture
    if frame.size != picture.size:
        across, down = down, across
    if frame.mode in {"RGBA", "LA", "PA"} or "transparency" in frame.info:
        clear = frame.convert("RGBA")
        frame = Image.new("RGBA", clear.size, "white")
        frame.alpha_composite(clear)
    if frame.mode.startswith("I;16") or frame.mode in {"I", "F"}:
        frame = frame.convert("F").point(lambda value: value * (1 / 257))
    frame = frame.convert("L")
    if across and down and not 0.9 < across / down < 1.1:
        finer = max(across, down)
        frame = frame.resize((_grown(frame.width, finer / across), _grown(frame.height, finer / down)))
        across = finer
    return frame, across or max(_DENSITIES[0], min(_DENSITY, frame.width / _PAPER))


def _density(picture: "Image") -> tuple[float, float]:
    """The dots an inch that a picture declares, across and down; (0, 0) where it says nothing that can be true."""
    declared = picture.info.get("dpi", (0, 0))
    across, down = (float(one) for one in declared)
    low, high = _DENSITIES
    return (across, down) if low <= across <= high and low <= down <= high else (0.0, 0.0)


def _png(frame: "Image", growth: float) -> bytes:
    from PIL import Image

    size = (_grown(frame.width, growth), _grown(frame.height, growth))
    drawn = frame if size == frame.size else frame.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _grown(length: int, growth: float) -> int:
    return max(1, round(length * growth))


def _too_large(name: str) -> UnreadableDocument:
    return UnreadableDocument(
        f"{name} is a picture of more than {_MOST_DOTS // 1_000_000} million dots; scan it coarser"
    )
