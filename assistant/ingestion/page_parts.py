"""Gives the paragraphs of a code page to the parts of the template by what they say, and finds what is boilerplate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.embedding import BOILERPLATE, PageHead, Vectors
from assistant.parsing.glossary import read_synonyms
from assistant.parsing.paragraphs import Paragraph, Part, is_labelled, paragraphs, plain_label, retiled
from assistant.parsing.sections import is_known, named, slugify
from assistant.parsing.subject import Subject, find_subject
from assistant.types import CodeEntry, Document, Section
from assistant.types.codes import Code, CodeSystem, find_codes

Embed = Callable[[Sequence[str]], Vectors]

_LONGEST_PAGE = 60_000  # characters; what is longer is a guide or a code set
_OPENING = 8_000  # characters in which a page names its code
_TITLES = 12  # so many short lines may stand before the text of a page
_LONGEST_TITLE = 160
# A text is boilerplate at this probability, and a long one at the second: a paragraph that is lost costs more.
_SURE, _SURER, _LONG = 0.5, 0.8, 300
# How much likelier a line before the page's title is boilerplate than one below it.
_BEFORE_TITLE = 5.0
# A part that another paragraph has already counts for so much; a heading's words count less for each further paragraph.
_TAKEN, _FURTHER = 0.3, 0.5
_KNOWN_FROM = 0.35
_DESCRIPTION = "short-description"
_SHARED = {"details", "other"}


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph with the heading it stands under, where `first` below it, and the part that this names for sure."""

    paragraph: Paragraph
    heading: str
    first: bool
    part: str


def with_page_parts(
    document: Document, name: str, systems: Sequence[CodeSystem], embed: Embed, head: PageHead | None
) -> Document:
    """The document with its parts, where it is the page of one code; another document as it is.

    Headings and labels with a standard name come first, the head tells the rest. Without a head nothing changes.
    """
    if head is None or not _may_be_page(document, systems):
        return document
    found = paragraphs(document)
    if not found or _settled(document, found):
        return document
    texts = [plain_label(document.text[one.start : one.end]) for one in found]
    chances = head(embed(texts))
    hidden = head.parts.index(BOILERPLATE)
    subject, top = _subject(document, name, systems, found, chances[:, hidden])
    if subject is None or subject.code is None:
        return document
    boilerplate = _boilerplate(document, found, chances[:, hidden], subject.code, top)
    units = _units(document, found, boilerplate, top)
    skipped = [boilerplate[at] or at == top or one.heading for at, one in enumerate(found)]
    chosen = _chosen(units, texts, chances, skipped, embed, head, subject.title)
    sections = retiled(document, _parts(units, chosen, boilerplate, top), subject.title)
    return _remade(document, sections, subject)


def _may_be_page(document: Document, systems: Sequence[CodeSystem]) -> bool:
    """Whether it may be one code's page: short, of prose for the most part, about one code or opening with one."""
    prose = [section for section in document.sections if section.quote is None and section.body[0] < section.body[1]]
    if not prose or len(document.text) > _LONGEST_PAGE or len(prose) < len(document.sections) // 2:
        return False
    about = {section.code for section in prose}
    if len(about) > 1 or (None in about and document.entries):
        return False
    return None not in about or bool(find_codes(document.text[:_OPENING], systems))


def _is_known(text: str, section: Section) -> bool:
    """Whether a section stands under a heading with a standard name, which all of it belongs to."""
    return is_known(section.title) and section.start < section.body[0] and not is_labelled(text, section)


def _settled(document: Document, found: Sequence[Paragraph]) -> bool:
    """Whether headings say what everything is: only more than one paragraph under the last may hide a footer."""
    if any(not _is_known(document.text, document.sections[one.section]) for one in found):
        return False
    return sum(one.section == found[-1].section for one in found) == 1


def _subject(
    document: Document,
    name: str,
    systems: Sequence[CodeSystem],
    found: Sequence[Paragraph],
    hidden: Vectors,
) -> tuple[Subject | None, int]:
    """What the page is about, and the number of the paragraph that says so; -1 where a heading does."""
    held = _held(document)
    at = document.text.find(document.title)
    titled = next((number for number, one in enumerate(found) if one.start <= at < one.end), -1)
    spot = held.span[0] if held is not None else -1
    named_at = next((number for number, one in enumerate(found) if one.start <= spot < one.end), -1)
    if held is not None and (titled < 0 or titled == named_at or _before_title(hidden[titled]) < _SURE):
        return held, named_at
    for number, one in enumerate(found[: 2 * _TITLES]):
        line = document.text[one.start : one.end]
        if len(line) > _LONGEST_TITLE or not find_codes(line, systems):
            continue
        # What stands before is blanked, so that places hold.
        blanked = " " * one.start + document.text[one.start :]
        subject = find_subject(blanked, name, systems, title=line)
        if subject.code is not None and one.start <= subject.span[0] < one.end:
            return subject, number
    return held, -1


def _held(document: Document) -> Subject | None:
    """The subject that the parser found."""
    code = next((section.code for section in document.sections if section.code is not None), None)
    entry = next((entry for entry in document.entries if entry.code == code), None)
    if entry is None:
        return None
    span = (entry.start, entry.end)
    return Subject(document.title, code, span, document.edition, document.effective, document.expires)


def _before_title(chance: float) -> float:
    """The chance that a line is boilerplate, where it stands before the title of the page."""
    return float(_BEFORE_TITLE * chance / (1 + (_BEFORE_TITLE - 1) * chance))


