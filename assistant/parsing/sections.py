"""Recognises the sections of a document: by its headings or, where it has none, by labelled sentences."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types import Section
from assistant.types.codes import Code

# The parts of a code page, as (slug, title, what a heading or label may call it).
KNOWN: tuple[tuple[str, str, str], ...] = (
    ("short-description", "Short description", r"(?:short|brief|code) description|descriptor|summary|code title"),
    ("guidelines", "Guidelines", r"(?:coding |code |reporting )?(?:guidelines?|guidance|tips)"),
    ("modifiers", "Modifiers", r"(?:applicable |common |allowed )?modifiers?"),
    ("medical-necessity", "Medical necessity", r"(?:medical )?necessity|indications?|coverage criteria"),
    ("clinical-responsibility", "Clinical responsibility", r"clinical responsibilit(?:y|ies)|responsibility"),
    ("important", "Important", r"important(?: notes?| information)?|cautions?|warnings?"),
    (
        "plain-language",
        "Plain language",
        r"in (?:simple|plain|lay|other) (?:words|terms|language)|(?:plain|simple) language(?: account| summary)?|"
        r"lay(?:man'?s?|person'?s?)? (?:terms|description|summary|explanation)|for (?:the )?patients?",
    ),
    (
        "full-description",
        "Full description",
        r"(?:full|detailed|long|procedure|complete) description|description(?: of (?:the )?procedure)?",
    ),
    ("examples", "Examples", r"(?:clinical |coding |use )?(?:examples?|cases?|scenarios?|vignettes?)(?: \d+)?"),
    (
        "documentation",
        "Documentation",
        r"(?:required )?documentation(?: needs?| needed| requirements?| required| checklist| tips)?",
    ),
    ("notes", "Notes", r"(?:additional |other |further )?(?:notes?|remarks?)"),
)
_KNOWN = [(slug, title, re.compile(rf"(?:{names})", re.IGNORECASE)) for slug, title, names in KNOWN]
_ANY_LABEL = re.compile(
    r"(?:(?<=\A)|(?<=[.!?\n]))[ \t]*(?:[-*•>][ \t]+)?(?P<mark>[*_]{0,2})(?P<label>(?:"
    + "|".join(names for _, _, names in KNOWN)
    + r"))(?:(?P=mark)[ \t]*:|[ \t]*:(?P=mark))",
    re.IGNORECASE,
)
_CAPITAL_LABEL = re.compile(r"^[ \t]*(?P<label>[A-Z][A-Z0-9 /&()'-]{2,50})[ \t]*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading or label: its title, and the characters [start, end) that do not belong to the section's body."""

    title: str
    start: int
    end: int
    level: int = 1


def named(heading: str) -> tuple[str, str]:
    """(slug, title) of a section with this heading: a standard part of a code page, or one of the document's own."""
    plain = _plain(heading)
    for slug, title, pattern in _KNOWN:
        if pattern.fullmatch(plain):
            return slug, title
    return slugify(plain) or "section", plain


def is_known(heading: str) -> bool:
    """Whether a heading is one of the standard parts of a code page."""
    return any(pattern.fullmatch(_plain(heading)) for _, _, pattern in _KNOWN)


def _plain(heading: str) -> str:
    return (
        re.sub(r"^\s*(?:\d{1,2}(?:\.\d{1,3})*[.)]?\s+|[IVX]+\.\s+)", "", heading).strip(" \t:#*_.") or heading.strip()
    )


def slugify(text: str) -> str:
    """Lower-case ASCII words joined by dashes, at most 60 characters."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:60].strip("-")


def labels(text: str, start: int = 0) -> list[Heading]:
    """Labelled sentences from `start` on: "In simple words: …", "Example 1: …", "IMPORTANT: …", "TECHNIQUE: …"."""
    found = {match.start("label"): match for match in _ANY_LABEL.finditer(text, start)}
    for match in _CAPITAL_LABEL.finditer(text, start):
        found.setdefault(match.start("label"), match)
    return [Heading(match["label"].strip(), match.start(), match.end(), level=2) for _, match in sorted(found.items())]


def tile(
    text: str, headings: Sequence[Heading], *, code: Code | None, context: str, body_start: int = 0
) -> tuple[Section, ...]:
    """Sections that tile `text`: what stands before `body_start` (metadata, never searched), a lead, and one a heading.

    Neighbours of one name (Example 1, Example 2) become one section. A heading's path of parents is its context.
    """
    sections: list[Section] = []
    bounds = [heading.start for heading in headings] + [len(text)]
    if not text[body_start : bounds[0]].strip():
        body_start = bounds[0]
    if body_start:
        sections.append(Section("front-matter", "Front matter", 0, body_start, (0, 0), code))
    if bounds[0] > body_start:
        sections.append(_section(text, "lead", "Lead", body_start, bounds[0], body_start, code, context))
    path: list[Heading] = []
    for heading, end in zip(headings, bounds[1:], strict=True):
        path = [parent for parent in path if parent.level < heading.level]
        slug, title = named(heading.title)
        # The top heading is the document's own title, which the context holds already.
        above = enumerate(path)
        parents = [one.title for number, one in above if (number or one.level > 1) and one.title != context]
        place = ". ".join([context, *parents] if context else parents)
        path.append(heading)
        last = sections[-1] if sections else None
        if last is not None and last.slug == slug != "front-matter":
            sections[-1] = _section(text, slug, title, last.start, end, last.body[0], code, last.context)
        else:
            sections.append(_section(text, slug, title, heading.start, end, heading.end, code, place))
    return tuple(sections)


def _section(
    text: str, slug: str, title: str, start: int, end: int, body_start: int, code: Code | None, context: str
) -> Section:
    # Merging by index, because slicing a growing body would read a long document once for each of its headings.
    begin, finish = body_start, end
    while begin < finish and text[begin].isspace():
        begin += 1
    while finish > begin and text[finish - 1].isspace():
        finish -= 1
    return Section(slug, title, start, end, (begin, finish), code, context=context)
