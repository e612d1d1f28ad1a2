"""Puts the material together: all statements with vectors, the pairs of the encoder, the groups of the reader."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from training.charges import charge_group, read_charges
from training.code_sets import code_set_pairs
from training.encoder import Pair
from training.groups import Group, Pool, Vectors
from training.questions import Question, answering
from training.statements import ROOT, statements_of

Embed = Callable[[Sequence[str]], Vectors]
_WRONG = 4


def documents() -> list[str]:
    """All documents that a question may be asked of: those written for training, and those of the calibration half."""
    written = sorted(path for path in (ROOT / "training" / "documents").rglob("*") if path.is_file())
    return [path.relative_to(ROOT).as_posix() for path in written]


def pool(questions: Sequence[Question], embed: Embed) -> Pool:
    """The statements of all documents, embedded by what the encoder is now."""
    paths = sorted({*documents(), *(question.document for question in questions)})
    statements = [statement for path in paths for statement in statements_of(path)]
    return Pool(statements, embed([statement.text for statement in statements]))


def encoder_pairs(questions: Sequence[Question], held: Pool, embed: Embed, data: Path, seed: int) -> list[Pair]:
    """What the encoder learns from: questions first, then lines of the charge list, then code sets."""
    chance = random.Random(seed)
    asked = [question for question in questions if question.answers]
    vectors = embed([question.text for question in asked])
    pairs = []
    for question, vector in zip(asked, vectors, strict=True):
        group = held.group(question, vector, chance)
        wrong = tuple(text for text, right in zip(group.texts, group.answers, strict=True) if not right)
        marked = answering(question)
        for number, statement in enumerate(marked[:2]):
            # A passage is embedded with its title only, a statement with its place: the encoder sees both.
            form = statement.passage if (number + len(question.text)) % 3 == 0 else statement.text
            pairs.append(Pair(question.text, form, wrong))
        if question.wants == "code" and not question.choice:
            pairs += [Pair(question.text, text, wrong) for text in group.texts[:1]]
    return pairs + charge_pairs(embed, seed) + code_set_pairs(data, 500)


def charge_pairs(embed: Embed, seed: int) -> list[Pair]:
    """Queries for the lines of the charge list, with near lines as hard negatives."""
    chance = random.Random(seed)
    charges = read_charges()
    titles = embed([charge.title for charge in charges])
    pairs = []
    asked = [(at, query) for at, charge in enumerate(charges) for query in charge.queries]
    vectors = embed([query for _, query in asked])
    for (at, query), vector in zip(asked, vectors, strict=True):
        near = [int(one) for one in np.argsort(-(titles @ vector))[: 2 * _WRONG] if int(one) != at]
        form = [charges[one].text if chance.random() < 0.4 else charges[one].title for one in [at, *near]]
        pairs.append(Pair(query, form[0], tuple(form[1 : _WRONG + 1])))
    return pairs


def reader_groups(questions: Sequence[Question], held: Pool, embed: Embed, seed: int) -> list[Group]:
    """What the reader learns from: a group for every question and for every query of the charge list."""
    chance = random.Random(seed)
    groups = question_groups(questions, held, embed, seed)
    charges = read_charges()
    titles = embed([charge.title for charge in charges])
    asked = [(at, query) for at, charge in enumerate(charges) for query in charge.queries]
    near = embed([query for _, query in asked])
    for (at, query), vector in zip(asked, near, strict=True):
        groups.append(charge_group(charges, at, query, titles @ vector, chance))
    return groups


def question_groups(questions: Sequence[Question], held: Pool, embed: Embed, seed: int) -> list[Group]:
    """A group for every question."""
    chance = random.Random(seed)
    vectors = embed([question.text for question in questions])
    return [held.group(question, vector, chance) for question, vector in zip(questions, vectors, strict=True)]
