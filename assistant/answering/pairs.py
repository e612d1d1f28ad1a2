"""What the rows that pair two codes say, for answers and for findings."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.edit_rows import EditRow, edit_row, yes_or_no
from assistant.library import StoredPair, StoredPassage
from assistant.parsing.edit_columns import Part
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Citation
from assistant.types.codes import Code
from assistant.types.tables import table_at


@dataclass(frozen=True, slots=True)
class PairRow:
    """A row that pairs two codes."""

    first: Code
    second: Code
    row: EditRow


def pair_rows(snapshot: Snapshot, found: Sequence[StoredPair]) -> tuple[PairRow, ...]:
    """Stored pairs with their rows read; of rows that say the same, on two sheets or in two files, the first."""
    rows: dict[tuple[str, str], PairRow] = {}
    for one in found:
        row = _pair_row(snapshot, one)
        rows.setdefault((one.document.id, row.citation.quote), PairRow(one.pair.first, one.pair.second, row))
    return tuple(rows.values())


def _pair_row(snapshot: Snapshot, found: StoredPair) -> EditRow:
    pair = found.pair
    stored = snapshot.passage_at(found.document.id, pair.start)
    text = stored.passage.text[pair.start - stored.passage.start : pair.end - stored.passage.start]
    table = table_at(snapshot.tables(found.document.id), pair.start)
    cells = table.cells(text, pair.start) if table else ()
    citation = _cite(stored, pair.start, pair.start + len(text.rstrip()), pair.location)
    return edit_row(pair.first, (pair.first, pair.second), cells, table, citation, stored)


def _cite(stored: StoredPassage, start: int, end: int, location: str) -> Citation:
    passage, document = stored.passage, stored.document
    quote = passage.text[start - passage.start : end - passage.start]
    return Citation(
        document.id, document.title, document.sha256, document.edition, passage.id, passage.section_title, passage.page,
        start, end, quote, location or passage.location,
    )  # fmt: skip


def bypass_of(row: EditRow) -> str:
    """The indicator of a pair: 0, 1 or 9; "" where the row says none of them."""
    cell = row.says(Part.BYPASS)
    if cell[:1] in ("0", "1", "9"):
        return cell[:1]
    told = yes_or_no(cell) if cell else None
    return "" if told is None else "1" if told else "0"


def pair_words(row: EditRow, first: Code, second: Code) -> str:
    """What a pair means, without the end of its sentence."""
    head = f"{second} is not payable with {first} on one day"
    match bypass_of(row):
        case "0":
            return f"{head}, and no modifier allows both"
        case "1":
            return f"{head} unless a modifier on {second} shows that it was separate"
        case "9":
            return f"{first} and {second} are a pair to which no modifier rule applies"
        case _:
            return f"{head}, by this pair"


def because(row: EditRow) -> str:
    """The row's own reason, in brackets."""
    said = row.says(Part.RATIONALE)
    return f" ({said})" if said else ""
