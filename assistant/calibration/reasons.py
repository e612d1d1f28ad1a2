"""Says in one sentence why a query is refused; it quotes the query's own words and nothing else."""

from collections.abc import Set as AbstractSet

from assistant.language.lexis import Lexis


def why_unsupported(text: str, lexis: Lexis, headings: AbstractSet[str] = frozenset()) -> str | None:
    """The weightiest word of a query of which no document holds any form, as a sentence; None where there is none.

    `headings` are the terms of headings, which are not searched: what stands in one is said.
    """
    words = lexis.words(text)
    weights = lexis.weigh(words.values())
    unknown = [word for word, term in words.items() if term not in headings and lexis.is_unknown(word)]
    if not unknown:
        return None
    return f"No document of the library mentions “{max(unknown, key=lambda word: weights[words[word]])}”."
