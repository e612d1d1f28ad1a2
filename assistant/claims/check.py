"""Checks a claim against the user's own documents, and tells of a code what their edit tables say."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.answering import Assistant
from assistant.answering.edit_rows import EditRow
from assistant.answering.pairs import bypass_of, pair_rows
from assistant.claims.claim import MOST_LINES
from assistant.claims.coverage import coverage_of
from assistant.claims.findings import (
    add_on_findings,
    diagnosis_findings,
    modifier_findings,
    pair_findings,
    unit_findings,
)
from assistant.claims.held import rows_about
from assistant.claims.listing import edits_listed
from assistant.claims.prose import prose_findings
from assistant.claims.unchecked import unchecked_of
from assistant.claims.validity import validity_findings
from assistant.retrieval.in_force import in_force_for
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation, Query
from assistant.types.codes import Code
from assistant.types.findings import Claim, ClaimLine, CodeEdits, Finding, Findings, Rule, Severity

_GRAVITY = {severity: number for number, severity in enumerate(Severity)}


def check(assistant: Assistant, claim: Claim) -> Findings:
    """The findings on a claim, each cited, and what no document speaks of."""
    return assistant.standing(lambda snapshot: _checked(assistant, snapshot, _in_order(claim)), _cited)


def checked_candidates(assistant: Assistant, codes: Sequence[Code], query: Query) -> Findings | None:
    """The findings on codes that are proposed together, one unit of each; None without any."""
    lines = [ClaimLine(code.bare) for code in codes[:MOST_LINES]]
    return check(assistant, Claim(tuple(lines), (), query.as_of)) if lines else None


def edits_of(assistant: Assistant, code: Code, query: Query | None = None) -> CodeEdits:
    """What the edit tables say of a code, row by row."""
    return assistant.standing(
        lambda snapshot: edits_listed(snapshot, code.bare, query or Query(str(code))),
        lambda found: (edit.citation for edit in found.edits),
    )


def _cited(found: Findings) -> Iterator[Citation]:
    yield from (finding.citation for finding in found.findings if finding.citation is not None)


def _in_order(claim: Claim) -> Claim:
    """The same claim whatever order its codes came in."""
    lines = sorted(claim.lines, key=lambda line: (str(line.code), line.modifiers, line.units))
    ordered = (replace(line, modifiers=tuple(sorted(line.modifiers))) for line in lines)
    return replace(claim, lines=tuple(ordered), diagnoses=tuple(sorted(claim.diagnoses, key=str)))


def _checked(assistant: Assistant, snapshot: Snapshot, claim: Claim) -> Findings:
    query = Query("", as_of=claim.as_of)
    codes = list(dict.fromkeys(line.code for line in claim.lines))

    def held(row: EditRow) -> bool:
        # What is of another day than the claim's is told apart by `standing_of`; an edition that a newer one of the
        # library takes the place of is not looked at.
        return row.document.id not in snapshot.superseded(claim.as_of)

    rows = {code: tuple(filter(held, rows_about(snapshot, code))) for code in codes}
    coverage = {
        code: tuple(
            one for one in coverage_of(snapshot, code, rows[code]) if in_force_for(snapshot, one.document, query)
        )
        for code in codes
    }
    pairs = tuple(pair for pair in pair_rows(snapshot, snapshot.pairs_among(codes)) if held(pair.row))
    found: list[Finding] = [
        *pair_findings(claim, pairs),
        *unit_findings(claim, rows),
        *add_on_findings(claim, rows),
        *modifier_findings(claim, rows),
        *diagnosis_findings(claim, coverage),
        *validity_findings(snapshot, claim),
        *prose_findings(snapshot, assistant.reader, codes, query),
    ]
    found = sorted(dict.fromkeys(found), key=_order)
    paired = {code for pair in pairs if bypass_of(pair.row) == "1" for code in (pair.first, pair.second)}
    absent = {code for one in found if one.rule is Rule.NOT_HELD for code in one.codes}
    return Findings(tuple(found), unchecked_of(snapshot, claim, rows, coverage, absent, paired), snapshot.stamp())


def _order(finding: Finding) -> tuple[object, ...]:
    cited = finding.citation
    place = (cited.document_id, cited.start) if cited else ("", 0)
    return _GRAVITY[finding.severity], finding.rule, tuple(map(str, finding.codes)), place, finding.message
