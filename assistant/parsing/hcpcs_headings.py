"""Puts each row of a HCPCS code set under a heading for its section: a printed book has these, the file has not.

The sections are ranges of codes, a public fact of the classification; our short headings for them are in
`hcpcs_sections.tsv` (first code, last code, heading). A heading is context: it is searched, and never quoted.
"""

import bisect
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files

from assistant.types import Document, Section
from assistant.types.codes import Code


def with_headings(document: Document) -> Document:
    """The document; each HCPCS row without a heading of its own gets the heading of its section as context."""
    if not any(entry.code.system == "HCPCS" for entry in document.entries):
        return document
    return replace(document, sections=tuple(map(_headed, document.sections)))


def _headed(section: Section) -> Section:
    if section.code is None or section.quote is None or section.context:
        return section
    heading = heading_of(section.code)
    return replace(section, context=heading) if heading else section


def heading_of(code: Code) -> str:
    """The heading of a HCPCS code's section; empty for a modifier and for other systems."""
    if code.system != "HCPCS" or len(code.value) != 5:
        return ""
    sections = hcpcs_sections()
    at = bisect.bisect_right(sections, code.value, key=lambda section: section[0]) - 1
    return sections[at][2] if at >= 0 and code.value <= sections[at][1] else ""


@cache
def hcpcs_sections() -> Sequence[tuple[str, str, str]]:
    """(first code, last code, heading) of each section, in the order of the codes."""
    table = files("assistant.parsing").joinpath("hcpcs_sections.tsv").read_text(encoding="utf-8")
    return [(first, last, heading) for first, last, heading in (line.split("\t") for line in table.splitlines())]
