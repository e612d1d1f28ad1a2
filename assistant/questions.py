"""Tells what a question about a known code is after: which section of its page, or what the code is."""

import re

# A word of the question -> the section that answers it. A section's own name is one of them.
_CUES: tuple[tuple[str, str], ...] = (
    ("modifiers", r"modifiers?|-?\b(?:50|51|52|53|54|55|58|59|62|66|73|74|76|77|78|79|80|82)\b|\b(?:RT|LT|XS|AS|TC)\b"),
    (
        "documentation",
        r"document\w*|record\w*|chart|dictat\w*|op(?:erative)?[ -]?notes? (?:need|have|say|state|include)\w*|"
        r"(?:in|into) (?:the|my|our) (?:\w+ )?(?:note|report)\b|must (?:the|my|our) (?:note|report)",
    ),
    ("medical-necessity", r"necess\w+|indicat\w+|justif\w+|cover(?:ed|age)|criteria|why would .* (?:need|have)"),
    (
        "guidelines",
        r"guidelines?|guidance|bundl\w+|include[sd]?|separate(?:ly)?|together with|same time as|add-?on|in addition",
    ),
    ("notes", r"global|follow-?up days|post-?op(?:erative)? (?:days|period|visits?)"),
    ("plain-language", r"simple|plain|lay(?:man)?\w*|patient understands?|to (?:a|the|my) patient|in other words"),
    ("full-description", r"how is .* (?:done|performed)|steps?|technique|performed|describe|full description"),
    ("clinical-responsibility", r"responsib\w+|surgeon do|work of the surgeon|clinical\w*"),
    ("examples", r"examples?|scenario\w*|vignette|sample case"),
    ("important", r"important|caution\w*|warning\w*|pitfalls?|avoid|watch (?:out )?for|not (?:be )?(?:report|bill|cod)\w+"),
    ("short-description", r"what is|what's|mean\w*|stand for|definition|describe[sd]?\b|short description|title|about"),
)
_COMPILED = tuple((section, re.compile(rf"(?:(?<!\w)(?:{cue})(?!\w))", re.IGNORECASE)) for section, cue in _CUES)


def sections_asked(question: str) -> tuple[str, ...]:
    """Sections that a question names or circumscribes, the most specific first; empty where it names none."""
    return tuple(section for section, cue in _COMPILED if cue.search(question))
