"""Prints what a person reads in a terminal: wrapped to its width, plain when piped."""

import itertools
import json
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.types import Answer, Candidate, Choice, Citation, CodePage, Form, Refusal, Role, Statement
from assistant.types.codes import Code

if TYPE_CHECKING:
    from assistant.evaluation import Check
    from assistant.library import Difference, Listed
    from assistant.types.findings import CodeEdits, Findings

_HEADLINE = 0.5


def print_json(body: object) -> None:
    """One JSON object."""
    # If the output cannot carry a character, JSON can write it in ASCII.
    plain = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(body, ensure_ascii=not plain))


def print_answer(answer: Answer) -> None:
    """What answers, first; then what else the documents say, then the candidates."""
    leading = _leading(answer)
    others = [statement for statement in answer.statements if statement not in leading]
    headline = _headline(answer)
    if headline is not None:
        _print_wrapped(_candidate(headline), "   ")
    if answer.choice is not None:
        _print_choice(answer, answer.choice)
    for value in answer.values:
        meaning = f" ({value.meaning})" if value.meaning else ""
        modifier = f"-{value.modifier}" if value.modifier else ""
        _print_wrapped(f"{_code(value.code)}{modifier}  {value.column}: {value.value}{meaning}", "   ")
        print(_place(value.citation, "    "))
    for place, statement in enumerate(leading):
        _print_statement(statement, f"{answer.verdict.capitalize()}: " if answer.verdict and place == 0 else "")
    if others and (leading or answer.values):
        print("\nThe documents also say:")
    elif others and (headline or answer.choice):
        print()
    for statement in others:
        _print_statement(statement)
    _print_candidates(answer)


def _leading(answer: Answer) -> list[Statement]:
    """The statements that are known to answer, one that settles a yes or no first."""
    order = (Role.VERDICT, Role.ANSWER)
    return [statement for role in order for statement in answer.statements if statement.role is role]


def _headline(answer: Answer) -> Candidate | None:
    """The code that heads the answer. Where what is wanted is not known, it must be more likely right than wrong."""
    if answer.form is not Form.CODE or answer.verdict is not None or not answer.candidates:
        return None
    first = answer.candidates[0]
    return first if answer.wants is not None or first.confidence >= _HEADLINE else None


def _print_choice(answer: Answer, choice: Choice) -> None:
    """The codes that are left, the question that decides, and what each answer leads to."""
    _print_wrapped(f"One of these (the right one is among them for {choice.level:.0%} of such queries):")
    titles = {candidate.code.bare: candidate.title for candidate in answer.candidates}
    for code in choice.codes:
        _print_wrapped(f"  {code}  {titles[code.bare]}", "    ")
    if choice.question:
        _print_wrapped(choice.question)
    for one in choice.answers:
        _print_wrapped(f"  {one.text}: {' or '.join(str(code) for code in one.codes)}", "    ")


def _print_candidates(answer: Answer) -> None:
    if answer.candidates:
        near = answer.form in (Form.RULE, Form.VALUE)
        print("\nCodes near it:" if near else "\nCandidates for a coder's review:")
    for number, candidate in enumerate(answer.candidates, start=1):
        _print_wrapped(f"{number}. {_candidate(candidate)}", "   ")
        if candidate.distinction:
            _print_wrapped(f"   told apart: {candidate.distinction}", "   ")
        print(_place(candidate.citations[0], "   "))


def print_refusal(refusal: Refusal) -> None:
    """Why nothing is answered, and what is near."""
    _print_wrapped(f"Refused ({refusal.reason}): {refusal.message}")
    if refusal.closest:
        print()
        _print_wrapped("The closest your documents come, not an answer:")
    for statement in refusal.closest:
        _print_statement(statement)
    if refusal.closest and refusal.nearest:
        print()
    if refusal.nearest:
        _print_wrapped("Nearest in the library, not proposed:")
    for near in refusal.nearest:
        _print_wrapped(f"  {near.code}  {near.title}", "    ")


