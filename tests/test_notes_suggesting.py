"""From a note to candidates with evidence on both sides, with the packaged model, over a small corpus of our own."""

import datetime
from collections.abc import Iterator

import pytest
from surgery import write_corpus

from assistant.answering import Assistant
from assistant.embedding import OnnxEmbedder
from assistant.errors import InputError
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.notes.suggesting import LONGEST_NOTE, suggest
from assistant.settings import Settings
from assistant.types import (
    Assertion,
    Citation,
    NoteRefusal,
    Query,
    RefusalReason,
    StatementOutcome,
    Suggestion,
)

ANY = Query("", limit=10)
NOTE = """PREOPERATIVE DIAGNOSIS: Acute appendicitis. Status post left carpal tunnel release.
PROCEDURE PERFORMED: Laparoscopic appendectomy.
ANESTHESIA: General.
DESCRIPTION OF PROCEDURE: Three ports were placed and the camera was put in. The base of the appendix was stapled and
it was pulled out in a bag through the port. No carpal tunnel release was done. Counts were correct.
PLAN: Release of the median nerve at the wrist in six weeks.
"""
FOREIGN = """PROCEDURE: Cataract extraction with lens implant, right eye.
DESCRIPTION: A clear corneal wound was made. The nucleus was emulsified and a foldable lens placed in the capsular bag.
"""


@pytest.fixture(scope="module")
def assistant(
    tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder, settings: Settings
) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("suggesting")
    library = Library(
        folder / "library",
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        create=True,
    )
    Ingestion(library, embedder, settings).index([write_corpus(folder / "corpus")])
    yield Assistant(library, embedder, settings)
    library.close()


@pytest.fixture(scope="module")
def suggestion(assistant: Assistant) -> Suggestion:
    found = suggest(assistant, NOTE, ANY)
    assert isinstance(found, Suggestion)
    return found


def test_the_operation_of_the_note_is_proposed_first(suggestion: Suggestion) -> None:
    assert str(suggestion.candidates[0].candidate.code) == "CPT:44970"


def test_what_was_planned_denied_or_done_before_is_not_proposed(suggestion: Suggestion) -> None:
    assert "CPT:64721" not in {str(found.candidate.code) for found in suggestion.candidates}


def test_a_code_is_proposed_once(suggestion: Suggestion) -> None:
    codes = [found.candidate.code for found in suggestion.candidates]
    assert len(codes) == len(set(codes))


def test_evidence_and_statements_are_slices_of_the_note(suggestion: Suggestion) -> None:
    for statement in suggestion.statements:
        assert NOTE[statement.start : statement.end] == statement.text
    assert len(suggestion.statements) > 5
    for found in suggestion.candidates:
        assert found.evidence
        for evidence in found.evidence:
            assert NOTE[evidence.start : evidence.end] == evidence.quote
            stated = suggestion.statements[evidence.statement]
            assert stated.start <= evidence.start < evidence.end <= stated.end
            assert stated.assertion is Assertion.PERFORMED


def test_every_citation_stands_in_the_library(assistant: Assistant, suggestion: Suggestion) -> None:
    cited: list[Citation] = []
    for found in suggestion.candidates:
        cited += found.candidate.citations
        cited += [asked.statement.citation for asked in found.requirements]
        cited += [caution.citation for caution in found.cautions]
        assert any(found.candidate.code.value in citation.quote for citation in found.candidate.citations)
    assert len(cited) > 3
    assert assistant.verify(cited) == []


def test_statements_tell_what_became_of_them(suggestion: Suggestion) -> None:
    told = {statement.text.split()[0]: statement for statement in suggestion.statements}
    assert told["Status"].assertion is Assertion.HISTORICAL
    assert told["No"].assertion is Assertion.NEGATED
    assert told["Release"].assertion is Assertion.PLANNED
    assert told["The"].outcome is StatementOutcome.CANDIDATES
    assert told["Counts"].outcome is StatementOutcome.NOT_A_PROCEDURE


def test_the_documentation_that_the_note_lacks_is_listed_verbatim(suggestion: Suggestion) -> None:
    first = suggestion.candidates[0]
    missing = [asked.statement.text for asked in first.requirements if not asked.met_by]
    assert any("burst" in text for text in missing)


def test_an_operation_that_the_documents_do_not_hold_is_refused(assistant: Assistant) -> None:
    found = suggest(assistant, FOREIGN, ANY)
    assert isinstance(found, NoteRefusal)
    assert found.refusal.reason in (RefusalReason.OUT_OF_CORPUS, RefusalReason.NOT_ENOUGH_EVIDENCE)
    assert found.refusal.query == "" and found.statements
    assert any(statement.outcome is StatementOutcome.REFUSED for statement in found.statements)


def test_another_code_system_is_kept_to(assistant: Assistant, suggestion: Suggestion) -> None:
    assert {item.code.system for item in suggestion.ranking} == {"CPT", "HCPCS"}, "both are considered otherwise"
    found = suggest(assistant, NOTE, Query("", systems=("CPT",)))
    assert isinstance(found, Suggestion) and {item.code.system for item in found.ranking} == {"CPT"}
    assert {proposed.candidate.code.system for proposed in found.candidates} == {"CPT"}
    # The operation of the note has no code among supplies.
    found = suggest(assistant, NOTE, Query("", systems=("HCPCS",)))
    assert isinstance(found, NoteRefusal) and {item.code.system for item in found.ranking} == {"HCPCS"}


@pytest.mark.parametrize(("year", "edition"), [(2025, "2025"), (2026, "2026")])
def test_the_edition_of_the_day_of_service_is_cited(assistant: Assistant, year: int, edition: str) -> None:
    found = suggest(assistant, NOTE, Query("", as_of=datetime.date(year, 6, 1)))
    assert isinstance(found, Suggestion)
    cited = {citation.passage_id.split("#")[0] for citation in found.candidates[0].candidate.citations}
    assert cited == {f"cpt-44970-{edition}"}


def test_a_day_before_every_edition_has_no_code(assistant: Assistant) -> None:
    found = suggest(assistant, NOTE, Query("", as_of=datetime.date(2024, 6, 1)))
    assert isinstance(found, NoteRefusal) and found.ranking == ()


@pytest.mark.parametrize("note", ["", "  \n ", "x" * (LONGEST_NOTE + 1)])
def test_an_unusable_note_is_an_error_without_its_words(assistant: Assistant, note: str) -> None:
    with pytest.raises(InputError) as raised:
        suggest(assistant, note, ANY)
    assert "xx" not in str(raised.value)


def test_a_note_of_nothing_but_routine_is_refused(assistant: Assistant) -> None:
    found = suggest(assistant, "The patient was placed supine. Counts were correct.", ANY)
    assert isinstance(found, NoteRefusal)


def test_a_long_note_works(assistant: Assistant) -> None:
    long = NOTE + "DESCRIPTION: " + "The base of the appendix was stapled and sealed with care and patience. " * 300
    found = suggest(assistant, long, ANY)
    assert isinstance(found, Suggestion)
    assert str(found.candidates[0].candidate.code) == "CPT:44970"


def test_the_same_note_gives_the_same(assistant: Assistant, suggestion: Suggestion) -> None:
    assert suggest(assistant, NOTE, ANY) == suggestion
