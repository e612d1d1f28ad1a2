"""The shapes of HTTP bodies, from which the OpenAPI document is generated."""

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Confidence = Annotated[float, Field(ge=0, le=1)]


class AskBody(BaseModel):
    """A question. Only `query` is required; `about` is the code that a follow-up is about."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1)
    limit: int = Field(default=5, ge=1, le=50)
    systems: list[str] = []
    as_of: datetime.date | None = None
    about: str | None = Field(default=None, examples=["CPT:20972"])


class CodeBody(BaseModel):
    system: str
    value: str
    edition: str | None


class CitationBody(BaseModel):
    """A slice of a document's stored text: characters start to end of `/v1/documents/{id}/text` are the quote."""

    document_id: str
    document_title: str
    document_sha256: str
    edition: str | None
    passage_id: str
    section: str
    page: int | None
    location: str | None
    start: int
    end: int
    quote: str


class StatementBody(BaseModel):
    text: str
    citation: CitationBody


class CandidateBody(BaseModel):
    code: CodeBody
    title: str
    confidence: Confidence
    score: float
    distinction: str | None
    citations: list[CitationBody]


class StampBody(BaseModel):
    generation: int
    embedding_model: str


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


class AnswerBody(BaseModel):
    kind: Literal["answer"]
    query: str
    confidence: Confidence
    statements: list[StatementBody]
    candidates: list[CandidateBody]
    library: StampBody


class RefusalBody(BaseModel):
    kind: Literal["refusal"]
    query: str
    reason: Literal["out_of_corpus", "code_not_in_corpus", "not_enough_evidence", "empty_library"]
    message: str
    confidence: Confidence
    nearest: list[NearestBody]
    library: StampBody


AskResponse = Annotated[AnswerBody | RefusalBody, Field(discriminator="kind")]


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


class DocumentsBody(BaseModel):
    documents: list[DocumentBody]
    library: StampBody
    certificate: CertificateBody | None = None


class RemovedBody(BaseModel):
    document_id: str
    passages_removed: int
    generation: int


class FieldBody(BaseModel):
    title: str
    statements: list[StatementBody]


class CodePageBody(BaseModel):
    code: CodeBody
    title: str
    document: DocumentBody
    fields: dict[str, FieldBody | None]
    library: StampBody


class JobStarted(BaseModel):
    job: str


class OutcomeBody(BaseModel):
    file: str
    state: Literal["added", "updated", "unchanged", "removed", "failed"]
    document_id: str | None
    passages: int
    codes: int
    message: str | None
    warnings: list[str]


class JobBody(BaseModel):
    """An upload's state; `progress` runs from 0 to 1."""

    job: str
    state: Literal["queued", "running", "done", "failed"]
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
