"""The report in JSON and as a page: plain, whole, and safe whatever the documents and the set hold."""

import json
import math
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluations import QRELS, QUERIES, RUN, asked, citation, line, measured, report
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.evaluation import EvaluationSet, compare, report_body, write_html
from assistant.evaluation.notes import NOTE_MEASURES
from assistant.evaluation.report import html_report
from assistant.evaluation.summary import count, milliseconds, percent

HOSTILE = (
    '</style></script><script>alert("x")</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}&amp;"\'<svg/onload=x>'
)
CERTIFICATE = {"risk": 0.05, "valid": True, "message": "At most 5% of the answers are wrong."}


class Page(HTMLParser):
    """The tags, ids and texts of a page; complains of tags that are not closed in order."""

    VOID = frozenset({"meta", "link", "img", "br", "rect", "line", "circle", "path"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def test_the_report_is_plain_json_with_the_keys_that_others_rely_on() -> None:
    body = json.loads(json.dumps(report(), allow_nan=False))
    assert (body["set"], body["split"], body["by"], body["queries"]) == ("mine", "test", "assistant", 5)
    assert body["made"] == "2026-01-02T03:04:05+00:00" and body["certificate"] is None
    lay = body["slices"][0]
    assert (lay["slice"], lay["queries"], lay["answered"], lay["hit@1"]) == ("lay", 2, 1, 0.5)
    assert lay["intervals"]["hit@1"][0] <= 0.5 <= lay["intervals"]["hit@1"][1]
    assert body["gate"].keys() >= {
        "answered", "coverage", "risk", "risk_interval", "refused_unanswerable", "refused_answerable", "aurc", "ece",
        "threshold", "curve", "reliability",
    }  # fmt: skip
    assert body["gate"]["reliability"][0].keys() >= {"from", "to", "confidence", "observed", "count"}
    assert body["latency"]["p50"] == 7.89 and body["latency"]["p95"] > 7.89
    assert body["citations"] == {"checked": 2, "valid": 2, "broken": []}


def test_the_worst_misses_come_with_what_was_said_right_and_quoted() -> None:
    body = report(titles={"CPT:20972": "Bone and skin", "CPT:99999": "not told of"})
    assert [(miss["id"], miss["outcome"]) for miss in body["misses"]] == [
        ("c", "wrong"), ("e", "answered"), ("b", "refused"),
    ]  # fmt: skip
    assert body["missed"] == {"wrong": 1, "answered": 1, "refused": 1}
    wrong, answered, refused = body["misses"]
    assert (wrong["said"], wrong["right"]) == (["CPT:20972"], ["PASSAGE:guide#splints"])
    assert [quote["quote"] for quote in wrong["quotes"]] == ["Casts are said."]
    assert answered["right"] == [] and refused["said"] == ["CPT:20972", "CPT:20970"]
    assert body["titles"] == {"CPT:20972": "Bone and skin"}


def test_the_words_of_a_note_are_not_told() -> None:
    note = asked("n", text="Mrs. Secret Patient").model_copy(update={"kind": "note"})
    run = {"n": line("n", "CPT:20957")}
    facts = measured([note], {"n": frozenset({"CPT:20972"})}, run)
    comparison = compare([note], facts.evaluation.qrels, {"n": line("n", kind="refusal")}, run)
    body = report_body(replace(facts, comparison=comparison))
    assert body["misses"][0]["query"] == body["comparison"]["flips"][0]["query"] == "(the note n)"
    assert "Secret" not in json.dumps(body) + html_report(body)


def test_a_search_alone_has_no_gate() -> None:
    body = report(by="bm25")
    assert body["gate"] is body["citations"] is None and body["misses"] == []
    assert "precision" not in body["slices"][0]
    page = Page(html_report(body))
    assert "One search alone: bm25" in page.text
    assert not any("refused" in sentence for sentence in body["sentences"])


# sentences


def test_the_sentences_say_it_all_in_words() -> None:
    told = report(certificate=CERTIFICATE)["sentences"]
    assert told[:4] == [
        "5 queries of the set “mine” were put to the library: 3 that its documents answer and 2 that they "
        "don’t answer.",
        "Of 3 queries that the documents answer, 1 (33%) got an answer that shows a right code, choice, passage or "
        "statement first, 1 (33%) got a wrong one, and 1 (33%) was refused.",
        "Of 2 queries that the documents don’t answer, 1 (50%) was rightly refused and 1 (50%) was answered all the "
        "same.",
        "So 2 of 3 answers given were wrong: 67% (allowing for chance, between 9.4% and 99.2%).",
    ]
    assert "All 2 quotations were compared with the stored documents: each stands there, word for word." in told
    assert told[-1] == "With 5 queries chance weighs heavily: read the intervals."


def test_a_quotation_that_does_not_stand_is_told_first_class() -> None:
    body = report(broken=("citation 1 (a-document 0-5): the quote does not stand there",))
    assert body["citations"] == {"checked": 2, "valid": 1, "broken": [*body["citations"]["broken"]]}
    assert any(sentence.startswith("1 of 2 quotations do not stand") for sentence in body["sentences"])
    assert "the quote does not stand there" in Page(html_report(body)).text


def test_codes_that_the_library_lacks_and_lines_left_out_are_told() -> None:
    facts = measured(absent=tuple(f"CPT:0000{n}" for n in range(7)))
    evaluation = EvaluationSet("mine", QUERIES, QRELS, ("mine.csv line 3: no code",))
    body = report_body(replace(facts, evaluation=evaluation))
    told = " ".join(body["sentences"])
    assert "no entry for CPT:00000, CPT:00001, CPT:00002, CPT:00003, CPT:00004, …, which" in told
    assert "1 line of the set could not be used and was left out." in told
    assert "mine.csv line 3: no code" in Page(html_report(body)).text


def test_a_split_is_told_where_the_set_has_several() -> None:
    evaluation = EvaluationSet("mine", (*QUERIES, asked("z").model_copy(update={"split": "calibration"})), QRELS)
    body = report_body(replace(measured(), evaluation=evaluation))
    assert "“mine” (test split) were" in body["sentences"][0]
    assert "Set mine , test split" in Page(html_report(body)).text


def test_one_query_is_told_in_the_singular() -> None:
    def told(query_id: str) -> str:
        queries = [query for query in QUERIES if query.id == query_id]
        qrels = {query_id: QRELS[query_id]} if query_id in QRELS else {}
        return " ".join(report_body(measured(queries, qrels, {query_id: RUN[query_id]}))["sentences"])

    assert "The one query that the documents answer got an answer that shows a right one first" in told("a")
    assert "The one query that the documents answer was refused. No answer was given." in told("b")
    assert "got a wrong answer. So the one answer given was wrong." in told("c")
    assert "was refused, as it should be." in told("d") and "was answered all the same." in told("e")
    assert "too few queries to say how far the confidence can be trusted" in told("a")


def test_confidence_is_judged_by_how_far_it_is_off() -> None:
    def told(confidence: float) -> str:
        queries = [asked(str(number)) for number in range(40)]
        run = {query.id: line(query.id, "CPT:20972", confidence=confidence) for query in queries}
        qrels = {query.id: frozenset({"CPT:20972" if int(query.id) < 36 else "CPT:1"}) for query in queries}
        (found,) = [one for one in report_body(measured(queries, qrels, run))["sentences"] if "confidence" in one]
        return found

    assert told(0.88).startswith("The confidence can be taken at its word: ") and "2.0 points" in told(0.88)
    assert told(0.82).startswith("The confidence can be taken as a rough guide (it more often promises too little)")
    assert told(1.0).startswith("The confidence can be taken as a rough guide (it more often promises too much)")
    assert told(0.4).startswith("The confidence should not be taken at its word (it more often promises too little)")


@given(st.floats(0, 1, allow_subnormal=False))
def test_a_share_is_never_rounded_to_all_or_nothing(share) -> None:
    written = percent(share)
    if 0 < share < 1:
        assert written not in ("0%", "100%", "0.0%", "100.0%")
    assert math.isclose(float(written.rstrip("%")), 100 * share, abs_tol=0.51)


def test_counts_and_times_read_well() -> None:
    assert (count(1, "query", "queries"), count(1200, "query", "queries")) == ("1 query", "1,200 queries")
    assert [milliseconds(value) for value in (3.14, 42.4, 2345)] == ["3.1 ms", "42 ms", "2.3 s"]


# the page


def test_the_page_needs_nothing_but_itself() -> None:
    html = html_report(report(certificate=CERTIFICATE, comparison=compare(QUERIES, QRELS, RUN, RUN)))
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert not [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert "url(" not in html and "@import" not in html and "http://" not in html and "https://" not in html
    (policy,) = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


class OnWindows(datetime):
    """Knows the directives of strftime that Windows knows."""

    def strftime(self, pattern: str) -> str:
        if "%-" in pattern:
            raise ValueError("Invalid format string")
        return super().strftime(pattern)


def test_the_day_is_written_on_every_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.evaluation.report.datetime", OnWindows)
    assert "2 January 2026, 03:04 UTC" in Page(html_report(report())).text


def test_the_page_says_everything_in_words_too() -> None:
    many = [query.model_copy(update={"id": f"{query.id}{n}"}) for n in range(4) for query in QUERIES]
    qrels = {query.id: QRELS[query.id[0]] for query in many if query.answerable}
    run = {query.id: replace(RUN[query.id[0]], id=query.id) for query in many}
    body = report_body(measured(many, qrels, run, certificate=CERTIFICATE))
    page = Page(html_report(body))
    for sentence in body["sentences"]:
        assert sentence in page.text
    drawings = page.named("svg")
    assert len(drawings) == 7
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for drawing in drawings:
        assert drawing["role"] == "img"
        title, told = str(drawing["aria-labelledby"]).split()
        assert {title, told} <= set(ids)
    figures = [attributes for attributes in page.named("figure") if attributes.get("class") == "card"]
    assert len(page.named("table")) >= len(figures) == 5  # each drawing of data has its table
    assert all("scope" in head for head in page.named("th"))
    assert CERTIFICATE["message"] in page.text
    assert "carries no certificate" in Page(html_report(report())).text


def test_what_a_certificate_says_stands_above_its_plots() -> None:
    def told(**facts: object) -> str:
        return Page(html_report(report(certificate={**CERTIFICATE, **facts}))).text

    assert "The certificate of the gate At most 5%" in told()
    assert "The certificate of the gate is void" in told(valid=False)
    assert "No certificate at the stated risk" in told(valid=False, met=False)


def test_the_figures_of_notes_have_a_table() -> None:
    row = dict.fromkeys(NOTE_MEASURES, 0.25) | {"notes": 3.0, "stray_statements": 4.0, "refused": None}
    page = Page(html_report({**report(), "notes": {"laterality": row, "notes": row}}))
    assert "laterality 3 0.250 0.250 0.250 0.250 0.250 0.250 0.250 0.250 4 –" in page.text


def test_hostile_words_stay_words() -> None:
    query = asked("h", HOSTILE, text=HOSTILE)
    quotes = (citation(HOSTILE, HOSTILE, HOSTILE),)
    run = {"h": line("h", HOSTILE, quotes=quotes)}
    facts = measured([query], {"h": frozenset({f"CPT:{HOSTILE}"})}, run, absent=(HOSTILE,), broken=(HOSTILE,))
    facts = replace(
        facts,
        evaluation=EvaluationSet(HOSTILE, (query,), facts.evaluation.qrels, (HOSTILE,)),
        titles={HOSTILE: HOSTILE},
        comparison=compare([query], facts.evaluation.qrels, {"h": line("h", kind="refusal")}, run),
        certificate={**CERTIFICATE, "message": HOSTILE},
    )
    html = html_report(report_body(facts))
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "object"})
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert html.count("</style>") == 1
    assert "{{ 7*7 }}" in page.text and "49" not in page.text
    assert '<script>alert("x")</script>' in page.text


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_any_words_give_a_page_that_is_whole(text, quote) -> None:
    query = asked("q", text or "x", text=text or "x")
    run = {"q": line("q", "CPT:20957", quotes=(citation(quote),))}
    Page(html_report(report_body(measured([query], {"q": frozenset({"CPT:20972"})}, run))))


@pytest.mark.parametrize(
    "queries",
    [
        [asked("a")],
        [asked("d", answerable=False)],
        [asked("d", answerable=False), asked("e", answerable=False)],
        [asked("b")],
        list(QUERIES),
    ],
    ids=["one right", "one refused", "none answerable", "none answered", "all"],
)
def test_small_and_lopsided_sets_give_a_page(queries) -> None:
    chosen = {query.id for query in queries}
    body = report_body(
        measured(
            queries,
            {key: value for key, value in QRELS.items() if key in chosen},
            {key: value for key, value in RUN.items() if key in chosen},
        )
    )
    json.dumps(body, allow_nan=False)
    page = Page(html_report(body))
    assert "nan" not in page.text.lower().split() and "None" not in page.texts


def test_it_is_written_and_a_place_that_cannot_be_is_named(tmp_path: Path) -> None:
    body = report_body(measured([asked("a", text="half a \ud83d letter")], QRELS, {"a": line("a", "CPT:1")}))
    write_html(tmp_path / "report.html", body)
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(InputError, match=r"report\.html cannot be written"):
        write_html(tmp_path / "nosuch" / "report.html", body)
