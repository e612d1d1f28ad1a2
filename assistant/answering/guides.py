"""The sections of guidance that are quoted beside the codes, and whether they come before them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.calibration import content_terms, rarity
from assistant.embedding import Vectors
from assistant.library import StoredPassage
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Evidence, Hit, Query

# So many sections are looked at, and of each so many of its nearest passages.
_SECTIONS, _PASSAGES = 5, 2
# Where no rule is asked for, none is quoted that is so much of cosine farther from the query than the nearest passage
# is. A rule is told in other words than the case that it is asked about: there the words of its section tell as much.
_FARTHEST = 0.3
# Where a procedure is only described, guidance among so many of the best hits is quoted.
_AMONG = 30
# Guidance leads where so many of the best hits are prose, or where a rule is asked for and prose is about as near as
# the codes are: in so much of cosine. On the calibration split of eval/starter that is so for .93 of the guideline
# questions and .06 of those for codes.
_LEADS_AMONG, _LEADS, _ABOUT_AS_NEAR = 20, 4, 0.2
# A clause that asks ("..., do I bill twice"), and what only rules speak of.
_ASKS = re.compile(
    r"\?|(?:^|[,;:.!–-]\s)\W*"
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|do|does|did|can|could|may|must|should|will|would)\s+\w|"
    r"\b(?:modifiers?|append(?:s|ed|ing)?|claims?|charg\w+|den(?:y|ie[ds]|ials?)|payers?|pays?|paid|payments?|fees?|"
    r"medicare|add-?ons?|bundl\w+|rules?|guidelines?|bill(?:s|ed|ing)?|reportable)\b",
    re.IGNORECASE,
)
# Who asks for the code of a procedure asks for no rule; the plus code, the main code are words of a rule.
_ASKS_FOR_A_CODE = re.compile(
    r"\b(?:what|which|right|correct|proper)(?:\s+(?!plus\b|main\b|parent\b|primary\b)[\w-]+){0,3}\s+codes?\b|"
    r"\bcodes?\s+(?:for|of|to)\b|\b(?:what|which)\s+(?:number|cpt)\b|\bnumber\s+for\b|"
    r"(?:^|[.,;:–-]\s)(?:[\w-]+\s+)?(?:code|cpt)\s*\?|"
    r"\b(?:how|what)\s+(?:(?!the\b)\w+\s+){0,2}(?:to\s+)?(?:code|bill|report)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Guides:
    """Sections of guidance, best first, each as its nearest passages; and whether they come before the code.

    `weight` is that of the query's terms, with those that guides write for its everyday words; `bm25` that of the first
    section by them, 0 where no rule is asked for. `rules` says that a rule is asked for and guidance leads: no code
    heads the answer.
    """

    sections: tuple[tuple[StoredPassage, ...], ...]
    lead: bool
    weight: Mapping[str, float]
    bm25: float = 0.0
    rules: bool = False


def asks_for_a_code(text: str) -> bool:
    """Whether a text asks which code a procedure has."""
    return _ASKS_FOR_A_CODE.search(text) is not None


def asks_for_a_rule(text: str) -> bool:
    """Whether a text asks, but not for a code, or speaks of billing: it does not just describe what was done."""
    return not asks_for_a_code(text) and _ASKS.search(text) is not None


def guides(
    snapshot: Snapshot,
    query: Query,
    vector: Vectors,
    weight: Mapping[str, float],
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
) -> Guides:
    """The guidance for a query that names no code."""
    asks = asks_for_a_rule(query.text)
    crowded = not asks_for_a_code(query.text) and sum(map(is_guidance, hits[:_LEADS_AMONG])) >= _LEADS
    lead = crowded or not evidence
    near = None
    if asks or lead:
        meant = content_terms(" ".join(snapshot.wording().in_guide_words(query.text)), snapshot.terms)
        weight = rarity(meant, snapshot.document_frequency, len(snapshot)) | dict(weight)
        near = snapshot.search_guidance(vector, weight, [item.code for item in evidence], _SECTIONS, query)
    if near is None:
        return Guides(tuple((item,) for item in _found(hits)), lead, weight)
    of_codes = max((hit.similarity for hit in hits if not is_guidance(hit)), default=-1.0)
    nearest = max((section.similarity for section in near), default=-1.0)
    lead = lead or nearest > of_codes - _ABOUT_AS_NEAR
    if not (asks and lead):
        near = [section for section in near if section.similarity >= max(nearest, of_codes) - _FARTHEST]
    stored = snapshot.passages([key for section in near for key in section.keys[:_PASSAGES]])
    sections = (tuple(stored[key] for key in section.keys[:_PASSAGES] if key in stored) for section in near)
    bm25 = near[0].bm25 if near else 0.0
    return Guides(tuple(section for section in sections if section), lead, weight, bm25, asks and lead)


def is_guidance(hit: Hit) -> bool:
    """Whether a hit is prose about no code in particular."""
    return hit.passage.code is None and hit.passage.quote is None


def _found(hits: Sequence[Hit]) -> list[StoredPassage]:
    """The first passage of each section of guidance among the best hits, where it is above the mean of all found."""
    sections: dict[tuple[str, str], StoredPassage] = {}
    for hit in hits[:_AMONG]:
        if is_guidance(hit) and hit.score > 0:
            sections.setdefault((hit.document.id, hit.passage.section), StoredPassage(hit.passage, hit.document))
    return list(sections.values())[:_SECTIONS]
