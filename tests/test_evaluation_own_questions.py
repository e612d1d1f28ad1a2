"""Tables whose rows are cited by what the questions hide are calibrated too, and no question stops the others."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant, Considered
from assistant.calibration import read_certificate, written
from assistant.errors import UnknownDocument
from assistant.evaluation.certifying import calibrate_itself, judge_own, own_questions
from assistant.retrieval.snapshot import Snapshot
from assistant.settings import Settings
from assistant.types import Query

FEES = ("HCPCS,Short Description,Fee", *(f"A{n:04d},Crutch of kind {n} and size {n % 7},{n}.00" for n in range(1, 25)))


def over(folder: Path, name: str, data: bytes) -> Assistant:
    library = open_library(folder / "library")
    (outcome,) = ingestion(library).add([source(name, data)])
    assert outcome.state == "added"
    return Assistant(library, FakeEmbedder(), Settings())


def calibrated(assistant: Assistant, fewest: int) -> None:
    certificate = calibrate_itself(assistant)
    assert certificate is not None and certificate.queries + certificate.left_out >= fewest
    assert certificate.left_out == 0
    assert assistant.rule().certificate == certificate


def test_two_rows_of_one_code_are_calibrated(shared_data: Path, tmp_path: Path) -> None:
    """Undotted ICD-10-CM codes, each with a second row: the row that is hidden is the one that names its code."""
    calibrated(over(tmp_path, "cover.csv", (shared_data / "cases" / "calib2" / "cover.csv").read_bytes()), 40)


def test_the_public_hcpcs_file_is_calibrated(shared_data: Path, tmp_path: Path) -> None:
    name = "hcpcs_level2_OCT2025_long_descriptions.csv"
    with (shared_data / "code-sets" / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    short = tmp_path / name
    with short.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([rows[0], *rows[1:: len(rows) // 50]])  # fmt: skip
    calibrated(over(tmp_path, name, short.read_bytes()), 100)


def test_a_fee_schedule_is_calibrated(tmp_path: Path) -> None:
    calibrated(over(tmp_path, "fees.csv", "\n".join(FEES).encode()), 50)


def test_a_question_that_cannot_be_judged_is_counted_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = over(tmp_path, "fees.csv", "\n".join(FEES).encode())
    considered = assistant.considered
    asked: list[str] = []

    def broken(query: Query, snapshot: Snapshot) -> Considered | None:
        asked.append(query.text)
        if len(asked) % 10 == 3:
            raise UnknownDocument("what would be cited is hidden")
        return considered(query, snapshot)

    with assistant.snapshot() as snapshot:
        questions = own_questions(assistant, snapshot, 40)
        whole, none = judge_own(assistant, snapshot, questions)
        monkeypatch.setattr(assistant, "considered", broken)
        judged, left_out = judge_own(assistant, snapshot, questions)
    assert none == 0 and left_out == sum(n % 10 == 3 for n in range(1, len(questions) + 1)) > 0
    assert judged == [item for n, item in enumerate(whole, start=1) if n % 10 != 3]
    asked.clear()
    certificate = calibrate_itself(assistant, again=True)
    assert certificate is not None and certificate.left_out > 0
    assert f"({certificate.left_out} more could not be judged)" in assistant.rule().message
    assert read_certificate(written(certificate)) == certificate


def test_a_certificate_is_of_one_state_though_documents_come_and_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assistant = over(tmp_path, "fees.csv", "\n".join(FEES).encode())
    before = assistant.library.stamp.generation
    watched: list[int] = []

    def change(done: int, of: int) -> None:
        watched.append(done)
        if done in (1, 20):
            assistant.library.store.remove_document(assistant.library.store.documents()[0].id)
            ingestion(assistant.library).add([source(f"{done}.md", page(f"2097{done % 9}", "femoral"))])

    undisturbed: Sequence[object] = ()
    with assistant.snapshot() as snapshot:
        questions = own_questions(assistant, snapshot)
        undisturbed, _ = judge_own(assistant, snapshot, questions)
    certificate = calibrate_itself(assistant, watch=change)
    assert certificate is not None and len(watched) == len(undisturbed) == certificate.queries
    assert certificate.generation == before < assistant.library.stamp.generation
    assert not assistant.rule().valid, "it is of a state that is gone"
