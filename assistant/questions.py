"""Reads a query: the codes it names, those the library lacks, and the section of a code page it is after."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.codes import Code, CodeSystem, Mention, find_codes, readings

# Words of a question -> the section that answers it, the most telling first. A section's own name is one of them.
_CUES: tuple[tuple[str, str], ...] = (
    ("modifiers", r"modifiers?|two digits?|(?:append|attach|add|put|use) (?:a |an )?-?(?:\d\d|RT|LT|XS)|RT|LT|-\d\d"),
    (
        "documentation",
        r"document\w*|record(?:ed|s|ing)?|chart\w*|dictat\w*|op(?:erative)? ?(?:note|report)s?|paperwork|write-?up|"
        r"(?:the|my|our|his|her) (?:\w+ )?(?:notes?|reports?)",
    ),
    ("medical-necessity", r"necess\w+|indicat\w+|justif\w+|covered|coverage|criteria|medically|denials?|denied"),
    ("notes", r"global|follow-?ups?|post-?op\w*|aftercare"),
    ("plain-language", r"simple|simpl[ey]\w*|plain|lay\w*|everyday words|to (?:a|the|my) patients?|non-?medical"),
    ("examples", r"examples?|scenario\w*|vignettes?|(?:sample|typical|example) case"),
    ("clinical-responsibility", r"responsib\w+|surgeon do|work of the surgeon"),
    (
        "guidelines",
        r"guidelines?|guidance|(?:un)?bundl\w+|includ\w+|separate(?:ly)?|together|same (?:time|session|day)|add-?on|"
        r"rules?|(?:report|bill|cod)(?:ed|ing)? (?:with|alongside|next to)|on top of",
    ),
    ("important", r"important|caution\w*|warning\w*|pitfalls?|mistakes?|watch(?: out)?|traps?|never|avoid"),
    ("full-description", r"how is|how do(?:es)?|steps?|technique|performed|describe|full description|walk me through"),
    (
        "short-description",
        r"what is|what's|what does|mean\w*|stands? for|defin\w+|description|title|describes?",
    ),
)
_COMPILED = tuple((section, re.compile(rf"(?<![\w-])(?:{cue})(?!\w)", re.IGNORECASE)) for section, cue in _CUES)


@dataclass(frozen=True, slots=True)
class Question:
    """A query as read. `rest` is its text without the codes and without the words that name a section."""

    held: tuple[Code, ...]
    lacking: tuple[Code, ...]
    sections: tuple[str, ...]
    rest: str


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
            return Question(found, () if found else tuple(c for c in whole if c in certain)[:1], (), "")
    mentions = [mention for mention in _mentions(text, systems) if len(mention.code.value) > 2]
    here = held([mention.code for mention in mentions])
    places = {(mention.start, mention.end) for mention in mentions if mention.code in here}
    lacking = [m.code for m in mentions if m.certain and (m.start, m.end) not in places]
    rest = text
    for start, end in sorted(places, reverse=True):
        rest = rest[:start] + " " + rest[end:]
    sections = tuple(section for section, cue in _COMPILED if cue.search(rest))
    for _, cue in _COMPILED:
        rest = cue.sub(" ", rest)
    found = tuple(dict.fromkeys(mention.code for mention in mentions if mention.code in here))
    return Question(found, tuple(dict.fromkeys(lacking)), sections, rest)


def _mentions(text: str, systems: Sequence[CodeSystem]) -> tuple[Mention, ...]:
    """Codes in a text, also in lower case: there they count only if the library holds them."""
    found = find_codes(text, systems)
    upper = text.upper()
    if upper == text or len(upper) != len(text):
        return found
    seen = {(mention.start, mention.end) for mention in found}
    return found + tuple(
        replace(mention, certain=False)
        for mention in find_codes(upper, systems)
        if (mention.start, mention.end) not in seen
    )
