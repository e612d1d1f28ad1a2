"""Puts a document together from pieces in reading order: headings, prose, table rows, lists of codes, asides."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from assistant.parsing.coded_lines import coded_line
from assistant.parsing.columns import Cell, Columns, Row, find_columns
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.glossary import read_synonyms
from assistant.parsing.headers import systems_named
from assistant.parsing.pairs import codes_paired, pair_columns, pair_section
from assistant.parsing.rows import Found, read_row, table_of
from assistant.parsing.sections import labels, named, slugify
from assistant.parsing.subject import Subject, find_subject, year_in
from assistant.types import CodeEntry, Document, Section
from assistant.types.codes import Code, CodeSystem, find_codes
from assistant.types.pairs import CodePair
from assistant.types.tables import Table

_LIST_LINES = 12
_TABLE_ROWS = 3
_NAMES_CODES = re.compile(r"\b(?:mod(?:ifier)?s?|codes?)\b", re.IGNORECASE)
_LIST_LINE = 250
_LONGEST_ABOVE = 300


class Kind(StrEnum):
    """The kind of a piece; an aside is stored, but never searched."""

    HEADING = "heading"
    PROSE = "prose"
    ROW = "row"
    ASIDE = "aside"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a document: its text, and `end`, what is stored between it and the next.

    Tabs part the cells of a row, unless `cells` gives their places; the rows of a table share its number. `left` is how
    far a line is indented, in any unit.
    """

    text: str
    kind: Kind = Kind.PROSE
    level: int = 0
    page: int | None = None
    table: int = 0
    cells: tuple[tuple[int, int], ...] = ()
    left: float = 0.0
    location: str = ""
    end: str = "\n\n"


@dataclass(slots=True)
class _State:
    """The document that grows as its pieces are read."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    systems: Sequence[CodeSystem]
    edition: str | None
    code: Code | None
    title: str
    sections: list[Section] = field(default_factory=list)
    entries: list[CodeEntry] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pairs: list[CodePair] = field(default_factory=list)
    codes: set[Code] = field(default_factory=set)
    path: list[tuple[int, str]] = field(default_factory=list)
    table_systems: tuple[CodeSystem, ...] = ()
    slug: str = "lead"
    named: str = "Lead"
    # The paragraph right above a table, where it names codes or announces a list.
    above: str = ""

    def context(self, *more: str) -> str:
        """The title and the headings above, the nearest last; the document's own title stands there only once."""
        above = [title for _, title in self.path if title != self.title]
        return ". ".join(part for part in dict.fromkeys([self.title, *above, *more]) if part)

    def place(self) -> str:
        """The headings above, but for the document's title, as a citation of a row tells them."""
        return " > ".join(title for _, title in self.path if title != self.title)

    def entry(self, entry: CodeEntry) -> None:
        """Keeps a code that the document has a row for; the first row counts."""
        if entry.code not in self.codes:
            self.codes.add(entry.code)
            self.entries.append(entry)

    def add(self, section: Section) -> None:
        self.sections.append(section)


def compose(
    pieces: Sequence[Piece], name: str, stem: str, systems: Sequence[CodeSystem], *, window_title: str = "",
    warnings: tuple[str, ...] = (), pages: int | None = None, places: bytes = b"", narrative: bool = False,
) -> Document:  # fmt: skip
    """The document of some pieces; `starts_of` says where each begins in its text. A `narrative` is about no code."""
    text = "".join(piece.text + piece.end for piece in pieces)
    pieces = _with_labels(_one_title(pieces), systems)
    starts = starts_of(pieces)
    top = _title(pieces)
    subject = find_subject(text, name, systems, title=top, window_title=window_title)
    listed = pieces[0].kind == Kind.ROW or _coded_end(pieces, 0, systems) > 1
    if listed and not top:
        # A table names its columns before anything else.
        subject = replace(subject, title=window_title or stem)
    if narrative:
        subject = replace(subject, title=top or stem, code=None)
    edition = subject.edition or year_in(top) or edition_of(stem, text[:600])
    code = subject.code
    if code is not None:
        # A document that opens with a table or a list of codes is about none of them.
        code = None if listed else Code(code.system, code.value, edition)
    state = _State(text, starts, [*starts[1:], len(text)], systems, edition, code, subject.title)
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        end = at + 1
        if piece.kind == Kind.ROW:
            while end < len(pieces) and pieces[end].kind == Kind.ROW and pieces[end].table == piece.table:
                end += 1
            _read_table(pieces[at:end], at, state)
        elif (end := _coded_end(pieces, at, systems)) > at + 1:
            _read_coded(pieces[at:end], at, state)
        elif piece.kind == Kind.PROSE and (end := _list_end(pieces, at, systems)) > at + 1:
            _read_list(pieces[at:end], at, state)
        else:
            end = at + 1
            _read_piece(piece, at, state)
        at = end
    if code is not None and code not in state.codes:
        state.entries.insert(0, CodeEntry(code, subject.title, *subject.span))
    effective = subject.effective
    if effective is None and state.entries:
        effective = effective_of(stem, edition, state.entries[0].code.system)
    sections = tuple(state.sections)
    return Document(
        id=_id(subject, code, stem),
        title=subject.title,
        text=text,
        sections=sections,
        entries=tuple(state.entries),
        edition=edition,
        effective=effective,
        expires=subject.expires,
        synonyms=read_synonyms(subject.title, text, sections),
        warnings=warnings,
        pages=pages,
        places=places,
        tables=tuple(state.tables),
        pairs=tuple(state.pairs),
    )


