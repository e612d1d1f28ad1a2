"""A question for a value is answered by a cell: its column, its value, its row; refused where no cell says it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from parsing_support import DATA

from assistant.answering import Assistant
from assistant.embedding import OnnxEmbedder
from assistant.faces import wire
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.settings import Settings
from assistant.types import Answer, Form, Query, Refusal, RefusalReason

# Of the questions over each table, so many are answered or refused rightly.
LEAST = {
    "larkspur-prior-auth-2026": 6,
    "unit-limits-2026-q1": 4,
    "riverbend-price-list": 6,
    "drug-units": 3,
    "imaging-fees-2026": 1,
}
Build = Callable[..., Assistant]
VALUES = DATA / "values"
FEES = (
    "HCPCS,MOD,Description,Global days,Work RVU,Assistant allowed,Prior authorization\n"
    "27447,,Total knee replacement,090,19.60,yes,required\n"
    "29881,,Knee scope with meniscus trimming,090,7.03,no,not required\n"
    "76942,,Ultrasound guidance for a needle,XXX,0.67,no,not required\n"
    "76942,26,Ultrasound guidance for a needle,XXX,0.41,no,not required\n"
    "76942,TC,Ultrasound guidance for a needle,XXX,0.26,no,\n"
)
KEY = "# Key\n\n## Global days\n\n090 = Major surgery with ninety days of aftercare.\nXXX = No global period.\n"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder, settings: Settings) -> Build:
    """Makes an assistant over some files, given by name and text, or by path."""

    def make(*paths: Path, **texts: str) -> Assistant:
        folder = tmp_path_factory.mktemp("values")
        for name, text in texts.items():
            (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
        library = Library(
            folder / "library", model=embedder.name, fingerprint=embedder.fingerprint, dimension=embedder.dimension,
            create=True,
        )  # fmt: skip
        written = [folder / name.replace("_", ".") for name in texts]
        outcomes = Ingestion(library, embedder, settings).index([*written, *paths])
        assert all(outcome.state == "added" for outcome in outcomes), outcomes
        return Assistant(library, embedder, settings)

    return make


@pytest.fixture(scope="module")
def fees(build: Build) -> Assistant:
    return build(fees_csv=FEES, key_md=KEY)


def values(assistant: Assistant, text: str) -> list[tuple[str, str, str]]:
    """(column, value, modifier) of what is answered; every citation stands, and holds its value."""
    response = assistant.ask(Query(text))
    if isinstance(response, Refusal):
        assert response.reason is RefusalReason.NOT_ENOUGH_EVIDENCE
        return []
    assert assistant.verify([value.citation for value in response.values]) == []
    assert (response.form is Form.VALUE) == bool(response.values)
    return [(value.column, value.value, value.modifier) for value in response.values]


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("global period of 27447", "Global days", "090"),
        ("what is the work RVU of 29881", "Work RVU", "7.03"),
        ("does 27447 need prior authorization", "Prior authorization", "required"),
        ("is an assistant allowed for the knee meniscus scope", "Assistant allowed", "no"),
        ("total work RVU 27447", "Work RVU", "19.60"),
    ],
)
def test_the_cell_of_the_column_that_is_asked_for(fees: Assistant, text: str, column: str, value: str) -> None:
    assert values(fees, text) == [(column, value, "")]


def test_the_row_is_quoted_whole_and_the_value_is_explained_by_a_key(fees: Assistant) -> None:
    response = fees.ask(Query("Global period of 27447"))
    assert isinstance(response, Answer)
    assert response.statements[0].text == "27447,,Total knee replacement,090,19.60,yes,required"
    assert response.values[0].meaning == "Major surgery with ninety days of aftercare."
    assert "090 = Major surgery with ninety days of aftercare." in {one.text for one in response.statements}
    body = wire.response_body(response)
    assert (body["form"], body["values"][0]["column"], body["values"][0]["value"]) == ("value", "Global days", "090")


def test_rows_with_modifiers_are_told_apart(fees: Assistant) -> None:
    assert values(fees, "work RVU of 76942-26") == [("Work RVU", "0.41", "26")]
    assert values(fees, "work RVU of 76942 with modifier TC") == [("Work RVU", "0.26", "TC")]
    every = [("Work RVU", "0.67", ""), ("Work RVU", "0.41", "26"), ("Work RVU", "0.26", "TC")]
    assert values(fees, "work RVU of 76942") == every


@pytest.mark.parametrize(
    "text",
    [
        "what is the malpractice RVU of 27447",
        "how many units of 29881 a day",
        "cash price of 27447",
        "does 76942 TC need prior authorization",  # its cell is empty
    ],
)
def test_no_other_column_answers(fees: Assistant, text: str) -> None:
    assert values(fees, text) == []
    response = fees.ask(Query(text))
    assert isinstance(response, Refusal) and response.closest


def test_the_description_is_no_value(fees: Assistant) -> None:
    response = fees.ask(Query("27447"))
    assert isinstance(response, Answer) and response.values == () and response.form is Form.CODE


def test_two_files_that_disagree_are_both_shown_with_their_editions(build: Build) -> None:
    other = "CPT code,Service,Work RVU\n27447,Knee joint replaced,20.72\n29881,Knee scope,7.10\n"
    assistant = build(**{"rates-2025_csv": FEES, "plan-2026_csv": other})
    response = assistant.ask(Query("work RVU of 27447"))
    assert isinstance(response, Answer)
    found = {(value.value, value.citation.edition) for value in response.values}
    assert found == {("19.60", "2025"), ("20.72", "2026")}


def test_the_code_page_has_a_table_of_values_for_each_source(fees: Assistant) -> None:
    page = fees.code_page(fees.ask(Query("76942")).candidates[0].code)  # type: ignore[union-attr]
    assert page is not None
    rows = {value.modifier: {} for value in page.values}
    for value in page.values:
        rows[value.modifier][value.column] = value.value
    assert rows["26"] == {
        "Global days": "XXX", "Work RVU": "0.41", "Assistant allowed": "no", "Prior authorization": "not required",
    }  # fmt: skip
    assert list(rows) == ["", "26", "TC"]
    assert wire.page_body(page)["values"][0]["citation"]["quote"].startswith("76942,,")


def questions(*names: str) -> list[dict[str, str]]:
    lines = (VALUES / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["file"] in names]


def score(assistant: Assistant, asked: list[dict[str, str]]) -> tuple[int, int]:
    """(questions that are answered by their cell or rightly refused, questions that got a wrong cell)."""
    right = wrong = 0
    for one in asked:
        found = values(assistant, one["text"])
        if "code" not in one:
            right, wrong = right + (not found), wrong + bool(found)
        else:
            good = bool(found) and found[0][1] == one["value"] and {column for column, *_ in found} == {one["column"]}
            right, wrong = right + good, wrong + (bool(found) and not good)
    return right, wrong


@pytest.mark.parametrize("path", sorted(VALUES.glob("*.[ct]sv")), ids=lambda path: path.stem)
def test_questions_over_small_tables_get_no_wrong_cell(build: Build, path: Path) -> None:
    asked = questions(path.name)
    right, wrong = score(build(path), asked)
    assert wrong == 0
    assert right >= LEAST[path.stem]
