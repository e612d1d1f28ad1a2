"""Turns the features of a note and a code into a score, and the score beside its rivals' into a calibrated confidence.

`scripts/fit-notes` fits two small linear models on calibration notes and keeps them as readable numbers in
`pair_model.json`. The first orders the codes of one note. The second says how likely a code is right: from its score,
from its lead over the rivals of its family and over the whole list, and from how much of the note its documents hold.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from assistant.library import Subject
from assistant.notes.pair_features import ASKED, Called, Pairs, Spoken, Values
from assistant.notes.sizes import is_add_on
from assistant.types.codes import Code

# The inputs of the confidence beside the features themselves.
STANDING = ("score", "lead", "top")
CONFIDENT = (*STANDING, "covered", "near", "titled", "own", "outside", "contradicts", "lesser")
_FARTHEST = 3.0
_OWN = 0.05
_CLAIM, _ANSWERED = 0.5, 0.8
_COMPANION = 0.2


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear model: (factor, mean, spread) of each feature; a feature that is not named does not count."""

    bias: float
    factors: Mapping[str, tuple[float, float, float]]

    def __call__(self, features: Mapping[str, float]) -> float:
        return self.bias + math.fsum(
            factor * (features[name] - mean) / spread for name, (factor, mean, spread) in self.factors.items()
        )


@dataclass(frozen=True, slots=True)
class Model:
    """The model that orders codes, the model of their confidence, and the confidence from which a code is proposed."""

    order: Linear
    confidence: Linear
    threshold: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A code's features for a note, its score and confidence, and how well each statement speaks for it."""

    code: Code
    called: Called
    features: Mapping[str, float]
    score: float
    confidence: float
    affinity: Values


@cache
def shipped_model() -> Model:
    """The fitted model that comes with the package."""
    body = json.loads(files("assistant.notes").joinpath("pair_model.json").read_text(encoding="utf-8"))
    return Model(_linear(body["order"]), _linear(body["confidence"]), body["threshold"])


def _linear(body: Mapping[str, object]) -> Linear:
    bias, rows = body["bias"], body["features"]
    assert isinstance(bias, float)
    assert isinstance(rows, dict)
    return Linear(bias, {name: (row["factor"], row["mean"], row["spread"]) for name, row in rows.items()})


def weigh(
    spoken: Spoken, subjects: Mapping[Code, Subject], called: Mapping[Code, Called], model: Model
) -> tuple[Weighed, ...]:
    """Each code with its features, score and confidence for a note, best first."""
    codes = [code for code in subjects if code in called]
    if not codes or not spoken.texts:
        return ()
    pairs = Pairs(spoken, [subjects[code] for code in codes], [called[code] for code in codes])
    columns = pairs.features()
    rows = [{name: float(values[row]) for name, values in columns.items()} for row in range(len(codes))]
    scores = [model.order(row) for row in rows]
    standings = standing(scores, pairs.rivals)
    weighed = [
        Weighed(code, called[code], features, features["score"], confidence_of(model, features), affinity)
        for code, row, stands, affinity in zip(codes, rows, standings, pairs.affinity, strict=True)
        for features in [row | stands]
    ]
    return tuple(sorted(weighed, key=_by_score))


def _by_score(item: Weighed) -> tuple[float, str, str]:
    return -item.score, item.code.system, item.code.value


def choose(weighed: Sequence[Weighed], threshold: float) -> tuple[Weighed, ...]:
    """The codes of a note that are proposed, best first.

    A code must pass the threshold. A second rival of one family also needs a statement of its own. An add-on needs a
    primary code of its family, and a proposed primary brings the add-on that the note's levels or sizes call for.
    """
    chosen: list[Weighed] = []
    for item in sorted(weighed, key=_by_score):
        rivals = [other for other in chosen if _group(other) == _group(item)]
        if item.confidence >= threshold and (not rivals or item.features["own"] >= _OWN):
            chosen.append(item)
    for item in [one for one in chosen if is_add_on(one.called.title) and one.called.family]:
        if not any(_is_primary_of(other, item) for other in chosen):
            primaries = [other for other in weighed if _is_primary_of(other, item)]
            best = min(primaries, key=_by_score, default=None)
            if best is not None and best.confidence >= _COMPANION * threshold:
                chosen.append(best)
            elif best is not None:
                chosen.remove(item)
    for item in [one for one in chosen if one.called.family and not is_add_on(one.called.title)]:
        further = _called_for(item, weighed)
        if further is not None and further not in chosen and further.confidence >= _COMPANION * threshold:
            chosen.append(further)
    return tuple(sorted(chosen, key=_by_score))


def _group(item: Weighed) -> tuple[str, bool]:
    return item.called.family or str(item.code), is_add_on(item.called.title)


def _is_primary_of(other: Weighed, item: Weighed) -> bool:
    return other.called.family == item.called.family and not is_add_on(other.called.title)


def _called_for(primary: Weighed, weighed: Sequence[Weighed]) -> Weighed | None:
    """The add-on that a primary code needs for the note's levels or sizes; of several, the one nearest by title."""
    further = [
        other
        for other in weighed
        if is_add_on(other.called.title)
        and other.called.family == primary.called.family
        and (other.features["levels"] > 0 or other.features["fits"] > 0)
    ]
    return max(further, key=lambda o: (len(o.called.terms & primary.called.terms), o.score), default=None)


def standing(scores: Sequence[float], rivals: Sequence[Sequence[int]]) -> list[dict[str, float]]:
    """For each code: its score, its lead over its best rival (at most 3 either way), and its distance from the top."""
    top = max(scores)
    found = [{"score": score, "lead": _FARTHEST, "top": score - top} for score in scores]
    for members in rivals:
        for member in members:
            others = [scores[other] for other in members if other != member]
            if others:
                found[member]["lead"] = max(-_FARTHEST, min(_FARTHEST, scores[member] - max(others)))
    return found


def confidence_of(model: Model, features: Mapping[str, float]) -> float:
    """The probability that a code is right, from what the note tells and from what its procedure line claims.

    A procedure line that would surely be answered as a query is a claim: it counts half as much as its answer.
    """
    told = probability(model.confidence(features))
    claimed = features[ASKED] if features[ASKED] >= _ANSWERED else 0.0
    return told + (1.0 - told) * _CLAIM * claimed


def probability(logit: float) -> float:
    """The probability of a logit."""
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit))))


def merged_evidence(item: Weighed, spoken: Spoken, *, share: float, most: int) -> tuple[int, ...]:
    """The statements that speak for a code, in the order of the note: those nearly as good as its best one.

    The procedure line is a claim and the description its proof. So a procedure line is named only if no other statement
    speaks for the code.
    """
    told = [at for at in range(len(spoken.texts)) if not spoken.titled[at]]
    chosen = told or list(range(len(spoken.texts)))
    best = max(item.affinity[at] for at in chosen)
    near = sorted(chosen, key=lambda at: (-item.affinity[at], at))[:most]
    return tuple(sorted(at for at in near if item.affinity[at] >= share * best))
