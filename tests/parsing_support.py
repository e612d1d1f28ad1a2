"""What tests of the code-set formats share."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from openpyxl import Workbook

from assistant.parsing import parse_document
from assistant.types import Document

DATA = Path(__file__).parent / "data"


def parsed(name: str, source: bytes | str | None = None) -> Document:
    """The document in a sample of that name, or in `source` under that name."""
    if source is None:
        source = (DATA / name).read_bytes()
    return parse_document(source.encode() if isinstance(source, str) else source, name)


def quotes(document: Document) -> list[str]:
    """What citations of the rows would show."""
    return [document.text[slice(*section.quote)] for section in document.sections if section.quote]


def locations(document: Document) -> list[str]:
    return [section.location for section in document.sections if section.quote]


def workbook(sheets: Mapping[str, list[list[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def packed(members: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            archive.writestr(path, data)
    return buffer.getvalue()


def opendocument(kind: str, content: str, manifest: str = "<manifest/>") -> bytes:
    """An OpenDocument file of a kind (`text`, `spreadsheet`) with this XML inside its body."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
    )
    body = f"<office:body><office:{kind}>{content}</office:{kind}></office:body>"
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content {spaces}>{body}</office:document-content>",
        "META-INF/manifest.xml": manifest,
    }
    return packed(members)