def starts_of(pieces: Sequence[Piece]) -> list[int]:
    """Where each piece begins in the stored text."""
    return [0, *itertools.accumulate(len(piece.text) + len(piece.end) for piece in pieces)][: len(pieces)]


def _id(subject: Subject, code: Code | None, stem: str) -> str:
    about = f"{code}-{code.edition}" if code and code.edition else str(code or stem)
    return subject.id or slugify(about) or "document"


def _title(pieces: Sequence[Piece]) -> str:
    """The document's title: the highest heading among its first pieces."""
    first = [piece for piece in pieces[:12] if piece.kind == Kind.HEADING]
    best = min(first, key=lambda piece: piece.level, default=None)
    return " ".join(best.text.split()) if best else ""


def _read_piece(piece: Piece, at: int, state: _State) -> None:
    start, end = state.starts[at], state.ends[at]
    body = (start, start + len(piece.text))
    last = state.sections[-1] if state.sections else None
    if piece.kind == Kind.ASIDE:
        if last is not None and last.slug == "aside":
            state.sections[-1] = replace(last, end=end, body=(last.start, last.start))
        else:
            state.add(Section("aside", "Not searched", start, end, (start, start), page=piece.page))
        return
    if piece.kind == Kind.HEADING:
        if not _goes_on(state.path, piece):
            state.above = ""
        while state.path and state.path[-1][0] >= piece.level:
            state.path.pop()
        context = state.context()
        state.slug, state.named = named(" ".join(piece.text.split()))
        state.path.append((piece.level, state.named))
        state.add(
            Section(state.slug, state.named, start, end, (end, end), state.code, context=context, page=piece.page,
                    location=piece.location)
        )  # fmt: skip
        return
    state.above = piece.text if _introduces(piece.text, state.systems) else ""
    if last is not None and last.slug == state.slug and last.page == piece.page and last.location == piece.location:
        opening = body[0] if last.body[0] == last.body[1] else last.body[0]
        state.sections[-1] = replace(last, end=end, body=(opening, body[1]))
        return
    above = state.path
    state.path = above[:-1]
    context = state.context()
    state.path = above
    state.add(
        Section(state.slug, state.named, start, end, body, state.code, context=context, page=piece.page,
                location=piece.location)
    )  # fmt: skip


def _introduces(text: str, systems: Sequence[CodeSystem]) -> bool:
    """Whether a paragraph tells what the table below it is of: "The following codes support 29881."."""
    return len(text) <= _LONGEST_ABOVE and (text.rstrip().endswith(":") or bool(find_codes(text, systems)))


def _goes_on(path: Sequence[tuple[int, str]], heading: Piece) -> bool:
    """Whether a heading goes on with the one before, as "Group 2 Codes" does with "Group 2 Paragraph"."""
    if not path or path[-1][0] != heading.level:
        return False
    before, after = path[-1][1].split(), heading.text.split()
    return len(before) > 2 and before[:2] == after[:2]


# tables


