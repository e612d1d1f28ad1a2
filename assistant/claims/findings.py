"""The rules: what the rows of edit tables say of a claim. Nothing here reads a library."""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from assistant.answering.edit_rows import EditRow, Standing, standing_of, year_of
from assistant.answering.pairs import PairRow, because, bypass_of, pair_words
from assistant.claims.coverage import Coverage, Listed
from assistant.claims.held import of_add_on, of_indicators, of_units
from assistant.claims.words import (
    BYPASS,
    EITHER,
    RULED_BY,
    SITES,
    indicator_words,
    named,
    primaries_of,
    ruled_out,
)
from assistant.parsing.edit_columns import Part
from assistant.types.codes import Code
from assistant.types.findings import Claim, Finding, Rule, Severity

Rows = Mapping[Code, Sequence[EditRow]]


def modifiers_of(claim: Claim, code: Code) -> frozenset[str]:
    """The modifiers of all lines of a code."""
    return frozenset(one for line in claim.lines if line.code == code for one in line.modifiers)


def in_force(rows: Sequence[EditRow], day: datetime.date | None) -> list[EditRow]:
    """The rows that hold on a day, or of which nothing says that they don't."""
    return [row for row in rows if standing_of(row, day) in (Standing.HOLDS, Standing.OLDER)]


def pair_findings(claim: Claim, pairs: Sequence[PairRow]) -> Iterator[Finding]:
    """What pairs say of two codes of a claim."""
    for pair in pairs:
        if pair.first != pair.second and in_force([pair.row], claim.as_of):
            yield _pair_finding(claim, pair)


def _pair_finding(claim: Claim, pair: PairRow) -> Finding:
    first, second = pair.first, pair.second
    held, other = modifiers_of(claim, second), modifiers_of(claim, first)
    shown = sorted(held & BYPASS) or sorted(other & EITHER)
    words, severity = pair_words(pair.row, first, second), Severity.STOP
    match bypass_of(pair.row):
        case "1" if shown and not (set(shown) <= SITES & other):
            on = second if held & BYPASS else first
            words = f"{on} has modifier {shown[0]}, with which {first} and {second} may both be paid on one day"
            severity = Severity.NOTE
        case "1" if shown:
            words += f"; {shown[0]} stands on both, which shows no other side"
        case "9":
            severity = Severity.NOTE
        case "":
            severity = Severity.ASK
    return _finding(severity, Rule.PAIR, (first, second), words, pair.row, claim.as_of)


def unit_findings(claim: Claim, rows: Rows) -> Iterator[Finding]:
    """Where a claim has more units of a code than a table allows: of all lines together, or of one where it says so."""
    for code in _codes(claim):
        units = [line.units for line in claim.lines if line.code == code]
        for row in in_force(of_units(rows[code], code), claim.as_of):
            by_line = row.says(Part.ADJUDICATION)[:1] == "1"
            claimed, allowed = max(units) if by_line else sum(units), _number(row.says(Part.UNITS))
            if claimed > allowed:
                where = "on one line" if by_line else "on one day"
                words = f"{_counted(claimed)} of {code} {_are(claimed)} claimed {where}"
                words += f", and {allowed} {_are(allowed)} allowed"
                yield _finding(Severity.STOP, Rule.UNITS, (code,), words, row, claim.as_of, row.says(Part.ADJUDICATION))


def add_on_findings(claim: Claim, rows: Rows) -> Iterator[Finding]:
    """Add-on codes without a code that they are added to."""
    claimed = set(_codes(claim))
    for code in sorted(claimed, key=str):
        held = in_force(of_add_on(rows[code], code), claim.as_of)
        primaries = [primaries_of(row) for row in held]
        known = [one for one in primaries if one]
        others = claimed - {code}
        if held and known and not any(one.holds(other) for each in known for one in each for other in others):
            shown = named([one.first for each in known for one in each])
            words = f"{code} is an add-on code, and the claim has none of its primary codes ({shown})"
            yield _finding(Severity.STOP, Rule.ADD_ON, (code,), words, held[0], claim.as_of)
        elif held and not known:
            words = f"{code} is an add-on code, and its row names no primary code"
            yield _finding(Severity.ASK, Rule.ADD_ON, (code,), words, held[0], claim.as_of)
        if held or others:
            continue
        for row in in_force([row for row in rows[code] if row.says(Part.GLOBAL).upper() == "ZZZ"], claim.as_of)[:1]:
            words = (
                f"{row.names[Part.GLOBAL]} of {code} is ZZZ, so it belongs to another service, and the claim has none"
            )
            yield _finding(Severity.ASK, Rule.ADD_ON, (code,), words, row, claim.as_of)


