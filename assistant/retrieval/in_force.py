"""What holds for a query: by its code systems, its date of service, and the editions that the library has."""

import datetime
from collections.abc import Mapping, Sequence

from assistant.library import StoredEntry
from assistant.retrieval.snapshot import Snapshot
from assistant.types import DocumentInfo, Evidence, Hit, Query
from assistant.types.codes import Code

Entries = Mapping[Code, Sequence[StoredEntry]]


def entries_in_force(snapshot: Snapshot, codes: Sequence[Code], query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
    """The entries of some codes that a query's systems and date of service allow, newest first."""
    allowed = _allowed(dict(sorted(snapshot.entries(codes).items(), key=_newest_first)), query)
    # Without a date, a code asked for by name is answered in the last edition that lists it.
    return _without(allowed, snapshot.superseded(query.as_of)) if query.as_of else allowed


def in_force(
    snapshot: Snapshot, hits: Sequence[Hit], leading: Sequence[Evidence], query: Query
) -> tuple[tuple[Hit, ...], tuple[Evidence, ...], Entries]:
    """Hits and evidence for one edition of each code: the newest that the date of service allows; and the entries.

    What a page of another edition says supports nothing. A code that has no page anywhere, and is only named, goes
    by the newest document that names it.
    """
    held = snapshot.entries([item.code for item in leading])
    entries = _without(_allowed(held, query), snapshot.superseded(query.as_of))
    newest = {code: of_code[0].entry.code for code, of_code in entries.items()}
    for item in leading:
        if item.code.bare not in held:
            newest[item.code.bare] = max(newest.get(item.code.bare, item.code), item.code, key=_edition)
    current = tuple(item for item in leading if newest.get(item.code.bare) == item.code)
    outdated = {item.code for item in leading} - set(newest.values())
    return tuple(hit for hit in hits if hit.passage.code not in outdated), current, entries


def in_force_for(snapshot: Snapshot, document: DocumentInfo, query: Query) -> bool:
    """Whether what a document says holds for a query: on its date of service, and in no superseded edition."""
    return _on(query.as_of, document.effective, document.expires) and document.id not in snapshot.superseded(
        query.as_of
    )


def _allowed(entries: Entries, query: Query) -> dict[Code, tuple[StoredEntry, ...]]:
    allowed = {
        code: tuple(entry for entry in of_code if _holds(entry, query))
        for code, of_code in entries.items()
        if not query.systems or code.system in query.systems
    }
    return {code: of_code for code, of_code in allowed.items() if of_code}


def _without(entries: Entries, documents: frozenset[str]) -> dict[Code, tuple[StoredEntry, ...]]:
    kept = {code: tuple(e for e in of_code if e.document.id not in documents) for code, of_code in entries.items()}
    return {code: of_code for code, of_code in kept.items() if of_code}


def _newest_first(held: tuple[Code, Sequence[StoredEntry]]) -> tuple[int, str, str, str]:
    """The order of codes, whatever order they are asked for in: by their newest entry, its document, their values."""
    code, entries = held
    effective = entries[0].entry.effective or entries[0].document.effective
    return -effective.toordinal() if effective else 0, entries[0].document.id, code.value, code.system


def _edition(code: Code) -> str:
    return code.edition or ""


def _holds(entry: StoredEntry, query: Query) -> bool:
    """Whether an entry holds on the query's date of service; one without dates always does."""
    effective = entry.entry.effective or entry.document.effective
    return _on(query.as_of, effective, entry.entry.expires or entry.document.expires)


def _on(day: datetime.date | None, effective: datetime.date | None, expires: datetime.date | None) -> bool:
    return day is None or ((effective is None or effective <= day) and (expires is None or day <= expires))