def _read_table(pieces: Sequence[Piece], at: int, state: _State) -> None:
    rows = [_row(piece, state.starts[at + number], number) for number, piece in enumerate(pieces)]
    columns = _columns(state, rows)
    headers = _header_rows(pieces, columns)
    names = _joined([_cells(pieces[number]) for number in headers])
    repeated = {_cells(pieces[number]) for number in headers}
    said = " | ".join(name for name in names if name)
    state.tables.append(table_of(state.text, rows, columns, names))
    above, state.above = " ".join(state.above.split()), ""
    pair = pair_columns(columns, names) if columns else None
    named_row = ""
    for number, (piece, row) in enumerate(zip(pieces, rows, strict=True)):
        start, end = state.starts[at + number], state.ends[at + number]
        body = (start, start + len(piece.text))
        cells = _cells(piece)
        if number in headers or cells in repeated or (pair and columns and number < columns.opening):
            state.add(Section("table-header", "Table header", start, end, (start, start), page=piece.page))
            continue
        place = piece.location or ("" if piece.page else state.place())
        paired = codes_paired(state.text, row, pair, state.edition) if pair else ()
        if paired:
            first, second = paired
            state.pairs.append(CodePair(first.code.bare, second.code.bare, start, body[1], place))
            state.add(pair_section(start, end, piece.page, place))
            for entry in paired:
                state.entry(entry)
            continue
        found = read_row(state.text, row, columns, state.edition) if columns else None
        if found is not None and columns is not None and not _is_literal(state.text, found, columns, names):
            found = None
        if found is None:
            # A row without a first cell continues the row above.
            title = cells[0][:80] or named_row or "Row"
            more = named_row if not cells[0] else ""
            state.add(
                Section(slugify(title) or "row", title, start, end, _stripped(state.text, body), None, None,
                        state.context(above, said, more), piece.page, piece.location)
            )  # fmt: skip
            named_row = cells[0][:80] or named_row
            continue
        named_row = cells[0][:80] or named_row
        section = found.section((start, end), state.context(above, said), piece.page, piece.location)
        state.add(replace(section, title=" > ".join(filter(None, (state.place(), section.title)))))
        for entry in found.entries:
            state.entry(entry)


def _columns(state: _State, rows: Sequence[Row]) -> Columns | None:
    """The columns of a table. Its codes are of the system that the nearest heading names; where none does, of the
    system of the tables before it, if that system can read them."""
    if len(rows) < 2:
        return None
    about = next((title for _, title in reversed(state.path) if systems_named(title, state.systems)), "")
    columns = find_columns(state.text, rows, state.table_systems) if state.table_systems and not about else None
    columns = columns or find_columns(state.text, rows, state.systems, about)
    if columns is not None and not state.table_systems and not about:
        state.table_systems = columns.systems[:1]
    return columns


def _is_literal(text: str, found: Found, columns: Columns, names: Sequence[str]) -> bool:
    """Whether a row's codes stand there as written, or below a name that binds them, unlike "2.1" or "2*CARD16"; two
    letters are a code only if the heading says so."""
    if len(found.entries[0].code.value) == 2:
        return any(_NAMES_CODES.search(name) for name in names)
    if columns.bound.named:
        return True
    written = text[found.entries[0].start : found.entries[0].end].upper().replace(".", "")
    return written == found.entries[0].code.value.replace(".", "")


def has_codes(text: str, rows: Sequence[Row], systems: Sequence[CodeSystem]) -> bool:
    """Whether rows of a table have a column of codes, each written as it is; few rows only below a name of codes."""
    columns = find_columns(text, rows, systems) if len(rows) > 1 else None
    if columns is None:
        return False
    if pair_columns(columns) is not None:
        return True
    found = (read_row(text, row, columns, None) for row in rows)
    literal = sum(_is_literal(text, one, columns, ()) for one in found if one is not None)
    return literal >= (1 if columns.bound.surely and columns.header >= 0 else _TABLE_ROWS)


def _row(piece: Piece, start: int, number: int) -> Row:
    cells = tuple(Cell(start + first, start + last) for first, last in _spans(piece))
    return Row(cells, start, start + len(piece.text), number + 1)


def _spans(piece: Piece) -> Iterator[tuple[int, int]]:
    """Where the cells of a row stand in its text."""
    if piece.cells:
        yield from piece.cells
        return
    position = 0
    for cell in piece.text.split("\t"):
        yield position, position + len(cell)
        position += len(cell) + 1


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _cells(piece: Piece) -> tuple[str, ...]:
    return tuple(" ".join(piece.text[first:last].split()) for first, last in _spans(piece))


def _stripped(text: str, body: tuple[int, int]) -> tuple[int, int]:
    shown = text[slice(*body)]
    return body[0] + len(shown) - len(shown.lstrip()), body[1] - len(shown) + len(shown.rstrip())


