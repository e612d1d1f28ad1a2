"""Which column of a table a query asks for, judged by meaning: encoder, reader, and the words that both share."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from assistant.embedding import Embedder, Vectors
from assistant.language.column_names import spelled, words_of
from assistant.language.words import content_terms
from assistant.reader import Reader

# So many columns of a table are read, the nearest by vector.
_READ_COLUMNS = 10

Kept = tuple[list[str], Vectors]
Meaning = Callable[[str], str | None]


class Features(NamedTuple):
    """What speaks for a column: the cosine of its name, that of name and value, the reader's logit, and the share of
    the name's words that the query has, each by how few columns of the table have it."""

    name: float
    cell: float
    read: float
    said: float


# The weights of `Features`, and of no column: those of a conditional logit on `training/values`. They were fitted
# before `said` was measured, which therefore weighs nothing, and before some abbreviations; `training/values.py` is to
# fit them anew.
WEIGHTS, NONE = Features(4.87, 7.49, 0.393, 0.0), 5.32
# A column answers from this probability on, if it is so many times likelier than the next. Of queries put to tables
# that do not answer them, though many have a column of like name, 2 in 100 then get a cell.
SURE, _AHEAD = 0.5, 2.0


class Chosen(NamedTuple):
    """The likeliest column: its place, its name spelled out, its score and its probability; `sure` if it answers."""

    column: int
    name: str
    score: float
    probability: float
    sure: bool


def choose_column(
    embedder: Embedder,
    reader: Reader,
    terms: Callable[[str], list[str]],
    text: str,
    names: Sequence[str],
    cells: Sequence[str],
    meaning: Meaning | None = None,
    remember: Callable[[Callable[[], Kept]], Kept] = lambda make: make(),
) -> Chosen:
    """The column, of names and cells, that a query's text asks for. `meaning` explains abbreviations of the documents;
    `remember` keeps what is made of the names alone."""
    features = column_features(embedder, reader, terms, text, names, cells, meaning, remember)
    scores = {at: math.fsum(w * x for w, x in zip(WEIGHTS, one, strict=True)) for at, one in features.items()}
    first, *others = sorted(scores, key=lambda at: (-scores[at], at))
    top = scores[first]
    whole = math.fsum([math.exp(score - top) for score in scores.values()] + [math.exp(NONE - top)])
    ahead = not others or top - scores[others[0]] >= math.log(_AHEAD)
    return Chosen(first, spelled(names[first], words_of(text), meaning), top, 1 / whole, ahead and whole <= 1 / SURE)


def column_features(
    embedder: Embedder,
    reader: Reader,
    terms: Callable[[str], list[str]],
    text: str,
    names: Sequence[str],
    cells: Sequence[str],
    meaning: Meaning | None = None,
    remember: Callable[[Callable[[], Kept]], Kept] = lambda make: make(),
    most: int = _READ_COLUMNS,
) -> dict[int, Features]:
    """The features of the columns nearest to a query's text, by their place."""

    def make() -> Kept:
        plain = [spelled(name, (), meaning) for name in names]
        return plain, embedder.embed([*names, *plain])

    asked = spelled(text, [word for name in names for word in words_of(name)])
    queries = embedder.embed_queries([text, asked])
    plain, vectors = remember(make)
    told = [spelled(name, words_of(text), meaning) for name in names]
    cosines = np.max(vectors @ queries.T, axis=1)
    best = np.maximum(cosines[: len(names)], cosines[len(names) :])
    other = [at for at, name in enumerate(told) if name != plain[at]]
    if other:
        best[other] = np.maximum(best[other], np.max(embedder.embed([told[at] for at in other]) @ queries.T, axis=1))
    order = sorted(range(len(names)), key=lambda at: (-best[at], at))[:most]
    near = embedder.embed([f"{told[at]}: {cells[at]}" for at in order]) @ queries[1]
    logits = reader.read(asked, [f"{told[at]}: {cells[at] or '–'}" for at in order])
    said = _said(set(terms(f"{text} {asked}")), [content_terms(name, terms) for name in told])
    return {
        at: Features(float(best[at]), float(cell), logit, said[at])
        for at, cell, logit in zip(order, near, logits, strict=True)
    }


def _said(asked: set[str], names: Sequence[Sequence[str]]) -> list[float]:
    """For each name, the share of its terms that is asked for; a term weighs the more, the fewer names have it."""
    weights = {
        term: math.log((len(names) + 1) / (sum(term in name for name in names) + 0.5))
        for term in {term for name in names for term in name}
    }
    return [
        math.fsum(weights[term] for term in name if term in asked) / (math.fsum(weights[term] for term in name) or 1.0)
        for name in names
    ]
