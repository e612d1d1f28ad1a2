"""Gives the paragraphs of a code page to the parts of the template by what they say, and finds what is boilerplate."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.embedding import BOILERPLATE, PageHead, Vectors
from assistant.language.sentences import split_sentences
from assistant.parsing.glossary import read_synonyms
from assistant.parsing.paragraphs import Paragraph, Part, headings, is_labelled, paragraphs, plain_label, retiled
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
# How much likelier a line is boilerplate before the title of the page, and a short one with boilerplate on both sides.
_BEFORE_TITLE, _AMONG, _SHORT = 5.0, 30.0, 60
# The words of a heading count for so much with the first paragraph below it, and with each after that.
_FIRST, _FURTHER = 1.0, 0.5
# A part that another paragraph has already counts for so much, and one that only the title has.
_TAKEN, _TAKEN_BY_TITLE = 0.05, 0.3
_KNOWN_FROM = 0.15
_FIRST_SENTENCE = re.compile(r".{1,160}?(?=[.!?](?:\s|$)|$)")
_DESCRIPTION = "short-description"
_OTHER = "other"
_SHARED = {"details", _OTHER}


@dataclass(frozen=True, slots=True)
class _Unit:
    """A paragraph with the heading it stands under, where `first` below it, and the part that this names for sure.

    The `descriptor` gives the page its title.
    """

    paragraph: Paragraph
    heading: str
    first: bool
    part: str
    descriptor: bool = False


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
    chances = _chances(document.text, found, embed, head)
    hidden = head(embed([plain_label(document.text[one.start : one.end]) for one in found]))
    hidden = hidden[:, head.parts.index(BOILERPLATE)]
    subject, top, below = _subject(document, name, systems, found, hidden)
    if subject is None or subject.code is None:
        return document
    found = [replace(one, heading=False) if one.start in (top, below) else one for one in found]
    boilerplate = _boilerplate(document, found, hidden, subject.code, (top, below))
    units = _units(document, found, boilerplate, subject.code, top, below)
    skipped = [boilerplate[at] or one.start == top or one.heading for at, one in enumerate(found)]
    chosen = _chosen(units, chances, skipped, embed, head)
    sections = retiled(document, _parts(units, chosen, boilerplate, top), subject.title)
    return _remade(document, sections, subject)


def _chances(text: str, found: Sequence[Paragraph], embed: Embed, head: PageHead) -> Vectors:
    """What each paragraph may be, by the mean of its sentences; several that belong together are judged as one.

    On families that the head never saw, the mean is right for .83 of them, the paragraph's own vector for .77.
    """
    owners: list[int] = []
    told: list[str] = []
    for number, one in enumerate(found):
        owner = owners[-1] if one.goes_on and owners else number
        sentences = [plain_label(text[start:end]) for start, end in split_sentences(text, one.start, one.end)]
        told += sentences
        owners += [owner] * len(sentences)
    logs = np.zeros((len(found), len(head.parts)))
    np.add.at(logs, owners, np.log(head(embed(told))))
    logs /= np.maximum(np.bincount(owners, minlength=len(found)), 1)[:, None]
    chances = np.exp(logs - logs.max(axis=1, keepdims=True))
    mean: Vectors = (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)
    return mean


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
) -> tuple[Subject | None, int, int]:
    """What the page is about, where the line that says so begins (-1: nowhere), and where the descriptor below it
    begins, if the title is taken from there (-1: it is not)."""
    text, held = document.text, _held(document)
    lines = sorted([*headings(document), *((one.start, one.end) for one in found)])
    if held is not None:
        spot, titled = held.span[0], text.find(document.title)
        value = held.code.value if held.code else ""
        at = next((start for start, end in lines if start <= titled < end and value in text[start:end]), -1)
        at = at if at >= 0 else next((start for start, end in lines if start <= spot < end), -1)
        shown = next((chance for one, chance in zip(found, hidden, strict=True) if one.start <= titled < one.end), 0.0)
        if titled < 0 or titled >= at or _likelier(shown, _BEFORE_TITLE) < _SURE:
            named_in = next((line for line in lines if line[0] == at), None)
            return _described(text, held, named_in, found) if named_in else (held, -1, -1)
    for start, end in lines[: 2 * _TITLES]:
        line = plain_label(text[start:end])
        # A sentence that names a code is a rule of a policy or manual, no title.
        if len(line) > _LONGEST_TITLE or line.endswith((".", "!", "?", ":")) or not find_codes(line, systems):
            continue
        # What stands before is blanked, so that places hold.
        subject = find_subject(" " * start + text[start:], name, systems, title=line)
        if subject.code is None or not start <= subject.span[0] < end:
            continue
        return _described(text, subject, (start, end), found)
    return held, -1, -1


def _described(
    text: str, subject: Subject, line: tuple[int, int], found: Sequence[Paragraph]
) -> tuple[Subject, int, int]:
    """The subject with its title from the paragraph below, where the line that names the code says no more than it."""
    after = next((one for one in found if one.start > line[0]), None)
    if after is None or not min(line[1], after.start) <= text.find(subject.title, line[0]) < after.end:
        return subject, line[0], -1
    descriptor = _FIRST_SENTENCE.match(" ".join(text[after.start : after.end].split()))
    return replace(subject, title=descriptor.group() if descriptor else subject.title), line[0], after.start


def _held(document: Document) -> Subject | None:
    """The subject that the parser found."""
    code = next((section.code for section in document.sections if section.code is not None), None)
    entry = next((entry for entry in document.entries if entry.code == code), None)
    if entry is None:
        return None
    span = (entry.start, entry.end)
    return Subject(document.title, code, span, document.edition, document.effective, document.expires)


def _likelier(chance: float, times: float) -> float:
    """The chance whose odds are so many times higher."""
    return float(times * chance / (1 + (times - 1) * chance))


def _boilerplate(
    document: Document, found: Sequence[Paragraph], hidden: Vectors, code: Code, titles: tuple[int, int]
) -> tuple[bool, ...]:
    """Which paragraphs are boilerplate; one that names the page's code never is, nor one under a standard heading."""
    text = document.text
    told = [False] * len(found)
    chances = [_likelier(hidden[at], _BEFORE_TITLE) if one.start < titles[0] else float(hidden[at])
               for at, one in enumerate(found)]  # fmt: skip
    for number, one in reversed(list(enumerate(found))):
        section = document.sections[one.section]
        opens = number == 0 or found[number - 1].section != one.section
        firm = is_known(one.label) or (opens and is_known(section.title) and section.start < section.body[0])
        if firm or one.start in titles or code.value in text[one.start : one.end]:
            continue
        # A heading above a text that stays is hidden only where it is surely none.
        stays = one.heading and number + 1 < len(found) and not told[number + 1]
        told[number] = chances[number] >= (_SURER if stays or one.end - one.start > _LONG else _SURE)
    for number, one in enumerate(found):
        around = (number == 0 or told[number - 1]) and (number + 1 == len(found) or told[number + 1])
        if (
            around
            and one.end - one.start <= _SHORT
            and one.start not in titles
            and code.value not in text[one.start : one.end]
        ):
            told[number] = told[number] or _likelier(chances[number], _AMONG) >= _SURE
    return tuple(told)


