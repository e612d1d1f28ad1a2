"""Every form of an answer and of a refusal as programs and people get it; golden files say how it looks."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, source
from outcomes import OUTCOMES
from pydantic import TypeAdapter
from starters import CORPUS

from assistant.answering import Assistant
from assistant.faces import wire
from assistant.faces.http import bodies
from assistant.faces.terminal.printing import print_answer, print_refusal
from assistant.settings import Settings
from assistant.types import Answer, Form, Refusal

GOLDEN = Path(__file__).parent / "data" / "golden" / "outcomes"
EACH = pytest.mark.parametrize("name", OUTCOMES)


def assert_golden(name: str, found: str, regenerate: bool) -> None:
    golden = GOLDEN / name
    if regenerate:
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@EACH
def test_the_json_of_an_outcome(name: str, regenerate: bool) -> None:
    body = wire.response_body(OUTCOMES[name])
    assert_golden(f"{name}.json", json.dumps(body, indent=1, ensure_ascii=False) + "\n", regenerate)
    # Nothing is lost on the way through the shapes that the OpenAPI document is made from, and none is missing there.
    shape = TypeAdapter(bodies.AskResponse)
    assert shape.dump_python(shape.validate_python(body), mode="json") == body


def test_saved_outcomes_are_verified_statement_by_statement(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    pages = [source(path.name, path.read_text()) for path in sorted((CORPUS / "cpt").glob("209[57]*.md"))]
    ingestion(library).add(pages)
    assistant = Assistant(library, FakeEmbedder(), Settings())
    for name, outcome in OUTCOMES.items():
        citations = list(wire.citations_in(json.loads(json.dumps(wire.response_body(outcome)))))
        assert len(citations) >= (0 if name == "language" else 2), name
        # The table of the value is no document of this library.
        wrong = assistant.verify(citations)
        assert len(wrong) == (name == "value") and all("fees-2025" in line for line in wrong), name
    saved = wire.response_body(OUTCOMES["refusal"])
    saved["closest"][1]["citation"]["quote"] = "The covering skin remains on the hand."
    (told,) = assistant.verify(list(wire.citations_in(saved)))
    assert "cpt-20957-2025" in told


def print_outcome(outcome: Answer | Refusal) -> None:
    match outcome:
        case Answer():
            print_answer(outcome)
        case Refusal():
            print_refusal(outcome)


@EACH
def test_the_terminal_says_what_answers_first(
    name: str, regenerate: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_outcome(OUTCOMES[name])
    assert_golden(f"{name}.txt", capsys.readouterr().out, regenerate)


@EACH
def test_an_outcome_fits_a_narrow_terminal(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_outcome(OUTCOMES[name])
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 44 and "\033" not in shown


def test_a_code_heads_no_answer_that_is_after_something_else(capsys: pytest.CaptureFixture[str]) -> None:
    """Where what is wanted is not known, a code must be more likely right than wrong to come first."""
    known = OUTCOMES["code"]
    assert isinstance(known, Answer)
    unsure = tuple(replace(candidate, confidence=0.3) for candidate in known.candidates)
    for answer, headed in (
        (known, True),
        (replace(known, candidates=unsure), True),
        (replace(known, wants=None), True),
        (replace(known, wants=None, candidates=unsure), False),
        (replace(known, form=Form.RULE), False),
        (replace(known, candidates=()), False),
    ):
        print_answer(answer)
        assert capsys.readouterr().out.startswith("CPT:20972") is headed, answer
