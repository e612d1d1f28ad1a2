"""Turns one file into a `Document`; one module per format, none knows another."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from assistant.codes import BUILT_IN, CodeSystem
from assistant.parsing.decoding import decode
from assistant.parsing.html import parse_html
from assistant.parsing.markdown import parse_markdown
from assistant.parsing.plain import parse_plain
from assistant.parsing.table import looks_like_table, parse_table
from assistant.types import Document

SUFFIXES = (".md", ".markdown", ".txt", ".text", ".html", ".htm", ".csv", ".tsv")
_HTML = re.compile(r"\s*(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)


def parse_document(source: bytes, name: str, systems: Sequence[CodeSystem] = BUILT_IN) -> Document:
    """The document that `source` holds; its format is told by its name and, without a known suffix, by its content.

    `name` is the file's name or its path inside an indexed folder; it gives the id where the content does not.
    Raises UnreadableDocument with one line that names the file and says what to do.
    """
    text = decode(source, name)
    path = PurePosixPath(name)
    match path.suffix.lower():
        case ".md" | ".markdown":
            parse = parse_markdown
        case ".csv" | ".tsv":
            parse = parse_table
        case ".html" | ".htm":
            parse = parse_html
        case _ if _HTML.match(text):
            parse = parse_html
        case _ if looks_like_table(text, systems):
            parse = parse_table
        case _:
            parse = parse_plain
    return parse(text, name, path.stem, systems)
