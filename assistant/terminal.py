"""What a person reads in a terminal: wrapped to its width, plain when piped."""

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.types import Answer, Citation, CodePage, Refusal

if TYPE_CHECKING:
    from assistant.evaluation import SliceScore


def print_json(body: object) -> None:
    """One JSON object."""
    # JSON says every character in ASCII too, where the output cannot carry it.
    plain = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(body, ensure_ascii=not plain))


def print_answer(answer: Answer) -> None:
    """Statements with their places, then candidates."""
    for statement in answer.statements:
        _print_wrapped(f"“{statement.text}”")
        print(_place(statement.citation, "    "))
    if answer.candidates:
        print("\nCandidates for a coder's review:")
    for number, candidate in enumerate(answer.candidates, start=1):
        edition = f" ({candidate.code.edition})" if candidate.code.edition else ""
        _print_wrapped(
            f"{number}. {candidate.code}{edition}  {candidate.title}  [confidence {candidate.confidence:.2f}]", "   "
        )
        if candidate.distinction:
            _print_wrapped(f"   told apart: {candidate.distinction}", "   ")
        print(_place(candidate.citations[0], "   "))


def print_refusal(refusal: Refusal) -> None:
    """Why nothing is answered, and what is near."""
    _print_wrapped(f"Refused ({refusal.reason}): {refusal.message}")
    if refusal.nearest:
        print("Nearest in the library, not proposed:")
    for near in refusal.nearest:
        _print_wrapped(f"  {near.code}  {near.title}", "    ")


def print_page(page: CodePage) -> None:
    """A code page, section by section."""
    _print_wrapped(f"{page.code} ({page.code.edition or 'no edition'})  {page.title}")
    for _, title, statements in page.fields:
        print(f"\n{title.upper()}")
        if not statements:
            print("  (the documents say nothing)")
        for statement in statements:
            _print_wrapped(f"  {statement.text}", "  ")
            print(_place(statement.citation, "    "))


def _place(citation: Citation, indent: str) -> str:
    where = citation.location or f"{citation.start}-{citation.end}"
    return fit(f"{indent}[{citation.passage_id}, {citation.section}, {where}]")


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def print_note(text: str) -> None:
    """A remark beside the result."""
    print(textwrap.fill(text, max(20, _width()), break_long_words=False), file=sys.stderr)


def _print_wrapped(text: str, indent: str = "") -> None:
    print(textwrap.fill(text, max(20, _width()), subsequent_indent=indent, break_long_words=False))


def fit(line: str) -> str:
    """A line cut to the terminal's width; whole where the output is piped."""
    width = _width()
    return line if not sys.stdout.isatty() or len(line) <= width else line[: width - 1] + "…"


def print_scores(scores: "Sequence[SliceScore]") -> None:
    """A table of figures per slice."""
    columns = ("hit@1", "hit@5", "hit@10", "recall@10", "mrr")
    print(f"{'slice':<30} {'queries':>7} {'answered':>8} " + " ".join(f"{name:>9}" for name in columns))
    for item in scores:
        figures = [item.measures.get(name) for name in columns]
        shown = " ".join(f"{'-':>9}" if figure is None else f"{figure:9.3f}" for figure in figures)
        print(f"{item.slice:<30} {item.queries:7} {item.answered:8} {shown}")
