"""Orders the codes near a described query by ranking, by what it denies, by its sizes and by what the reader judged,
and tells the first apart."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from assistant.calibration import content_terms
from assistant.language.denials import denied_terms
from assistant.language.quantities import fits, measured
from assistant.ranking.evidence import Identity, Said, rank, tell_apart, with_kin
from assistant.ranking.hcpcs_titles import by_titles
from assistant.retrieval.in_force import Entries
from assistant.types import Evidence, Profile, Query
from assistant.types.codes import Code

_TOLD_APART = 5
# A logit of the reader counts so much beside the scores. On the calibration split of eval/starter the right code is
# then among three for .908 (.901 without), and first for .656 (.658). More of it tells siblings apart no better.
_READ = 0.3
Terms = Callable[[str], list[str]]


def ordered(
    query: Query,
    current: Sequence[Evidence],
    profiles: Mapping[Code, Profile],
    entries: Entries,
    weight: Mapping[str, float],
    terms: Terms,
) -> tuple[Evidence, ...]:
    """The codes, best first."""
    identities = identities_of(entries)
    ranked = rank(current, profiles, weight, _said(query.text, identities, weight, terms))
    titles = {code: identity.title for code, identity in identities.items()}
    ranked = by_titles(ranked, query.text, weight, profiles, titles, lambda text: content_terms(text, terms))
    return with_kin(ranked, identities)


def by_reading(evidence: Sequence[Evidence], answers: Mapping[Code, float]) -> tuple[Evidence, ...]:
    """The codes whose titles were read, in the order of their scores and of how far their titles answer (logits);
    then the others, as if theirs answered least."""
    if not answers:
        return tuple(evidence)
    least = min(answers.values())
    judged = [replace(item, score=item.score + _READ * answers.get(item.code, least)) for item in evidence]
    read = [item for item in judged if item.code in answers]
    read.sort(key=lambda item: (-item.score, str(item.code)))
    return *read, *(item for item in judged if item.code not in answers)


def with_differences(
    query: Query, ranked: Sequence[Evidence], entries: Entries, weight: Mapping[str, float], terms: Terms
) -> tuple[Evidence, ...]:
    """The codes, of which those that are shown carry their titles and the words that distinguish them."""
    shown = tell_apart(ranked[: max(_TOLD_APART, query.limit)], identities_of(entries), weight, terms)
    return *shown, *ranked[len(shown) :]


def identities_of(entries: Entries) -> dict[Code, Identity]:
    """What each code is called in its newest entry."""
    return {
        entry.entry.code: Identity(entry.entry.title, f"{entry.entry.title} {entry.description}", entry.family)
        for held in entries.values()
        for entry in held[:1]
    }


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
