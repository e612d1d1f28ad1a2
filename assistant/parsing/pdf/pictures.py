"""Draws a page of a PDF as a PNG."""

import struct
import zlib

import pypdfium2 as pdfium

_MOST_DOTS = 25_000_000


def page_png(document: pdfium.PdfDocument, index: int, scale: float) -> bytes:
    """The page with an index from 0, as a grey or coloured PNG, `scale` dots a point; a huge page is drawn smaller."""
    page = document[index]
    try:
        width, height = page.get_size()
        dots = max(1.0, width * height) * scale * scale
        if dots > _MOST_DOTS:
            scale *= (_MOST_DOTS / dots) ** 0.5
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
        try:
            return _png(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels)
        finally:
            bitmap.close()
    finally:
        page.close()


def _png(dots: bytes, width: int, height: int, stride: int, channels: int) -> bytes:
    """A PNG of 8-bit dots in rows of `stride` bytes: grey (1 channel), RGB (3) or RGBA (4)."""
    rows = bytearray()
    for row in range(height):
        rows.append(0)
        rows += dots[row * stride : row * stride + width * channels]
    head = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _part(b"IHDR", head) + _part(b"IDAT", zlib.compress(rows, 3)) + _part(b"IEND", b"")


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
