"""Reads a query: the codes that it names, and those that the library lacks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.types.codes import Code, CodeSystem, Mention, find_codes, readings

# Stands for a code that was taken out of a text.
CODE = "§"
# Asks for another code, which is added to the one that it names.
_BESIDE = re.compile(
    rf"\badd-?ons?\b[^.;?!]{{0,60}}?\b(?:for|to|with|when|after|on|beside|behind|past|beyond|follows?)\b"
    rf"[^.;?!]{{0,60}}?{CODE}|"
    rf"\b(?:primary|base|parent)(?: code| procedure)? (?:is|was) {CODE}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A query as read. `rest` is its text without the codes.

    `beside` is not empty where it asks for the add-on of a code: then its text, in which `CODE` stands for that code.
    """

    held: tuple[Code, ...]
    lacking: tuple[Code, ...]
    rest: str
    beside: str = ""


def read_question(text: str, systems: Sequence[CodeSystem], held: Callable[[Sequence[Code]], set[Code]]) -> Question:
    """Reads a query; `held` tells which of some codes the library has.

    A code written by itself counts in any writing; inside a sentence, one that could be an ordinary number or word
    counts only if the library holds it.
    """
    whole = readings(text, systems)
    if whole:
        here = held(whole)
        certain = {m.code for m in find_codes(text.upper(), systems) if m.certain}
        if here or certain & set(whole):
            found = tuple(code for code in whole if code in here)
            return Question(found, () if found else tuple(c for c in whole if c in certain)[:1], "")
    mentions = [mention for mention in _mentions(text, systems) if len(mention.code.value) > 2]
    here = held([mention.code for mention in mentions])
    places = {(mention.start, mention.end) for mention in mentions if mention.code in here}
    lacking = [m.code for m in mentions if m.certain and (m.start, m.end) not in places]
    rest = text
    for start, end in sorted(places, reverse=True):
        rest = f"{rest[:start]} {CODE} {rest[end:]}"
    beside = " ".join(rest.split())
    rest = rest.replace(CODE, " ")
    found = tuple(dict.fromkeys(mention.code for mention in mentions if mention.code in here))
    asks_beside = len(found) == 1 and _BESIDE.search(beside)
    return Question(
        found,
        tuple(dict.fromkeys(lacking)),
        rest,
        beside if asks_beside else "",
    )


def _mentions(text: str, systems: Sequence[CodeSystem]) -> tuple[Mention, ...]:
    """Codes in a text, also in lower case: there they count only if the library holds them."""
    found = find_codes(text, systems, asked=True)
    upper = text.upper()
    if upper == text or len(upper) != len(text):
        return found
    seen = {(mention.start, mention.end) for mention in found}
    return found + tuple(
        replace(mention, certain=False)
        for mention in find_codes(upper, systems, asked=True)
        if (mention.start, mention.end) not in seen
    )