def _boilerplate(
    document: Document, found: Sequence[Paragraph], hidden: Vectors, code: Code, top: int
) -> tuple[bool, ...]:
    """Which paragraphs are boilerplate; one that names the page's code never is, nor one under a standard heading."""
    told = []
    for number, one in enumerate(found):
        text, section = document.text[one.start : one.end], document.sections[one.section]
        chance = _before_title(hidden[number]) if number < top else float(hidden[number])
        opens = number == 0 or found[number - 1].section != one.section
        firm = is_known(one.label) or (opens and is_known(section.title) and section.start < section.body[0])
        told.append(
            not firm and number != top and code.value not in text
            and chance >= (_SURER if len(text) > _LONG else _SURE)
        )  # fmt: skip
    return tuple(told)


def _units(document: Document, found: Sequence[Paragraph], boilerplate: Sequence[bool], top: int) -> list[_Unit]:
    units: list[_Unit] = []
    section, heading, fresh, firm = -1, "", True, False
    for number, one in enumerate(found):
        if one.section != section:
            section = one.section
            above = document.sections[section]
            own = above.start < above.body[0] and above.slug not in ("lead", "front-matter")
            heading, fresh, firm = above.title if own else "", True, _is_known(document.text, above)
        if boilerplate[number] or number == top:
            units.append(_Unit(one, "", True, ""))
            continue
        if one.heading:
            heading, fresh, firm = plain_label(document.text[one.start : one.end]), True, False
            units.append(_Unit(one, heading, True, ""))
            continue
        if one.label and (not units or units[-1].heading != one.label):
            heading, fresh, firm = one.label, True, False
        sure = bool(heading) and is_known(heading) and (fresh or firm)
        units.append(_Unit(one, heading, fresh, named(heading)[0] if sure else ""))
        fresh = False
        if one.label or (is_labelled(document.text, document.sections[section]) and not firm):
            heading = ""  # a label speaks for its own paragraph only
    return units


def _parts(units: Sequence[_Unit], chosen: Sequence[str], boilerplate: Sequence[bool], top: int) -> list[Part]:
    parts: list[Part] = []
    for number, (unit, part) in enumerate(zip(units, chosen, strict=True)):
        paragraph = unit.paragraph
        if boilerplate[number]:
            parts.append(Part(paragraph, "", ""))
        elif number == top:
            parts.append(Part(paragraph, "lead", "Lead"))
        elif paragraph.heading:
            parts.append(Part(paragraph, "lead", "Lead", opens=True))
        else:
            standard = part.replace("-", " ").capitalize()
            own = unit.heading if unit.heading and not is_known(unit.heading) else ""
            parts.append(Part(paragraph, part, own or standard))
    return parts


def _chosen(
    units: Sequence[_Unit], texts: Sequence[str], chances: Vectors, skipped: Sequence[bool], embed: Embed,
    head: PageHead, title: str,
) -> list[str]:  # fmt: skip
    """The part of each unit; "" for headings, the page's title and boilerplate, and for what keeps its own heading.

    The surest unit chooses first. A part that a unit elsewhere has counts for less, since a page says each thing once.
    """
    headings = sorted({unit.heading for unit in units if unit.heading})
    told = dict(zip(headings, np.log(head(embed(headings))), strict=True)) if headings else {}
    chosen = [unit.part for unit in units]
    weights = np.log(chances)
    weights[:, head.parts.index(BOILERPLATE)] = -np.inf
    waiting = []
    for number, unit in enumerate(units):
        if unit.part or skipped[number]:
            continue
        if title and not unit.heading and texts[number].startswith(title):
            chosen[number] = _DESCRIPTION
            continue
        if unit.heading:
            weights[number] += told[unit.heading] * (1.0 if unit.first else _FURTHER)
        waiting.append(number)
    free = [head.parts.index(part) for part in head.parts if part in _SHARED]
    while waiting:
        taken = np.array([part in chosen for part in head.parts])
        taken[free] = False
        scores = np.exp(weights[waiting])
        for row, number in enumerate(waiting):
            beside = {chosen[near] for near in (number - 1, number + 1) if 0 <= near < len(chosen)}
            less = [at for at, part in enumerate(head.parts) if taken[at] and part not in beside]
            scores[row, less] *= _TAKEN
        scores /= scores.sum(axis=1, keepdims=True)
        row = int(scores.max(axis=1).argmax())
        number = waiting.pop(row)
        best = int(scores[row].argmax())
        part, heading = head.parts[best], units[number].heading
        own = part == "other" or scores[row, best] < _KNOWN_FROM
        chosen[number] = (named(heading)[0] if heading else "notes") if own else part
    return chosen


def _remade(document: Document, sections: tuple[Section, ...], subject: Subject) -> Document:
    """The document with these sections, about what it was found to be about."""
    code = subject.code
    if code is None or (document.title == subject.title and document.entries):
        return replace(document, sections=sections)
    about = slugify(f"{code}-{code.edition}" if code.edition else str(code))
    sections = tuple(replace(one, code=code) if one.slug != "aside" and one.quote is None else one for one in sections)
    entry = CodeEntry(code, subject.title, *subject.span)
    return replace(
        document,
        id=about,
        title=subject.title,
        sections=sections,
        entries=(entry, *(other for other in document.entries if other.code.bare != code.bare)),
        edition=subject.edition,
        effective=subject.effective,
        expires=subject.expires,
        synonyms=read_synonyms(subject.title, document.text, sections),
    )
