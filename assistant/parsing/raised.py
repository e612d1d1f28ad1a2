"""Shows raised characters as raised, so that the mark of a footnote becomes no digit of a code."""

import re

_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ENDS_WITH_NUMBER = re.compile(r"[0-9A-Za-z.]*\d[0-9A-Za-z.]{2,}$")


def raised(text: str, before: str) -> str:
    """`text` as it stands raised behind `before`: digits as superscripts, and letters apart from a number or code."""
    shown = text.translate(_DIGITS)
    if shown[:1].isascii() and shown[:1].isalnum() and _ENDS_WITH_NUMBER.search(before[-12:]):
        return f" {shown}"
    return shown
