"""Turns our values into the JSON that other programs rely on; the terminal's `--json` and HTTP send the same."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, assert_never

from assistant.errors import InputError
from assistant.types import (
    Answer,
    Candidate,
    Choice,
    Citation,
    CodePage,
    DocumentInfo,
    LibraryStamp,
    NoteCandidate,
    NoteEvidence,
    NoteRefusal,
    NoteStatement,
    Passage,
    Refusal,
    Statement,
    Suggestion,
    TableValue,
)
from assistant.types.codes import Code
from assistant.types.days import written_day
from assistant.types.findings import CodeEdits, Finding, Findings

if TYPE_CHECKING:
    from assistant.ingestion.road import Outcome
    from assistant.library import Difference, Listed

Json = dict[str, Any]

_CITATION_FIELDS = ("document_id", "document_sha256", "start", "end", "quote")


def response_body(response: Answer | Refusal) -> Json:
    """An answer or a refusal."""
    match response:
        case Answer():
            return {
                "kind": "answer",
                "query": response.query,
                "confidence": round(response.confidence, 4),
                "form": str(response.form),
                "wants": _named(response.wants),
                "verdict": _named(response.verdict),
                "choice": _choice(response.choice) if response.choice else None,
                "statements": [_statement(one) | {"role": str(one.role)} for one in response.statements],
                "values": [_value(value) for value in response.values],
                "candidates": [_candidate(candidate) for candidate in response.candidates],
                "library": stamp_body(response.library),
            }
        case Refusal():
            return {
                "kind": "refusal",
                "query": response.query,
                "reason": str(response.reason),
                "message": response.message,
                "confidence": round(response.confidence, 4),
                "language": response.language,
                "closest": [_statement(statement) for statement in response.closest],
                "nearest": [{"code": _code(near.code), "title": near.title} for near in response.nearest],
                "library": stamp_body(response.library),
            }
        case _:
            assert_never(response)


def suggestion_body(response: Suggestion | NoteRefusal, found: Findings | None = None) -> Json:
    """The proposals for a note with the findings on them, or a refusal; both carry the note's statements."""
    statements = [_note_statement(statement) for statement in response.statements]
    match response:
        case Suggestion():
            return {
                "kind": "suggestion",
                "statements": statements,
                "candidates": [_note_candidate(candidate) for candidate in response.candidates],
                "findings": [_finding(one) for one in found.findings] if found else [],
                "nearest": [{"code": _code(near.code), "title": near.title} for near in response.nearest],
                "library": stamp_body(response.library),
            }
        case NoteRefusal():
            return response_body(response.refusal) | {"statements": statements}
        case _:
            assert_never(response)


def document_body(document: DocumentInfo) -> Json:
    """What the library knows of a document."""
    return {
        "document_id": document.id,
        "title": document.title,
        "sha256": document.sha256,
        "source_name": document.source_name,
        "media_type": document.media_type,
        "edition": document.edition,
        "effective": written_day(document.effective),
        "expires": written_day(document.expires),
        "characters": document.characters,
        "passages": document.passages,
        "codes": document.codes,
        "generation": document.generation,
        "pages": document.pages,
        "kind": document.kind,
    }


def passage_body(passage: Passage) -> Json:
    """A passage as it is listed, without its text."""
    return {
        "passage_id": passage.id,
        "section": passage.section_title,
        "start": passage.start,
        "end": passage.end,
        "page": passage.page,
        "location": passage.location or None,
        "code": _code(passage.code) if passage.code else None,
        "searched": bool(passage.indexed_text),
    }


def listed_body(listed: "Listed") -> Json:
    """A document as it is listed."""
    return document_body(listed.document) | {
        "names": list(listed.names),
        "codes_found": listed.found,
        "warnings": list(listed.warnings),
    }


def difference_body(before: DocumentInfo, after: DocumentInfo, found: "Difference") -> Json:
    """The codes that one document adds to another, drops, or titles otherwise."""
    return {
        "before": {"document_id": before.id, "title": before.title, "edition": before.edition},
        "after": {"document_id": after.id, "title": after.title, "edition": after.edition},
        "added": [{"code": _code(code), "title": title} for code, title in found.added],
        "dropped": [{"code": _code(code), "title": title} for code, title in found.dropped],
        "changed": [{"code": _code(code), "before": was, "after": now} for code, was, now in found.changed],
    }


def findings_body(found: Findings) -> Json:
    """The findings on a claim, and what no document speaks of."""
    return {
        "kind": "findings",
        "findings": [_finding(one) for one in found.findings],
        "unchecked": list(found.unchecked),
        "library": stamp_body(found.library),
    }


def _finding(finding: Finding) -> Json:
    return {
        "severity": str(finding.severity),
        "rule": str(finding.rule),
        "codes": [str(code) for code in finding.codes],
        "message": finding.message,
        "citation": _citation(finding.citation) if finding.citation else None,
    }


def edits_body(found: CodeEdits) -> Json:
    """What the user's own edit tables say of a code."""
    return {
        "edits": [
            {
                "rule": str(edit.rule),
                "codes": [str(code) for code in edit.codes],
                "message": edit.message,
                "starts": written_day(edit.starts),
                "ends": written_day(edit.ends),
                "stands": edit.stands,
                "citation": _citation(edit.citation),
            }
            for edit in found.edits
        ],
        "edits_more": found.more,
    }