def _units(
    document: Document, found: Sequence[Paragraph], boilerplate: Sequence[bool], code: Code, top: int, below: int
) -> list[_Unit]:
    units: list[_Unit] = []
    section, heading, first, firm = -1, "", True, False
    for number, one in enumerate(found):
        above = document.sections[one.section]
        labelled = is_labelled(document.text, above)
        if one.section != section:
            section = one.section
            own = above.slug not in ("lead", "front-matter") and code.value not in above.title
            heading, first, firm = above.title if own else "", True, _is_known(document.text, above)
        if one.goes_on:
            units.append(replace(units[-1], paragraph=one))
        elif boilerplate[number] or one.start == top:
            units.append(_Unit(one, "", True, ""))
        elif one.start == below:
            units.append(_Unit(one, "", True, _DESCRIPTION, descriptor=True))
        elif one.heading:
            heading, first, firm = plain_label(document.text[one.start : one.end]), True, False
            units.append(_Unit(one, heading, True, ""))
        else:
            if one.label:
                heading, first, firm = one.label, True, False
            sure = bool(heading) and is_known(heading) and (first or firm)
            units.append(_Unit(one, heading, first, named(heading)[0] if sure else ""))
            first = False
            if one.label or (labelled and not firm):
                heading = ""  # a label speaks for its own paragraph only
    return units


