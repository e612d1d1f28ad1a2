"""Reads what a query about a code takes for granted, and the thing that it asks for: the documents must hold both.

"Why does it include a spare lens?" takes for granted that it does. A yes-or-no question takes nothing for granted, and
neither does a possible reason ("why would a payer refuse it"). A fact of one case ("because the patient bled") is part
of the case and no premise.
"""

import re
from dataclasses import dataclass

# It stands for each code in the text that this module reads.
CODE = "§"
# The most characters of a clause that are looked at: a long query without a comma must not take long.
_LONGEST = 120
_CLAUSE = rf"[^.;,?!]{{0,{_LONGEST}}}"

_CODE = rf"(?:the |every |each |any |a )?(?:cpt |hcpcs |code |procedure |#)*{CODE}"
_STATED = (
    "includes covers contains bundles comprises requires needs demands wants forbids prohibits bans excludes allows "
    "permits lets enables gives grants offers provides supplies pays comes goes takes uses involves means entails "
    "assumes applies treats removes replaces limits starts ends lasts costs guarantees entitles is are was has must "
    "mandates specifies lists says states"
)
_VERB = rf"(?:{'|'.join(_STATED.split())}|can only|may only|only)"
_ADVERB = r"(?:\s+(?:also|always|only|now|already|automatically|usually))*"
_WHY = re.compile(
    r"\bwhy (?:is|are|was|were|do|does|did|must|can|can't|cannot|has|have|isn't|aren't|doesn't|don't)\b"
    rf"([^.;?!]{{0,{_LONGEST}}})",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"(?:^|[.;:,?!]\s*|\b(?:but|and)\s+)(?:since|as|because|now that|(?:given|considering|seeing|knowing)(?: that)?)"
    rf"\b({_CLAUSE}{CODE}{_CLAUSE})",
    re.IGNORECASE,
)
_STATEMENT = re.compile(rf"(?:^|[.;:?!]\s*)\W{{0,5}}{_CODE}{_ADVERB}\s+{_VERB}\b({_CLAUSE})", re.IGNORECASE)
_CONTAINED = re.compile(
    rf"(?:^|[.;:?!]\s*)({_CLAUSE})\b(?:is|are) (?:included|covered|bundled|built|packaged|paid|part)\s+"
    rf"(?:in|into|by|with|under|of|for)\s+{_CODE}\s*[.;,]",
    re.IGNORECASE,
)
_THAT_COMES = re.compile(
    rf"({_CLAUSE})\b(?:that|which|who)\s+(?:comes?|goes|belongs?|ships?|is (?:included|bundled|covered))\s+"
    rf"(?:with|to|in|by)\s+{_CODE}",
    re.IGNORECASE,
)
# Premises about procedures in general, with or without a code: "Since ..., which ...", "..., so how many ...".
_QUESTION = (
    r"(?:then\s+)?(?:who|what|which|how|do|does|did|should|shall|is|are|can|may|must|where|when|why|will|would)\b"
)
_GENERAL = tuple(
    re.compile(cue, re.IGNORECASE)
    for cue in (
        r"(?:^|[.;:?!]\s*)(?:(?:but|and)\s+)?(?:since|because|as|now that|(?:given|considering|seeing)(?: that)?)\s+"
        rf"([^.;?!]{{8,{_LONGEST}}}?)[,;]\s*{_QUESTION}",
        rf"([^.;?!]{{8,{_LONGEST}}}?),?\s+so\s+{_QUESTION}",
        rf"([^.;?!]{{8,{_LONGEST}}}?),?\s+(?:right|correct|isn't it|aren't they|doesn't it)\?",
    )
)
_OF_A_CASE = re.compile(
    r"\b(?:patients?|he|she|they|we|i|him|his|her|their|my|our|surgeons?|doctors?|dr|doc|was|were|had|did|been|today|"
    r"yesterday)\b",
    re.IGNORECASE,
)
# The thing asked for: the words after "which" or "how many", up to the verb or preposition that ends them.
_END = (
    "is are was were do does did can could may might must should shall will would has have had goes go comes come "
    "belongs belong i we you they it he she of in on for with to at by that and or if when from before after under "
    "the my our a an".split()
)
_WANTED = re.compile(
    rf"\b(?:which|what|whose|how many|how much)\s+((?:(?!(?:{'|'.join(_END)})\b)[\w'’-]+\s*){{1,4}})", re.IGNORECASE
)

_GRANTED = (_WHY, _REASON, _STATEMENT, _CONTAINED, _THAT_COMES)


@dataclass(frozen=True, slots=True)
class Premise:
    """What a query takes for granted, and the thing it asks for; either may be empty."""

    granted: str
    wanted: str


def read_premise(text: str) -> Premise:
    """Reads a query in which `CODE` stands for each code."""
    granted = [match.group(1) for cue in _GRANTED for match in cue.finditer(text)]
    if not granted:
        clauses = (match.group(1) for cue in _GENERAL for match in cue.finditer(text))
        granted = [clause for clause in clauses if not _OF_A_CASE.search(clause)]
    wanted = [match.group(1) for match in _WANTED.finditer(text)]
    return Premise(" ".join(granted).replace(CODE, " "), " ".join(wanted).replace(CODE, " "))
