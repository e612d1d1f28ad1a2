"""Questions that a library asks itself: from its own titles and sentences, with the passages hidden that they are from.

A question can be answered where only its source passage is hidden and others speak of the same subject; it cannot where
the whole subject is hidden, or the subject and all that lie nearest to it. A subject is a code or, where a document is
about none, a section. Where a subject has one passage only, as in a code set, its question is the title with a part of
its words left out, and the passage stays. Nobody writes such questions, so they are nearer to the documents than a
coder's: a written set is better.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering import Assistant
from assistant.calibrating.hiding import HidingLibrary
from assistant.calibrating.judging import is_right
from assistant.calibration import Judged
from assistant.codes import Code
from assistant.library import Library
from assistant.sentences import split_sentences
from assistant.types import Passage, Query

QUESTIONS = 360
_ANSWERABLE_SHARE = 0.6
_FEWEST_WORDS, _MOST_WORDS = 4, 24
_LEFT_OUT = 0.35
_NEIGHBOURS = 6
# Sections that describe their subject; what others say is as true of its neighbours.
_DESCRIBING = frozenset("short-description lead full-description plain-language examples".split())


@dataclass(frozen=True, slots=True)
class Subject:
    """A code, or a section of a document that is about none, and the keys of its passages."""

    code: Code | None
    section: str
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question of the library's own, what is hidden while it is asked, and what would be a right answer."""

    text: str
    hidden: frozenset[int]
    codes: frozenset[Code]
    relevant: frozenset[str]

    @property
    def answerable(self) -> bool:
        """Whether anything that answers it is left."""
        return bool(self.relevant)


def subjects_of(library: Library) -> list[Subject]:
    """The subjects of a library, in the order of their first passages."""
    grouped: dict[tuple[Code | None, int, str], list[int]] = {}
    for key, document, system, value, section in library.store.subjects():
        subject = (Code(system, value), 0, "") if value else (None, document, section)
        grouped.setdefault(subject, []).append(key)
    return [Subject(code, section, tuple(keys)) for (code, _, section), keys in grouped.items()]


def own_questions(assistant: Assistant, count: int = QUESTIONS, seed: int = 1) -> list[OwnQuestion]:
    """At most `count` questions, the same for the same library."""
    library = assistant.library
    chance = random.Random(seed)
    subjects = subjects_of(library)
    chosen = chance.sample(subjects, min(count, len(subjects)))
    chosen += [chance.choice(subjects) for _ in range(min(count, 4 * len(subjects)) - len(chosen))]  # of few, again
    questions = []
    for number, subject in enumerate(chosen):
        answerable = number < _ANSWERABLE_SHARE * len(chosen)
        question = _ask(assistant, subject, answerable, chance)
        if question is not None:
            questions.append(question)
    return questions


def judge_own(assistant: Assistant, questions: Sequence[OwnQuestion]) -> list[Judged]:
    """Each question put to the library without what is hidden."""
    judged = []
    for question in questions:
        library = HidingLibrary(assistant.library, question.hidden, question.codes)
        considered = assistant.over(library).consider(Query(question.text))
        if considered is None or not (considered.statements or considered.candidates):
            judged.append(Judged(0.0, False, question.answerable))
            continue
        right = is_right(considered, question.answerable, question.relevant)
        judged.append(Judged(considered.confidence, right, question.answerable))
    return judged


def _ask(assistant: Assistant, subject: Subject, answerable: bool, chance: random.Random) -> OwnQuestion | None:
    library = assistant.library
    stored = library.passages(subject.keys)
    passages = {key: stored[key].passage for key in subject.keys if key in stored}
    if not passages:
        return None
    telling = [key for key, passage in passages.items() if passage.section in _DESCRIBING] or list(passages)
    source = chance.choice(telling)
    title = _title(library, subject, passages[source])
    single = len(passages) == 1
    text = _worded(title, passages[source], chance, single=single)
    if text is None:
        return None
    if answerable:
        of_section = f"PASSAGE:{passages[source].document_id}#{subject.section}"
        relevant = str(subject.code.bare) if subject.code else of_section
        hidden = frozenset() if single else frozenset({source})
        return OwnQuestion(text, hidden, frozenset(), frozenset({relevant}))
    gone = [subject.code.bare] if subject.code else []
    if gone and chance.random() < 0.5:
        gone += _nearest(assistant, title, gone[0])
    keys = set(subject.keys)
    for code in gone:
        keys.update(library.store.keys_about(code))
        keys.update(library.store.keys_naming(code))
    return OwnQuestion(text, frozenset(keys), frozenset(gone), frozenset())


def _title(library: Library, subject: Subject, passage: Passage) -> str:
    if subject.code is None:
        return passage.section_title
    entries = library.store.entries([subject.code]).get(subject.code.bare, ())
    return entries[0].entry.title if entries else passage.section_title


def _worded(title: str, passage: Passage, chance: random.Random, *, single: bool) -> str | None:
    """A question's words: the title, or a sentence; a part of the words where the passage itself stays."""
    texts = [title]
    if not passage.quote:
        spans = split_sentences(passage.text, *passage.body)
        texts += [passage.text[start:end] for start, end in spans]
    chosen = title if passage.quote or chance.random() < 0.3 else chance.choice(texts)
    words = chosen.split()
    if single:
        kept = sorted(chance.sample(range(len(words)), max(1, round((1 - _LEFT_OUT) * len(words)))))
        words = [words[at] for at in kept]
    if passage.code is not None:
        words = [word for word in words if passage.code.value.lower() not in word.lower()]
    words = words[:_MOST_WORDS]
    return " ".join(words) if len(words) >= _FEWEST_WORDS or (single and words) else None


def _nearest(assistant: Assistant, title: str, code: Code) -> list[Code]:
    """The codes that lie nearest to a subject: without them too, nothing like it is left."""
    vector = assistant.embedder.embed_query(title)
    found = assistant.library.search_dense(vector, 40, Query(title))
    passages = assistant.library.passages([key for key, _ in found])
    codes = dict.fromkeys(item.passage.code.bare for item in passages.values() if item.passage.code is not None)
    return [other for other in codes if other != code][:_NEIGHBOURS]
