"""What holds for a query: by its code systems, its date of service, and the editions that the library has."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace

from assistant.library import StoredEntry
from assistant.retrieval.editions import series_of
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
    """Hits and evidence by the editions of each code that the date of service allows, and the entries that stand.

    What a superseded edition says of a code supports nothing; what documents of other series say of it speaks for one
    candidate, which goes by the entry that titles it. A code that is only named goes by the newest document.
    """
    held = snapshot.entries([item.code for item in leading])
    allowed = _without(_allowed(held, query), snapshot.superseded(query.as_of))
    entries = {code: standing(of_code) for code, of_code in allowed.items()}
    by = {code: {entry.document.id for entry in of_code} for code, of_code in entries.items()}

    def stands(hit: Hit) -> bool:
        code = hit.passage.code
        return code is None or code.bare not in held or hit.document.id in by.get(code.bare, ())

    newest = {code: of_code[0].entry.code for code, of_code in entries.items()}
    for item in leading:
        if item.code.bare not in held:
            newest[item.code.bare] = max(newest.get(item.code.bare, item.code), item.code, key=_edition)
    current: dict[Code, Evidence] = {}
    for item in leading:
        speaking = tuple(hit for hit in item.hits if stands(hit))
        code = newest.get(item.code.bare)
        if not speaking or code is None:
            continue
        if code.bare in current:
            speaking = (*current[code.bare].hits, *(hit for hit in speaking if hit not in current[code.bare].hits))
        titled = {entries[code.bare][0].document.id} if code.bare in entries else set()
        ordered = tuple(sorted(speaking, key=lambda hit: hit.document.id not in titled))
        current[code.bare] = replace(current.get(code.bare, item), code=code, hits=ordered)
    return tuple(hit for hit in hits if stands(hit)), tuple(current.values()), entries


def standing(entries: Sequence[StoredEntry]) -> tuple[StoredEntry, ...]:
    """The entries of a code that no newer edition of the same series replaces, in their order."""
    newest: dict[tuple[str, str], datetime.date] = {}
    for item in entries:
        series = series_of(item.document)
        newest[series] = max(newest.get(series, datetime.date.min), _edition_begins(item))
    return tuple(item for item in entries if _edition_begins(item) == newest[series_of(item.document)])


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
    begins = _begins(entries[0])
    return -begins.toordinal(), entries[0].document.id, code.value, code.system


def _edition_begins(entry: StoredEntry) -> datetime.date:
    return entry.document.effective or entry.entry.effective or datetime.date.min


def _begins(entry: StoredEntry) -> datetime.date:
    return entry.entry.effective or entry.document.effective or datetime.date.min


def _edition(code: Code) -> str:
    return code.edition or ""


def _holds(entry: StoredEntry, query: Query) -> bool:
    """Whether an entry holds on the query's date of service; one without dates always does."""
    effective = entry.entry.effective or entry.document.effective
    return _on(query.as_of, effective, entry.entry.expires or entry.document.expires)


def _on(day: datetime.date | None, effective: datetime.date | None, expires: datetime.date | None) -> bool:
    return day is None or ((effective is None or effective <= day) and (expires is None or day <= expires))
