"""The shapes of codes, citations and findings, which the other bodies hold, and of a claim."""

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

RuleName = Literal["pair", "units", "add_on", "modifier", "diagnosis", "in_force", "not_held"]


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


class StampBody(BaseModel):
    generation: int
    embedding_model: str


class ClaimLineBody(BaseModel):
    """A code of a claim, its modifiers beside it or behind it (`29881-RT`), and its units."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, examples=["CPT:29881"])
    modifiers: list[str] = Field(default=[], max_length=20, examples=[["RT"]])
    units: int = 1


class CheckBody(BaseModel):
    """What was done for one patient on one day. Only `codes` is required."""

    model_config = ConfigDict(extra="forbid")

    codes: list[ClaimLineBody] = Field(max_length=500)
    diagnoses: list[str] = Field(default=[], max_length=500, examples=[["ICD-10-CM:M23.221"]])
    as_of: datetime.date | None = None


class FindingBody(BaseModel):
    """What the library's documents say of a claim. Only a code that none of them holds has no citation."""

    severity: Literal["stop", "ask", "note"]
    rule: RuleName
    codes: list[str] = Field(min_length=1, examples=[["CPT:29881", "CPT:29877"]])
    message: str
    citation: CitationBody | None


class FindingsBody(BaseModel):
    """The findings, the gravest first; `unchecked` says what no document speaks of."""

    kind: Literal["findings"]
    findings: list[FindingBody]
    unchecked: list[str]
    library: StampBody


class EditBody(BaseModel):
    """A row of the library's edit tables about a code; `stands` says whether it holds on the day asked for."""

    rule: RuleName
    codes: list[str]
    message: str
    starts: datetime.date | None
    ends: datetime.date | None
    stands: bool
    citation: CitationBody
