"""Which editions are superseded: by a newer one of the same series that holds on the day asked for."""

import datetime
import re
from collections.abc import Iterable

from assistant.types import DocumentInfo

_YEAR = re.compile(r"(?:19|20)\d\d")


def series_of(document: DocumentInfo) -> tuple[str, str]:
    """What the editions of one work have in common: their kind, and their ids but for the year, as CMS names files.

    A table of this year's fees is no edition of last year's guide, whatever codes both speak of.
    """
    return document.kind or "", _YEAR.sub("", document.id)


def superseded(documents: Iterable[DocumentInfo], day: datetime.date | None) -> frozenset[str]:
    """The ids of the documents of many codes that the library has in a newer edition, in force on a day (or at all).

    A code that a newer edition of its code set no longer lists has been deleted, though no document says so.
    """
    editions: dict[tuple[str, str], list[tuple[datetime.date, str]]] = {}
    for document in documents:
        begins = document.effective
        if document.codes > 1 and begins is not None and (day is None or begins <= day):
            editions.setdefault(series_of(document), []).append((begins, document.id))
    return frozenset(
        name for of_series in editions.values() for begins, name in of_series if begins < max(of_series)[0]
    )
