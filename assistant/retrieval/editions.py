"""Which editions of a code set are superseded: by a newer one of the library that holds on the day asked for."""

import datetime
import re
from collections.abc import Iterable

from assistant.types import DocumentInfo

_YEAR = re.compile(r"(?:19|20)\d\d")


def superseded(documents: Iterable[DocumentInfo], day: datetime.date | None) -> frozenset[str]:
    """The ids of the documents whose code set the library has in a newer edition, in force on a day (or at all).

    A code that a newer edition of its code set no longer lists has been deleted, though no document says so. Editions
    of one code set are documents of many codes whose ids differ in the year alone, as CMS names its files.
    """
    editions: dict[str, list[tuple[datetime.date, str]]] = {}
    for document in documents:
        begins = document.effective
        if document.codes > 1 and begins is not None and (day is None or begins <= day):
            editions.setdefault(_YEAR.sub("", document.id), []).append((begins, document.id))
    return frozenset(
        name for of_set in editions.values() for begins, name in of_set if begins < max(begins for begins, _ in of_set)
    )
