"""Reads a message saved as .eml (MIME)."""

import email
import email.errors
import email.policy
import mimetypes
import re
from collections.abc import Iterator, Sequence
from email.message import Message as Mime

from assistant.errors import UnreadableDocument
from assistant.parsing.decoding import printable
from assistant.parsing.message import Attachment, Message, message_document, named_apart
from assistant.types import Document
from assistant.types.codes import CodeSystem

_HEAD = re.compile(
    rb"[\r\n]*(?:From [^\r\n]*\r?\n)?(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n)+\r?\n?"
)
_NAMED = re.compile(
    rb"^(?:received|message-id|mime-version|from|to|subject|date|content-type|return-path):",
    re.IGNORECASE | re.MULTILINE,
)
_OPENING = 20_000
_HEADS = ("From", "To", "Date")
_MOST_PARTS = 1_000
# What the parser of the standard library raises for a header or a body that it cannot make sense of.
_BAD = (ValueError, LookupError, TypeError, AttributeError, AssertionError, email.errors.MessageError)


def looks_like_eml(source: bytes) -> bool:
    """Whether the bytes begin with the headers of a message: four or more that each message has."""
    head = _HEAD.match(source[:_OPENING])
    return head is not None and len({name.lower() for name in _NAMED.findall(head.group())}) >= 4


def parse_eml(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a message. Raises UnreadableDocument where it is damaged, encrypted or says nothing."""
    return message_document(_read_message(source, name), name, stem, systems)


def eml_attachments(source: bytes, name: str) -> tuple[Attachment, ...]:
    """The files in a message. Raises UnreadableDocument as `parse_eml` does."""
    return _read_message(source, name).attachments


def _read_message(source: bytes, name: str) -> Message:
    try:
        return _message(source, name)
    except RecursionError as error:
        raise UnreadableDocument(f"{name} is nested too deeply to be a message; save its parts") from error
    except _BAD as error:
        raise UnreadableDocument(f"{name} is a damaged message ({type(error).__name__}); save it again") from error


def _message(source: bytes, name: str) -> Message:
    mime = email.message_from_bytes(source, policy=email.policy.compat32)
    if not mime.keys():
        raise UnreadableDocument(f"{name} is no message, for it has no headers; save it again as .eml")
    plain: list[str] = []
    html: list[str] = []
    attached: list[tuple[str, bytes]] = []
    for part in _parts(mime, name):
        kind = part.get_content_type()
        if kind in {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}:
            raise UnreadableDocument(f"{name} is an encrypted message; save it decrypted")
        if part.is_multipart() and kind != "message/rfc822":
            continue
        inline = part.get_content_disposition() != "attachment" and not part.get_filename()
        if inline and kind == "text/plain":
            plain.append(_words(part))
        elif inline and kind == "text/html":
            html.append(_words(part))
        elif not _is_adornment(part, kind):
            attached.append(_attached(part, kind))
    heads = tuple(f"{head}: {said}" for head in _HEADS if (said := _read(mime.get(head))))
    return Message(_read(mime.get("Subject")), heads, "\n\n".join(plain), "\n".join(html), named_apart(attached))


def _parts(mime: Mime, name: str) -> Iterator[Mime]:
    """The parts of a message in order, without those of a message that is attached to it."""
    stack = [mime]
    count = 0
    while stack:
        part = stack.pop()
        count += 1
        if count > _MOST_PARTS:
            raise UnreadableDocument(f"{name} is a message of more than {_MOST_PARTS:,} parts; save them as documents")
        yield part
        inside = part.get_payload()
        if isinstance(inside, list) and (part.get_content_type() != "message/rfc822" or part is mime):
            stack += [one for one in reversed(inside) if isinstance(one, Mime)]


def _is_adornment(part: Mime, kind: str) -> bool:
    """Whether a part is a picture in the text of the message, or its signature."""
    if kind in {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}:
        return True
    return (
        kind.startswith("image/") and part["Content-ID"] is not None and part.get_content_disposition() != "attachment"
    )


def _attached(part: Mime, kind: str) -> tuple[str, bytes]:
    """(name, bytes) of an attachment; a message within the message is one too."""
    name = _read(part.get_filename())
    if kind == "message/rfc822":
        inside = part.get_payload()
        message = inside[0] if isinstance(inside, list) and inside else None
        subject = _read(message["Subject"]) if isinstance(message, Mime) else ""
        data = message.as_bytes() if isinstance(message, Mime) else b""
        return name if name.lower().endswith(".eml") else f"{name or subject or 'message'}.eml".replace("/", " "), data
    payload = part.get_payload(decode=True)
    ending = mimetypes.guess_extension(kind) or ""
    return name or f"attachment{ending}", payload if isinstance(payload, bytes) else b""


def _words(part: Mime) -> str:
    """The text of a part in its own character set, or in one that fits."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "cp1252"):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("latin-1")


def _read(value: object) -> str:
    """The words of a header, which may be written in several character sets."""
    from email.header import decode_header, make_header

    written = "" if value is None else str(value)
    try:
        written = str(make_header(decode_header(written)))
    except (*_BAD, RecursionError):
        pass
    return " ".join(printable(written).split())
