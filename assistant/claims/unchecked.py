"""Says what of a claim no document of the library speaks of."""

from collections.abc import Container, Iterator, Mapping, Sequence

from assistant.answering.edit_rows import EditRow, Standing, standing_of
from assistant.claims.coverage import Coverage
from assistant.claims.findings import indicators_for, modifiers_of
from assistant.claims.held import of_units
from assistant.claims.words import BYPASS, RULED_BY
from assistant.retrieval.snapshot import Snapshot
from assistant.types.codes import Code
from assistant.types.findings import Claim


def unchecked_of(
    snapshot: Snapshot,
    claim: Claim,
    rows: Mapping[Code, Sequence[EditRow]],
    coverage: Mapping[Code, Sequence[Coverage]],
    absent: Container[Code],
    paired: Container[Code],
) -> tuple[str, ...]:
    """One sentence for each thing that was not checked; of codes `absent` from the library this is said already.

    `paired` are the codes whose pairs speak of modifiers that show a separate service.
    """
    codes = sorted({line.code for line in claim.lines if line.code not in absent}, key=str)
    return tuple(dict.fromkeys(_told(snapshot, claim, codes, rows, coverage, paired)))


def _told(
    snapshot: Snapshot,
    claim: Claim,
    codes: Sequence[Code],
    rows: Mapping[Code, Sequence[EditRow]],
    coverage: Mapping[Code, Sequence[Coverage]],
    paired: Container[Code],
) -> Iterator[str]:
    day = claim.as_of
    if day is None:
        yield "No date of service was given: ended edits were left out, and no code was checked for its dates."
    for code in codes if len({line.code for line in claim.lines}) > 1 else ():
        if not snapshot.is_paired(code):
            yield f"No table of pairs in the library names {code}."
    for code in codes:
        if not of_units(rows[code], code):
            yield f"No table of units is in the library for {code}."
    for code in codes:
        shown = BYPASS if code in paired else frozenset()
        modifiers = sorted(modifiers_of(claim, code) - shown)
        left = [one for one in modifiers if not _ruled(rows[code], code, one, claim)]
        if left:
            what = f"modifier {left[0]}" if len(left) == 1 else f"modifiers {', '.join(left)}"
            yield f"No table in the library says whether {code} may have {what}."
    listing = [code for code in codes if coverage[code]]
    for code in codes:
        if code not in listing and claim.diagnoses:
            yield f"No article in the library lists diagnoses for {code}."
    if listing and not claim.diagnoses:
        yield "No diagnosis was given, so coverage was not checked."
    for code in codes:
        for row in rows[code]:
            first = row.document.effective
            if standing_of(row, day) is Standing.NOT_YET and not any(row.days) and first is not None:
                yield f"“{row.document.title}” begins on {first}, after the date of service, and was not used."
            last = row.document.expires
            if standing_of(row, day) is Standing.ENDED and not any(row.days) and last is not None:
                yield f"“{row.document.title}” ended on {last}, before the date of service, and was not used."


def _ruled(rows: Sequence[EditRow], code: Code, modifier: str, claim: Claim) -> bool:
    """Whether a row of indicators speaks of a modifier."""
    part = RULED_BY.get(modifier)
    return part is not None and bool(indicators_for(rows, code, modifier, part, claim.as_of))
