"""The nouns of asking: a query, what is found for it, and the two outcomes: an answer or a refusal."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.types.codes import Code
from assistant.types.documents import DocumentInfo, Passage

# More codes than a person can hold against each other are no choice, and more quotes than three no refusal.
_MOST_CHOSEN = 4
_MOST_CLOSEST = 3


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
    `key` is the passage's in the library (-1 = not known).

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
    key: int = -1


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


class Role(StrEnum):
    """What a statement does in an answer: it answers, settles a yes or no, or supports."""

    ANSWER = "answer"
    VERDICT = "verdict"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True)
class Statement:
    """A verbatim sentence of the documents, with its citation."""

    text: str
    citation: Citation
    role: Role = Role.SUPPORT

    def __post_init__(self) -> None:
        if self.text != self.citation.quote:
            raise ValueError("a statement is its citation's quote")


@dataclass(frozen=True, slots=True)
class Difference:
    """Words of the documents that a code has (`here`), and that one close to it has instead (`there`).

    One side may be silent. In words, '"metatarsal", where CPT:20970 says "iliac", "crest"'.
    """

    other: Code
    here: tuple[str, ...]
    there: tuple[str, ...]

    def __post_init__(self) -> None:
        if not (self.here or self.there):
            raise ValueError(f"nothing tells a code from {self.other}")

    def __str__(self) -> str:
        here, there = (", ".join(f'"{word}"' for word in words) for words in (self.here, self.there))
        if not here:
            return f"{self.other} says {there}, this does not"
        return f"{here}, where {self.other} " + (f"says {there}" if there else "does not")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A code with the hits that speak for it. `score` orders one list and means nothing outside it."""

    code: Code
    title: str
    score: float
    hits: tuple[Hit, ...]
    distinction: str | None = None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code for a coder's review, with calibrated `confidence` and at least one citation.

    `distinction` says its `differences` from close codes in words.
    """

    code: Code
    title: str
    confidence: float
    score: float
    distinction: str | None
    citations: tuple[Citation, ...]
    differences: tuple[Difference, ...] = ()

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


class Form(StrEnum):
    """What an answer puts first: one code, a choice of codes, or, with no code ahead of it, a rule or a value."""

    CODE = "code"
    CHOICE = "choice"
    RULE = "rule"
    VALUE = "value"


class Wants(StrEnum):
    """What a query is after. An aspect is one side of a code that it names, such as its modifiers."""

    CODE = "code"
    RULE = "rule"
    ASPECT = "aspect"
    VALUE = "value"
    YES_NO = "yes_no"


class Verdict(StrEnum):
    """How the documents settle a question that can be answered with yes or no."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class ChoiceAnswer:
    """An answer to a deciding question, and the codes that it leaves."""

    text: str
    codes: tuple[Code, ...]

    def __post_init__(self) -> None:
        if not self.text or not self.codes:
            raise ValueError("an answer to a deciding question has words, and leaves a code")


@dataclass(frozen=True, slots=True)
class Choice:
    """The fewest codes that hold the right one with probability `level`, and the question that decides among them."""

    level: float
    codes: tuple[Code, ...]
    question: str | None = None
    answers: tuple[ChoiceAnswer, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.level <= 1.0:
            raise ValueError(f"level {self.level} of a choice is no probability")
        offered = {code.bare for code in self.codes}
        if not 2 <= len(self.codes) <= _MOST_CHOSEN or len(offered) != len(self.codes):
            raise ValueError(f"a choice is among two to {_MOST_CHOSEN} codes, each named once")
        if bool(self.question) != bool(self.answers):
            raise ValueError("a deciding question comes with its answers, and answers with their question")
        if any(code.bare not in offered for answer in self.answers for code in answer.codes):
            raise ValueError("an answer to a deciding question leaves only codes of the choice")


@dataclass(frozen=True, slots=True)
class TableValue:
    """What a table gives for a code in one column, word for word; `meaning` is what the documents say it stands for.

    `modifier` is that of the row ("" for none)."""

    code: Code
    column: str
    value: str
    meaning: str | None
    citation: Citation
    modifier: str = ""

    def __post_init__(self) -> None:
        if not self.value or self.value not in self.citation.quote:
            raise ValueError(f"the value of {self.column} for {self.code} does not stand in its citation")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents support: statements, candidates and values, each cited.

    `form` says which of them comes first, `wants` what the query was read to be after; None where that is not known.
    """

    query: str
    confidence: float
    statements: tuple[Statement, ...]
    candidates: tuple[Candidate, ...]
    library: LibraryStamp
    form: Form = Form.CODE
    wants: Wants | None = None
    verdict: Verdict | None = None
    choice: Choice | None = None
    values: tuple[TableValue, ...] = ()

    def __post_init__(self) -> None:
        if not (self.statements or self.candidates or self.values):
            raise ValueError("an answer holds a statement, a candidate or a value; anything less is a refusal")
        if (self.form is Form.CHOICE) != (self.choice is not None):
            raise ValueError("an answer has the form of a choice exactly where it holds one")
        proposed = {candidate.code.bare for candidate in self.candidates}
        if self.choice is not None and any(code.bare not in proposed for code in self.choice.codes):
            raise ValueError("each code of a choice is among the candidates, which cite it")
        if self.verdict is not None and all(statement.role is not Role.VERDICT for statement in self.statements):
            raise ValueError("a verdict rests on a statement that settles it")


@dataclass(frozen=True, slots=True)
class NearestCode:
    """A code near a refused query: shown, not proposed."""

    code: Code
    title: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing is answered, and why, in one sentence for a person.

    `withheld` is the ranking that the gate kept back, for evaluation only. `closest` are the statements that come
    closest without answering; `language` is the query's (a tag such as "de") where the library cannot be asked in it.
    """

    query: str
    reason: RefusalReason
    message: str
    confidence: float
    nearest: tuple[NearestCode, ...]
    library: LibraryStamp
    withheld: tuple[Candidate, ...] = field(default=())
    closest: tuple[Statement, ...] = ()
    language: str | None = None

    def __post_init__(self) -> None:
        if len(self.closest) > _MOST_CLOSEST:
            raise ValueError(f"a refusal shows at most {_MOST_CLOSEST} statements, not {len(self.closest)}")


@dataclass(frozen=True, slots=True)
class CodePage:
    """Everything the library says of one code: a statement list per section, empty where the documents say nothing.

    `siblings` are the other codes of its family or, in a code set, those that differ in the last character; `values` is
    what tables give for it, table by table and row by row; `editions` the documents that are about the code, newest
    first; `named` what other documents say where they name it. A code that is only named has no title.
    """

    code: Code
    title: str
    document: DocumentInfo
    library: LibraryStamp
    fields: tuple[tuple[str, str, tuple[Statement, ...]], ...]
    siblings: tuple[NearestCode, ...] = ()
    values: tuple[TableValue, ...] = ()
    editions: tuple[tuple[Code, DocumentInfo], ...] = ()
    named: tuple[Statement, ...] = ()
