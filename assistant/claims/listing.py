"""What the user's edit tables say of one code, row by row and in words, for its page."""

from collections.abc import Iterator

from assistant.answering.edit_rows import EditRow, Standing, standing_of
from assistant.answering.pairs import PairRow, because, pair_rows, pair_words
from assistant.claims.held import of_add_on, of_indicators, of_units, rows_about
from assistant.claims.words import indicator_words, named, primaries_of
from assistant.parsing.edit_columns import INDICATORS, Part
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Query
from assistant.types.codes import Code
from assistant.types.findings import CodeEdits, Edit, Rule

_MOST_PAIRS = 50


def edits_listed(snapshot: Snapshot, code: Code, query: Query) -> CodeEdits:
    """The rows about a code of all edit tables, of pairs only as many as a person reads."""
    count, stored = snapshot.pairs_of(code, _MOST_PAIRS)
    pairs = pair_rows(snapshot, stored)
    rows = rows_about(snapshot, code)
    edits = [*_of_rows(rows, code, query), *(_of_pair(pair, query) for pair in pairs)]
    return CodeEdits(tuple(edits), max(0, count - len(stored)))


def _of_rows(rows: tuple[EditRow, ...], code: Code, query: Query) -> Iterator[Edit]:
    for row in of_units(rows, code):
        told = row.says(Part.ADJUDICATION)
        words = f"At most {row.says(Part.UNITS)} of {code} may be reported" + (f" ({told})" if told else because(row))
        yield _edit(Rule.UNITS, (code,), words, row, query)
    for row in of_add_on(rows, code):
        primaries = [one.first for one in primaries_of(row)]
        words = f"{code} is an add-on code" + (f" to {named(primaries)}" if primaries else "")
        yield _edit(Rule.ADD_ON, (code, *primaries), words, row, query)
    for row in of_indicators(rows, code):
        told_parts = [part for part in (Part.GLOBAL, Part.STATUS, *INDICATORS) if row.says(part)]
        words = "; ".join(indicator_words(row, part) for part in told_parts)
        head = f"{code} with modifier {row.modifier}" if row.modifier else str(code)
        yield _edit(Rule.MODIFIER, (code,), f"{head}: {words}", row, query)


def _of_pair(pair: PairRow, query: Query) -> Edit:
    words = pair_words(pair.row, pair.first, pair.second) + because(pair.row)
    return _edit(Rule.PAIR, (pair.first, pair.second), words, pair.row, query)


def _edit(rule: Rule, codes: tuple[Code, ...], words: str, row: EditRow, query: Query) -> Edit:
    starts, ends = row.days
    stands = standing_of(row, query.as_of) in (Standing.HOLDS, Standing.OLDER)
    return Edit(rule, codes, f"{words}.", row.citation, starts, ends, stands)
