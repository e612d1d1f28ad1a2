"""A document as plain data and back: columns of strings and numbers, its text and places as bytes."""

from collections.abc import Iterable, Sequence
from typing import Any

from assistant.types import CodeEntry, Document, Section, Synonym
from assistant.types.codes import Code, Mention
from assistant.types.days import read_day, written_day
from assistant.types.pairs import CodePair
from assistant.types.tables import plain_table, read_table


class _Codes:
    """The codes of a document, each written once; -1 stands for none."""

    def __init__(self) -> None:
        self._numbers: dict[Code, int] = {}

    def number(self, code: Code | None) -> int:
        return -1 if code is None else self._numbers.setdefault(code, len(self._numbers))

    def columns(self) -> list[list[Any]]:
        return _columns(((code.system, code.value, code.edition) for code in self._numbers), 3)


def to_plain(document: Document) -> tuple[dict[str, Any], list[bytes]]:
    """(JSON values, parts of bytes) of a document."""
    codes = _Codes()
    sections = _columns(
        (
            (s.slug, s.title, s.start, s.end, *s.body, codes.number(s.code), *(s.quote or (-1, -1)), s.context, s.page,
             s.location, [[codes.number(m.code), m.start, m.end, m.certain] for m in s.mentions])
            for s in document.sections
        ),
        13,
    )  # fmt: skip
    entries = _columns(
        (
            (
                codes.number(e.code),
                e.title,
                e.start,
                e.end,
                e.billable,
                written_day(e.effective),
                written_day(e.expires),
            )
            for e in document.entries
        ),
        7,
    )
    pairs = _columns(
        ((codes.number(p.first), codes.number(p.second), p.start, p.end, p.location) for p in document.pairs), 5
    )
    head = {
        "id": document.id,
        "title": document.title,
        "edition": document.edition,
        "effective": written_day(document.effective),
        "expires": written_day(document.expires),
        "family": document.family,
        "warnings": list(document.warnings),
        "pages": document.pages,
        "sections": sections,
        "entries": entries,
        "codes": codes.columns(),
        "pairs": pairs,
        "tables": [plain_table(table) for table in document.tables],
        "synonyms": [[s.term, s.meaning, s.exact] for s in document.synonyms],
    }
    return head, [document.text.encode("utf-8", "surrogatepass"), document.places]


def from_plain(head: dict[str, Any], parts: Sequence[bytes]) -> Document:
    """The document that `to_plain` took apart. Raises ValueError, KeyError or TypeError if the values make none."""
    codes: list[Code | None] = [Code(*row) for row in zip(*head["codes"], strict=True)]
    codes.append(None)  # the last, which is what -1 finds
    sections = tuple(
        Section(slug, title, start, end, (first, last), codes[code], (begin, finish) if begin >= 0 else None, context,
                page, location, tuple(Mention(_held(codes[named]), *place) for named, *place in mentions))
        for slug, title, start, end, first, last, code, begin, finish, context, page, location, mentions in zip(
            *head["sections"], strict=True
        )
    )  # fmt: skip
    entries = tuple(
        CodeEntry(_held(codes[code]), title, start, end, billable, read_day(effective), read_day(expires))
        for code, title, start, end, billable, effective, expires in zip(*head["entries"], strict=True)
    )
    return Document(
        id=head["id"],
        title=head["title"],
        text=parts[0].decode("utf-8", "surrogatepass"),
        sections=sections,
        entries=entries,
        edition=head["edition"],
        effective=read_day(head["effective"]),
        expires=read_day(head["expires"]),
        family=head["family"],
        synonyms=tuple(Synonym(*row) for row in head["synonyms"]),
        warnings=tuple(head["warnings"]),
        pages=head["pages"],
        places=parts[1],
        pairs=tuple(
            CodePair(_held(codes[first]), _held(codes[second]), *place)
            for first, second, *place in zip(*head["pairs"], strict=True)
        ),
        tables=tuple(read_table(table) for table in head["tables"]),
    )


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    columns = [list(column) for column in zip(*rows, strict=True)]
    return columns or [[] for _ in range(width)]


def _held(code: Code | None) -> Code:
    if code is None:
        raise ValueError("an entry has no code")
    return code
