"""What the pages of the candidates ask a note to say, and what they warn of when two candidates stand together."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.answering.quoting import cite, sentence_statements
from assistant.calibration import content_terms, covered, rarity
from assistant.language.sentences import split_sentences
from assistant.library import StoredEntry, StoredPassage
from assistant.notes import Note
from assistant.retrieval.in_force import in_force_for
from assistant.retrieval.snapshot import Snapshot
from assistant.types import NoteEvidence, Query, Requirement, Statement
from assistant.types.codes import Code

_ASKS = re.compile(r"document|required in the note|what the note", re.IGNORECASE)
_ITEM = re.compile(r"[,;:]\s+(?:and\s+|or\s+|whether\s+)?|\s+and\s+(?=\w+\s+\w+)|\.$")
_LIST = 3
_SAID = 0.6
_MOST_CAUTIONS = 6
# "Name the lobe" asks for the lobe: the verbs of asking say nothing that a note could hold.
_ASKING = (
    "name give state write add describe mention declare list record document note specify indicate say tell include "
    "show enter identify report need needed belong required present stated named recorded described listed own"
)
# Lines that forbid, bundle or tie two codes.
_WARNS = re.compile(
    r"\b(?:not|never|no|nor|neither|cannot|can't|isn't|don't|doesn't|without)\b|"
    r"\b(?:separate(?:ly)?|includ\w+|bundl\w+|part of|inclusive|contained|counted in|add-?on|alone|"
    r"only|replac\w+|instead|either|same (?:side|session|knee|lesion|level)|modifier|59|XS|51|primary|"
    r"vanish\w*|swallow\w*|absor\w+|drops? out|goes with|together)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heeded:
    """What one candidate's page asks of the note, and the lines that touch it and another candidate."""

    requirements: tuple[Requirement, ...]
    cautions: tuple[Statement, ...]


def heed(snapshot: Snapshot, query: Query, note: Note, proposed: Mapping[Code, StoredEntry]) -> dict[Code, Heeded]:
    """Requirements and cautions for each proposed code, from what holds for the query's systems and date of service.

    `proposed` has the entry of each code that is in force; what its own document says of it is, too.
    """
    terms = [frozenset(content_terms(note.quote(part), snapshot.terms)) for part in note.parts]
    codes = [code for code in proposed if not query.systems or code.system in query.systems]

    def holds(item: StoredPassage) -> bool:
        return in_force_for(snapshot, item.document, query)

    narrative = list(filter(holds, snapshot.passages_naming(codes)))
    found = {}
    for code in codes:
        about = [
            item
            for item in snapshot.passages_about(code)
            if item.document.edition == code.edition and (item.document.id == proposed[code].document.id or holds(item))
        ]
        others = [other for other in codes if other != code]
        found[code] = Heeded(_requirements(snapshot, note, terms, about), _cautions(code, others, [*about, *narrative]))
    return found


def _requirements(
    snapshot: Snapshot, note: Note, terms: Sequence[frozenset[str]], about: Sequence[StoredPassage]
) -> tuple[Requirement, ...]:
    """Each thing that the documentation section lists, and the statement of the note that says it, if one does."""
    asking = set(snapshot.terms(_ASKING))
    asked = []
    for item in about:
        if not _ASKS.search(item.passage.section_title) or item.passage.quote:
            continue
        for start, end in split_sentences(item.passage.text, *item.passage.body):
            asked += [cite(item.passage, item.document, *span) for span in _items(item.passage.text, start, end)]
    requirements = []
    for citation in asked:
        words = [term for term in content_terms(citation.quote, snapshot.terms) if term not in asking]
        if not words:
            continue
        weight = rarity(words, snapshot.document_frequency, len(snapshot))
        told = [covered(weight, set(held)) for held in terms]
        best = max(range(len(told)), key=lambda at: (told[at], -at), default=None)
        met: tuple[NoteEvidence, ...] = ()
        if best is not None and told[best] >= _SAID:
            part = note.parts[best]
            met = (NoteEvidence(best, part.start, part.end, note.quote(part)),)
        requirements.append(Requirement(Statement(citation.quote, citation), met))
    return tuple(requirements)


def _items(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The things that a sentence lists; the sentence itself where it lists none."""
    spans, begin = [], start
    for match in _ITEM.finditer(text, start, end):
        if match.start() > begin:
            spans.append((begin, match.start()))
        begin = match.end()
    if begin < end:
        spans.append((begin, end))
    return spans if len(spans) >= _LIST else [(start, end)]


def _cautions(code: Code, others: Sequence[Code], passages: Sequence[StoredPassage]) -> tuple[Statement, ...]:
    """Sentences that warn and name both codes, or name the other one on a page about this one."""
    names = {_name(other) for other in others}
    found: dict[Statement, None] = {}
    for item in passages:
        if item.passage.quote:
            continue
        here = {_name(mention.code) for mention in item.passage.mentions}
        if not names & here:
            continue
        for statement in sentence_statements(item.passage, item.document):
            start, end = statement.citation.start - item.passage.start, statement.citation.end - item.passage.start
            named = {_name(m.code) for m in item.passage.mentions if start <= m.start < end}
            both = bool(named & names) and (item.passage.code == code or _name(code) in named)
            if both and _WARNS.search(statement.text):
                found[statement] = None
    return tuple(found)[:_MOST_CAUTIONS]


def _name(code: Code) -> tuple[str, str]:
    return code.system, code.value
