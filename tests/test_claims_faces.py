"""Findings as programs and people get them: JSON, the terminal, the answer to a question, the suggestion."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from claims import library_of
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from assistant.answering import Assistant
from assistant.claims import check, edits_of, read_claim
from assistant.faces import wire
from assistant.faces.http import bodies
from assistant.faces.http.app import create_app
from assistant.faces.terminal.printing import print_edits, print_findings
from assistant.ingestion.road import Ingestion
from assistant.settings import Settings
from assistant.types.codes import BUILT_IN, Code


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    made = library_of(tmp_path_factory.mktemp("claims"))
    yield made
    made.library.close()


def test_the_json_of_findings_is_the_contract_s(assistant: Assistant) -> None:
    claim = read_claim(["29881-RT", "29877", "99999"], ["29881=2"], ["M23.221"], None, BUILT_IN)
    body = wire.findings_body(check(assistant, claim))
    assert body.keys() == {"kind", "findings", "unchecked", "library"} and body["kind"] == "findings"
    assert all(one.keys() == {"severity", "rule", "codes", "message", "citation"} for one in body["findings"])
    assert {one["rule"] for one in body["findings"]} == {"pair", "units", "not_held"}
    shape = TypeAdapter(bodies.FindingsBody)
    assert shape.dump_python(shape.validate_python(body), mode="json") == body
    citations = list(wire.citations_in(json.loads(json.dumps(body))))
    assert len(citations) == 2 and assistant.verify(citations) == []


def test_findings_and_edits_in_a_terminal(assistant: Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    print_findings(check(assistant, read_claim(["29881", "29877"], [], [], None, BUILT_IN)))
    shown = capsys.readouterr().out
    assert shown.startswith("STOP  CPT:29877 is not payable with CPT:29881") and "Not checked:" in shown
    assert '"29881 | 29877 | 20120101 | * | 1 | Standards of practice"' in shown
    print_edits(edits_of(assistant, Code("CPT", "97110")))
    assert "(from 2015-01-01 until 2025-12-31, not in force)" in " ".join(capsys.readouterr().out.split())


def test_the_service_checks_a_claim(tmp_path: Path) -> None:
    assistant = library_of(tmp_path)
    settings = Settings()
    with TestClient(
        create_app(assistant, Ingestion(assistant.library, assistant.embedder, settings), settings)
    ) as client:
        body = {"codes": [{"code": "CPT:29881", "modifiers": ["RT"], "units": 1}, {"code": "29877"}]}
        answer = client.post("/v1/check", json=body | {"diagnoses": ["ICD-10-CM:M23.221"], "as_of": "2025-06-30"})
        assert answer.status_code == 200 and answer.json()["findings"][0]["codes"] == ["CPT:29881", "CPT:29877"]
        for bad, status in (
            ({"codes": []}, 400),
            ({"codes": [{"code": "hello"}]}, 400),
            ({"codes": [{"code": "29881", "modifiers": ["RTX"]}]}, 400),
            ({"codes": [{"code": "29881", "units": 0}]}, 400),
            ({"codes": [{"code": "29881", "units": "abc"}]}, 422),
            ({"codes": [{"code": "29881"}], "as_of": "yesterday"}, 422),
        ):
            refused = client.post("/v1/check", json=bad)
            assert refused.status_code == status and refused.json()["detail"], bad
        page = client.get("/v1/codes/CPT/29881").json()
        assert {"pair", "units", "modifier"} <= {edit["rule"] for edit in page["edits"]} and page["edits_more"] == 0
