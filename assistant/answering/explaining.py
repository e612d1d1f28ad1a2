"""Answers what a mark of the documents stands for, from the line of a key that says so: "B = Bundled code."."""

import re
from dataclasses import replace

from assistant.answering.considered import Considered
from assistant.answering.grounds import supported
from assistant.answering.judging import KEY, Judged, Read, quoted_of
from assistant.calibration import confidence, content_terms
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Form, Query, Wants

_MARK = r"(?<![\w.-]){}(?![\w-])"


def explained(snapshot: Snapshot, query: Query, considered: Considered) -> Considered:
    """What was considered; where the statement that answers best is a key's line for a mark that the query holds as it
    is written there, that line answers, and is judged as what is said of a code that a query names."""
    read = considered.read
    best = max(read.statements, key=lambda item: item.answers, default=None) if read else None
    mark = _mark(best, query.text) if best else None
    if read is None or best is None or mark is None:
        return considered
    rest = re.sub(_MARK.format(re.escape(mark)), " ", query.text)
    # Nothing but the mark is asked for, which the key has.
    bare = not content_terms(rest, snapshot.terms)
    if considered.wants is Wants.CODE and not bare:
        return considered  # "ACDF C5-6" asks for no explanation of ACDF
    read = Read((best, *(item for item in read.statements if item != best)), {})
    support = replace(supported(snapshot, rest, read, 0.0), named=True)
    return replace(
        considered,
        support=support,
        confidence=1.0 if bare else confidence(support),
        statements=quoted_of(Read((best,), {})),
        candidates=(),
        form=Form.RULE,
        wants=Wants.RULE,
        read=read,
        choice=None,
    )


def _mark(item: Judged, text: str) -> str | None:
    found = KEY.match(item.statement.text) if item.code is None else None
    if found is None or not re.search(_MARK.format(re.escape(found["mark"])), text):
        return None
    return found["mark"]