def _parts(units: Sequence[_Unit], chosen: Sequence[str], boilerplate: Sequence[bool], top: int) -> list[Part]:
    parts: list[Part] = []
    for unit, part, hidden in zip(units, chosen, boilerplate, strict=True):
        paragraph = unit.paragraph
        if hidden:
            parts.append(Part(paragraph, "", ""))
        elif paragraph.heading or paragraph.start == top:
            parts.append(Part(paragraph, "lead", "Lead", opens=paragraph.start != top))
        else:
            own = unit.heading if unit.heading and not is_known(unit.heading) else ""
            parts.append(Part(paragraph, part, own or part.replace("-", " ").capitalize()))
    return parts


def _chosen(
    units: Sequence[_Unit], chances: Vectors, skipped: Sequence[bool], embed: Embed, head: PageHead
) -> list[str]:
    """The part of each unit; "" for what is skipped.

    The surest unit chooses first, and what it takes counts for less elsewhere: a page says each thing once. On families
    that the head never saw, .89 are then right in any order of the page. An order of the parts that is expected helps
    pages in the template's order no more (.85), and harms others (.70).
    """
    above = sorted({unit.heading for unit in units if unit.heading})
    told = dict(zip(above, np.log(head(embed(above))), strict=True)) if above else {}
    parts = [part for part in head.parts if part != BOILERPLATE]
    kept = [head.parts.index(part) for part in parts]
    chosen = ["" if skipped[number] else unit.part for number, unit in enumerate(units)]
    taken = {part: _TAKEN_BY_TITLE if unit.descriptor else _TAKEN
             for unit, part in zip(units, chosen, strict=True) if part}  # fmt: skip
    open_ = [number for number, unit in enumerate(units)
             if not (skipped[number] or unit.part or unit.paragraph.goes_on)]  # fmt: skip
    scores = np.log(chances[open_][:, kept])
    for row, number in enumerate(open_):
        if not units[number].heading:
            scores[row, parts.index(_OTHER)] = -np.inf  # with no heading of its own, it has no other name
        else:
            scores[row] += told[units[number].heading][kept] * (_FIRST if units[number].first else _FURTHER)
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    left = list(range(len(open_)))
    while left:
        found = [(_best(scores[row], parts, taken, _beside(chosen, open_[row])), -row) for row in left]
        (chance, at), row = max(found)
        left.remove(-row)
        unit, part = units[open_[-row]], parts[at]
        if unit.heading and (part == _OTHER or chance < _KNOWN_FROM):
            part = named(unit.heading)[0]
        chosen[open_[-row]] = part
        if part not in _SHARED:
            taken[part] = _TAKEN
    for number, unit in enumerate(units):
        if unit.paragraph.goes_on and not skipped[number]:
            chosen[number] = chosen[number - 1]
    return chosen


def _best(scores: Vectors, parts: Sequence[str], taken: Mapping[str, float], beside: set[str]) -> tuple[float, int]:
    """The likeliest part and its chance."""
    left = scores * np.array([1.0 if part in beside else taken.get(part, 1.0) for part in parts])
    at = int(left.argmax())
    return float(left[at] / left.sum()), at


def _beside(chosen: Sequence[str], number: int) -> set[str]:
    """The parts of the nearest units on both sides, past headings: a part may go on over several paragraphs."""
    before = next((part for part in reversed(chosen[:number]) if part), "")
    after = next((part for part in chosen[number + 1 :] if part), "")
    return {before, after}


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
