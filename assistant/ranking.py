"""Gathers hits into evidence per code, best first, and tells close codes apart."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.codes import Code
from assistant.types import Evidence, Hit

# What a section says of the procedure itself; the others speak of billing it, and name its neighbours to do so.
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
_SIBLINGS = 12
_DISTINCTION_WEIGHT = 0.6


@dataclass(frozen=True, slots=True)
class Identity:
    """What a code is called: its title, and the words its document describes it with first."""

    title: str
    text: str
    family: str = ""


def gather(hits: Sequence[Hit], systems: Sequence[str] = ()) -> tuple[Evidence, ...]:
    """Evidence per code, best first: its best hit and a share of the next ones.

    A passage speaks for the code it is about; a passage about none speaks, more quietly, for those it names.
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


def tell_apart(
    evidence: Sequence[Evidence],
    query: str,
    identities: Mapping[Code, Identity],
    terms: Callable[[str], list[str]],
) -> tuple[Evidence, ...]:
    """Evidence reordered by what the query says that tells the leading codes apart, with `title` and `distinction`.

    Among the leaders, a word of the query that only one of them is called by weighs most, one that all share weighs
    nothing. The distinction names the words that a leader has to itself, quoted as the document writes them.
    """
    leaders = [item for item in evidence[:_SIBLINGS] if item.code in identities]
    asked = set(terms(query))
    called = {item.code: set(terms(identities[item.code].text)) for item in leaders}
    weight = {
        term: math.log(len(leaders) / held)
        for term in sorted(asked)
        if (held := sum(term in words for words in called.values())) and len(leaders) > 1
    }
    total = math.fsum(weight.values())
    top = evidence[0].score if evidence else 0.0
    ranked = []
    for item in evidence:
        identity = identities.get(item.code)
        score = item.score
        if item.code in called and total > 0:
            share = math.fsum(value for term, value in weight.items() if term in called[item.code]) / total
            score += _DISTINCTION_WEIGHT * top * share
        ranked.append(replace(item, score=score, title=identity.title if identity else item.title))
    ranked.sort(key=_order)
    words = {code: set(terms(identities[code].title)) for code in called}
    return tuple(_distinguished(item, ranked, identities, words, asked, terms) for item in ranked)


def _distinguished(
    item: Evidence,
    ranked: Sequence[Evidence],
    identities: Mapping[Code, Identity],
    words: Mapping[Code, set[str]],
    asked: set[str],
    terms: Callable[[str], list[str]],
) -> Evidence:
    """The evidence with what its title alone says among its family, and what the nearest sibling says instead."""
    if item.code not in words:
        return item
    family = identities[item.code].family
    siblings = [
        other
        for other in ranked[:_SIBLINGS]
        if other.code in words
        and other.code.bare != item.code.bare
        and (identities[other.code].family == family if family else len(words[other.code] & words[item.code]) > 1)
    ]
    if not siblings:
        return item
    shared = set().union(*(words[other.code] for other in siblings))
    own = _surface(identities[item.code].title, words[item.code] - shared, asked, terms)
    if not own:
        nearest = siblings[0]
        own = _surface(identities[item.code].title, words[item.code] - words[nearest.code], asked, terms)
        if not own:
            return item
        siblings = [nearest]
    others = []
    for other in siblings[:3]:
        theirs = _surface(identities[other.code].title, words[other.code] - words[item.code], set(), terms)
        if theirs:
            others.append(f"{other.code} says {_quoted(theirs)}")
    text = f"says {_quoted(own)}" + (f"; {', '.join(others)}" if others else "")
    return replace(item, distinction=text)


def _surface(title: str, wanted: set[str], asked: set[str], terms: Callable[[str], list[str]]) -> list[str]:
    """The words of a title behind some terms, as written; those that were asked for first, at most three."""
    found = []
    for word in title.replace("/", " ").split():
        bare = word.strip(".,;:()[]\"'")
        stems = terms(bare)
        if len(bare) > 2 and stems and set(stems) <= wanted and bare not in found and bare.lower() not in _EMPTY:
            found.append(bare)
    found.sort(key=lambda word: not set(terms(word)) <= asked)
    return found[:3]


_EMPTY = frozenset("the and for with from that this other than into out not its own each per any all one using".split())


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _order(item: Evidence) -> tuple[float, str, str, str]:
    return (-item.score, item.code.system, item.code.value, item.code.edition or "")
