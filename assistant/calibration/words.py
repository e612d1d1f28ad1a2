"""What the words of a query carry: which have a subject, what each weighs, and what a query is after."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

# Words that carry no subject, so that a document holding them supports nothing.
STOPWORDS = frozenset(
    "a about above after again all already also am an and any are as at be because been before being below between "
    "bill billed billing both but by can code coded codes coding could cpt did do does doing done down during each "
    "ever explain few for from further get gets give given go goes going got had has have having hcpcs he her here "
    "hers him his how i icd if in into is it its itself just like made make many may me might more most much must my "
    "need needs no nor not of off often on once one only or other our out over own please report reported reporting "
    "same say says she should since so some still such take tell than that the their them then there these they this "
    "those through to too under until up us use used using very want was way we were what when where whether which "
    "while who whom whose why will with word words would yes you your".split()
)
# What a query asks of a procedure beside its code, and no code set states: each kind by its words.
_ATTRIBUTES = (
    r"\$|costs?|cuesta|prices?|pays?|paid|reimburse\w*|dollars?|insurance|pocket|rvus?|money|cheap\w*|afford\w*",
    r"percent\w*|rates?|average|mean|risks?|odds|chances?|survival|how often|statistics?|mortality|lethality|patency|"
    r"scores?|satisf\w*|success\w*|national volume",
    r"best|brands?|makers?|manufacturers?|models?|serial|vendors?|hospitals? in|surgeons? in|"
    r"which (?:hospital|surgeon)",
    r"how long|how old|weeks? (?:off|until)|months? (?:off|until)|recover\w*|return to|drive|waits?|waiting|queues?|"
    r"shortest|history of|first (?:did|done|performed|invented)",
)
ATTRIBUTES = tuple(re.compile(rf"(?<!\w)(?:{cue})(?!\w)", re.IGNORECASE) for cue in _ATTRIBUTES)
_QUESTION = re.compile(
    r"\?|^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|do|does|did|can|could|may|must|should|will|would|"
    r"has|have|(?:please )?(?:tell|give|show|send|find|search|make|write|help|explain|list))\b",
    re.IGNORECASE,
)
# What coders ask about: a query that says so wants a code or a rule, not a fact about the procedure.
_CODING = re.compile(
    r"\b(?:cod(?:e|es|ed|ing)|cpt|hcpcs|icd|bill(?:s|ed|ing)?|report(?:s|ed|ing|able)?|claim(?:s|ed)?|charg(?:e|es|ed)|"
    r"modifiers?|append|lines?|add-?ons?|bundl\w+|separate(?:ly)?|global|units?|document\w*|dictat\w*|note)\b",
    re.IGNORECASE,
)


def content_terms(text: str, terms: Callable[[str], list[str]]) -> list[str]:
    """The distinct terms of a text that carry a subject, in order."""
    found: dict[str, None] = {}
    for word in text.split():
        found.update(dict.fromkeys(carrying(word, terms)))
    return list(found)


def carrying(word: str, terms: Callable[[str], list[str]]) -> list[str]:
    """The terms of one word that carry a subject; none for a word that carries none."""
    bare = word.strip(".,;:!?()[]\"'").lower()
    if not bare or bare in STOPWORDS:
        return []
    return [term for term in terms(bare) if term not in STOPWORDS and len(term) > 1]


def rarity(wanted: Sequence[str], frequency: Callable[[str], int], passages: int) -> dict[str, float]:
    """What each term weighs: more, the fewer passages hold it."""
    return {term: math.log(1.0 + passages / (1.0 + frequency(term))) for term in wanted}


def covered(weight: Mapping[str, float], held: AbstractSet[str]) -> float:
    """The share of the terms' weight that is held; 1 where there is no term."""
    total = math.fsum(weight.values())
    return math.fsum(value for term, value in weight.items() if term in held) / total if total else 1.0


def is_question(text: str) -> bool:
    """Whether a text asks or orders, rather than describes."""
    return _QUESTION.search(text) is not None


def asks_of_coding(text: str) -> bool:
    """Whether a text speaks of codes, bills or records."""
    return _CODING.search(text) is not None


def attributes_lacking(text: str, told: str) -> int:
    """How many kinds of fact a text asks for (a price, a rate, a brand, a time) that what is told never touches."""
    return sum(1 for cue in ATTRIBUTES if cue.search(text) and not cue.search(told))
