"""Puts a message together, however it was saved: its subject, its words, and what is said of its attachments."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.errors import UnreadableDocument
from assistant.parsing.composing import Kind, Piece, compose
from assistant.parsing.decoding import printable
from assistant.parsing.html import html_pieces
from assistant.parsing.visible import read_visible
from assistant.types import Document
from assistant.types.codes import CodeSystem

_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_SHOWN = 5
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its subject, lines such as `From: …`, its words as plain text and as HTML, its attachments."""

    subject: str
    heads: tuple[str, ...]
    plain: str
    html: str
    attachments: tuple[Attachment, ...]


def message_document(message: Message, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """The document of a message, which is about no code. Raises UnreadableDocument where it says nothing."""
    subject = " ".join(printable(message.subject).split())
    pieces = [Piece(subject or stem, Kind.HEADING, 1)]
    words = _html(message.html, systems) or _plain(message.plain)
    if message.plain.strip() and not any(piece.kind == Kind.ROW for piece in words):
        words = _plain(message.plain)
    if not words and (not subject or message.attachments):
        attached = f" beside its attachments ({_few(message.attachments)})" if message.attachments else ""
        raise UnreadableDocument(f"{name} is a message without any words{attached}; there is nothing of it to search")
    pieces += words
    pieces += [
        Piece(head, Kind.ASIDE, end="\n") for line in message.heads if (head := " ".join(printable(line).split()))
    ]
    return compose(pieces, name, stem, systems, narrative=True)


def _plain(text: str) -> list[Piece]:
    """The paragraphs of a plain text; lines of cells with tabs between are the rows of a table."""
    pieces: list[Piece] = []
    tables = 0
    for paragraph in _BLANK_LINE.split(printable(text.replace("\r\n", "\n").replace("\r", "\n"))):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if len(lines) > 1 and all("\t" in line.strip() for line in lines):
            tables += 1
            rows = ("\t".join(" ".join(cell.split()) for cell in line.split("\t")) for line in lines)
            pieces += [Piece(row.rstrip("\t"), Kind.ROW, table=tables, end="\n") for row in rows]
        elif lines:
            pieces.append(Piece("\n".join(line.rstrip() for line in lines).strip()))
    return pieces


def _html(html: str, systems: Sequence[CodeSystem]) -> list[Piece]:
    return html_pieces(read_visible(printable(html)), systems) if html.strip() else []


def _few(attachments: Sequence[Attachment]) -> str:
    return ", ".join(one.name for one in attachments[:_SHOWN]) + (", …" if len(attachments) > _SHOWN else "")


def named_apart(attachments: Sequence[tuple[str, bytes]]) -> tuple[Attachment, ...]:
    """Attachments by the last part of their names, each of which is given once: `scan.pdf`, `scan-2.pdf`."""
    found: list[Attachment] = []
    seen: set[str] = set()
    for written, data in attachments:
        name = PurePosixPath(" ".join(printable(written).replace("\\", "/").split())).name.strip(". ")
        path = PurePosixPath(name or "without a name")
        stem, suffix = path.stem[:_LONGEST_NAME], path.suffix[:20]
        name, number = stem + suffix, 1
        while name.lower() in seen:
            number += 1
            name = f"{stem}-{number}{suffix}"
        seen.add(name.lower())
        found.append(Attachment(name, data))
    return tuple(found)