def _joined(headers: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The names of the columns; the words of one name may stand in several rows."""
    columns = itertools.zip_longest(*headers, fillvalue="")
    return tuple(" ".join(word for word in column if word) for column in columns)


def _header_rows(pieces: Sequence[Piece], columns: Columns | None) -> list[int]:
    """The rows that name the columns: those above the first code or, without codes, a first row of short names."""
    if columns is not None:
        above = range(columns.opening if columns.header >= 0 else 0)
        return [number for number in above if len(_cells(pieces[number])) > 1 and not _has_digit(pieces[number].text)]
    cells = _cells(pieces[0])
    short = all(cell and len(cell.split()) <= 5 and not _has_digit(cell) for cell in cells)
    return [0] if short and len(cells) > 1 and len(pieces) > 1 else []


# lists of codes: lines that say what a code stands for


def _coded_end(pieces: Sequence[Piece], at: int, systems: Sequence[CodeSystem]) -> int:
    """Where the lines end, from piece `at` on, that each say what a code stands for."""
    end = at
    while end < len(pieces) and pieces[end].kind == Kind.PROSE and coded_line(pieces[end].text, systems):
        end += 1
    return end


def _read_coded(pieces: Sequence[Piece], at: int, state: _State) -> None:
    for number, piece in enumerate(pieces):
        line = coded_line(piece.text, state.systems)
        assert line is not None
        start, end = state.starts[at + number], state.ends[at + number]
        code = Code(line.code.system, line.code.value, state.edition)
        body = (start + line.opens, start + line.closes)
        quote = (start + line.start, body[1])
        state.add(
            Section(slugify(code.value), code.value, start, end, body, code, quote, state.context(), piece.page,
                    piece.location)
        )  # fmt: skip
        state.entry(CodeEntry(code, piece.text[line.opens : line.closes], start + line.start, start + line.end))


# lists of codes: an index, whose lines end with the codes of their term


def _list_end(pieces: Sequence[Piece], at: int, systems: Sequence[CodeSystem]) -> int:
    """Where a list of codes that begins with piece `at` ends; `at` itself where none does."""
    end, coded, lines, last = at, 0, 0, at
    while end < len(pieces):
        piece = pieces[end]
        if piece.kind == Kind.PROSE and len(piece.text) <= _LIST_LINE:
            ends = _ends_with_code(piece.text, systems)
            if lines == 0 and not ends and len(piece.text) > 3:
                return at
            coded += ends
            lines += 1
            last = end if ends else last
            if end - last > 8:
                break
        elif not (piece.kind == Kind.HEADING and len(piece.text) <= 3):
            break
        end += 1
    return last + 1 if lines >= _LIST_LINES and coded >= 0.5 * lines else at


def _ends_with_code(text: str, systems: Sequence[CodeSystem]) -> bool:
    shown = text.rstrip(" .;)").replace(" -", "-")
    mentions = find_codes(shown, systems)
    return bool(mentions) and mentions[-1].end == len(shown)


def _read_list(pieces: Sequence[Piece], at: int, state: _State) -> None:
    parents: list[tuple[float, str]] = []
    for number, piece in enumerate(pieces):
        start, end = state.starts[at + number], state.ends[at + number]
        if piece.kind == Kind.HEADING or len(piece.text) <= 3:
            state.add(Section("letter", piece.text or "Letter", start, end, (start, start), page=piece.page))
            parents = []
            continue
        while parents and parents[-1][0] >= piece.left - 1.0:
            parents.pop()
        mentions = find_codes(piece.text, state.systems)
        term = piece.text[: mentions[0].start].rstrip(" ,(–-") if mentions else piece.text
        term = " ".join(term.split()) or piece.text.strip()
        above = [title for _, title in parents]
        parents.append((piece.left, term))
        body = (start, start + len(piece.text))
        full = ", ".join([*above, term])
        only = mentions[0] if len({mention.code for mention in mentions}) == 1 else None
        code = Code(only.code.system, only.code.value, state.edition) if only and only.end == len(piece.text) else None
        state.add(
            Section(slugify(full) or "line", full[:120], start, end, body, code, body if code else None,
                    state.context(*above), piece.page, piece.location)
        )  # fmt: skip
        if code and only:
            state.entry(CodeEntry(code, full, start + only.start, start + only.end))


def _one_title(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces; on a title page of three headings or more, only the first stays one, for the others head nothing."""
    opening = list(itertools.takewhile(lambda piece: piece.kind == Kind.HEADING, pieces))
    if len(opening) < 3:
        return list(pieces)
    rest = [replace(piece, kind=Kind.PROSE) for piece in opening[1:]]
    return [opening[0], *rest, *pieces[len(opening) :]]


def _with_labels(pieces: Sequence[Piece], systems: Sequence[CodeSystem]) -> list[Piece]:
    """The pieces; if there are next to no headings, each label of a sentence ("Notes: …") becomes one."""
    if sum(piece.kind == Kind.HEADING for piece in pieces) > 1:
        return list(pieces)
    parted: list[Piece] = []
    for piece in pieces:
        meant = piece.kind == Kind.PROSE and coded_line(piece.text, systems) is None
        found = labels(piece.text) if meant else []
        edges = sorted({0, *(edge for label in found for edge in (label.start, label.end)), len(piece.text)})
        titles = {label.start: label for label in found}
        for start, end in itertools.pairwise(edges):
            kind, level = (Kind.HEADING, 2) if start in titles else (piece.kind, piece.level)
            last = piece.end if end == len(piece.text) else ""
            parted.append(replace(piece, text=piece.text[start:end], kind=kind, level=level, end=last))
        if not piece.text:
            parted.append(piece)
    return parted