def print_findings(found: "Findings") -> None:
    """What the documents say of a claim, the gravest first, then what they do not speak of."""
    if not found.findings:
        print("Your documents object to nothing.")
    for finding in found.findings:
        _print_wrapped(f"{str(finding.severity).upper():<5} {finding.message}", "      ")
        if finding.citation is not None:
            _print_wrapped(f"      {shown_quote(finding.citation)}", "      ")
            print(_place(finding.citation, "      "))
    if found.unchecked:
        print("\nNot checked:")
    for sentence in found.unchecked:
        _print_wrapped(f"- {sentence}", "  ")


def print_edits(found: "CodeEdits") -> None:
    """What the edit tables say of a code."""
    if not found.edits:
        return
    print("\nIn your edit tables")
    for edit in found.edits:
        days = " ".join(f"{word} {one}" for word, one in (("from", edit.starts), ("until", edit.ends)) if one)
        aside = "" if edit.stands else "not in force"
        told = ", ".join(part for part in (days, aside) if part)
        _print_wrapped(f"  {edit.message}" + (f" ({told})" if told else ""), "    ")
        print(_place(edit.citation, "    "))
    if found.more:
        print(f"  and {found.more} more pairs")


def shown_quote(citation: Citation) -> str:
    """A quote on one line; the cells of a row apart."""
    return '"' + " | ".join(" ".join(part.split()) for part in citation.quote.split("\t")) + '"'


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
    for citation, row in itertools.groupby(page.values, key=lambda value: value.citation):
        values = list(row)
        modifier = f" (modifier {values[0].modifier})" if values[0].modifier else ""
        print(fit(f"\nVALUES IN {citation.document_title}{modifier}"))
        width = min(48, max(len(value.column) for value in values))
        for value in values:
            _print_wrapped(f"  {value.column:<{width}}  {value.value}", "    ")
        print(_place(citation, "    "))
    if page.named:
        print("\nALSO NAMED IN")
    for statement in page.named:
        _print_wrapped(f"  {statement.text}", "  ")
        print(_place(statement.citation, "    "))


def print_documents(documents: "Sequence[Listed]") -> None:
    """A line for each document, then one for each further name and each warning."""
    width = min(40, max((len(listed.document.id) for listed in documents), default=0))
    for listed in documents:
        document = listed.document
        codes = f"{listed.found:,} codes" if listed.found != 1 else "1 code"
        counts = f"{document.passages:>7,} passages {codes:>13}"
        kind = (document.kind or "-").replace("_", " ")
        line = f"{document.id:<{width}}  {kind:<9}  {document.edition or '-':<5} {counts}  {document.title}"
        print(fit(line))
        for name in listed.names[1:]:
            print(fit(f"    also as {name}"))
        for warning in listed.warnings:
            _print_wrapped(f"    ! {warning}", "      ")


def print_difference(found: "Difference") -> None:
    """A line for each code that was added (+), dropped (-) or titled otherwise (~, with both titles)."""
    for code, title in found.added:
        print(fit(f"+ {code}  {title}".rstrip()))
    for code, title in found.dropped:
        print(fit(f"- {code}  {title}".rstrip()))
    for code, was, now in found.changed:
        print(fit(f"~ {code}  {was or '(only named)'}"))
        print(fit(f"  {'':<{len(str(code))}}  {now or '(only named)'}"))
    print(
        f"{len(found.added):,} added, {len(found.dropped):,} dropped, {len(found.changed):,} changed", file=sys.stderr
    )


def _print_statement(statement: Statement, before: str = "") -> None:
    _print_wrapped(f"{before}“{statement.text}”")
    print(_place(statement.citation, "    "))


def _candidate(candidate: Candidate) -> str:
    return f"{_code(candidate.code)}  {candidate.title}  [confidence {candidate.confidence:.2f}]"


def _code(code: Code) -> str:
    return f"{code} ({code.edition})" if code.edition else str(code)


def _place(citation: Citation, indent: str) -> str:
    where = citation.location or f"{citation.start}-{citation.end}"
    if citation.page is not None and not citation.location:
        where = f"page {citation.page}, {where}"
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


