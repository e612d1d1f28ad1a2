"""Splits a document into passages along its sections."""

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from assistant.language.sentences import split_sentences
from assistant.types import Document, Passage, Section
from assistant.types.codes import BUILT_IN, CodeSystem, Mention, find_codes

_LONGEST_SENTENCE = 4


def split_document(
    document: Document,
    count_tokens: Callable[[str], int],
    max_tokens: int,
    systems: Sequence[CodeSystem] = BUILT_IN,
) -> tuple[Passage, ...]:
    """Passages that tile the document's text, each of `max_tokens` of the model's tokens to embed or of one sentence.

    A section stays whole if it fits. A longer one is split between sentences. A sentence that is longer still stays
    whole, so that no quote begins in its middle; only one of more than four times the room, which nobody wrote as a
    sentence, is split between words. Ids come from the section: `cpt-20972-2025#examples`, then `…#examples.2`.
    """
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    for section in document.sections:
        number = seen.get(section.slug, 0)
        context = _fitting(section.context, count_tokens, max_tokens // 2)
        # The heading of prose about no code is embedded with it.
        heading = section.title if section.code is None and section.quote is None and section.slug != "lead" else ""
        room = max_tokens - sum(count_tokens(text) for text in (context, heading) if text) - 4
        for start, end, body in _pieces(document.text, section, count_tokens, room):
            number += 1
            suffix = f".{number}" if number > 1 else ""
            row = section.quote is not None
            searched = body[0] < body[1] and not row
            text = document.text[start:end]
            passages.append(
                Passage(
                    id=f"{document.id}#{section.slug}{suffix}",
                    document_id=document.id,
                    section=section.slug,
                    section_title=section.title,
                    start=start,
                    end=end,
                    text=text,
                    body=(body[0] - start, body[1] - start),
                    context=context,
                    code=section.code,
                    mentions=_named(section, start, end) if row else find_codes(text, systems) if searched else (),
                    quote=_within(section.quote, start, end),
                    page=section.page,
                    location=section.location,
                )
            )
        seen[section.slug] = number
    return tuple(passages)


def with_long_rows(document: Document, passages: Sequence[Passage]) -> Document:
    """The document, whose tables say which of their rows were cut into several of these passages."""
    if not document.tables:
        return document
    starts = [passage.start for passage in passages]
    long = [
        (section.start, section.end)
        for section in document.sections
        if section.quote and bisect.bisect_left(starts, section.end) - bisect.bisect_left(starts, section.start) > 1
    ]
    tables = (
        replace(table, long=tuple(row for row in long if table.start <= row[0] < table.end))
        for table in document.tables
    )
    return replace(document, tables=tuple(tables)) if long else document


def _named(section: Section, start: int, end: int) -> tuple[Mention, ...]:
    """The codes that a piece of a row names, as its columns read them."""
    inside = (mention for mention in section.mentions if start <= mention.start and mention.end <= end)
    return tuple(replace(mention, start=mention.start - start, end=mention.end - start) for mention in inside)


def _within(quote: tuple[int, int] | None, start: int, end: int) -> tuple[int, int] | None:
    """The part of a row's quote that lies in one piece of the row; the whole piece if none of the quote does."""
    if quote is None:
        return None
    begin, finish = max(quote[0], start), min(quote[1], end)
    return (begin, finish) if begin < finish else (start, end)


def _pieces(
    text: str, section: Section, count_tokens: Callable[[str], int], room: int
) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """(start, end, body) of each passage of a section; together they tile it."""
    begin, finish = section.body
    # A token has at least one byte, so short bodies, such as most rows of a code set, need no counting.
    if len(text[begin:finish].encode()) <= room or count_tokens(text[begin:finish]) <= room:
        yield section.start, section.end, section.body
        return
    bodies: list[tuple[int, int]] = []
    used = 0
    for start, end in _units(text, begin, finish, count_tokens, room):
        cost = count_tokens(text[start:end])
        # Some models spend tokens on blanks too.
        gap = count_tokens(text[bodies[-1][1] : start]) if bodies else 0
        if bodies and used + gap + cost <= room:
            bodies[-1] = (bodies[-1][0], end)
            used += gap + cost
        else:
            bodies.append((start, end))
            used = cost
    if not bodies:
        yield section.start, section.end, section.body  # nothing but blanks
        return
    edges = [section.start, *(body[0] for body in bodies[1:]), section.end]
    for start, end, body in zip(edges, edges[1:], bodies, strict=False):
        yield start, end, body


def _fitting(context: str, count_tokens: Callable[[str], int], most: int) -> str:
    """As much of a context's beginning as leaves room for the body: a title may be as long as a paragraph."""
    while context and count_tokens(context) > most:
        context = context[: len(context) * 3 // 4].rsplit(" ", 1)[0]
    return context


def _units(
    text: str, begin: int, finish: int, count_tokens: Callable[[str], int], room: int
) -> Iterator[tuple[int, int]]:
    """The sentences; one that is far too long is halved, again and again, at a blank if it has one."""
    for sentence in split_sentences(text, begin, finish):
        if count_tokens(text[sentence[0] : sentence[1]]) <= _LONGEST_SENTENCE * room:
            yield sentence
        else:
            yield from _halved(text, *sentence, count_tokens, room)


def _halved(
    text: str, begin: int, finish: int, count_tokens: Callable[[str], int], room: int
) -> Iterator[tuple[int, int]]:
    stack = [(begin, finish)]
    while stack:
        start, end = stack.pop()
        if end - start <= 1 or count_tokens(text[start:end]) <= room:
            yield start, end
            continue
        middle = (start + end) // 2
        blank = max(text.rfind(" ", start + 1, middle), text.rfind("\n", start + 1, middle))
        cut = blank + 1 if blank > start else middle
        stack += [(cut, end), (start, cut)]
