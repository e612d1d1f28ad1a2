"""Reads a zip that is one document (Word, Excel, EPUB): its parts, within a limit when unpacked, and its macros."""

import io
import zipfile
import zlib

from lxml import etree

from assistant.errors import UnreadableDocument, in_one_line

_ZIP = b"PK\x03\x04"
_MEGABYTE = 1_048_576
# The errors that a damaged zip raises when it is opened.
BAD_ZIP = (
    zipfile.BadZipFile,
    ValueError,
    OSError,
    NotImplementedError,  # zipfile's, for a version or a compression that it does not know
)


def package_parts(source: bytes) -> frozenset[str]:
    """The names of the parts; empty if the bytes are not a zip."""
    if not source.startswith(_ZIP):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as package:
            return frozenset(package.namelist())
    except BAD_ZIP:
        return frozenset()


def check_package(source: bytes, name: str, most_bytes: int) -> None:
    """Refuses a package whose listing says that it unpacks to too much; more than it lists is never unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as package:
            size = sum(item.file_size for item in package.infolist())
    except BAD_ZIP as error:
        raise UnreadableDocument(f"{name} is damaged ({in_one_line(error)}); save it again") from error
    if size > most_bytes:
        raise UnreadableDocument(
            f"{name} unpacks to {size / _MEGABYTE:,.0f} MB, more than the {most_bytes / _MEGABYTE:,.0f} MB taken at "
            "once; split it, or raise ASSISTANT_MAX_FILE_MB"
        )


def read_part(source: bytes, name: str, part: str) -> bytes:
    """The bytes of one part. Raises UnreadableDocument where it is missing or damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as package:
            return package.read(part)
    except (*BAD_ZIP, KeyError, zlib.error, EOFError) as error:
        raise UnreadableDocument(f"{name} is damaged ({part}: {in_one_line(error)}); save it again") from error
    except RuntimeError as error:
        raise UnreadableDocument(f"{name} is locked with a password; save it without one") from error


def parse_part(source: bytes, name: str, part: str) -> etree._Element:
    """The XML of one part. It does not expand the part's own entities, and fetches nothing."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(read_part(source, name, part), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument(f"{name} is damaged ({part}: {in_one_line(error)}); save it again") from error


def macro_warnings(name: str, parts: frozenset[str]) -> tuple[str, ...]:
    """A warning for a document with macros."""
    if any(part.endswith("vbaProject.bin") for part in parts):
        return (f"{name} holds macros, which were neither read nor run",)
    return ()


def refuse_other_package(source: bytes, name: str, parts: frozenset[str]) -> None:
    """Raises UnreadableDocument for a zip that is not a document of a kind we read."""
    if not source.startswith(_ZIP):
        return
    if not parts:
        raise UnreadableDocument(f"{name} is a damaged or empty zip or Office file; save it again")
    raise UnreadableDocument(
        f"{name} is a zip or Office file of a kind not read here; save it as PDF, .docx, .xlsx, text or CSV"
    )
