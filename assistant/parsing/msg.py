"""Reads a message saved by Outlook (.msg)."""

import io
import re
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.compound import BAD_COMPOUND
from assistant.parsing.decoding import printable
from assistant.parsing.message import Attachment, Message, message_document, named_apart
from assistant.types import Document
from assistant.types.codes import CodeSystem

if TYPE_CHECKING:
    from olefile import OleFileIO

_PROPERTIES = "__properties_version1.0"
_ATTACHED = "__attach_version1.0_#"
# A property's number, then the kind of its value, as MS-OXMSG names the streams.
_SUBJECT, _BODY, _HTML, _SENDER, _TO, _CLASS = "0037", "1000", "1013", "0C1A", "0E04", "001A"
_RTF = "1009"
_CONTENT = "3701"
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME = "3707", "3704", "3001"
_CODE_PAGES = ("3FFD", "3FDE")
_UNICODE, _BYTES, _BINARY = "001F", "001E", "0102"
_ENTRY = struct.Struct("<HHIq")
_MOST_ATTACHED = 1_000
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


def looks_like_msg(streams: frozenset[str]) -> bool:
    """Whether the streams of a compound file are those of a message."""
    return _PROPERTIES in streams


def parse_msg(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a message. Raises UnreadableDocument where it is damaged, encrypted or says nothing."""
    return message_document(_read_message(source, name), name, stem, systems)


def msg_attachments(source: bytes, name: str) -> tuple[Attachment, ...]:
    """The files in a message. Raises UnreadableDocument as `parse_msg` does."""
    return _read_message(source, name).attachments


def _read_message(source: bytes, name: str) -> Message:
    # Imported here, because a query imports this module too and would pay for it.
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(source)) as file:
            return _message(file, name)
    except BAD_COMPOUND as error:
        raise UnreadableDocument(f"{name} is a damaged message ({in_one_line(error)}); save it again") from error


def _message(file: "OleFileIO", name: str) -> Message:
    encoding = _encoding(file)
    if "smime" in _text(file, "", _CLASS, encoding).lower():
        raise UnreadableDocument(f"{name} is an encrypted message; save it decrypted")
    html = _data(file, "", _HTML + _BINARY)
    declared = _CHARSET.search(html[:4_000])
    plain = _text(file, "", _BODY, encoding)
    page = _decoded(html, declared[1].decode() if declared else encoding) or _text(file, "", _HTML, encoding)
    if not plain.strip() and not page.strip() and _data(file, "", _RTF + _BINARY):
        raise UnreadableDocument(f"{name} keeps its words as packed rich text alone; save it as .eml, text or PDF")
    folders = sorted({path[0] for path in file.listdir(streams=True, storages=True) if path[0].startswith(_ATTACHED)})
    attached = []
    for folder in folders[:_MOST_ATTACHED]:
        names = [_text(file, f"{folder}/", key, encoding) for key in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME)]
        called = next((one for one in names if one.strip()), "")
        attached.append((called, _data(file, f"{folder}/", _CONTENT + _BINARY)))
    heads = tuple(
        f"{head}: {said}" for head, key in (("From", _SENDER), ("To", _TO)) if (said := _text(file, "", key, encoding))
    )
    return Message(_text(file, "", _SUBJECT, encoding), heads, plain, page, named_apart(attached))


def _encoding(file: "OleFileIO") -> str:
    """The character set of texts that are no Unicode, which a property of the message names by its number."""
    properties = file.openstream(_PROPERTIES).read()
    numbers = {}
    for at in range(32, len(properties) - _ENTRY.size + 1, _ENTRY.size):
        kind, key, _, value = _ENTRY.unpack_from(properties, at)
        numbers[f"{key:04X}"] = value & 0xFFFFFFFF if kind == 3 else 0
    page = next((numbers[key] for key in _CODE_PAGES if numbers.get(key)), 1252)
    return "utf-8" if page == 65001 else f"cp{page}"


def _text(file: "OleFileIO", folder: str, key: str, encoding: str) -> str:
    wide = _data(file, folder, key + _UNICODE)
    text = wide.decode("utf-16-le", "replace") if wide else _decoded(_data(file, folder, key + _BYTES), encoding)
    return printable(text.rstrip("\0"))


def _data(file: "OleFileIO", folder: str, key: str) -> bytes:
    path = f"{folder}__substg1.0_{key}"
    return bytes(file.openstream(path).read()) if file.exists(path) else b""


def _decoded(data: bytes, encoding: str) -> str:
    for charset in (encoding, "utf-8", "cp1252"):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1")
