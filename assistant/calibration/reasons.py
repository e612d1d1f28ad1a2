"""Says in one sentence why a query is refused; it quotes the query's own words and nothing else."""

from collections.abc import Set as AbstractSet

from assistant.language.lexis import Kind, Lexis
from assistant.language.presuppositions import read_premise
from assistant.language.words import ATTRIBUTES, lacks_fact

# The kinds of fact that a query may ask for, in the order of `ATTRIBUTES`.
_FACTS = (
    "a price or payment",
    "a rate, a risk or a share",
    "a brand, a place or a person",
    "a length of time or an age",
)

_MOSTLY = 0.4


def why_unsupported(text: str, held: AbstractSet[str], told: str, lexis: Lexis) -> str | None:
    """What the documents near the query lack, as a sentence; None if neither a premise, a fact nor a word is missing.

    `held` are the terms of these documents, `told` is their text. A premise comes first, if no sentence holds most of
    it; then a kind of fact that they never tell; then the weightiest word of which no document holds any form: that the
    documents near the query lack it says little where others have it.
    """
    granted = read_premise(text).granted.strip()
    if granted and lexis.unproved(granted, told) > _MOSTLY:
        return f"It takes for granted what no document near this says: “{granted}”. Ask whether that is so."
    for fact, cue in zip(_FACTS, ATTRIBUTES, strict=True):
        if lacks_fact(cue, text, told):
            return f"It asks for {fact}, and the documents near this do not give one."
    unheld = [item for item in lexis.unheld(text, held) if item.kind is not Kind.PLAIN and lexis.is_unknown(item.word)]
    if not unheld:
        return None
    return f"No document of the library mentions “{max(unheld, key=lambda item: item.weight).word}”."
