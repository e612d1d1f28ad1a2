"""Measures how far the documents support a query that describes something; each number speaks for or against."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from assistant.calibration.told import Told
from assistant.language.acts import spoken_of
from assistant.language.denials import affirmed
from assistant.language.lexis import Kind, Lexis, Unheld
from assistant.language.presuppositions import read_premise
from assistant.language.words import asks_of_coding, attributes_lacking, covered, is_question
from assistant.types import Evidence, Hit, Profile
from assistant.types.codes import Code

_CLOSE = 5
_ON_THE_SUBJECT = 0.45
_DEEP = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """What the online road knows of a described query when it asks the gate.

    `told` is what the documents say of the leading code, `narrative` what the best sections about no code say.
    `families` gives the family of each code that has one, `titles` the title of each. `fits` tells whether a size, an
    age or a time of the query lies in the leading code's range. `away` holds sentences among the hits that name only
    codes which the library lacks: the terms of each, and the cosine of its passage. `guided` is BM25 of the first
    section of guidance, 0 if the query asks for no rule.
    """

    text: str
    weight: Mapping[str, float]
    hits: Sequence[Hit]
    evidence: Sequence[Evidence]
    profiles: Mapping[Code, Profile]
    told: Told
    narrative: Told
    families: Mapping[Code, str]
    titles: Mapping[Code, str]
    fits: bool = False
    away: Sequence[tuple[frozenset[str], float]] = ()
    guided: float = 0.0


@dataclass(frozen=True, slots=True)
class Support:
    """Support for a described query. Shares lie in [0, 1], cosines in [-1, 1], standings in standard deviations.

    As they grow, the numbers of `FALLING` speak against an answer and all others for it. The number of words of a query
    is left out on purpose. It tells right from wrong in eval/starter, whose outsiders are terse, and misleads
    elsewhere: it lowered the AUC from .99 to .98 over the HCPCS file, whose index terms are short, and from .85 to .79
    over ICD-10-PCS.
    """

    similarity: float  # best cosine of any passage
    distance: float  # how far the best cosine falls short of what a passage on the subject has
    nearness: float  # mean cosine of the five best passages
    lead: float  # best cosine of a passage about the leading code, or of a narrative one if that is nearer
    opening: float  # cosine of the leading code's description; of the best narrative where no code has one
    relief: float  # best cosine less that of the fortieth passage: does anything stand out at all
    standing: float  # the leading code's score among the candidates' scores
    lead_of_family: float  # its distance to the first candidate of another family
    kin: float  # share of the five best candidates that are of the leading code's family
    agreement: float  # whether both searches put one and the same code, or narrative, first
    coverage: float  # share of the query's words that the leading code's documents or the best narratives hold
    described: float  # share that the passages describing the leading code, or the best narratives, hold
    titled: float  # share of the leading title's words that the query holds
    told: float  # share that the best narratives hold
    guided: float  # where a rule is asked for, BM25 of the first section of guidance
    narrative_leads: float  # whether the best passage is about no code
    confirmed: float  # weight of the query's trade words that the leading documents hold, on a logarithmic scale
    foreign: float  # share of words of the trade that the library holds nowhere
    foreign_most: float  # the heaviest of them
    elsewhere: float  # share of words of the trade that other documents hold, but not those that describe the leader
    elsewhere_most: float  # the heaviest of them
    diagnosis: float  # share of words of illness that the leading documents do not hold
    asks: float  # whether it is a question, and not one about coding
    asks_plain: float  # for a question, the share of everyday words that the leading documents do not hold
    lacking: float  # kinds of fact asked for (price, rate, brand, time) that the leading documents never touch
    fits: float  # whether a size, an age or a time that it states lies in the leading code's range
    sent_away: float  # the most of its words in a sentence about the leader that names only codes not held
    sent_away_near: float  # the same for any such sentence among the hits, times the cosine of its passage
    unproved: float  # share of its premise that no single sentence, about the leader or of guidance, holds
    wanting: float  # the same for the thing it asks for
    other_acts: float  # share of its acts that the leading code's opening does not speak of
    other_findings: float  # share of its findings that no description of the leading code speaks of


FALLING = frozenset(
    "distance foreign foreign_most elsewhere elsewhere_most diagnosis asks asks_plain lacking sent_away "
    "sent_away_near unproved wanting other_acts other_findings".split()
)
NAMES = tuple(field.name for field in fields(Support))


def measure_support(reading: Reading, lexis: Lexis) -> Support:
    """Support for a described query: by its hits, by what the documents say of the leading code, and by its words."""
    hits, evidence = reading.hits, reading.evidence
    cosines = sorted((hit.similarity for hit in hits), reverse=True) or [0.0]
    leader = evidence[0].code if evidence else None
    profile = reading.profiles.get(leader) if leader else None
    weight, told, narrative = reading.weight, reading.told, reading.narrative
    standing, of_family, kin = _standing(reading)
    told_near = max((hit.similarity for hit in hits if hit.passage.code is None), default=0.0)
    near = told.everything | narrative.everything
    lacking = lexis.unheld(reading.text, near)
    undescribed = lexis.unheld(reading.text, told.described | narrative.everything)
    words = lexis.words(reading.text)
    whole = math.fsum(lexis.weigh(words.values()).values()) or 1.0
    foreign = [item.weight for item in lacking if item.kind is Kind.FOREIGN]
    plain = math.fsum(item.weight for item in lacking if item.kind is Kind.PLAIN) / whole
    question = is_question(reading.text)
    said = affirmed(reading.text)
    premise = read_premise(reading.text)
    text = f"{told.text}\n{narrative.text}"
    confirmed = lexis.weigh({term for word, term in words.items() if term in near and lexis.is_trade(word, term)})
    return Support(
        similarity=cosines[0],
        distance=max(0.0, _ON_THE_SUBJECT - cosines[0]),
        nearness=math.fsum(cosines[:5]) / len(cosines[:5]),
        lead=max(profile.similarities[0] if profile else 0.0, told_near),
        opening=profile.opening if profile else told_near,
        # A small library has no fortieth passage; it then counts as half as near as the first.
        relief=cosines[0] - (cosines[_DEEP - 1] if len(cosines) >= _DEEP else cosines[0] / 2),
        standing=standing,
        lead_of_family=of_family,
        kin=kin,
        agreement=float(_agree(hits)),
        coverage=max(covered(weight, told.everything), covered(weight, narrative.everything)),
        described=max(covered(weight, told.described), covered(weight, narrative.everything)),
        titled=_titled(reading, lexis),
        told=covered(weight, narrative.everything),
        guided=reading.guided,
        narrative_leads=float(bool(hits) and hits[0].passage.code is None),
        confirmed=math.log1p(math.fsum(confirmed.values()) / math.log1p(lexis.passages)) if lexis.passages else 0.0,
        foreign=math.fsum(foreign) / whole,
        foreign_most=max(foreign, default=0.0) / whole,
        elsewhere=_share(undescribed, Kind.ELSEWHERE, whole),
        elsewhere_most=max((i.weight for i in undescribed if i.kind is Kind.ELSEWHERE), default=0.0) / whole,
        diagnosis=_share(lacking, Kind.DIAGNOSIS, whole),
        asks=float(question and not asks_of_coding(reading.text)),
        asks_plain=plain if question else 0.0,
        lacking=float(attributes_lacking(reading.text, text)),
        fits=float(reading.fits),
        sent_away=max((covered(weight, sentence) for sentence in told.elsewhere if weight), default=0.0),
        sent_away_near=max((covered(weight, held) * near for held, near in reading.away if weight), default=0.0),
        unproved=lexis.unproved(premise.granted, text),
        wanting=lexis.unproved(premise.wanted, text),
        other_acts=_others(said, "act", told.acts),
        other_findings=_others(said, "finding", told.findings),
    )


def _share(unheld: Sequence[Unheld], kind: Kind, whole: float) -> float:
    return math.fsum(item.weight for item in unheld if item.kind is kind) / whole


def _others(text: str, kind: Literal["act", "finding"], told: frozenset[str]) -> float:
    """The share of a text's acts, or findings, that the documents do not tell of; 0 if the text has none."""
    said = spoken_of(text, kind)
    return len(said - told) / len(said) if said else 0.0


