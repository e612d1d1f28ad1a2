"""The nouns of asking: a query, what is found for it, and the two outcomes: an answer or a refusal."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.types.codes import Code
from assistant.types.documents import DocumentInfo, Passage


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

    `axes` says how well the query supports the characters of the passage's code. It is None for a code system whose
    codes are not compared character by character.
    """

    passage: Passage
    document: DocumentInfo
    score: float
    rank: int
    similarity: float = 0.0
    bm25: float = 0.0
    axes: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """All passages about one code, as a query sees them: their cosines, the cosine of its description, their terms."""

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
    """The library that answered, and its state at that moment."""

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
