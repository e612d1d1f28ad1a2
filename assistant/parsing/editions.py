"""Finds the edition of a code set and its first day, in its file name or its first lines."""

import datetime
import re

from assistant.parsing.subject import edition_start, year_in

_MONTHS = {
    name: number
    for number, (short, rest) in enumerate(
        (("jan", "uary"), ("feb", "ruary"), ("mar", "ch"), ("apr", "il"), ("may", ""), ("jun", "e"), ("jul", "y"),
         ("aug", "ust"), ("sep", "tember"), ("oct", "ober"), ("nov", "ember"), ("dec", "ember")), start=1
    )
    for name in (short, short + rest)
}  # fmt: skip
_MONTH = rf"(?<![a-z])({'|'.join(sorted([*_MONTHS, 'sept'], key=len, reverse=True))})"
_BESIDE = re.compile(
    rf"{_MONTH}[\W_]*(?:0?1(?:st)?[\W_]+)?(?:19|20)\d\d(?!\d)|(?<!\d)(?:19|20)\d\d[\W_]*{_MONTH}(?![a-z])",
    re.IGNORECASE,
)
# A year that names an edition, unlike the year of a copyright.
_OPENING = re.compile(
    r"(?<!copyright )\b((?:19|20)\d\d)\s+(?:national|alpha-?numeric|edition|release|update|HCPCS|ICD|CDT|physician)|"
    r"\b(?:edition|fiscal year|FY)\s*:?\s*((?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def edition_of(stem: str, opening: str = "") -> str | None:
    """The edition's year in a file name, else in the words before the first code."""
    named = year_in(stem)
    if named is not None:
        return named
    found = _OPENING.search(opening)
    return (found[1] or found[2]) if found else None


def effective_of(stem: str, edition: str | None, system: str) -> datetime.date | None:
    """The first day of an edition: of the month beside the year in the file name ("OCT2025"), else of the edition."""
    beside = _BESIDE.search(stem)
    if beside is None or edition is None or not edition.isdigit():
        return edition_start(edition, system)
    month = (beside[1] or beside[2]).lower()
    return datetime.date(int(edition), _MONTHS[month[:3]], 1)
