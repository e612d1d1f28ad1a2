"""The nouns of documents: what is parsed, cut into passages and kept."""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from assistant.types.codes import Code, Mention
from assistant.types.pairs import CodePair
from assistant.types.tables import Table


class DocumentKind(StrEnum):
    """What a document is. Newer replaces older only within one kind, and a table of values or pairs titles no code that
    another document titles."""

    CODE_PAGE = "code_page"
    CODE_SET = "code_set"
    GUIDE = "guide"
    VALUES = "values"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a document, [start, end) in its text; the sections of a document tile it.

    `body` is the part worth indexing (a section without its heading, the description cell of a row). `code` is the code
    the section is about; a narrative's sections are about none and only mention codes. `quote` is what a citation of a
    table row shows: all its cells. `mentions` are the codes that a row names beside its own, as its columns read them,
    or all its codes where it is about several; their places are in the document's text.
    """

    slug: str
    title: str
    start: int
    end: int
    body: tuple[int, int]
    code: Code | None = None
    quote: tuple[int, int] | None = None
    context: str = ""
    page: int | None = None
    location: str = ""
    mentions: tuple[Mention, ...] = ()

    def __post_init__(self) -> None:
        if not self.start <= self.body[0] <= self.body[1] <= self.end:
            raise ValueError(f"section {self.slug}: body {self.body} outside [{self.start}, {self.end})")


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """A code that a document is about: its title there, and [start, end) where the literal code stands in the text."""

    code: Code
    title: str
    start: int
    end: int
    billable: bool = True
    effective: datetime.date | None = None
    expires: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Synonym:
    """A term and what a document says it stands for: "ORIF" is "open reduction and internal fixation".

    An `exact` term, such as an abbreviation, counts only as it is written; any other, wherever all its words occur.
    """

    term: str
    meaning: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """One corpus file in one edition, as parsed. `text` is what citations point into; `sections` tile it.

    `pages` is how many pages the file declares, where it has pages, and `places` where its words stand on them, packed
    as `parsing.places` does. `tables` and `pairs` come in the order of the text. `kind` is what ingestion makes of its
    content.
    """

    id: str
    title: str
    text: str
    sections: tuple[Section, ...]
    entries: tuple[CodeEntry, ...] = ()
    edition: str | None = None
    effective: datetime.date | None = None
    expires: datetime.date | None = None
    family: str = ""
    synonyms: tuple[Synonym, ...] = ()
    warnings: tuple[str, ...] = ()
    pages: int | None = None
    places: bytes = b""
    tables: tuple[Table, ...] = ()
    kind: DocumentKind | None = None
    pairs: tuple[CodePair, ...] = ()

    def __post_init__(self) -> None:
        position = 0
        for section in self.sections:
            if section.start != position:
                raise ValueError(f"{self.id}: section {section.slug} starts at {section.start}, not at {position}")
            position = section.end
        if position != len(self.text):
            raise ValueError(f"{self.id}: the sections end at {position}, the text at {len(self.text)}")


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What the library knows of a document, without its text."""

    id: str
    title: str
    sha256: str
    source_name: str
    media_type: str
    edition: str | None
    effective: datetime.date | None
    expires: datetime.date | None
    characters: int
    passages: int
    codes: int
    generation: int
    pages: int | None = None
    kind: DocumentKind | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit we index, retrieve and cite: [start, end) of one document, whole in `text`.

    `body` is the part of `text` worth indexing, relative to it; an empty body is stored for its characters only.
    """

    id: str
    document_id: str
    section: str
    section_title: str
    start: int
    end: int
    text: str
    body: tuple[int, int]
    context: str
    code: Code | None = None
    mentions: tuple[Mention, ...] = ()
    quote: tuple[int, int] | None = None
    page: int | None = None
    location: str = ""

    @property
    def body_text(self) -> str:
        """The characters worth indexing."""
        return self.text[self.body[0] : self.body[1]]

    @property
    def indexed_text(self) -> str:
        """The text that is embedded and searched: the context (title, headings above) and the body.

        Of prose about no code its own heading comes too; those of a code's page are the same on each page.
        """
        body = self.body_text.strip()
        said = self.code is not None or self.quote is not None or self.section == "lead"
        heading = "" if said or self.context.endswith(self.section_title) else self.section_title
        return ". ".join(part for part in (self.context, heading, body) if part) if body else ""
