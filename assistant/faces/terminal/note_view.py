"""Shows a note in a terminal, with evidence underlined and what was not done struck through; plain when piped."""

import shutil
import sys
import textwrap

from assistant.faces.terminal.printing import fit, print_refusal
from assistant.types import Assertion, Citation, NoteCandidate, NoteRefusal, NoteStatement, StatementOutcome, Suggestion

_UNDERLINED, _STRUCK, _FAINT, _PLAIN = "\033[1;4m", "\033[9m", "\033[2m", "\033[0m"


def print_suggestion(note: str, response: Suggestion | NoteRefusal) -> None:
    """Prints the note with its evidence marked, then the candidates with words of both sides, or the refusal."""
    colour = sys.stdout.isatty()
    spoken: dict[int, list[int]] = {}
    if isinstance(response, Suggestion):
        for number, found in enumerate(response.candidates, start=1):
            for evidence in found.evidence:
                spoken.setdefault(evidence.statement, []).append(number)
    if colour:
        print(_marked(note, response.statements, spoken), end="\n\n")
    if isinstance(response, NoteRefusal):
        print_refusal(response.refusal)
    else:
        print("Candidates for a coder's review:")
        for number, found in enumerate(response.candidates, start=1):
            _print_candidate(number, found)
    refused = [s for s in response.statements if s.outcome is StatementOutcome.REFUSED]
    if refused:
        print("\nNot supported by the documents:")
    for statement in refused:
        _print_wrapped(f"- “{_one_line(statement.text)}”", "  ")


def _marked(note: str, statements: tuple[NoteStatement, ...], spoken: dict[int, list[int]]) -> str:
    """The note's own characters with marks; each piece of evidence is followed by the numbers of its candidates."""
    pieces, at = [], 0
    for index, statement in enumerate(statements):
        pieces.append(note[at : statement.start])
        at = statement.end
        if index in spoken:
            numbers = ",".join(str(number) for number in spoken[index])
            pieces.append(f"{_UNDERLINED}{statement.text}{_PLAIN} [{numbers}]")
        elif statement.assertion is Assertion.NEGATED:
            pieces.append(f"{_STRUCK}{statement.text}{_PLAIN}")
        elif statement.assertion is not Assertion.PERFORMED:
            pieces.append(f"{_FAINT}{statement.text}{_PLAIN}")
        else:
            pieces.append(statement.text)
    return "".join([*pieces, note[at:]])


def _print_candidate(number: int, found: NoteCandidate) -> None:
    candidate = found.candidate
    edition = f" ({candidate.code.edition})" if candidate.code.edition else ""
    _print_wrapped(
        f"{number}. {candidate.code}{edition}  {candidate.title}  [confidence {candidate.confidence:.2f}]", "   "
    )
    for evidence in found.evidence:
        _print_wrapped(f"   note {evidence.start}-{evidence.end}: “{_one_line(evidence.quote)}”", "     ")
    first = candidate.citations[0]
    _print_wrapped(f"   document: “{_one_line(first.quote)}”", "     ")
    print(fit(f"     [{_place(first)}]"))
    for asked in found.requirements:
        if not asked.met_by:
            citation = asked.statement.citation
            _print_wrapped(f"   missing: “{_one_line(asked.statement.text)}” [{_place(citation)}]", "     ")
    for caution in found.cautions:
        _print_wrapped(f"   caution: “{_one_line(caution.text)}” [{_place(caution.citation)}]", "     ")


def _place(citation: Citation) -> str:
    return f"{citation.passage_id}, {citation.location or f'{citation.start}-{citation.end}'}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _print_wrapped(text: str, indent: str) -> None:
    width = max(20, shutil.get_terminal_size((100, 24)).columns)
    print(textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False))
