"""Tells which words of a query carry a subject, how much each weighs, and what the query is after."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

# Words that carry no subject: a document that holds them supports nothing.
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
# Facts about a procedure that no code set states (price, rate, brand, time), each kind by the words that ask for it.
_ATTRIBUTES = (
    r"\$|costs?|cuesta|prices?|priced|pric(?:ey|ing)|pays?|paid|payments?|reimburse\w*|dollars?|euros?|insurance|"
    r"pocket|rvus?|conversion factor|money|cheap\w*|afford\w*|expens\w+|fees?|tariffs?|co-?pay\w*|"
    r"deductibles?|discounts?|rebates?|wages?|salar(?:y|ies)|budgets?|profits?|revenue",
    r"percent\w*|%|rates?|average|mean|median|risks?|odds|chances?|likelihood|probabilit\w+|survival|survive\w*|"
    r"how often(?! (?:can|may|should|could|must|will|would|is it allowed))|statistics?|mortality|lethality|patency|"
    r"incidence|prevalence|scores?|satisf\w*|success\w*|outcomes?|(?:national|annual|yearly) volume|popular\w*",
    r"best|brands?|makers?|manufactur\w+|models?|serial|lot number|catalog(?:ue)?|vendors?|suppliers?|compan(?:y|ies)|"
    r"hospitals? in|surgeons? in|which (?:hospital|surgeon)|phone|addresse?s?|websites?|e-?mail",
    r"how long|how old|weeks? (?:off|until)|months? (?:off|until)|recover\w*|return to|drive|waits?|waiting|queues?|"
    r"shortest|history of|lifespan|life span|longevity|how many (?:years|months|hours|minutes)|durations?|"
    r"first (?:did|done|performed|invented|described)|invent\w+",
)
_FIGURE, _NEAR = re.compile(r"\d"), 16
ATTRIBUTES = tuple(re.compile(rf"(?<!\w)(?:{cue})(?!\w)", re.IGNORECASE) for cue in _ATTRIBUTES)
_QUESTION = re.compile(
    r"\?|^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|do|does|did|can|could|may|must|should|will|would|"
    r"has|have|(?:please )?(?:tell|give|show|send|find|search|make|write|help|explain|list))\b",
    re.IGNORECASE,
)
# The words of coders: a query that uses them wants a code or a rule, not a fact about the procedure.
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
    """The weight of each term: the fewer passages hold it, the more it weighs."""
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
    """How many kinds of fact (a price, a rate, a brand, a time) a text asks for and `told` never touches.

    `told` touches a kind with a word that the text uses, or with another word of that kind beside a figure: "at low
    risk" tells no rate, "payment limit 0.52" tells a price.
    """
    return sum(1 for cue in ATTRIBUTES if lacks_fact(cue, text, told))


def lacks_fact(cue: re.Pattern[str], text: str, told: str) -> bool:
    """Whether a text asks for one kind of fact that `told` never touches."""
    asked = {match.group().lower() for match in cue.finditer(text)}
    return bool(asked) and not any(
        match.group().lower() in asked or _FIGURE.search(told, match.end(), match.end() + _NEAR)
        for match in cue.finditer(told)
    )
