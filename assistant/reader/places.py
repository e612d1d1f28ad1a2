"""A statement in its place, as the models read it: code, title and section before the words themselves."""

from assistant.language.sentences import split_sentences
from assistant.types import Passage
from assistant.types.codes import Code

# A place is so many characters at most: a title may be as long as a paragraph, and the statement is what is judged.
_LONGEST_TITLE, _LONGEST_SECTION, _LONGEST_ABOVE = 110, 60, 240


def in_place(code: Code | None, title: str, section: str, text: str) -> str:
    """A sentence or row with the code, title and section that it stands under: `CPT 20972 Free flap › Notes › …`."""
    head = " ".join(part for part in (_named(code), _cut(title, _LONGEST_TITLE)) if part)
    parts = (head, _cut(section, _LONGEST_SECTION) if section != title else "", " ".join(text.split()))
    return " › ".join(part for part in parts if part)


def row_in_place(passage: Passage) -> str:
    """A row with its code, the headings and column names above it, the nearest where they are many, and its cells."""
    assert passage.quote is not None
    start, end = passage.quote
    above = passage.context if len(passage.context) <= _LONGEST_ABOVE else _tail(passage.context)
    row = passage.text[start - passage.start : end - passage.start]
    return " › ".join(part for part in (" ".join((_named(passage.code), above)).strip(), " ".join(row.split())) if part)


def title_in_place(code: Code, title: str) -> str:
    """The title of a code as a statement of its own: `CPT 20972 Free bone-and-skin flap …`."""
    return f"{_named(code)} {' '.join(title.split())}"


def statements_in_place(passage: Passage) -> list[tuple[int, int, str]]:
    """(start, end, text in its place) of each sentence of a passage of prose, in its text; none for a row."""
    if passage.quote:
        return []
    return [
        (start, end, in_place(passage.code, passage.context, passage.section_title, passage.text[start:end]))
        for start, end in split_sentences(passage.text, *passage.body)
    ]


def _named(code: Code | None) -> str:
    return f"{code.system} {code.value}" if code is not None else ""


def _tail(text: str) -> str:
    return "… " + text[-_LONGEST_ABOVE:].partition(" ")[2]


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
