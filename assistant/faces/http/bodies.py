"""The shapes of HTTP bodies, from which the OpenAPI document is generated."""

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.faces.http.cited_bodies import (
    CheckBody,
    CitationBody,
    CodeBody,
    EditBody,
    FindingBody,
    FindingsBody,
    StampBody,
)
from assistant.types import DocumentKind

__all__ = ["CheckBody", "CitationBody", "CodeBody", "EditBody", "FindingBody", "FindingsBody", "StampBody"]

Confidence = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class AskBody(BaseModel):
    """A question. Only `query` is required; `about` is the code that a follow-up is about."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1)
    limit: int = Field(default=5, ge=1, le=50)
    systems: list[str] = []
    as_of: datetime.date | None = None
    about: str | None = Field(default=None, examples=["CPT:20972"])


class StatementBody(BaseModel):
    text: str
    citation: CitationBody


class ToldApartBody(BaseModel):
    """Words of the documents that tell a code from one close to it; "" for the side that says nothing of its own."""

    other: CodeBody = Field(alias="from")
    here: str
    there: str


class AnswerStatementBody(StatementBody):
    """What a statement does in its answer: it answers, settles a yes or no, or supports."""

    role: Literal["answer", "verdict", "support"]


class CandidateBody(BaseModel):
    code: CodeBody
    title: str
    confidence: Confidence
    score: float
    distinction: str | None
    differences: list[ToldApartBody]
    citations: list[CitationBody]


class CertificateBody(BaseModel):
    risk: float
    level: float
    threshold: float
    set: str
    queries: int
    answered: int
    wrong: int
    bound: float
    coverage: float
    generation: int
    embedding_model: str
    made: str
    met: bool
    valid: bool
    in_force: float
    message: str


class ReadyBody(StampBody):
    certificate: CertificateBody | None


class NearestBody(BaseModel):
    code: CodeBody
    title: str


class ChoiceAnswerBody(BaseModel):
    """An answer to the deciding question, and the codes that it leaves."""

    text: str
    codes: list[str] = Field(min_length=1, examples=[["CPT:20972"]])


class ChoiceBody(BaseModel):
    """The fewest codes that hold the right one with probability `level`, and the question that decides among them."""

    level: Annotated[float, Field(gt=0, le=1)]
    codes: list[str] = Field(min_length=2, max_length=4, examples=[["CPT:20957", "CPT:20972"]])
    question: str | None
    answers: list[ChoiceAnswerBody]


class ValueBody(BaseModel):
    """What a table gives for a code in one column, word for word, and what the documents say it stands for."""

    code: CodeBody
    column: str
    value: str
    meaning: str | None
    modifier: str | None
    citation: CitationBody


class AnswerBody(BaseModel):
    """`form` says what comes first: the first candidate, a choice, or, with no headline code, a rule or a value.

    `wants` is what the query was read to be after, `verdict` how the documents settle a yes or no.
    """

    kind: Literal["answer"]
    query: str
    confidence: Confidence
    form: Literal["code", "choice", "rule", "value"]
    wants: Literal["code", "rule", "aspect", "value", "yes_no"] | None
    verdict: Literal["yes", "no"] | None
    choice: ChoiceBody | None
    statements: list[AnswerStatementBody]
    values: list[ValueBody]
    candidates: list[CandidateBody]
    library: StampBody


class RefusalBody(BaseModel):
    """`closest` is the closest that the documents come, not an answer.

    `language` is the query's, where the library cannot be asked in it.
    """

    kind: Literal["refusal"]
    query: str
    reason: Literal["out_of_corpus", "code_not_in_corpus", "not_enough_evidence", "empty_library"]
    message: str
    confidence: Confidence
    language: str | None
    closest: list[StatementBody] = Field(max_length=3)
    nearest: list[NearestBody]
    library: StampBody


AskResponse = Annotated[AnswerBody | RefusalBody, Field(discriminator="kind")]


class SuggestBody(BaseModel):
    """An operative note. Only `note` is required."""

    model_config = ConfigDict(extra="forbid")

    note: str = Field(min_length=1)
    limit: int = Field(default=10, ge=1, le=50)
    systems: list[str] = []
    as_of: datetime.date | None = None


class NoteStatementBody(BaseModel):
    """A statement of the note: characters start to end are its text."""

    text: str
    start: int
    end: int
    section: str
    assertion: Literal["performed", "planned", "negated", "historical", "conditional"]
    outcome: Literal["candidates", "refused", "not_a_procedure"]


class NoteEvidenceBody(BaseModel):
    """Characters start to end of the note, and the number (from 0) of the statement that holds them."""

    statement: int
    start: int
    end: int
    quote: str


class MissingBody(BaseModel):
    """What a code's page asks a note to say, and this note does not say."""

    requirement: str
    citation: CitationBody