def _standing(reading: Reading) -> tuple[float, float, float]:
    """How far the leader stands above all, and above other families; and the share of its kin among the best.

    The distances are in standard deviations of the candidates' scores, so that another scale of scores changes nothing.
    """
    evidence = reading.evidence
    if not evidence:
        return 0.0, 0.0, 0.0
    scores = [item.score for item in evidence]
    mean = math.fsum(scores) / len(scores)
    spread = math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / len(scores)) or 1.0
    leader = evidence[0]
    others = [item for item in evidence[1:] if not _kin(leader.code, item.code, reading)]
    of_family = (leader.score - others[0].score) / spread if others else 0.0
    close = evidence[1:_CLOSE]
    kin = sum(_kin(leader.code, item.code, reading) for item in close) / (_CLOSE - 1)
    return (leader.score - mean) / spread, of_family, kin


def _kin(one: Code, other: Code, reading: Reading) -> bool:
    """Whether two codes are of one family or, if the documents name none, share half of their titles' words."""
    families = reading.families.get(one), reading.families.get(other)
    if all(families):
        return families[0] == families[1]
    first, second = (set(reading.titles.get(code, "").lower().split()) for code in (one, other))
    return bool(first and second) and len(first & second) >= 0.5 * min(len(first), len(second))


def _agree(hits: Sequence[Hit]) -> bool:
    if not hits:
        return False
    nearest = max(hits, key=lambda hit: (hit.similarity, -hit.rank))
    worded = max(hits, key=lambda hit: (hit.bm25, -hit.rank))
    return worded.bm25 > 0 and nearest.passage.code == worded.passage.code


def _titled(reading: Reading, lexis: Lexis) -> float:
    title = reading.titles.get(reading.evidence[0].code, "") if reading.evidence else ""
    wanted = lexis.weigh(lexis.words(title).values())
    return covered(wanted, set(reading.weight)) if wanted else 0.0
