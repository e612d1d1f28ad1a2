"""Gathers hits into evidence per code, best first, and tells close codes apart."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.library.search.lexical import bm25
from assistant.retrieval.standard_scores import moments
from assistant.types import Difference, Evidence, Hit, Profile
from assistant.types.codes import Code

# Sections that do not describe the procedure: they speak of billing it, and name its neighbours. Others count fully.
SECTION_WEIGHT: Mapping[str, float] = {
    "modifiers": 0.6,
    "guidelines": 0.7,
    "important": 0.6,
    "documentation": 0.7,
    "medical-necessity": 0.8,
    "notes": 0.6,
    "examples": 0.85,
}
_LATER_HITS = (1.0, 0.3, 0.15, 0.1)
_MENTION_WEIGHT = 0.5
# Softmax regression over the candidates of each query, on the calibration split of eval/starter; the words count as
# much as is good for 150 queries over rows of a fee schedule too (right code first .273 with 1.3, .307 with 0.4, .267
# with none), for a row says what it is in few words, and short ones.
_NEAREST, _OPENING, _WORDS, _DENIED, _FITS = 0.6, 0.6, 0.5, -0.8, 1.75
# The gain of the leader's family, in standard deviations of the scores; chosen on the same split.
_KIN = 0.5
_SIBLINGS = 4


@dataclass(frozen=True, slots=True)
class Identity:
    """What a code is called: its title, and the words its document describes it with first."""

    title: str
    text: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a query says for or against a code beside its words: the weight of denied words in the code's title, and
    whether a size, age or time fits the code's range (1), misses it (-1) or is not compared (0)."""

    denied: float = 0.0
    fit: int = 0


def gather(hits: Sequence[Hit], systems: Sequence[str] = ()) -> tuple[Evidence, ...]:
    """Evidence per code, best first: its best hit and a share of the next ones.

    A passage speaks for the code it is about. A passage about no code speaks for the codes it names, with less weight.
    """
    if not hits:
        return ()
    floor = min(hit.score for hit in hits)
    spoken: dict[Code, list[tuple[float, Hit]]] = {}
    for hit in hits:
        worth = (hit.score - floor) * SECTION_WEIGHT.get(hit.passage.section, 1.0)
        if hit.passage.code is not None:
            spoken.setdefault(hit.passage.code, []).append((worth, hit))
            continue
        for code in dict.fromkeys(mention.code for mention in hit.passage.mentions if mention.certain):
            named = Code(code.system, code.value, hit.document.edition)
            spoken.setdefault(named, []).append((worth * _MENTION_WEIGHT, hit))
    evidence = []
    for code, found in spoken.items():
        if systems and code.system not in systems:
            continue
        found.sort(key=lambda pair: (-pair[0], pair[1].passage.id))
        score = math.fsum(worth * share for (worth, _), share in zip(found, _LATER_HITS, strict=False))
        evidence.append(Evidence(code, "", score, tuple(hit for _, hit in found)))
    return tuple(sorted(evidence, key=_order))


def rank(
    evidence: Sequence[Evidence],
    profiles: Mapping[Code, Profile],
    weight: Mapping[str, float],
    said: Mapping[Code, Said],
) -> tuple[Evidence, ...]:
    """Evidence ordered by all that the documents say of each code, not by its best passages alone.

    Four signals count, each as its z-score among the candidates: the mean cosine of the three nearest passages, the
    cosine of the description, BM25 over all passages of the code as one, and, against the code, the weight of words in
    its title that the query denies. A size or age that fits the code's range adds a fixed amount, one that misses it
    takes the same amount. A code that is only named in passing has no profile and counts as the weakest in each signal.
    """
    if not profiles:
        return by_axes(evidence)
    lengths = [profile.counts.total() for profile in profiles.values()]
    mean_length = math.fsum(lengths) / len(lengths) or 1.0
    signals = {
        code: (*_signals(profile, weight, mean_length), said.get(code, _NOTHING).denied)
        for code, profile in profiles.items()
    }
    columns = list(zip(*signals.values(), strict=True))
    weakest = (*(min(column) for column in columns[:-1]), max(columns[-1]))
    each = [moments(column) for column in columns]
    factors = (_NEAREST, _OPENING, _WORDS, _DENIED)
    ranked = []
    for item in evidence:
        values = signals.get(item.code, weakest)
        score = math.fsum(
            factor * (value - mean) / spread
            for factor, value, (mean, spread) in zip(factors, values, each, strict=True)
        )
        score += _FITS * said.get(item.code, _NOTHING).fit
        ranked.append(replace(item, score=score))
    return by_axes(sorted(ranked, key=_order))


