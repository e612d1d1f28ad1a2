"""Sentences of guides and policies that name two codes of a claim, where the reader judges that they speak of both."""

import itertools
from collections.abc import Iterator, Sequence

from assistant.answering.quoting import cite
from assistant.library import StoredPassage
from assistant.reader import Reader, statements_in_place
from assistant.retrieval.in_force import in_force_for
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation, Query
from assistant.types.codes import Code
from assistant.types.findings import Finding, Rule, Severity

# So many sentences are read for two codes, and so many of those that answer are shown.
_READ, _SHOWN = 8, 2
# A sentence that names both codes answers any question about them a little. What it answers of the first two more than
# of the last two is a rule for reporting both. Of the 41 sentences that these four questions were chosen on, 18 of 22
# rules and none of 19 others are shown; of 20 that were written afterwards, 10 of 10 rules and one of 10 others.
_ASKED = (
    ("Does {one} exclude {other}?", 1.0),
    ("Why is {other} denied when it is billed with {one}?", 1.0),
    ("What are {one} and {other}?", -1.0),
    ("What documentation do {one} and {other} need?", -1.0),
)
_RULES = -0.8


def prose_findings(snapshot: Snapshot, reader: Reader, codes: Sequence[Code], query: Query) -> Iterator[Finding]:
    """What to read before two codes are reported together; no verdict, which only a person can take from a sentence."""
    passages = {code: _naming(snapshot, code, codes, query) for code in codes}
    for one, other in itertools.combinations(sorted(codes, key=str), 2):
        told = _sentences(passages[one], one, other) + _sentences(passages[other], other, one)
        unique = {(citation.document_id, citation.start): (citation, text) for citation, text in told}
        chosen = [unique[key] for key in sorted(unique)][:_READ]
        if not chosen:
            continue
        rules = _rules(reader, one, other, [text for _, text in chosen])
        best = sorted(zip(rules, chosen, strict=True), key=lambda pair: (-pair[0], pair[1][0].start))
        for rule, (citation, _) in best[:_SHOWN]:
            if rule >= _RULES:
                words = f"“{citation.document_title}” speaks of {one} and {other} together: read the sentence."
                yield Finding(Severity.ASK, Rule.PAIR, (one, other), words, citation)


def _rules(reader: Reader, one: Code, other: Code, texts: Sequence[str]) -> list[float]:
    """How far each of some sentences is a rule for reporting two codes together."""
    found = [0.0] * len(texts)
    for asked, weight in _ASKED:
        logits = reader.read(asked.format(one=one.value, other=other.value), texts)
        found = [sum_ + weight * logit for sum_, logit in zip(found, logits, strict=True)]
    return found


def _naming(snapshot: Snapshot, code: Code, codes: Sequence[Code], query: Query) -> list[StoredPassage]:
    """The prose about a code, and the prose about none that names it with another of some codes."""
    found = [*snapshot.passages_about(code), *snapshot.passages_naming(codes)]
    return [
        item
        for item in found
        if not item.passage.quote and len(item.passage.mentions) > 0 and in_force_for(snapshot, item.document, query)
    ]


def _sentences(passages: Sequence[StoredPassage], one: Code, other: Code) -> list[tuple[Citation, str]]:
    """The sentences that name both codes, or one on the page of the other; each with its words in their place."""
    found = []
    for item in passages:
        passage = item.passage
        places = {code: [m.start for m in passage.mentions if m.code.bare == code] for code in (one, other)}
        own = passage.code is not None and passage.code.bare == one
        if not places[other] or not (own or places[one]):
            continue
        for start, end, text in statements_in_place(passage):
            held = [any(start <= at < end for at in places[code]) for code in (one, other)]
            if held[1] and (own or held[0]):
                found.append((cite(passage, item.document, start, end), text))
    return found
