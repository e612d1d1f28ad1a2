"""Reads what OpenDocument files share: their body, whether they are locked, and the words of their paragraphs."""

from collections.abc import Iterator

from lxml import etree

from assistant.errors import UnreadableDocument
from assistant.parsing.decoding import printable
from assistant.parsing.package import check_package, package_parts, parse_part, read_part

CONTENT = "content.xml"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_MANIFEST = "META-INF/manifest.xml"
_TYPE = b"application/vnd.oasis.opendocument."
_MOST_BLANKS = 1_000
PARAGRAPHS = {f"{TEXT}p", f"{TEXT}h"}
# Deleted text is kept apart, as tracked changes; a comment or a ruby is no part of a sentence.
SKIPPED = {f"{TEXT}tracked-changes", f"{OFFICE}annotation", f"{TEXT}ruby-text", f"{TEXT}note-citation"}

_BLANKS = {f"{TEXT}tab", f"{TEXT}line-break"}
_APART = {f"{TEXT}note", "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}frame",
          "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}custom-shape"}  # fmt: skip


def opendocument_kind(source: bytes, parts: frozenset[str]) -> str:
    """What an OpenDocument file is: `text`, `spreadsheet` or another kind of theirs; "" for any other package."""
    if not {"mimetype", CONTENT} <= parts:
        return ""
    try:
        declared = read_part(source, "", "mimetype")[:200].strip()
    except UnreadableDocument:
        return ""
    if not declared.startswith(_TYPE):
        return ""
    return declared.removeprefix(_TYPE).decode("ascii", "replace").removesuffix("-template")


def read_body(source: bytes, name: str, kind: str, most_bytes: int) -> etree._Element:
    """The body of an OpenDocument file. Raises UnreadableDocument for one that is locked, damaged or too large."""
    check_package(source, name, most_bytes)
    if _MANIFEST in package_parts(source) and b"encryption-data" in read_part(source, name, _MANIFEST):
        raise UnreadableDocument(f"{name} is locked with a password; save it without one")
    body = parse_part(source, name, CONTENT).find(f"{OFFICE}body/{OFFICE}{kind}")
    if body is None:
        raise UnreadableDocument(f"{name} is damaged ({CONTENT} has no {kind}); save it again")
    return body


def words_of(paragraph: etree._Element) -> str:
    """The words of a paragraph in one line, without those of the frames and notes in it."""
    said: list[str] = [paragraph.text or ""]
    stack: list[etree._Element | str] = list(reversed(paragraph))
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            said.append(node)
            continue
        if node.tail:
            stack.append(node.tail)
        if not isinstance(node.tag, str) or node.tag in SKIPPED or node.tag in _APART:
            continue
        if node.tag == f"{TEXT}s":
            said.append(" " * repeated(node, f"{TEXT}c", _MOST_BLANKS))
        elif node.tag in _BLANKS:
            said.append(" ")
        else:
            said.append(node.text or "")
            stack += reversed(node)
    return " ".join(printable("".join(said)).split())


def paragraphs_of(element: etree._Element) -> Iterator[str]:
    """The words of all paragraphs below an element, also those in frames and notes."""
    for paragraph in element.iter(*PARAGRAPHS):
        if not any(above.tag in SKIPPED for above in paragraph.iterancestors()):
            said = words_of(paragraph)
            if said:
                yield said


def repeated(element: etree._Element, attribute: str, most: int) -> int:
    """How many times an element stands for itself, at least once and at most `most` times."""
    value = element.get(attribute, "1")
    return max(1, min(most, int(value))) if value.isdecimal() and len(value) < 10 else 1
