"""Splits text into sentences, keeping their places."""

import re

# Sites that join their lines leave no blank after a full stop: "…to heal.The graft…", "…of the flap.* Imaging…".
_END = re.compile(
    r"[.!?][\"')\]]*(?=\s+[\"'(\[]?[A-Z0-9])|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)])\s)|(?<=[:.!?])\s*\n|"
    r"(?<=[a-z)][a-z)])(?<!www)[.!?](?=[A-Z][a-z]|[*•]+ )"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|dr|mr|mrs|ms|st|inc|dept|cf|al|incl|excl|max|min|ca)|\b[A-Z])\.$", re.IGNORECASE
)
# These are abbreviations only before a number; elsewhere "no." ends a sentence.
_BEFORE_NUMBER = re.compile(r"\b(?:nos?|figs?|pp?|ch|sec)\.$", re.IGNORECASE)
_ITEM_MARK = re.compile(r"\s*[*•]+ ")
_ITEM_NUMBER = re.compile(r"\s*\(?\d{1,2}(?:\.\d{1,2})*\.")


def split_sentences(text: str, start: int = 0, end: int | None = None) -> tuple[tuple[int, int], ...]:
    """[start, end) of each sentence of `text[start:end]`, in order, without blanks at its edges.

    A list item or a line after a blank line is a sentence of its own.
    """
    end = len(text) if end is None else end
    spans: list[tuple[int, int] | None] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if match.group() == "." and _goes_on(text, begin, match.end()):
            continue
        if (
            match.group() in {".", "!", "?"}
            and text[match.end() : match.end() + 1] == "*"
            and not _ITEM_MARK.match(text, begin)
        ):
            continue  # the end of an emphasis, not the mark of the next item
        spans.append(trimmed(text, begin, match.end()))
        begin = match.end()
    spans.append(trimmed(text, begin, end))
    return tuple(span for span in spans if span)


def _goes_on(text: str, begin: int, end: int) -> bool:
    """Whether the full stop that ends at `end` belongs to an abbreviation or to a list item's number."""
    if _ITEM_NUMBER.fullmatch(text, begin, end):
        return True
    if text[end : end + 1] == "\n":
        return False
    window = max(begin, end - 9)
    if _ABBREVIATION.search(text, window, end):
        return True
    return text[end : end + 4].lstrip()[:1].isdigit() and _BEFORE_NUMBER.search(text, window, end) is not None


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A span without the blanks at its edges; None where nothing else is in it."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
