"""What the documents tell of one subject, as sets of terms."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from assistant.language.acts import spoken_of
from assistant.language.sentences import split_sentences
from assistant.library import StoredPassage
from assistant.types import Passage
from assistant.types.codes import Code

# Sections about billing a procedure, which name its neighbours; all other sections describe it.
BILLING_SECTIONS = frozenset(
    "modifiers guidelines important documentation medical-necessity notes not-in-corpus related".split()
)
_OPENING_SECTIONS = frozenset({"short-description", "lead"})

# Given some codes, those that the library holds.
Held = Callable[[Collection[Code]], Collection[Code]]


@dataclass(frozen=True, slots=True)
class Told:
    """The terms that passages about one subject hold: in its opening, in its descriptions, in everything.

    `acts` are those of the opening, `findings` those of the descriptions. `elsewhere` holds the terms of each sentence
    that names only codes which the library lacks, and so sends the reader away.
    """

    opening: frozenset[str]
    described: frozenset[str]
    everything: frozenset[str]
    text: str
    acts: frozenset[str]
    findings: frozenset[str]
    elsewhere: tuple[frozenset[str], ...]

    @classmethod
    def of(
        cls,
        passages: Iterable[StoredPassage],
        terms: Callable[[str], list[str]],
        held: Held = frozenset,
    ) -> "Told":
        """What these passages hold; `held` tells which of some codes the library holds."""
        opening: set[str] = set()
        described: set[str] = set()
        everything: set[str] = set()
        texts, openings, descriptions = [], [], []
        elsewhere: list[frozenset[str]] = []
        for item in passages:
            passage = item.passage
            if not passage.body_text.strip():
                continue
            found = terms(passage.indexed_text)
            everything.update(found)
            if passage.section not in BILLING_SECTIONS:
                described.update(found)
                descriptions.append(passage.indexed_text)
            if passage.section in _OPENING_SECTIONS or passage.quote:
                opening.update(found)
                openings.append(passage.indexed_text)
            texts.append(passage.body_text)
            elsewhere += sending_away(passage, terms, held)
        return cls(
            frozenset(opening),
            frozenset(described),
            frozenset(everything),
            "\n".join(texts),
            spoken_of("\n".join(openings), "act"),
            spoken_of("\n".join(descriptions), "finding"),
            tuple(elsewhere),
        )


def sending_away(passage: Passage, terms: Callable[[str], list[str]], held: Held = frozenset) -> list[frozenset[str]]:
    """The terms of each sentence that sends the reader away: it names codes of the code's system, and none is held."""
    code = passage.code
    named = [m for m in passage.mentions if m.certain and code is not None and m.code.system == code.system]
    here = held({mention.code.bare for mention in named}) if named else ()
    sentences = []
    for start, end in split_sentences(passage.text, *passage.body) if named else ():
        of_sentence = {mention.code.bare for mention in named if start <= mention.start < end}
        if of_sentence and of_sentence.isdisjoint(here):
            sentences.append(frozenset(terms(passage.text[start:end])))
    return sentences


NOTHING_TOLD = Told.of((), lambda _: [])
