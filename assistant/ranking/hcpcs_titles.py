"""Orders HCPCS codes by how well their titles and headings hold the words of a query.

A HCPCS title names the thing first and its kinds after commas ("Walker, folding, adjustable"); so does an index term
("Walker, folding"). Nearness says less than four other facts: whether a title holds all that was asked; whether it
holds the last part (an index term ends in what tells it from its neighbours); whether the thing it names was asked for;
and whether its code is the first to name that thing.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from assistant.types import Evidence, Profile
from assistant.types.codes import Code

# Fitted on each half of the HCPCS index terms, checked on the other half, and rounded. The unit is ranking's score, a
# sum of z-scores.
_ALL, _LAST, _NAMED = 4.0, 4.0, 4.0
# Of several codes that name the same thing, the first is its general or most usual kind.
_FIRST = 1.0
# A modifier (two characters) only qualifies what another code names. Codes of these sections repeat the titles of
# permanent codes for one payer, setting, programme or measure, or until a permanent code is made.
_MODIFIER = 5.0
_BESIDE: Mapping[str, float] = dict.fromkeys("CGHSTM", 6.5) | dict.fromkeys("KQ", 2.5)
# A drug's title says how it is given before it names the drug.
_GIVEN = re.compile(r"^(?:injection|infusion|inj)\b,?\s*", re.IGNORECASE)
_NAME = re.compile(r"(?!^)(?:[,;:(]| for | with )")


def by_titles(
    evidence: Sequence[Evidence],
    asked: str,
    weight: Mapping[str, float],
    profiles: Mapping[Code, Profile],
    titles: Mapping[Code, str],
    terms: Callable[[str], Sequence[str]],
) -> tuple[Evidence, ...]:
    """The evidence with HCPCS codes in the order of their titles, if one holds all that was asked, as it does for the
    term of an index; they share out their own places and scores. A person's own words are seldom all held.

    `asked` is the query, `weight` holds the terms of its rewording; `terms` gives the terms of a text that carry a
    subject.
    """
    places = [at for at, item in enumerate(evidence) if item.code.system == "HCPCS"]
    said = {evidence[at].code: _said(evidence[at].code, profiles) for at in places}
    if len(places) < 2 or not weight or not any(weight.keys() <= held for held in said.values()):
        return tuple(evidence)
    parts = [found for part in asked.split(",") if (found := weight.keys() & set(terms(part)))]
    last = parts[-1] if parts else weight.keys()
    names = {code: _name(titles.get(code, ""), terms) for code in said}
    firsts: dict[AbstractSet[str], Code] = {}
    for code in sorted(names, key=lambda code: code.value):
        firsts.setdefault(names[code], code)
    worth = {
        code: _ALL * (weight.keys() <= held)
        + _LAST * _share(last, held, weight)
        + _NAMED * len(names[code] & weight.keys()) / max(1, len(names[code]))
        + _FIRST * (firsts[names[code]] == code)
        - (_MODIFIER if len(code.value) == 2 else _BESIDE.get(code.value[0], 0.0))
        for code, held in said.items()
    }
    ordered = list(evidence)
    better = sorted(places, key=lambda at: (-(evidence[at].score + worth[evidence[at].code]), at))
    for place, at in zip(places, better, strict=True):
        ordered[place] = replace(evidence[at], score=evidence[place].score)
    return tuple(ordered)


def _said(code: Code, profiles: Mapping[Code, Profile]) -> AbstractSet[str]:
    profile = profiles.get(code)
    return profile.counts.keys() if profile else frozenset()


def _share(wanted: AbstractSet[str], held: AbstractSet[str], weight: Mapping[str, float]) -> float:
    """The share of some terms' weight that is held."""
    return math.fsum(weight[term] for term in wanted & held) / math.fsum(weight[term] for term in wanted)


def _name(title: str, terms: Callable[[str], Sequence[str]]) -> AbstractSet[str]:
    """The words that name a title's thing, before those that tell its kind."""
    return frozenset(terms(_NAME.split(_GIVEN.sub("", title), maxsplit=1)[0]))
