"""Orders the codes near a described query by ranking, by what it denies and by its sizes, and tells the first apart."""

import math
from collections.abc import Callable, Mapping, Sequence

from assistant.calibration import content_terms
from assistant.language.denials import denied_terms
from assistant.language.quantities import fits, measured
from assistant.ranking.evidence import Identity, Said, rank, tell_apart, with_kin
from assistant.ranking.hcpcs_titles import by_titles
from assistant.retrieval.in_force import Entries
from assistant.types import Evidence, Profile, Query
from assistant.types.codes import Code

_TOLD_APART = 5
Terms = Callable[[str], list[str]]


def ordered(
    query: Query,
    current: Sequence[Evidence],
    profiles: Mapping[Code, Profile],
    entries: Entries,
    weight: Mapping[str, float],
    terms: Terms,
) -> tuple[Evidence, ...]:
    """The codes, best first; the codes that are shown carry the words that distinguish them."""
    identities = {
        entry.entry.code: Identity(entry.entry.title, f"{entry.entry.title} {entry.description}", entry.family)
        for held in entries.values()
        for entry in held[:1]
    }
    ranked = rank(current, profiles, weight, _said(query.text, identities, weight, terms))
    titles = {code: identity.title for code, identity in identities.items()}
    ranked = by_titles(ranked, query.text, weight, profiles, titles, lambda text: content_terms(text, terms))
    ranked = with_kin(ranked, identities)
    shown = tell_apart(ranked[: max(_TOLD_APART, query.limit)], identities, weight, terms)
    return shown + ranked[len(shown) :]


def _said(
    text: str, identities: Mapping[Code, Identity], weight: Mapping[str, float], terms: Terms
) -> dict[Code, Said]:
    """What the query denies of each code, and whether its sizes fit; empty if it denies nothing and has no sizes."""
    against, values = denied_terms(text, terms), measured(text)
    if not against and not values:
        return {}
    return {
        code: Said(
            math.fsum(weight.get(term, 0.0) for term in against.intersection(terms(identity.title))),
            fits(values, identity.title, identity.text),
        )
        for code, identity in identities.items()
    }
