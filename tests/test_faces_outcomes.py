"""Every form of an answer and of a refusal as programs get it; golden files say what they read."""

import json
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
from assistant.settings import Settings

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
