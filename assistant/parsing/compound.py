"""Reads a compound file (OLE): what it is by its streams, and what to say of one that is not read here."""

import io
import struct

from assistant.errors import UnreadableDocument, in_one_line

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = {
    "WordDocument": "a Word document of a version before 2007; save it as .docx",
    "PowerPoint Document": "a presentation of a version before 2007; save it as .pptx",
    "EncryptedPackage": "locked with a password; save it without one",
    "EncryptedSummary": "locked with a password; save it without one",
}
# What olefile raises for a file that is cut off or damaged; its own error is an OSError.
BAD_COMPOUND = (
    OSError,
    struct.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)


def is_compound(source: bytes) -> bool:
    """Whether the bytes are a compound file."""
    return source.startswith(_MAGIC)


def compound_streams(source: bytes, name: str) -> frozenset[str]:
    """The names of the streams and storages at the top. Raises UnreadableDocument for a damaged file."""
    # Imported here, because a query imports this module too and would pay for it.
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(source)) as file:
            if any(file.nb_sect <= sector <= olefile.MAXREGSECT for sector in file.fat):
                raise UnreadableDocument(f"{name} is a damaged Office file (it is cut off); save it again")
            return frozenset(path[0] for path in file.listdir(streams=True, storages=True))
    except BAD_COMPOUND as error:
        raise UnreadableDocument(f"{name} is a damaged Office file ({in_one_line(error)}); save it again") from error


def why_unread(name: str, streams: frozenset[str]) -> str:
    """One sentence on a compound file that is not a document of a kind we read."""
    kind = next((said for stream, said in _KINDS.items() if stream in streams), "")
    return f"{name} is {kind or 'damaged, or an Office file of a kind not read here; save it as .docx, .xlsx or PDF'}"
