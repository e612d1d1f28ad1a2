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
# "OCT2025" and "April-1-2025"; where no year follows the month, "2025_JUL".
_BEFORE_YEAR = re.compile(rf"{_MONTH}[\W_]*(?:0?1(?:st)?[\W_]+)?((?:19|20)\d\d)(?!\d)", re.IGNORECASE)
_AFTER_YEAR = re.compile(rf"(?<!\d)((?:19|20)\d\d)[\W_]*{_MONTH}(?![a-z])", re.IGNORECASE)
# A year that names an edition; the year of a copyright names none.
_NAMED = "|".join(sorted([*_MONTHS, "sept"], key=len, reverse=True))
_EFFECTIVE = re.compile(
    r"eff(?:ective)?(?:[\s_]+(?:date|as of|from|on))?[\s_:,.\-]*(?:"
    rf"({_NAMED})\.?\s+(\d\d?)(?:st|nd|rd|th)?,?\s+(\d{{4}})|"
    r"(\d\d?)[/\-](\d\d?)[/\-](\d{4})|(\d{4}-\d\d-\d\d))(?!\d)",
    re.IGNORECASE,
)
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


def effective_of(stem: str, edition: str | None, system: str, opening: str = "") -> datetime.date | None:
    """The first day of an edition: the one that the words before the first code or the file name say ("effective July
    1, 2025"), that of the month and year in the file name ("OCT2025"), else of the edition.

    The year beside the month counts, not the edition's: the edition 2026 of ICD-10 holds from October 2025.
    """
    said = _said(opening) or _said(stem)
    if said is not None:
        return said
    if edition is None or not edition.isdigit():
        return edition_start(edition, system)
    if found := _BEFORE_YEAR.search(stem):
        month, year = found[1], found[2]
    elif found := _AFTER_YEAR.search(stem):
        year, month = found[1], found[2]
    else:
        return edition_start(edition, system)
    return datetime.date(int(year), _MONTHS[month[:3].lower()], 1)


def _said(text: str) -> datetime.date | None:
    """The day from which a text says that it is effective; CMS writes the month first."""
    found = _EFFECTIVE.search(text)
    if found is None:
        return None
    name, day, of_name, month, of_month, of_number, iso = found.groups()
    try:
        if iso:
            return datetime.date.fromisoformat(iso)
        if name:
            return datetime.date(int(of_name), _MONTHS[name[:3].lower()], int(day))
        return datetime.date(int(of_number), int(month), int(of_month))
    except ValueError:
        return None
