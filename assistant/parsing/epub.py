"""Reads an EPUB book: its chapters in reading order, each as a reader sees its page."""

import posixpath
from collections.abc import Sequence
from urllib.parse import unquote

from lxml import etree

from assistant.errors import UnreadableDocument
from assistant.parsing.decoding import decode
from assistant.parsing.package import check_package, package_parts, parse_part, read_part
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import Heading
from assistant.parsing.subject import find_subject
from assistant.parsing.visible import read_visible
from assistant.types import Document
from assistant.types.codes import CodeSystem

_CONTAINER = "META-INF/container.xml"
_ROOT_FILE = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_OPF = "{http://www.idpf.org/2007/opf}"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_PAGES = {"application/xhtml+xml", "text/html"}


def looks_like_epub(parts: frozenset[str]) -> bool:
    """Whether the parts of a package are those of a book."""
    return _CONTAINER in parts and "mimetype" in parts


def parse_epub(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem], *, most_bytes: int) -> Document:
    """A document from a book. Raises UnreadableDocument for one that is damaged, copy-protected or too large."""
    check_package(source, name, most_bytes)
    parts = package_parts(source)
    if "META-INF/rights.xml" in parts or "META-INF/sinf.xml" in parts:
        raise UnreadableDocument(f"{name} is a copy-protected book, which cannot be read here")
    root = parse_part(source, name, _CONTAINER).find(f".//{_ROOT_FILE}")
    path = root.get("full-path", "") if root is not None else ""
    if path not in parts:
        raise UnreadableDocument(f"{name} is a damaged book (it names no list of its chapters); save it again")
    listing = parse_part(source, name, path)
    title = listing.find(f".//{_TITLE}")
    texts: list[str] = []
    headings: list[Heading] = []
    position = 0
    for chapter in _chapters(listing, posixpath.dirname(path)):
        if chapter not in parts:
            continue
        seen = read_visible(decode(read_part(source, name, chapter), f"{name}/{chapter}"))
        texts.append(seen.text.rstrip() + "\n\n")
        headings += [
            Heading(one.title, one.start + position, min(one.end, len(texts[-1])) + position, one.level)
            for one in seen.headings
        ]
        position += len(texts[-1])
    text = "".join(texts)
    if not text.strip():
        raise UnreadableDocument(f"{name} is a book without any text; there is nothing to index")
    shown = " ".join((title.text or "").split()) if title is not None else ""
    subject = find_subject(text, name, systems, title=shown)
    return prose_document(text, stem, subject, headings)


def _chapters(listing: etree._Element, folder: str) -> list[str]:
    """The paths of the chapters in reading order."""
    paths = {
        item.get("id", ""): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for item in listing.iter(f"{_OPF}item")
        if item.get("media-type") in _PAGES
    }
    order = [item.get("idref", "") for item in listing.iter(f"{_OPF}itemref")]
    return [paths[one] for one in order if one in paths]
