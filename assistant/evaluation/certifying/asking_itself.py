"""Questions that a library asks itself: from its own titles and sentences, with the passages hidden that they are from.

A question is a telling sentence or a title with a part of its words left out, drawn by a seed. It can be answered where
only its source passage is hidden and others speak of the same subject, or where the passage stays and half of the words
are left out (always so where a subject has one passage only, as in a code set); it cannot where the whole subject is
hidden with all that lies nearly as near. A subject is a code or, where a document is about none, a section. Nobody
writes such questions: a written set is better.
"""

import math
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering import Assistant
from assistant.calibration import Judged
from assistant.errors import UnknownDocument
from assistant.evaluation.certifying.judging import Watched, is_right, nobody
from assistant.language.sentences import split_sentences
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Passage, Query
from assistant.types.codes import Code

QUESTIONS = 1_000
_ANSWERABLE_SHARE = 0.6
_FEWEST_WORDS, _MOST_WORDS = 4, 24
# Chosen so that on the starter corpus the risks and coverages come out as on its written calibration split.
_TITLE_SHARE, _STAYS_SHARE = 0.2, 0.6
_LEFT_OUT_OF_TITLE, _LEFT_OUT = 0.65, 0.5
_NEARLY, _LOOKED_AT = 0.6, 600
_CODE_LIKE = re.compile(r"\d{4}")
# Sections that describe their subject; what others say is as true of its neighbours.
_DESCRIBING = frozenset("short-description lead full-description plain-language".split())