def print_report(report: Mapping[str, Any]) -> None:
    """An evaluation: sentences first, then a table of figures per slice, then what flipped."""
    for sentence in report["sentences"]:
        _print_wrapped(f"- {sentence}", "  ")
    gate = bool(report["gate"])
    print(f"\n{'slice':<22}{'queries':>7}" + f"{'answered':>10}{'wrong':>7}" * gate + _heads())
    for one in report["slices"]:
        share = f"{one['answered'] / one['queries']:10.1%}{one['wrong']:7}" * gate
        print(f"{one['slice'][:21]:<22}{one['queries']:7}{share}{_figures(one)}".rstrip())
    if gate:
        print("\nhit@1 with its 95% interval; rankings that were withheld count as well.")
    _print_statements([one for one in report["slices"] if {"statement@1", "verdict-right"} & one.keys()])
    if "comparison" in report:
        _print_comparison(report["comparison"])


# The measures of what was quoted, each with the head of its column.
_QUOTED = (
    ("statement@3", "three"),
    ("statement@any", "any"),
    ("answered-statement@1", "answered"),
    ("answered-statement@3", "three"),
    ("answered-statement@any", "any"),
    ("beside", "beside"),
    ("both-parts", "parts"),
    ("verdict-right", "right"),
    ("verdict-wrong", "wrong"),
    ("verdict-none", "none"),
)


def _print_statements(slices: Sequence[Mapping[str, Any]]) -> None:
    """How often what was quoted is what was marked; nothing where the set marks nothing."""
    if not slices:
        return
    heads = "".join(f"{head:>9}" for _, head in _QUOTED)
    print(f"\n{'statements quoted':<22}{'marked':>7}{'first':>7} {'(interval)':<11}{heads}")
    for one in slices:
        first = f"{'-':>7}{'':12}"
        if "statement@1" in one:
            low, high = one["intervals"]["statement@1"]
            first = f"{one['statement@1']:7.3f} ({low:.2f}-{high:.2f})"
        figures = "".join(f"{one[name]:9.3f}" if name in one else f"{'-':>9}" for name, _ in _QUOTED)
        print(f"{one['slice'][:21]:<22}{one['judged'].get('statement@1', 0):7}{first}{figures}")
    print(
        "\nThe first statement quoted answers, one of the first three, any; then the same of the answered queries "
        "alone. beside: of what an answer quotes. parts: both halves quoted. right, wrong, none: the yes or no."
    )


def _heads() -> str:
    return f"{'hit@1':>7} {'(interval)':<10}{'hit@5':>6}{'ndcg@10':>8}"


def _figures(one: Mapping[str, Any]) -> str:
    if "hit@1" not in one:
        return ""
    low, high = one["intervals"]["hit@1"]
    return f"{one['hit@1']:7.3f} ({low:.2f}-{high:.2f}){one['hit@5']:6.3f}{one['ndcg@10']:8.3f}"


def _print_comparison(comparison: Mapping[str, Any]) -> None:
    """Differences of the means, then the queries with another outcome."""
    print(f"\n{'measure':<16}{'before':>8}{'after':>8}{'change':>9} {'(95% interval)':<17}{'p':>7}{'up':>6}{'down':>6}")
    for one in comparison["differences"]:
        low, high = one["interval"]
        change = f"{one['after'] - one['before']:+9.4f} ({low:+.4f}, {high:+.4f})"
        p = f"{one['p']:.3f}" if one["p"] >= 0.001 else "<.001"
        print(
            f"{one['measure']:<16}{one['before']:8.4f}{one['after']:8.4f}{change}{p:>7}{one['better']:5}{one['worse']:5}"
        )
    if comparison["flips"]:
        print("\nAnother outcome (- spoilt, + mended):")
    for flip in comparison["flips"]:
        mark = "+" if flip["better"] else "-" if flip["worse"] else " "
        print(fit(f"{mark} {flip['id']:<10} {flip['before']:>7} -> {flip['after']:<7} {flip['query']}"))


def print_gate(checks: "Sequence[Check]") -> None:
    """Prints which figures of a baseline were kept, and which fell."""
    if not checks:
        return
    print(f"\n{'figure':<40}{'baseline':>9}{'may fall':>9}{'now':>8}")
    for check in checks:
        now = "none" if check.now is None else f"{check.now:.4f}"
        verdict = "" if check.kept else "  FELL"
        print(f"{check.name[:39]:<40}{check.value:9.4f}{check.tolerance:9.4f}{now:>8}{verdict}")