def by_axes(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The evidence with the codes compared character by character put in that order; they share out their places."""
    places = [at for at, item in enumerate(evidence) if _axes(item) is not None]
    compared = sorted((evidence[at] for at in places), key=lambda item: (-(_axes(item) or 0.0), _order(item)))
    ordered = list(evidence)
    for at, item in zip(places, compared, strict=True):
        ordered[at] = replace(item, score=evidence[at].score)
    return tuple(ordered)


def _axes(item: Evidence) -> float | None:
    return max((hit.axes for hit in item.hits if hit.axes is not None), default=None)


_NOTHING = Said()


def _signals(profile: Profile, weight: Mapping[str, float], mean_length: float) -> tuple[float, float, float]:
    nearest = profile.similarities[:3]
    words = bm25(profile.counts, weight, profile.counts.total(), mean_length)
    return math.fsum(nearest) / len(nearest), profile.opening, words


def with_kin(evidence: Sequence[Evidence], identities: Mapping[Code, Identity]) -> tuple[Evidence, ...]:
    """The evidence with the leader's family a little further ahead: these codes are the most easily confused with it.

    The scores stay in their places. Only families that documents name count, not similar titles.
    """
    family = _family(evidence[0].code, identities) if evidence else ""
    if not family:
        return tuple(evidence)
    gain = _KIN * moments([item.score for item in evidence])[1]
    leader, *others = evidence
    worth = {item.code: item.score + gain * (_family(item.code, identities) == family) for item in others}
    ordered = sorted(others, key=lambda item: (-worth[item.code], _order(item)))
    return leader, *(replace(item, score=place.score) for item, place in zip(ordered, others, strict=True))


def _family(code: Code, identities: Mapping[Code, Identity]) -> str:
    return identities[code].family if code in identities else ""


def tell_apart(
    evidence: Sequence[Evidence],
    identities: Mapping[Code, Identity],
    weight: Mapping[str, float],
    terms: Callable[[str], list[str]],
) -> tuple[Evidence, ...]:
    """The evidence with titles and, for codes with close siblings, the words of the documents that tell them apart.

    Siblings are of one family or, if documents name none, share half of their titles' words. A code is told apart by
    words of the query that it has and a sibling lacks, or else by words that its title has and the sibling's lacks.
    """
    called = {item.code: set(terms(identities[item.code].text)) for item in evidence if item.code in identities}
    titled = {code: set(terms(identities[code].title)) for code in called}
    told = []
    for item in evidence:
        identity = identities.get(item.code)
        if identity is None:
            told.append(item)
            continue
        siblings = [
            other.code
            for other in evidence
            if other.code in called
            and other.code.bare != item.code.bare
            and _are_siblings(item.code, other.code, identities, titled)
        ][:_SIBLINGS]
        differences = tuple(
            found
            for sibling in siblings
            if (found := _difference(item.code, sibling, identities, called, titled, weight, terms))
        )
        distinction = "; ".join(map(str, differences)) or None
        told.append(replace(item, title=identity.title, distinction=distinction, differences=differences))
    return tuple(told)


def _are_siblings(one: Code, other: Code, identities: Mapping[Code, Identity], titled: Mapping[Code, set[str]]) -> bool:
    families = identities[one].family, identities[other].family
    if all(families):
        return families[0] == families[1]
    return len(titled[one] & titled[other]) >= 0.5 * min(len(titled[one]), len(titled[other]))


def _difference(
    one: Code,
    other: Code,
    identities: Mapping[Code, Identity],
    called: Mapping[Code, set[str]],
    titled: Mapping[Code, set[str]],
    weight: Mapping[str, float],
    terms: Callable[[str], list[str]],
) -> Difference | None:
    """What tells one code from another; None where both say the same."""
    asked = sorted((t for t in weight if t in called[one] - called[other]), key=lambda term: -weight[term])
    mine = _as_written(identities[one].text, asked, terms) or _as_written(
        identities[one].title, titled[one] - called[other], terms
    )
    theirs = _as_written(identities[other].title, titled[other] - called[one], terms)
    return Difference(other, tuple(mine), tuple(theirs)) if mine or theirs else None


def _as_written(text: str, wanted: Sequence[str] | set[str], terms: Callable[[str], list[str]]) -> list[str]:
    """At most three words of a text whose terms are wanted, as the document writes them, in the order of the terms."""
    found: dict[str, str] = {}
    for word in text.replace("/", " ").split():
        bare = word.strip(".,;:()[]\"'")
        stems = terms(bare)
        if len(bare) > 2 and stems and bare.lower() not in _EMPTY and set(stems) <= set(wanted):
            found.setdefault(stems[0], bare)
    ordered = [found[term] for term in wanted if term in found] if not isinstance(wanted, set) else list(found.values())
    return ordered[:3]


_EMPTY = frozenset(
    "the and for with from that this other than into out not its own each per any all one are was which who has been "
    "being but onto over under only also".split()
)


def _order(item: Evidence) -> tuple[float, str, str, str]:
    return (-item.score, item.code.system, item.code.value, item.code.edition or "")