@dataclass(frozen=True, slots=True)
class Subject:
    """A code, or a section of a document that is about none, and the keys of its passages."""

    code: Code | None
    section: str
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question of the library's own, what is hidden while it is asked, and what would be a right answer.

    Of a row's title with words left out, any code whose title holds all that are left (`titled`) is right too.
    """

    text: str
    hidden: frozenset[int]
    codes: frozenset[Code]
    relevant: frozenset[str]
    titled: frozenset[str] = frozenset()

    @property
    def answerable(self) -> bool:
        """Whether anything that answers it is left."""
        return bool(self.relevant)


def subjects_of(snapshot: Snapshot) -> list[Subject]:
    """The subjects of a library, in the order of their first passages."""
    grouped: dict[tuple[Code | None, int, str], list[int]] = {}
    for key, document, system, value, section in snapshot.own_subjects():
        subject = (Code(system, value), 0, "") if value else (None, document, section)
        grouped.setdefault(subject, []).append(key)
    return [Subject(code, section, tuple(keys)) for (code, _, section), keys in grouped.items()]


def own_questions(assistant: Assistant, snapshot: Snapshot, count: int = QUESTIONS, seed: int = 1) -> list[OwnQuestion]:
    """At most `count` questions, the same for the same documents."""
    chance = random.Random(seed)
    subjects = subjects_of(snapshot)
    chosen = chance.sample(subjects, min(count, len(subjects)))
    chosen += [chance.choice(subjects) for _ in range(min(count, 4 * len(subjects)) - len(chosen))]  # of few, again
    questions = []
    for number, subject in enumerate(chosen):
        answerable = number < _ANSWERABLE_SHARE * len(chosen)
        question = _ask(assistant, snapshot, subject, answerable, chance)
        if question is not None:
            questions.append(question)
    return questions


def judge_own(
    assistant: Assistant, snapshot: Snapshot, questions: Sequence[OwnQuestion], watch: Watched = nobody
) -> tuple[list[Judged], int]:
    """Each question put to a snapshot without what is hidden, and how many could not be judged: these stop no other."""
    judged: list[Judged] = []
    left_out = 0
    for done, question in enumerate(questions):
        watch(done, len(questions))
        try:
            judged.append(_judged(assistant, snapshot.hiding(question.hidden, question.codes), question))
        except UnknownDocument:
            # What is hidden would have to be cited.
            left_out += 1
    return judged, left_out


def _judged(assistant: Assistant, without: Snapshot, question: OwnQuestion) -> Judged:
    considered = assistant.considered(Query(question.text), without)
    if considered is None or not (considered.statements or considered.candidates):
        return Judged(0.0, False, question.answerable)
    right = is_right(considered, question.answerable, question.relevant) or any(
        question.titled and question.titled <= set(without.terms(candidate.title))
        for candidate in considered.candidates
    )
    return Judged(considered.confidence, right, question.answerable)


def _ask(
    assistant: Assistant, snapshot: Snapshot, subject: Subject, answerable: bool, chance: random.Random
) -> OwnQuestion | None:
    stored = snapshot.passages(subject.keys)
    passages = {key: stored[key].passage for key in subject.keys if key in stored}
    telling = [key for key, passage in passages.items() if passage.section in _DESCRIBING] or list(passages)
    if not telling:
        return None
    source = chance.choice(telling)
    title = _title(snapshot, subject, passages[source])
    stays = len(passages) == 1 or (answerable and chance.random() < _STAYS_SHARE)
    text = _worded(snapshot, title, passages[source], chance, stays=stays)
    if text is None:
        return None
    if answerable:
        of_section = f"PASSAGE:{passages[source].document_id}#{subject.section}"
        relevant = str(subject.code.bare) if subject.code else of_section
        hidden = frozenset() if stays else frozenset({source})
        titled = frozenset(snapshot.terms(text)) if passages[source].quote else frozenset()
        return OwnQuestion(text, hidden, frozenset(), frozenset({relevant}), titled)
    return OwnQuestion(text, *_hidden_with(assistant, snapshot, text, source, subject), frozenset())


def _hidden_with(
    assistant: Assistant, snapshot: Snapshot, text: str, source: int, subject: Subject
) -> tuple[frozenset[int], frozenset[Code]]:
    """A subject and all that lies nearly as near to the question as its source: passages, and whole codes.

    What is about such a code or names it is hidden with the code.
    """
    vector = assistant.embedder.embed_query(text)
    near = _NEARLY * snapshot.similarities(vector, [source])[source]
    found = [key for key, cosine in snapshot.search_dense(vector, _LOOKED_AT, Query(text)) if cosine > near]
    keys = {*subject.keys, *found}
    passages = snapshot.passages(found)
    codes = {item.passage.code.bare for item in passages.values() if item.passage.code is not None}
    if subject.code is not None:
        codes.add(subject.code.bare)
    return frozenset(keys), frozenset(codes)


def _title(snapshot: Snapshot, subject: Subject, passage: Passage) -> str:
    if subject.code is None:
        return passage.section_title
    entries = snapshot.entries([subject.code]).get(subject.code.bare, ())
    return entries[0].entry.title if entries else passage.section_title


def _worded(snapshot: Snapshot, title: str, passage: Passage, chance: random.Random, *, stays: bool) -> str | None:
    """A question's words: a telling sentence of the passage, or now and then the title with some words left out.

    Where the passage stays, a part of the sentence's words is left out too. None where no sentence tells enough.
    """
    told = [] if passage.quote else _telling_sentences(snapshot, passage)
    titled = bool(passage.quote) or (passage.code is not None and chance.random() < _TITLE_SHARE)
    if not (title if titled else told):
        return None
    words = (title if titled else chance.choice(told)).split()
    left_out = _LEFT_OUT_OF_TITLE if (titled or stays) and not passage.quote else _LEFT_OUT
    kept = sorted(chance.sample(range(len(words)), math.ceil((1 - left_out) * len(words))))
    words = [words[at] for at in kept][:_MOST_WORDS]
    return " ".join(words) if titled or len(words) >= _FEWEST_WORDS else None


def _telling_sentences(snapshot: Snapshot, passage: Passage) -> list[str]:
    """The quarter of a passage's sentences that weigh most by their words; those that name a code are left out."""
    lexis = snapshot.lexis()
    weighed = []
    for start, end in split_sentences(passage.text, *passage.body):
        sentence = passage.text[start:end]
        words = lexis.words(sentence)
        if len(words) >= _FEWEST_WORDS and not _CODE_LIKE.search(sentence):
            weighed.append((-math.fsum(lexis.weigh(words.values()).values()), sentence))
    weighed.sort()
    return [sentence for _, sentence in weighed[: max(1, len(weighed) // 4)]]
