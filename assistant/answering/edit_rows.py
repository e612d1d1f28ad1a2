"""A row of one of the user's edit tables as read: what its columns say, and when it holds."""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.library import StoredPassage
from assistant.parsing.columns import day_in
from assistant.parsing.edit_columns import Part, Parts, parts_of
from assistant.types import Citation, DocumentInfo
from assistant.types.codes import Code
from assistant.types.tables import Table, TableCell

_YES = {"y", "yes", "true", "allowed", "permitted", "covered", "supported", "supports", "payable", "paid", "required"}
_NO = {"n", "no", "false", "none", "never", "excluded", "denied", "noncovered"}
_NEGATED = re.compile(r"\b(?:not|non|no|never|isn.?t|doesn.?t)\b|\bun(?:covered|supported)\b")


@dataclass(frozen=True, slots=True)
class EditRow:
    """A row about `code`: its cells by what their columns hold, and the names of these columns.

    `codes` are all codes of the row, `modifier` that of the row itself, as 26 and TC have rows of their own.
    """

    code: Code
    codes: tuple[Code, ...]
    cells: Mapping[Part, str]
    names: Mapping[Part, str]
    modifier: str
    citation: Citation
    document: DocumentInfo

    def says(self, part: Part) -> str:
        """The words of a cell; "" where the row has none."""
        return " ".join(self.cells.get(part, "").split())

    @property
    def days(self) -> tuple[datetime.date | None, datetime.date | None]:
        """The first and the last day that the row itself gives."""
        return day_in(self.says(Part.STARTS)), day_in(self.says(Part.ENDS))


class Standing(StrEnum):
    """Whether a row holds on the day of service, as far as it and its document say."""

    HOLDS = "holds"
    NOT_YET = "not_yet"
    ENDED = "ended"
    OLDER = "older"


def standing_of(row: EditRow, day: datetime.date | None) -> Standing:
    """How a row stands on a day. Without a day it holds unless it has ended.

    One of an earlier year than the day's, whose document gives no last day, may still hold or not.
    """
    starts, ends = row.days
    if ends is not None and starts is not None and ends <= starts:
        return Standing.ENDED  # taken back from its first day on
    if day is None:
        return Standing.ENDED if ends is not None else Standing.HOLDS
    dated = starts is not None or ends is not None
    starts = starts or row.document.effective
    if starts is not None and day < starts:
        return Standing.NOT_YET
    ends = ends or row.document.expires
    if ends is not None:
        return Standing.ENDED if day > ends else Standing.HOLDS
    year = year_of(row.document)
    return Standing.OLDER if not dated and year is not None and year < day.year else Standing.HOLDS


def year_of(document: DocumentInfo) -> int | None:
    """The year that a document is of: of its edition, else of its first day."""
    edition = document.edition or ""
    if edition.isdigit() and len(edition) == 4:
        return int(edition)
    return document.effective.year if document.effective else None


def yes_or_no(cell: str) -> bool | None:
    """What a cell says that answers yes or no; None for any other."""
    words = cell.lower().strip(" .*").replace("-", " ")
    if words in _NO or _NEGATED.search(words):
        return False
    if words in _YES or (words.split(" ")[0:1] and words.split(" ")[0] in _YES):
        return True
    return None


def edit_row(
    about: Code,
    named: tuple[Code, ...],
    cells: Sequence[TableCell],
    table: Table | None,
    citation: Citation,
    stored: StoredPassage,
) -> EditRow:
    """A row of a table whose columns are known by their names."""
    columns = table.columns if table else ()
    parts: Parts = parts_of(columns)
    held = {cell.column: cell.value for cell in cells}
    modifier = held.get(table.modifier, "") if table and table.modifier is not None else ""
    return EditRow(
        about,
        named,
        {part: held[at] for part, at in parts.items() if held.get(at)},
        {part: columns[at] for part, at in parts.items()},
        modifier,
        citation,
        stored.document,
    )
