"""Shows close codes as one choice, with what the documents say decides among them."""

from collections.abc import Sequence

from assistant.calibration import MOST_CHOSEN
from assistant.language.sentences import split_sentences
from assistant.library import StoredPassage
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Candidate, Choice, ChoiceAnswer
from assistant.types.codes import Code

# The one sentence here that no document wrote; its answers are theirs.
_QUESTION = "Which of these was done?"
# A sentence tells codes apart if it names just one of them, and has room to say when.
_SHORTEST, _LONGEST = 40, 240


def choice_among(snapshot: Snapshot, candidates: Sequence[Candidate], size: int, level: float) -> Choice | None:
    """The choice that a query leaves, its codes among the candidates; None for one code, or for too many.

    `size` is how many of the leading codes hold the right one at the level.
    """
    if not 2 <= size <= min(MOST_CHOSEN, len(candidates)):
        return None
    chosen = candidates[:size]
    codes = tuple(candidate.code.bare for candidate in chosen)
    if len(set(codes)) < size:
        return None
    told = [passage for candidate in chosen for passage in snapshot.passages_about(candidate.code)]
    answers = tuple(ChoiceAnswer(_tells(told, one.code) or one.title, (one.code.bare,)) for one in chosen)
    return Choice(level, codes, _QUESTION, answers)


def _tells(passages: Sequence[StoredPassage], code: Code) -> str | None:
    """The sentence on a close code's page that says when this one is right: the shortest that names it alone."""
    found = []
    for item in passages:
        passage = item.passage
        named = [mention for mention in passage.mentions if mention.certain]
        if passage.code is None or passage.code.bare == code.bare or all(m.code.bare != code.bare for m in named):
            continue
        for start, end in split_sentences(passage.text, *passage.body):
            here = {mention.code.bare for mention in named if start <= mention.start < end}
            if here == {code.bare} and _SHORTEST <= end - start <= _LONGEST:
                found.append((end - start, passage.text[start:end]))
    return min(found)[1] if found else None
