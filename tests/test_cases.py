"""Small libraries in which a document once hid another or a question found nothing, asked end to end with the models.

The first are the cases beside the checkout; the others are like them in other layouts and words.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import SHARED
from libraries import source

from assistant.answering import Assistant
from assistant.claims import edits_of
from assistant.embedding import OnnxEmbedder
from assistant.evaluation.certifying import calibrate_itself
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.settings import Settings
from assistant.types import Answer, CodePage, Query, Refusal
from assistant.types.codes import parse_code

Build = Callable[[Sequence[Path] | dict[str, str]], Assistant]


@pytest.fixture
def build(tmp_path: Path, embedder: OnnxEmbedder, settings: Settings) -> Build:
    def made(files: Sequence[Path] | dict[str, str]) -> Assistant:
        library = Library(
            tmp_path / "library",
            model=embedder.name,
            fingerprint=embedder.fingerprint,
            dimension=embedder.dimension,
            create=True,
        )
        assistant = Assistant(library, embedder, settings)
        road = Ingestion(library, embedder, settings)
        if isinstance(files, dict):
            road.add([source(name, text) for name, text in files.items()])
        else:
            road.index(files)
        calibrate_itself(assistant)
        return assistant

    return made


def quoted(answer: Answer) -> str:
    return "\n".join(f"{one.text} [{one.citation.section}]" for one in answer.statements)


def told(response: Answer | Refusal) -> Answer:
    assert isinstance(response, Answer), f"{response.reason}: {response.message}"
    return response


def shown(answer: Answer) -> list[str]:
    """The codes that a person sees first: the headline, or those of a choice."""
    return [str(code) for code in answer.choice.codes] if answer.choice else [str(answer.candidates[0].code)]


def page_of(assistant: Assistant, code: str) -> CodePage:
    page = assistant.code_page(parse_code(code))
    assert page is not None
    return page


def _cases() -> list[object]:
    file = SHARED / "cases" / "cases.jsonl"
    if not file.is_file():
        return [pytest.param("", {}, {}, marks=pytest.mark.skip("needs ../shared/data/cases (absent)"))]
    cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        pytest.param(
            case["files"],
            asked["query"],
            asked,
            id=f"{case['case']}-{asked['query']}",
        )
        for case in cases
        for asked in case.get("ask", ())
    ]


@pytest.mark.parametrize(("files", "query", "right"), _cases())
def test_a_case_is_answered(build: Build, files: list[str], query: str, right: dict[str, str]) -> None:
    answer = told(build([SHARED / "cases" / name for name in files]).ask(Query(query)))
    assert right.get("quote", "") in quoted(answer)
    if "code" in right:
        assert right["code"] in shown(answer)


PLAN = (
    "# Harbourview Plan\n\n## Surgery of the shoulder\n\n"
    "A request must reach us before 23472 is done. Attach the films.\n\n"
    "23412 needs no request.\n\n## What is not paid\n\nWe do not pay for S2112 at any site.\n\n"
    "When 23472 and 23430 are done in one session, only 23472 is paid.\n"
)
CODES = (
    "CPT code;Procedure\n23472;Total shoulder replacement\n"
    "23412;Repair of a torn cuff, open\n23430;Biceps tendon fixed\n"
)
MANUAL = (
    "<html><body><h1>Surgery manual of Elm Hospital</h1><h2>Breast</h2><h3>Partial mastectomy</h3>"
    "<p>Report 19301 once for each breast. Margins are part of it.</p><h3>Removal of the whole breast</h3>"
    "<p>Report 19303. The nipple is taken with it.</p><h2>Joints</h2><h3>TKA, TKR</h3>"
    "<p>Report 27447 once for each knee. A patella button is included.</p></body></html>"
)
ARTICLE = (
    "<html><body><h1>Sleep studies: billing article</h1><h2>Covered diagnoses</h2>"
    "<p>These conditions support 95810:</p>"
    "<table><tr><th>ICD-10-CM</th><th>Meaning</th></tr><tr><td>G47.33</td><td>Obstructive sleep apnea</td></tr>"
    "<tr><td>G47.31**</td><td>Central sleep apnea</td></tr></table><p>** needs a cardiology note.</p>"
    "<h2>Diagnoses that are never covered</h2><table><tr><th>ICD-10-CM</th><th>Meaning</th></tr>"
    "<tr><td>R06.83</td><td>Snoring</td></tr><tr><td>G47.00</td><td>Insomnia</td></tr></table>"
    "<h2>Rules</h2><p>95810 and 95811 are not billed for one night.</p></body></html>"
)
KEY = (
    "# Marks in the office list\n\n## Payment marks\n\n* C: priced by the carrier.\n* N: not covered at all.\n"
    "* P: bundled, nothing is paid apart.\n\n## Follow-up days\n\n* 010: minor surgery with ten days of aftercare.\n"
    "* MMM: maternity, where the usual days do not apply.\n"
)
DASHES = "# Legend\n\nQ1 – Rented for ten months, then owned.\n\nQ7 – Bought at once.\n\nQX – Only with a letter.\n"
PAGE = (
    "---\nid: cpt-64721-2024\ncode: CPT:64721\ntitle: Freeing the median nerve at the wrist\nedition: '2024'\n"
    "effective: 2024-01-01\n---\n\n# CPT 64721\n\n## Short description\n"
    "The band over the carpal tunnel is cut through a "
    "cut in the palm so that the median nerve is free.\n\n## Modifiers\nRT and LT tell the wrist. 50 stands for both "
    "wrists in one session.\n\n## Documentation\nState the side and that the nerve was seen.\n"
)
FEES = "HCPCS,Description,Fee,Days\n64721,Wrist tunnel,401.10,090\n29848,Wrist tunnel by scope,433.20,090\n"
PAIRS = (
    "Column 1\tColumn 2\tEffective Date\tDeletion Date\tModifier\tPTP Edit Rationale\n"
    "64721\t29848\t20240101\t*\t1\tMisuse of column two code with column one code\n"
    "64721\t64704\t20240101\t*\t0\tMore extensive procedure\n"
)
LONG = (
    "# Dialysis rules\n\nA session of dialysis that is billed as 90937, which is meant for a patient whose state "
    "changes so much while the treatment runs that the doctor has to come to the bedside more than once and writes "
    "down each time what was found and what was changed in the orders for that day, "
    "is not paid when the note shows one single visit.\n"
)
LETTER = (
    "Subject: Change for 99070\n\nDear office,\n\nfrom March on 99070 is denied when no invoice is attached. "
    "Casting supplies go under Q4038 instead.\n\nYours, the Harbourview desk\n"
)
OTHERS: dict[str, tuple[dict[str, str], str, str, str]] = {
    "a policy and a list": ({"plan.md": PLAN, "codes.csv": CODES}, "Is a request needed before 23472?",
                            "A request must reach us before 23472 is done.", ""),
    "a code that needs none": ({"plan.md": PLAN, "codes.csv": CODES}, "Must I send a request for 23412?",
                               "23412 needs no request.", ""),
    "a code that is only named": ({"plan.md": PLAN}, "Does Harbourview pay for S2112?",
                                  "We do not pay for S2112 at any site.", ""),
    "two codes": ({"plan.md": PLAN, "codes.csv": CODES}, "Are 23430 and 23472 both paid in one session?",
                  "When 23472 and 23430 are done in one session, only 23472 is paid.", ""),
    "two codes, plain text": ({"plan.txt": PLAN.replace("# ", "").replace("#", "")},
                              "Are 23430 and 23472 both paid in one session?", "only 23472 is paid.", ""),
    "a heading": ({"manual.html": MANUAL}, "partial mastectomy", "Report 19301 once for each breast.", ""),
    "abbreviations in a heading": ({"manual.html": MANUAL}, "How often is TKR reported?",
                                   "Report 27447 once for each knee.", ""),
    "covered": ({"article.html": ARTICLE}, "Which diagnoses support 95810?", "G47.33", ""),
    "not covered": ({"article.html": ARTICLE}, "Does R06.83 support a sleep study?",
                    "Diagnoses that are never covered", ""),
    "a rule beside tables": ({"article.html": ARTICLE}, "Can 95810 and 95811 be billed for the same night?",
                             "95810 and 95811 are not billed for one night.", ""),
    "a mark with a colon": ({"key.md": KEY}, "What does mark N mean?", "N: not covered at all.", ""),
    "a mark alone": ({"key.md": KEY}, "MMM", "MMM: maternity", ""),
    "days": ({"key.md": KEY}, "what does 010 stand for", "010: minor surgery with ten days of aftercare.", ""),
    "a mark with a dash": ({"legend.md": DASHES}, "meaning of Q7", "Bought at once.", ""),
    "a page beside newer fees": ({"64721.md": PAGE, "fees-2026.csv": FEES}, "Which modifiers does 64721 take?",
                                 "RT and LT tell the wrist.", ""),
    "a page beside newer edits": ({"64721.md": PAGE, "ptp-2026.tsv": PAIRS},
                                  "the median nerve is freed through a cut in the palm", "median nerve", "CPT:64721"),
    "a long sentence": ({"rules.md": LONG}, "Is 90937 paid when the note shows one visit?",
                        "is not paid when the note shows one single visit.", ""),
    "a letter": ({"letter.txt": LETTER}, "Is 99070 denied without an invoice?",
                 "99070 is denied when no invoice is attached.", ""),
}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "query", "quote", "code"),
    [pytest.param(*case, id=name) for name, case in OTHERS.items()],
)
def test_others_like_them_are_answered(build: Build, files: dict[str, str], query: str, quote: str, code: str) -> None:
    answer = told(build(files).ask(Query(query)))
    assert quote in quoted(answer)
    if code:
        assert code in shown(answer)


def test_a_code_page_tells_all_that_the_documents_say(build: Build) -> None:
    guide = (
        "# Wrist guide\n\nDo not add 64704 to 64721 at one wrist. An open and a scoped release are never both paid.\n"
    )
    assistant = build({"64721.md": PAGE, "fees-2026.csv": FEES, "ptp-2026.tsv": PAIRS, "guide.md": guide})
    page = page_of(assistant, "CPT:64721")
    assert (page.title, page.code.edition) == ("Freeing the median nerve at the wrist", "2024")
    fields = {section: [one.text for one in statements] for section, _, statements in page.fields}
    assert fields["modifiers"][0] == "RT and LT tell the wrist."
    assert fields["short-description"] == ["The band over the carpal tunnel is cut through a cut in the palm so that "
                                           "the median nerve is free."]  # fmt: skip
    assert fields["tables"] == ["64721,Wrist tunnel,401.10,090"]
    edits = edits_of(assistant, parse_code("CPT:64721")).edits
    assert [edit.citation.quote.split("\t")[1] for edit in edits if "\t" in edit.citation.quote] == ["29848", "64704"]
    assert [one.text for one in page.named] == ["Do not add 64704 to 64721 at one wrist."]
    assert page_of(assistant, "CPT:64704").title == ""
    assert "More extensive procedure" in edits_of(assistant, parse_code("CPT:64704")).edits[0].citation.quote
    assert assistant.code_page(parse_code("CPT:20972")) is None


def test_a_code_that_is_only_named_has_a_page_of_what_names_it(build: Build) -> None:
    assistant = build({"plan.md": PLAN})
    page = page_of(assistant, "HCPCS:S2112")
    assert page.title == "" and [one.text for one in page.named] == ["We do not pay for S2112 at any site."]
    assert not any(statements for *_, statements in page.fields)
    assert assistant.verify([one.citation for one in page.named]) == []
    refused = assistant.ask(Query("Does Harbourview pay for S2113?"))
    assert isinstance(refused, Refusal) and "does not hold HCPCS:S2113" in refused.message


def test_a_mark_that_no_key_holds_is_not_explained(build: Build) -> None:
    assistant = build({"key.md": KEY})
    for text in ("What does mark Z mean?", "what does 045 stand for", "What is a maternity ward?"):
        assert isinstance(assistant.ask(Query(text)), Refusal), text
