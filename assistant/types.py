"""The nouns: immutable, with the invariants that must never break."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.codes import Code, Mention


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of a document, [start, end) in its text; the sections of a document tile it.

    `body` is the part worth indexing (a section without its heading, the description cell of a row). `code` is the code
    the section is about; a narrative's sections are about none and only mention codes. `quote` is what a citation of a
    table row shows: from the code to the end of its description.
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
    """What a document says that a term of the trade stands for: "ORIF" is "open reduction and internal fixation".

    An `exact` term counts where it is written just so, as abbreviations are; another wherever all its words occur.
    """

    term: str
    meaning: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """One corpus file in one edition, as parsed. `text` is what citations point into; `sections` tile it.

    `pages` is how many pages the file declares, where it has pages, and `places` where its words stand on them, packed
    as `parsing.places` does.
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

    def __post_init__(self) -> None:
        position = 0
        for section in self.sections:
            if section.start != position:
                raise ValueError(f"{self.id}: section {section.slug} starts at {section.start}, not at {position}")
            position = section.end
        if position != len(self.text):
            raise ValueError(f"{self.id}: the sections end at {position}, the text at {len(self.text)}")


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
        """What is embedded and searched: the context (title, headings) and the body."""
        body = self.body_text.strip()
        if not body:
            return ""
        return f"{self.context}. {body}" if self.context else body


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `about` is the code a follow-up refers to; `as_of` the date of service."""

    text: str
    limit: int = 5
    systems: tuple[str, ...] = ()
    as_of: datetime.date | None = None
    about: Code | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query. `score` orders this one list; the parts say what each search gave (0 = nothing).

    `axes` says how well the query supports the characters of the passage's code; None where its system is not compared
    so.
    """

    passage: Passage
    document: "DocumentInfo"
    score: float
    rank: int
    similarity: float = 0.0
    bm25: float = 0.0
    axes: float | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What the library tells of a document without its text."""

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


@dataclass(frozen=True, slots=True)
class Profile:
    """How all passages about one code stand to a query: their cosines, that of its description, and their terms."""

    similarities: tuple[float, ...]
    opening: float
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Citation:
    """A slice of a document's stored text: `text[start:end] == quote`, never a model's claim."""

    document_id: str
    document_title: str
    document_sha256: str
    edition: str | None
    passage_id: str
    section: str
    page: int | None
    start: int
    end: int
    quote: str
    location: str = ""

    def __post_init__(self) -> None:
        if not self.quote or len(self.quote) != self.end - self.start:
            raise ValueError("a citation quotes exactly the characters it points at")


@dataclass(frozen=True, slots=True)
class Statement:
    """A verbatim sentence of the documents, with its citation."""

    text: str
    citation: Citation

    def __post_init__(self) -> None:
        if self.text != self.citation.quote:
            raise ValueError("a statement is its citation's quote")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A code with the hits that speak for it. `score` orders one list and means nothing outside it."""

    code: Code
    title: str
    score: float
    hits: tuple[Hit, ...]
    distinction: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code for a coder's review, with calibrated `confidence` and at least one citation."""

    code: Code
    title: str
    confidence: float
    score: float
    distinction: str | None
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"{self.code} has no citation")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence} of {self.code} is no probability")


class RefusalReason(StrEnum):
    """Why nothing is answered."""

    OUT_OF_CORPUS = "out_of_corpus"
    CODE_NOT_IN_CORPUS = "code_not_in_corpus"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    EMPTY_LIBRARY = "empty_library"


@dataclass(frozen=True, slots=True)
class LibraryStamp:
    """Which state of which library answered."""

    generation: int
    embedding_model: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents support: statements and candidates, each cited."""

    query: str
    confidence: float
    statements: tuple[Statement, ...]
    candidates: tuple[Candidate, ...]
    library: LibraryStamp

    def __post_init__(self) -> None:
        if not self.statements and not self.candidates:
            raise ValueError("an answer holds a statement or a candidate; anything less is a refusal")


@dataclass(frozen=True, slots=True)
class NearestCode:
    """A code near a refused query: shown, not proposed."""

    code: Code
    title: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing is answered, and why, in one sentence for a person.

    `withheld` is the ranking that the gate kept back, for evaluation only.
    """

    query: str
    reason: RefusalReason
    message: str
    confidence: float
    nearest: tuple[NearestCode, ...]
    library: LibraryStamp
    withheld: tuple[Candidate, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class CodePage:
    """Everything the library says of one code: a statement list per section, empty where the documents say nothing.

    `siblings` are the other codes of its family or, in a code set, those that differ in the last character; `editions`
    the documents that are about the code, newest first.
    """

    code: Code
    title: str
    document: DocumentInfo
    fields: tuple[tuple[str, str, tuple[Statement, ...]], ...]
    siblings: tuple[NearestCode, ...] = ()
    editions: tuple[tuple[Code, DocumentInfo], ...] = ()


class Assertion(StrEnum):
    """What a note says of a procedure: only what was performed may be proposed."""

    PERFORMED = "performed"
    PLANNED = "planned"
    NEGATED = "negated"
    HISTORICAL = "historical"
    CONDITIONAL = "conditional"


class StatementOutcome(StrEnum):
    """What became of a statement of a note: it speaks for a candidate, nothing supports it, or it is no procedure."""

    CANDIDATES = "candidates"
    REFUSED = "refused"
    NOT_A_PROCEDURE = "not_a_procedure"


@dataclass(frozen=True, slots=True)
class NoteStatement:
    """A statement of a note: [start, end) of the note is `text`."""

    text: str
    start: int
    end: int
    section: str
    assertion: Assertion
    outcome: StatementOutcome

    def __post_init__(self) -> None:
        if not self.text or len(self.text) != self.end - self.start:
            raise ValueError("a statement is exactly the characters of the note that it points at")


@dataclass(frozen=True, slots=True)
class NoteEvidence:
    """The characters of a note that speak for a code, and the statement they stand in."""

    statement: int
    start: int
    end: int
    quote: str

    def __post_init__(self) -> None:
        if not self.quote or len(self.quote) != self.end - self.start:
            raise ValueError("evidence quotes exactly the characters of the note that it points at")


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a code's page asks a note to say, verbatim, and where the note says it; empty where it does not."""

    statement: Statement
    met_by: tuple[NoteEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteCandidate:
    """A candidate with the words of the note that speak for it, what the note fails to say, and what to heed."""

    candidate: Candidate
    evidence: tuple[NoteEvidence, ...]
    requirements: tuple[Requirement, ...] = ()
    cautions: tuple[Statement, ...] = ()

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError(f"{self.candidate.code} has no evidence in the note")


@dataclass(frozen=True, slots=True)
class RankedCode:
    """A code as a note's ranking has it, proposed or not: for evaluation only."""

    code: Code
    confidence: float
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the documents support for a note: each candidate tied to words of both.

    `nearest` are the codes that come next: shown, not proposed. `ranking` is for evaluation only.
    """

    statements: tuple[NoteStatement, ...]
    candidates: tuple[NoteCandidate, ...]
    nearest: tuple[NearestCode, ...]
    library: LibraryStamp
    ranking: tuple[RankedCode, ...] = ()

    def __post_init__(self) -> None:
        if not self.candidates:
            raise ValueError("a suggestion holds a candidate; anything less is a refusal")


@dataclass(frozen=True, slots=True)
class NoteRefusal:
    """Nothing is proposed for a note, and why; its statements are told all the same."""

    refusal: Refusal
    statements: tuple[NoteStatement, ...]
    ranking: tuple[RankedCode, ...] = ()