class MetBody(MissingBody):
    """What a code's page asks a note to say, and where this note says it."""

    note_evidence: list[NoteEvidenceBody]


class NoteCandidateBody(CandidateBody):
    note_evidence: list[NoteEvidenceBody]
    missing: list[MissingBody]
    met: list[MetBody]
    cautions: list[StatementBody]


class SuggestionBody(BaseModel):
    """Candidates for a note; `nearest` are the codes that come next, shown and not proposed."""

    kind: Literal["suggestion"]
    statements: list[NoteStatementBody]
    candidates: list[NoteCandidateBody]
    findings: list[FindingBody]
    nearest: list[NearestBody]
    library: StampBody


class NoteRefusalBody(RefusalBody):
    """A refusal that tells the statements of the note; its `query` is empty."""

    statements: list[NoteStatementBody]


SuggestResponse = Annotated[SuggestionBody | NoteRefusalBody, Field(discriminator="kind")]


class DocumentBody(BaseModel):
    document_id: str
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
    pages: int | None
    kind: DocumentKind | None


class BoxBody(BaseModel):
    """A box on a page, in shares of its width and height from the top left corner."""

    page: int
    x0: Share
    y0: Share
    x1: Share
    y1: Share


class BoxesBody(BaseModel):
    """The places of a part of a document's text on its pages; empty for a document without pages."""

    boxes: list[BoxBody]


class PassageBody(BaseModel):
    """A passage: characters start to end of the document's text; `searched` is false if it is only stored."""

    passage_id: str
    section: str
    start: int
    end: int
    page: int | None
    location: str | None
    code: CodeBody | None
    searched: bool


class PassagesBody(BaseModel):
    document_id: str
    passages: list[PassageBody]


class ListedBody(DocumentBody):
    """`names` are all files that hold the document; `codes_found` counts the codes it is about or names."""

    names: list[str]
    codes_found: int
    warnings: list[str]


class DocumentsBody(BaseModel):
    documents: list[ListedBody]
    library: StampBody
    certificate: CertificateBody | None = None


class ComparedBody(BaseModel):
    document_id: str
    title: str
    edition: str | None


class TitledBody(BaseModel):
    code: CodeBody
    title: str


class ChangedBody(BaseModel):
    code: CodeBody
    before: str
    after: str


class DifferenceBody(BaseModel):
    before: ComparedBody
    after: ComparedBody
    added: list[TitledBody]
    dropped: list[TitledBody]
    changed: list[ChangedBody]


class RemovedBody(BaseModel):
    document_id: str
    passages_removed: int
    generation: int


class FieldBody(BaseModel):
    title: str
    statements: list[StatementBody]


class EditionBody(BaseModel):
    """A document that is about the code."""

    code: CodeBody
    document_id: str
    document_title: str


class CodePageBody(BaseModel):
    code: CodeBody
    title: str
    document: DocumentBody
    fields: dict[str, FieldBody | None]
    siblings: list[NearestBody]
    values: list[ValueBody]
    editions: list[EditionBody]
    also_named_in: list[StatementBody]
    edits: list[EditBody]
    edits_more: int
    library: StampBody


class JobStarted(BaseModel):
    job: str


class OutcomeBody(BaseModel):
    file: str
    state: Literal["waiting", "running", "added", "updated", "unchanged", "removed", "failed", "cancelled"]
    progress: Annotated[float, Field(ge=0, le=1)]
    document_id: str | None
    passages: int
    codes: int
    message: str | None
    warnings: list[str]


class EvaluationBody(BaseModel):
    """The evaluation set to score, by name; without `split`, its test split or, if it has none, all of it."""

    model_config = ConfigDict(extra="forbid")

    set: str = Field(min_length=1, examples=["starter"])
    split: str | None = None


class EvaluationSetBody(BaseModel):
    name: str
    queries: int


class EvaluationSetsBody(BaseModel):
    sets: list[EvaluationSetBody]


class JobBody(BaseModel):
    """An upload's or evaluation's state; `progress` runs from 0 to 1."""

    job: str
    kind: Literal["upload", "evaluation"]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: Annotated[float, Field(ge=0, le=1)]
    outcomes: list[OutcomeBody]
    message: str | None


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Health(BaseModel):
    status: Literal["ok"]