def page_body(page: CodePage) -> Json:
    """A code page: each field with its cited statements, null where the documents say nothing."""
    return {
        "code": _code(page.code),
        "title": page.title,
        "document": document_body(page.document),
        "fields": {
            section.replace("-", "_"): {"title": title, "statements": [_statement(s) for s in statements]}
            if statements
            else None
            for section, title, statements in page.fields
        },
        "siblings": [{"code": _code(near.code), "title": near.title} for near in page.siblings],
        "values": [_value(value) for value in page.values],
        "editions": [
            {"code": _code(code), "document_id": document.id, "document_title": document.title}
            for code, document in page.editions
        ],
        "also_named_in": [_statement(statement) for statement in page.named],
        "library": stamp_body(page.library),
    }


def outcome_body(outcome: "Outcome") -> Json:
    """What became of one file."""
    return {
        "file": outcome.source_name,
        "state": outcome.state,
        "progress": round(outcome.progress, 3),
        "document_id": outcome.document_id,
        "passages": outcome.passages,
        "codes": outcome.codes,
        "message": outcome.message,
        "warnings": list(outcome.warnings),
    }


def citations_in(body: object) -> Iterator[Citation]:
    """Every citation in a saved answer, wherever it stands. Raises InputError if one is not whole."""
    if isinstance(body, Mapping):
        if "quote" in body and "start" in body and "statement" not in body:
            yield _read_citation(body)
        else:
            for value in body.values():
                yield from citations_in(value)
    elif isinstance(body, Sequence) and not isinstance(body, str | bytes):
        for value in body:
            yield from citations_in(value)


def _read_citation(body: Mapping[str, Any]) -> Citation:
    missing = [name for name in _CITATION_FIELDS if name not in body]
    if missing:
        raise InputError(f"a citation of the saved answer lacks {', '.join(missing)}")
    try:
        return Citation(
            document_id=str(body["document_id"]),
            document_title=str(body.get("document_title", "")),
            document_sha256=str(body["document_sha256"]),
            edition=body.get("edition"),
            passage_id=str(body.get("passage_id", "")),
            section=str(body.get("section", "")),
            page=body.get("page"),
            start=int(body["start"]),
            end=int(body["end"]),
            quote=str(body["quote"]),
        )
    except (ValueError, TypeError) as error:
        raise InputError(f"a citation of the saved answer contradicts itself: {error}") from error


def _candidate(candidate: Candidate) -> Json:
    return {
        "code": _code(candidate.code),
        "title": candidate.title,
        "confidence": round(candidate.confidence, 4),
        "score": round(candidate.score, 4),
        "distinction": candidate.distinction,
        "differences": [
            {"from": _code(one.other), "here": ", ".join(one.here), "there": ", ".join(one.there)}
            for one in candidate.differences
        ],
        "citations": [_citation(citation) for citation in candidate.citations],
    }


def _choice(choice: Choice) -> Json:
    return {
        "level": choice.level,
        "codes": [str(code) for code in choice.codes],
        "question": choice.question,
        "answers": [{"text": one.text, "codes": [str(code) for code in one.codes]} for one in choice.answers],
    }


def _value(value: TableValue) -> Json:
    return {
        "code": _code(value.code),
        "column": value.column,
        "value": value.value,
        "meaning": value.meaning,
        "modifier": value.modifier or None,
        "citation": _citation(value.citation),
    }


def _named(value: StrEnum | None) -> str | None:
    return None if value is None else str(value)


def _note_statement(statement: NoteStatement) -> Json:
    return {
        "text": statement.text,
        "start": statement.start,
        "end": statement.end,
        "section": statement.section,
        "assertion": str(statement.assertion),
        "outcome": str(statement.outcome),
    }


def _note_candidate(found: NoteCandidate) -> Json:
    asked = [(asked, _statement(asked.statement)) for asked in found.requirements]
    return {
        **_candidate(found.candidate),
        "note_evidence": [_note_evidence(evidence) for evidence in found.evidence],
        "missing": [
            {"requirement": body["text"], "citation": body["citation"]} for each, body in asked if not each.met_by
        ],
        "met": [
            {
                "requirement": body["text"],
                "citation": body["citation"],
                "note_evidence": [_note_evidence(evidence) for evidence in each.met_by],
            }
            for each, body in asked
            if each.met_by
        ],
        "cautions": [_statement(caution) for caution in found.cautions],
    }


def _note_evidence(evidence: NoteEvidence) -> Json:
    return {
        "statement": evidence.statement,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
    }


def _statement(statement: Statement) -> Json:
    return {"text": statement.text, "citation": _citation(statement.citation)}


def _citation(citation: Citation) -> Json:
    return {
        "document_id": citation.document_id,
        "document_title": citation.document_title,
        "document_sha256": citation.document_sha256,
        "edition": citation.edition,
        "passage_id": citation.passage_id,
        "section": citation.section,
        "page": citation.page,
        "location": citation.location or None,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def _code(code: Code) -> Json:
    return {"system": code.system, "value": code.value, "edition": code.edition}


def stamp_body(stamp: LibraryStamp) -> Json:
    """The library that answered, and its state at that moment."""
    return {"generation": stamp.generation, "embedding_model": stamp.embedding_model}
