"""Reads rich text (RTF): striprtf turns it into lines, and puts a bar after each cell of a table."""

import re
from collections.abc import Sequence

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.composing import Kind, Piece, compose
from assistant.parsing.sections import is_known
from assistant.types import Document
from assistant.types.codes import CodeSystem

_MAGIC = b"{\\rtf"
# A heading's level, which striprtf drops, is carried through it by a letter that no text holds.
_OUTLINE = re.compile(r"\\outlinelevel([0-8])(?!\d)")
_FIRST_MARK = 0xE000
_MARK = re.compile(r"[\ue000-\ue008]")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def looks_like_rtf(source: bytes) -> bool:
    """Whether the bytes are rich text."""
    return source[:64].lstrip().startswith(_MAGIC)


def parse_rtf(source: bytes, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from rich text. Raises UnreadableDocument where it is damaged or empty."""
    from striprtf.striprtf import rtf_to_text

    marked = _OUTLINE.sub(
        lambda match: f"{match.group()}{{\\uc1\\u{_FIRST_MARK + int(match[1])}?}}", source.decode("latin-1")
    )
    try:
        text = rtf_to_text(marked, errors="replace")
        # Letters outside the first plane are written in two halves.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise UnreadableDocument(f"{name} is damaged rich text ({in_one_line(error)}); save it again") from error
    pieces = _pieces(_UNSEEN.sub("", text))
    if not pieces:
        raise UnreadableDocument(f"{name} is rich text without any words; there is nothing to index")
    return compose(pieces, name, stem, systems)


def _pieces(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    table = 0
    for line in text.splitlines():
        mark = _MARK.search(line)
        shown = " ".join(_MARK.sub("", line).split())
        if not shown.strip("| "):
            continue
        cells = [cell.strip() for cell in shown.split("|")]
        if len(cells) > 2 and not cells[-1]:
            table += not (pieces and pieces[-1].kind == Kind.ROW)
            pieces.append(Piece("\t".join(cells).rstrip("\t"), Kind.ROW, table=table, end="\n"))
        elif mark:
            pieces.append(Piece(shown, Kind.HEADING, 2 + ord(mark.group()) - _FIRST_MARK))
        elif len(shown) <= 60 and (is_known(shown) or _in_capitals(shown)):
            pieces.append(Piece(shown, Kind.HEADING, 3))
        else:
            pieces.append(Piece(shown))
    return pieces


def _in_capitals(line: str) -> bool:
    return line.isupper() and 1 < len(line.split()) <= 10 and not any(character.isdigit() for character in line)
