"""Groups of statements for the reader: what answers a query, beside what nearly does."""

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.questions import Question, answering
from training.statements import Statement

Vectors = NDArray[np.float32]
# Sections that describe a procedure: an unmarked sentence of them may speak for the code all the same, so it is neither
# right nor wrong for a question about which code it is.
_DESCRIBING = {"Short description", "Full description", "Clinical responsibility", "In simple words", "Examples"}
_MOST_RIGHT, _MINED, _TITLES, _OWN = 3, 4, 3, 3
_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class Group:
    """A query with statements in their places, and how far each answers (0 to 1)."""

    query: str
    texts: tuple[str, ...]
    answers: tuple[float, ...]


class Pool:
    """All statements of the training documents with their vectors, to look for what is nearly right."""

    def __init__(self, statements: Sequence[Statement], vectors: Vectors) -> None:
        self.statements, self.vectors = statements, vectors
        self.of_document: dict[str, list[int]] = defaultdict(list)
        self.titles: dict[str, list[int]] = defaultdict(list)
        for at, statement in enumerate(statements):
            self.of_document[statement.document].append(at)
            if statement.titles:
                self.titles[_value(statement.code)].append(at)
        self._at = {(s.document, s.start, s.end, s.text): at for at, s in enumerate(statements)}
        self._titled = np.array([at for held in self.titles.values() for at in held], np.int64)

    def index(self, statement: Statement) -> int:
        return self._at[statement.document, statement.start, statement.end, statement.text]

    def group(self, question: Question, vector: Vectors, chance: random.Random) -> Group:
        """The group of a question; its vector is that of the query."""
        marked = [self.index(statement) for statement in answering(question)]
        right = marked[:_MOST_RIGHT]
        codes = {_value(code) for code in question.codes}
        wanted = [at for code in sorted(codes) for at in self.titles.get(code, [])[:1]]
        if question.wants == "code" and (marked or question.choice):
            right = wanted[:2] + right
        barred = {*marked, *right, *wanted}
        cosines = self.vectors @ vector
        if question.wants == "code":
            about = {at for at in self.of_document[question.document] if self.statements[at].section in _DESCRIBING}
            barred |= about
        own = self._nearest(cosines, [at for at in self.of_document[question.document] if at not in barred], 12)
        titled = self._nearest(cosines, [int(at) for at in self._titled if int(at) not in barred], 10)
        ceiling = max((float(cosines[at]) for at in right), default=2.0)
        near = [int(at) for at in np.argpartition(-cosines, _LOOKED_AT)[:_LOOKED_AT]]
        near = [at for at in near if at not in barred and self.statements[at].document != question.document]
        if question.wants in ("rule", "value"):
            # A sentence elsewhere that is nearer than the marked one may well answer too.
            near = [at for at in near if cosines[at] < ceiling]
        wrong = _drawn(own, _OWN, chance) + _drawn(near, _MINED, chance)
        wrong += _drawn(titled, _TITLES if question.wants == "code" else 1, chance)
        wrong = list(dict.fromkeys(wrong))
        chosen = list(dict.fromkeys(right)) + wrong
        texts = tuple(self.statements[at].text for at in chosen)
        return Group(question.text, texts, tuple(float(at in right) for at in chosen))

    def _nearest(self, cosines: Vectors, among: list[int], count: int) -> list[int]:
        return sorted(among, key=lambda at: -cosines[at])[:count]


def _drawn(among: list[int], count: int, chance: random.Random) -> list[int]:
    """Some of the nearest, the nearest of all among them."""
    if len(among) <= count:
        return list(among)
    return [among[0], *chance.sample(among[1:], count - 1)]


def _value(code: str) -> str:
    return re.sub(r"^[A-Za-z0-9-]+:", "", code)