def modifier_findings(claim: Claim, rows: Rows) -> Iterator[Finding]:
    """Modifiers that the indicator of a code rules out."""
    for code in _codes(claim):
        for modifier in sorted(modifiers_of(claim, code) & RULED_BY.keys()):
            part = RULED_BY[modifier]
            for row in indicators_for(rows[code], code, modifier, part, claim.as_of):
                severity = ruled_out(modifier, part, row.says(part))
                if severity is None:
                    continue
                verb = "does not go with" if severity is Severity.STOP else "may not go with"
                words = f"Modifier {modifier} {verb} {code}: {indicator_words(row, part)}"
                yield _finding(severity, Rule.MODIFIER, (code,), words, row, claim.as_of)


def indicators_for(
    rows: Sequence[EditRow], code: Code, modifier: str, part: Part, day: datetime.date | None
) -> list[EditRow]:
    """The rows whose indicator rules a modifier, one a document: that of the code with this modifier, else alone."""
    found: dict[str, EditRow] = {}
    for row in in_force(of_indicators(rows, code), day):
        if part not in row.cells or row.modifier not in ("", modifier):
            continue
        if part is Part.COMPONENTS and row.modifier:
            continue  # the parts of a test have rows of their own, which are about no parts
        if row.document.id not in found or row.modifier == modifier:
            found[row.document.id] = row
    return list(found.values())


def diagnosis_findings(claim: Claim, coverage: Mapping[Code, Sequence[Coverage]]) -> Iterator[Finding]:
    """Codes that no diagnosis of a claim supports, as the user's own articles list them."""
    if not claim.diagnoses:
        return
    for code in _codes(claim):
        listing = [one for one in coverage[code] if one.supporting or one.opposing]
        supported = any(_listed(one.supporting, claim.diagnoses) for one in listing)
        for one in listing:
            against = _listed(one.opposing, claim.diagnoses)
            for diagnosis, listed in against.items():
                severity = Severity.NOTE if supported else Severity.STOP
                words = f"{diagnosis} is listed as not supporting {code}"
                yield Finding(severity, Rule.DIAGNOSIS, (code, diagnosis), f"{words}.", listed.citation)
            if not supported and not against and one.supporting:
                words = (
                    f"None of the diagnoses ({named(claim.diagnoses)}) is listed in “{one.document.title}” for {code}"
                )
                yield Finding(Severity.ASK, Rule.DIAGNOSIS, (code, *claim.diagnoses), f"{words}.", one.about)


def _listed(rows: Sequence[Listed], diagnoses: Sequence[Code]) -> dict[Code, Listed]:
    """The diagnoses that some rows list, each with its first row."""
    found = {code: next((row for row in rows if row.holds(code)), None) for code in diagnoses}
    return {code: row for code, row in found.items() if row is not None}


def _finding(
    severity: Severity, rule: Rule, codes: tuple[Code, ...], words: str, row: EditRow, day: datetime.date | None,
    more: str = "",
) -> Finding:  # fmt: skip
    """A finding from a row. A table of an earlier year may hold no more, so that it stops nothing."""
    older = standing_of(row, day) is Standing.OLDER
    if older and severity is Severity.STOP:
        severity = Severity.ASK
    told = f" ({more})" if more else because(row)
    aged = (
        f"; the table is of {year_of(row.document)}, and does not say whether it still holds on {day}" if older else ""
    )
    return Finding(severity, rule, codes, f"{words}{told}{aged}.", row.citation)


def _codes(claim: Claim) -> list[Code]:
    return sorted({line.code for line in claim.lines}, key=str)


def _number(cell: str) -> int:
    digits = "".join(character for character in cell.split(".")[0].replace(",", "") if character.isdigit())
    return int(digits[:9] or 0)


def _counted(count: int) -> str:
    return f"{count} unit" if count == 1 else f"{count} units"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
