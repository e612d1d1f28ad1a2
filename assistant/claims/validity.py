"""Whether the documents hold the codes of a claim, on its day."""

import datetime
from collections.abc import Iterator

from assistant.answering.quoting import cite_entry
from assistant.library import StoredEntry
from assistant.retrieval.in_force import entries_in_force
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Query
from assistant.types.codes import Code
from assistant.types.findings import Claim, Finding, Rule, Severity


def validity_findings(snapshot: Snapshot, claim: Claim) -> Iterator[Finding]:
    """Codes and diagnoses that no document holds, or none on the day of service."""
    codes = sorted({*(line.code for line in claim.lines), *claim.diagnoses}, key=str)
    held = snapshot.entries(codes)
    day = claim.as_of
    allowed = entries_in_force(snapshot, codes, Query("", as_of=day)) if day else held
    for code in codes:
        # An edit or a fee is no description: it says nothing of when its code is valid.
        titled = [entry for entry in held.get(code, ()) if entry.entry.title]
        if titled and day and not any(entry.entry.title for entry in allowed.get(code, ())):
            yield _not_in_force(snapshot, code, titled, day)
        elif not held.get(code) and not snapshot.keys_of([code]) and not snapshot.is_paired(code):
            yield Finding(Severity.ASK, Rule.NOT_HELD, (code,), f"None of your documents holds {code}.", None)


def _not_in_force(snapshot: Snapshot, code: Code, entries: list[StoredEntry], day: datetime.date) -> Finding:
    """Of the newest entry: a day of the code's own row stops the claim, one of its whole document is asked for."""
    entry = entries[0]
    own = entry.entry.effective or entry.entry.expires
    starts = entry.entry.effective or entry.document.effective
    ends = entry.entry.expires or entry.document.expires
    severity = Severity.STOP if own else Severity.ASK
    what = str(code) if own else f"“{entry.document.title}”, which holds {code},"
    if starts is not None and day < starts:
        begins = (
            f"{code} begins on {starts}" if own else f"“{entry.document.title}”, which holds {code}, begins on {starts}"
        )
        words = f"{begins}, after the date of service {day}"
    elif ends is not None and day > ends:
        words = f"{what} ended on {ends}, before the date of service {day}"
    else:
        severity = Severity.STOP
        words = f"{code} is in “{entry.document.title}”, and no longer in the edition in force on {day}"
    return Finding(severity, Rule.IN_FORCE, (code,), f"{words}.", cite_entry(snapshot, entry))
