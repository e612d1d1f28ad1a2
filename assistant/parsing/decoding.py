"""Turns the bytes of a file into text (UTF-8, UTF-16, or Windows/ISO Latin-1), and refuses bytes that are no text."""

import codecs
import re

from assistant.errors import UnreadableDocument

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_MAGIC = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip or Office file", b"\x89PNG": "an image", b"\xff\xd8\xff": "an image"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")


def decode(source: bytes, name: str) -> str:
    """The text of `source`, its line ends as they are, without a byte order mark.

    Raises UnreadableDocument for an empty, binary or damaged file, naming it and, for damage, the byte.
    """
    if not source.strip():
        raise UnreadableDocument(f"{name} is empty; there is nothing to index")
    for magic, what in _MAGIC.items():
        if source.startswith(magic):
            raise UnreadableDocument(f"{name} is {what}, which cannot be read as text; give it as text, HTML or CSV")
    text = _decoded(source, name)
    if not text.strip():
        raise UnreadableDocument(f"{name} is empty; there is nothing to index")
    if len(_CONTROLS.findall(text[:100_000])) > len(text[:100_000]) // 500:
        raise UnreadableDocument(f"{name} is a binary file, not text; give the document as Markdown, text, HTML or CSV")
    return text


def printable(text: str) -> str:
    """A text that another format carried, without control characters; letters in two halves are put together."""
    if _HALVES.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROLS.sub("", text)


def _decoded(source: bytes, name: str) -> str:
    encoding = next((encoding for bom, encoding in _BOMS if source.startswith(bom)), None) or _utf16_guess(source)
    try:
        return source.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        damaged = encoding is not None or len(_UTF8_SEQUENCE.findall(source)) > _errors(source)
        if damaged:
            line = source.count(b"\n", 0, error.start) + 1
            shown = (encoding or "utf-8").upper().removesuffix("-SIG")
            raise UnreadableDocument(
                f"{name} is damaged {shown} text at byte {error.start} (line {line}); save it again as UTF-8"
            ) from error
    try:
        return source.decode("cp1252")
    except UnicodeDecodeError:
        return source.decode("latin-1")


def _errors(source: bytes) -> int:
    """The number of bytes that are not UTF-8."""
    return source.decode("utf-8", errors="replace").count("�")


def _utf16_guess(source: bytes) -> str | None:
    """UTF-16 without a byte order mark: text in a Western script has a zero in every other byte."""
    sample = source[:4096]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = sample[offset::2], sample[1 - offset :: 2]
        if len(sample) >= 4 and zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.05 * len(others) + 1:
            return encoding
    return None
