"""Turns one file into a `Document`, with one module for each format."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.errors import UnreadableDocument
from assistant.parsing.cm_tabular import looks_like_cm_tabular, parse_cm_tabular
from assistant.parsing.compound import compound_streams, is_compound, why_unread
from assistant.parsing.decoding import decode
from assistant.parsing.docx import looks_like_docx, parse_docx
from assistant.parsing.eml import eml_attachments, looks_like_eml, parse_eml
from assistant.parsing.epub import looks_like_epub, parse_epub
from assistant.parsing.fhir import looks_like_fhir, parse_fhir
from assistant.parsing.hcpcs_file import looks_like_hcpcs_file, parse_hcpcs_file
from assistant.parsing.hcpcs_headings import with_headings
from assistant.parsing.html import parse_html
from assistant.parsing.json_table import parse_json_table
from assistant.parsing.json_text import SUFFIXES as JSON_SUFFIXES
from assistant.parsing.json_text import looks_like_json, read_json
from assistant.parsing.markdown import parse_markdown
from assistant.parsing.message import Attachment
from assistant.parsing.msg import looks_like_msg, msg_attachments, parse_msg
from assistant.parsing.ods import parse_ods
from assistant.parsing.odt import parse_odt
from assistant.parsing.opendocument import opendocument_kind
from assistant.parsing.order_file import looks_like_order_file, parse_order_file
from assistant.parsing.package import (
    check_package,
    macro_warnings,
    package_parts,
    refuse_other_package,
)
from assistant.parsing.pcs_definitions import looks_like_pcs_definitions, parse_pcs_definitions
from assistant.parsing.pcs_index import looks_like_pcs_index, parse_pcs_index
from assistant.parsing.pcs_tables import looks_like_pcs_tables, parse_pcs_tables
from assistant.parsing.pdf import draw_page as draw_pdf_page
from assistant.parsing.pdf import looks_like_pdf, parse_pdf
from assistant.parsing.plain import parse_plain
from assistant.parsing.pptx import looks_like_pptx, parse_pptx
from assistant.parsing.rtf import looks_like_rtf, parse_rtf
from assistant.parsing.scan import draw_scan, looks_like_scan, parse_scan
from assistant.parsing.table import looks_like_table, parse_table
from assistant.parsing.workbook import looks_like_workbook, parse_workbook
from assistant.parsing.xls import looks_like_xls, parse_xls
from assistant.parsing.xml_tree import root_tag
from assistant.types import Document
from assistant.types.codes import BUILT_IN, CodeSystem

SUFFIXES = (
    ".md", ".markdown", ".txt", ".text", ".html", ".htm", ".xhtml", ".csv", ".tsv", ".xml", ".xlsx", ".xlsm", ".xls",
    ".pdf", ".docx", ".docm", ".odt", ".ods", ".pptx", ".pptm", ".rtf", ".epub", ".zip", ".eml", ".msg",
    ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".json", ".ndjson", ".jsonl",
)  # fmt: skip
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_TEXTS = (".txt", ".text")
_MESSAGES = (".eml", ".msg")

Parse = Callable[[str, str, str, Sequence[CodeSystem]], Document]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one file: pages of a PDF, pages that OCR reads, and bytes when unpacked."""

    pages: int = 5_000
    scans: int = 100
    unpacked: int = 256 * 1024 * 1024


DEFAULT_LIMITS = Limits()

# Official code sets, which their content betrays whatever the file is called.
_CODE_SETS: tuple[tuple[Callable[[str], bool], Parse], ...] = (
    (looks_like_order_file, parse_order_file),
    (looks_like_hcpcs_file, parse_hcpcs_file),
    (looks_like_pcs_index, parse_pcs_index),
    (looks_like_pcs_definitions, parse_pcs_definitions),
    (looks_like_pcs_tables, parse_pcs_tables),
    (looks_like_cm_tabular, parse_cm_tabular),
)


