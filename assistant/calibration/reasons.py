"""Why a query is refused, in one sentence for a person, made of the query's own words and of nothing else."""

from collections.abc import Set as AbstractSet

from assistant.language.lexis import Kind, Lexis
from assistant.language.presuppositions import read_premise
from assistant.language.words import ATTRIBUTES, lacks_fact

# What a query asks for, in the order of `ATTRIBUTES`.
_FACTS = (
    "a price or payment",
    "a rate, a risk or a share",
    "a brand, a place or a person",
    "a length of time or an age",
)

_MOSTLY = 0.4


def why_unsupported(text: str, held: AbstractSet[str], told: str, lexis: Lexis) -> str | None:
    """The kind of fact that is asked for and nothing near tells, or the word that nothing near supports; None else.

    `held` are the terms of the documents near the query, `told` their text. Of several words the weightiest is named.
    What it takes for granted of a procedure as such comes first, where no sentence holds most of that.
    """
    granted = read_premise(text).granted.strip()
    if granted and lexis.unproved(granted, told) > _MOSTLY:
        return f"It takes for granted what no document near this says: “{granted}”. Ask whether that is so."
    for fact, cue in zip(_FACTS, ATTRIBUTES, strict=True):
        if lacks_fact(cue, text, told):
            return f"It asks for {fact}, and the documents near this tell none."
    unheld = [item for item in lexis.unheld(text, held) if item.kind is not Kind.PLAIN]
    if not unheld:
        return None
    return f"The documents near this never mention “{max(unheld, key=lambda item: item.weight).word}”."