def parse_document(
    source: bytes, name: str, systems: Sequence[CodeSystem] = BUILT_IN, limits: Limits = DEFAULT_LIMITS
) -> Document:
    """The document that `source` holds. Its content decides the format; for a text that fits several, its name does.

    `name` is the file's name or its path inside an indexed folder; it gives the id if the content does not.
    Raises UnreadableDocument with one line that names the file and says what to do.
    """
    path = PurePosixPath(name)
    if looks_like_pdf(source):
        return parse_pdf(source, name, systems, most_pages=limits.pages, most_scans=limits.scans)
    if looks_like_rtf(source):
        return parse_rtf(source, name, path.stem, systems)
    if looks_like_scan(source):
        return parse_scan(source, name, systems, most_pages=limits.pages, most_scans=limits.scans)
    if is_compound(source):
        return _compound(source, name, path.stem, systems)
    if path.suffix.lower() == ".eml" or looks_like_eml(source):
        return parse_eml(source, name, path.stem, systems)
    parts = package_parts(source)
    if looks_like_docx(parts):
        return parse_docx(source, name, path.stem, systems, most_bytes=limits.unpacked)
    if looks_like_epub(parts):
        return parse_epub(source, name, path.stem, systems, most_bytes=limits.unpacked)
    if looks_like_workbook(parts):
        check_package(source, name, limits.unpacked)
        document = with_headings(parse_workbook(source, name, path.stem, systems))
        return replace(document, warnings=document.warnings + macro_warnings(name, parts))
    if looks_like_pptx(parts):
        return parse_pptx(source, name, path.stem, systems, most_bytes=limits.unpacked)
    match opendocument_kind(source, parts):
        case "text":
            return parse_odt(source, name, path.stem, systems, most_bytes=limits.unpacked)
        case "spreadsheet":
            return with_headings(parse_ods(source, name, path.stem, systems, most_bytes=limits.unpacked))
    refuse_other_package(source, name, parts)
    text = decode(source, name)
    return with_headings(_parser(text, name, path.suffix.lower(), systems)(text, name, path.stem, systems))


def draw_page(source: bytes, name: str, page: int, scale: float) -> bytes:
    """A page of a PDF or a scan, numbered from 1, as PNG with `scale` dots a point.

    Raises UnreadableDocument if there is no such page.
    """
    return (draw_scan if looks_like_scan(source) else draw_pdf_page)(source, name, page, scale)


def is_message(name: str) -> bool:
    """Whether a file's name says that it is a message, whose attachments are documents of their own."""
    return PurePosixPath(name).suffix.lower() in _MESSAGES


def attachments(source: bytes, name: str) -> tuple[Attachment, ...]:
    """The files in a message, .eml or .msg. Raises UnreadableDocument where it is damaged or none."""
    if is_compound(source):
        return msg_attachments(source, name) if looks_like_msg(compound_streams(source, name)) else ()
    return eml_attachments(source, name)


def _compound(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    streams = compound_streams(source, name)
    if looks_like_xls(streams):
        return with_headings(parse_xls(source, name, stem, systems))
    if looks_like_msg(streams):
        return parse_msg(source, name, stem, systems)
    raise UnreadableDocument(why_unread(name, streams))


def _parser(text: str, name: str, suffix: str, systems: Sequence[CodeSystem]) -> Parse:
    for looks_like, parse in _CODE_SETS:
        if looks_like(text):
            return parse
    match suffix:
        case ".md" | ".markdown":
            return parse_markdown
        case ".csv" | ".tsv":
            return parse_table
        case ".html" | ".htm" | ".xhtml":
            return parse_html
        case _ if suffix in JSON_SUFFIXES or (suffix not in _TEXTS and looks_like_json(text)):
            return _parse_json
        case _ if _HTML.match(text):
            return parse_html
        case _ if suffix == ".xml" or text.startswith("<?xml"):
            raise UnreadableDocument(
                f"{name} is XML of a kind that is not read here (<{root_tag(text) or 'no element'}>); give the "
                "ICD-10-PCS tables, index or definitions, or the ICD-10-CM tabular list"
            )
        case _ if looks_like_table(text, systems):
            return parse_table
        case _:
            return parse_plain


def _parse_json(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    value, by_line = read_json(text, name)
    if looks_like_fhir(value):
        return parse_fhir(value, name, stem, systems)
    return parse_json_table(value, name, stem, systems, by_line=by_line)
