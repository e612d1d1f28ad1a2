"""Whether what was quoted is the statement that was marked: the measures, the sets with marks, and their report."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from evaluations import asked, line, measured
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.errors import InputError
from assistant.evaluation import (
    Mark,
    Place,
    check_baseline,
    compare,
    is_wrong,
    load_set,
    report_body,
    score,
    write_trec,
)
from assistant.evaluation.baseline import Figure
from assistant.evaluation.measures import measure_line
from assistant.evaluation.report import html_report
from assistant.evaluation.running import make_report, open_set, run_set
from assistant.faces.terminal.printing import print_report
from assistant.settings import Settings

PLACES = st.builds(
    lambda document, start, length: Place(document, start, start + length),
    st.sampled_from("ab"),
    st.integers(0, 30),
    st.integers(1, 20),
)


def at(start: int, end: int, document: str = "policy") -> Place:
    return Place(document, start, end)


def marks(*places: Place, part: int = 1) -> tuple[Mark, ...]:
    return tuple(Mark(place, part) for place in places)


@given(PLACES, PLACES)
def test_a_place_covers_another_if_they_share_more_than_half_of_the_shorter(one, other) -> None:
    characters = [{(place.document, n) for n in range(place.start, place.end)} for place in (one, other)]
    shared = len(characters[0] & characters[1]) / min(map(len, characters))
    assert one.covers(other) is other.covers(one) is (shared > 0.5)


def test_half_of_the_shorter_is_not_enough() -> None:
    assert not at(0, 10).covers(at(5, 100))
    assert at(0, 10).covers(at(4, 100))
    assert not at(0, 10).covers(at(0, 10, "another"))


def test_the_first_statement_the_first_three_and_any() -> None:
    right, beside = at(10, 20), at(50, 60)
    quoted = (beside, beside, right, beside)
    found = measure_line(line("q", statements=quoted), None, marks(right, at(90, 99)))
    assert (found["statement@1"], found["statement@3"], found["statement@any"]) == (0.0, 1.0, 1.0)
    assert found["beside"] == 0.75
    last = measure_line(line("q", statements=(beside, beside, beside, right)), None, marks(right))
    assert (last["statement@3"], last["statement@any"]) == (0.0, 1.0)
    assert "both-parts" not in found and "verdict-right" not in found and "hit@1" not in found


def test_a_refusal_quotes_nothing_and_counts_only_among_all() -> None:
    found = measure_line(line("q", kind="refusal", statements=(at(10, 20),)), None, marks(at(10, 20)))
    assert found == {"statement@1": 0.0, "statement@3": 0.0, "statement@any": 0.0}


def test_an_answer_without_a_statement_is_beside_nothing() -> None:
    found = measure_line(line("q", "CPT:20972"), None, marks(at(10, 20)))
    assert found["answered-statement@1"] == 0.0 and "beside" not in found


def test_both_parts_need_a_statement_each() -> None:
    first, second = at(0, 9), at(20, 29)
    halves = (*marks(first), *marks(second, part=2))
    assert measure_line(line("q", statements=(first, second)), None, halves)["both-parts"] == 1.0
    assert measure_line(line("q", statements=(first, first)), None, halves)["both-parts"] == 0.0
    refused = line("q", kind="refusal", statements=(first, second))
    assert measure_line(refused, None, halves)["both-parts"] == 0.0
    # One sentence may answer both.
    whole = (*marks(first), *marks(first, part=2))
    assert measure_line(line("q", statements=(first,)), None, whole)["both-parts"] == 1.0


@pytest.mark.parametrize(
    ("said", "kind", "outcome"),
    [("no", "answer", "right"), ("yes", "answer", "wrong"), (None, "answer", "none"), ("no", "refusal", "none")],
)
def test_a_verdict_is_right_wrong_or_none(said, kind, outcome) -> None:
    found = measure_line(line("q", kind=kind, verdict=said), None, (), "no")
    assert {name: value for name, value in found.items() if value} == {f"verdict-{outcome}": 1.0}


def test_without_codes_the_first_statement_makes_an_answer_right() -> None:
    marked = marks(at(10, 20))
    assert not is_wrong(line("q", "CPT:1", statements=(at(10, 20), at(50, 60))), None, marked)
    assert is_wrong(line("q", "CPT:1", statements=(at(50, 60), at(10, 20))), None, marked)
    # Where codes are judged too, they decide.
    assert is_wrong(line("q", "CPT:1", statements=(at(10, 20),)), frozenset({"CPT:2"}), marked)


QUERIES = (
    asked("a", "rule"),
    asked("b", "rule"),
    asked("c", "two").model_copy(update={"verdict": "yes"}),
    asked("d", "near", answerable=False),
)
MARKS = {
    "a": (Mark(at(10, 20), quote="ten words."),),
    "b": (Mark(at(30, 40), quote="other word"),),
    "c": (*marks(at(10, 20)), *marks(at(30, 40), part=2)),
}
RUN = {
    "a": line("a", statements=(at(10, 20), at(70, 80)), confidence=0.9),
    "b": line("b", kind="refusal", statements=(at(30, 40),), confidence=0.2),
    "c": line("c", statements=(at(70, 80), at(10, 20), at(30, 40)), verdict="yes", confidence=0.8),
    "d": line("d", kind="refusal", confidence=0.1),
}


def report() -> dict:
    facts = measured(QUERIES, {}, RUN)
    return report_body(replace(facts, evaluation=replace(facts.evaluation, marks=MARKS)))


def test_figures_are_means_per_slice_over_all_and_over_the_answered() -> None:
    found = {one.slice: one for one in score(QUERIES, {}, RUN, marks=MARKS)}
    known = found["answerable"]
    assert known.measures["statement@1"] == pytest.approx(1 / 3) and known.measures["statement@3"] == pytest.approx(
        2 / 3
    )
    assert known.measures["answered-statement@1"] == 0.5 and known.judged["answered-statement@1"] == 2
    assert known.measures["beside"] == pytest.approx((1 / 2 + 1 / 3) / 2)  # the mean over the queries
    assert (known.measures["both-parts"], known.judged["both-parts"]) == (1.0, 1)
    assert known.measures["verdict-right"] == 1.0 and known.wrong == 1
    low, high = known.intervals["statement@1"]
    assert low <= 1 / 3 <= high
    assert "both-parts" not in found["rule"].measures and not found["near"].measures


def test_the_report_tells_of_them_in_words_tables_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    body = json.loads(json.dumps(report(), allow_nan=False))
    known = next(one for one in body["slices"] if one["slice"] == "answerable")
    assert known["statement@3"] == pytest.approx(0.6667) and known["intervals"]["statement@3"]
    told = " ".join(body["sentences"])
    assert "The first statement quoted answers 33% of the 3 queries whose answers are marked" in told
    assert "Of those that were answered it is 50% and 100%." in told
    assert "Of the statements quoted for one of them, 42% are beside the point." in told
    assert "Of 1 question of two parts, 100% got a statement for each." in told
    assert "Of 1 question with a yes or no, 100% got the right one, 0% the wrong one, and 0% neither." in told
    assert (body["gate"]["wrong"], body["missed"]["wrong"], body["missed"]["refused"]) == (1, 1, 1)
    html = html_report(body)
    assert "Is what is quoted the statement that answers?" in html and '<th scope="col">both-parts</th>' in html
    refused = next(miss for miss in body["misses"] if miss["id"] == "b")
    assert refused["marked"] == [{"document_id": "policy", "start": 30, "end": 40, "quote": "other word"}]
    assert "other word" in html
    # A slice that is answered by statements is none that should be refused.
    refusing = html.split("Does it refuse what it should?")[1].split("</figure>")[0]
    assert "near" in refusing and "rule" not in refusing
    print_report(body)
    printed = capsys.readouterr().out
    row = next(one for one in printed.split("\nstatements quoted")[1].splitlines() if one.startswith("answerable"))
    assert row.split()[1:3] == ["3", "0.333"] and row.split()[-3:] == ["1.000", "0.000", "0.000"]


def test_a_set_without_marks_says_nothing_of_statements(capsys: pytest.CaptureFixture[str]) -> None:
    body = report_body(measured())
    print_report(body)
    assert "statements quoted" not in capsys.readouterr().out
    assert "Statements quoted" not in html_report(body)
    assert not any("statement@1" in one for one in body["slices"])


def test_a_search_alone_is_not_judged_by_statements() -> None:
    facts = measured(QUERIES, {}, RUN, by="bm25")
    body = report_body(replace(facts, evaluation=replace(facts.evaluation, marks=MARKS)))
    assert not any("statement@1" in one for one in body["slices"])


@pytest.mark.parametrize(
    ("measure", "value", "kept"),
    [("statement@1", 0.3333, True), ("statement@1", 0.4, False), ("beside", 0.41, False), ("beside", 0.5, True)],
)
def test_a_baseline_holds_them(measure: str, value: float, kept: bool) -> None:
    figure = Figure(name="x", set="mine", measure=measure, value=value, tolerance=0.0)
    assert check_baseline([figure], report())[0].kept is kept


def test_two_runs_are_compared_by_them(tmp_path: Path) -> None:
    after = {**RUN, "b": line("b", statements=(at(30, 40),), confidence=0.9)}
    found = compare(QUERIES, {}, RUN, after, marks=MARKS)
    first = next(one for one in found.differences if one.measure == "statement@1")
    assert (first.before, first.after) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert [(flip.query.id, flip.after, flip.better) for flip in found.flips] == [("b", "right", True)]
    write_trec(tmp_path, QUERIES, {}, RUN, MARKS)
    rows = [row.split("\t") for row in (tmp_path / "outcomes.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    assert {row[0]: row[-1] for row in rows} == {"a": "0", "b": "0", "c": "1", "d": "1"}


# sets that hold marks

TEXTS = '{"id": "a", "text": "x", "wants": "yes_no", "verdict": "no"}\n{"id": "d", "text": "y", "answerable": false}'


def write_set(folder: Path, answers: str, queries: str = TEXTS) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    (folder / "answers.jsonl").write_text(answers, encoding="utf-8")
    return folder


def answer(**facts: object) -> str:
    return json.dumps({"query": "a", "document": "documents/x.md", "start": 10, "end": 60, **facts})


def test_marks_are_read_and_need_no_qrels(tmp_path: Path) -> None:
    found = load_set(write_set(tmp_path, f"{answer()}\n{answer(start=70, end=80, part=2)}\n{answer()}\n"))
    assert found.faults == () and found.qrels == {}
    assert found.marks == {
        "a": (Mark(Place("documents/x.md", 10, 60)), Mark(Place("documents/x.md", 70, 80), 2)),
    }
    assert (found.queries[0].wants, found.queries[0].verdict) == ("yes_no", "no")


def test_qrels_that_are_there_are_read_beside_them(tmp_path: Path) -> None:
    (tmp_path / "qrels.tsv").write_text("a\t0\tCPT:20972\t1\n", encoding="utf-8")
    found = load_set(write_set(tmp_path, answer()))
    assert found.qrels == {"a": {"CPT:20972"}} and "a" in found.marks


def test_a_set_without_qrels_and_without_answers_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text(TEXTS, encoding="utf-8")
    with pytest.raises(InputError, match=r"qrels\.tsv cannot be read"):
        load_set(tmp_path)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("{", "answers.jsonl line 2: "),
        (answer(query="z"), "answers.jsonl line 2: there is no query z"),
        (answer(query="d"), "answers.jsonl line 2: query d is not answerable, and yet has an answer"),
        (answer(end=10), "answers.jsonl line 2: the characters 10 to 10 are none"),
        (answer(start=-1), "answers.jsonl line 2: start: "),
        (answer(start="10"), "answers.jsonl line 2: start: "),
        (answer(part=3), "answers.jsonl line 2: part: "),
        (answer(document=""), "answers.jsonl line 2: document: "),
        (answer(quote="short"), "answers.jsonl line 2: the quote is not as long as its characters"),
    ],
)
def test_a_bad_line_is_one_sentence_and_the_rest_goes_on(tmp_path: Path, bad: str, told: str) -> None:
    found = load_set(write_set(tmp_path, f"{answer()}\n{bad}\n"))
    (fault,) = found.faults
    assert fault.startswith(told) and len(found.marks["a"]) == 1


def test_a_second_part_without_a_first_is_no_answer(tmp_path: Path) -> None:
    found = load_set(write_set(tmp_path, answer(part=2)))
    assert [fault.split(":")[0] for fault in found.faults] == ["answers.jsonl", "queries.jsonl"]
    assert "second part and none for its first" in found.faults[0] and [query.id for query in found.queries] == ["d"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ('{"id": "b", "text": "z", "verdict": "maybe"}', "verdict: "),
        ('{"id": "b", "text": "z", "wants": "money"}', "wants: "),
        ('{"id": "b", "text": "z", "answerable": false, "verdict": "no"}', "not answerable, and yet has a verdict"),
    ],
)
def test_a_query_with_a_verdict_that_is_none_is_named(tmp_path: Path, query: str, told: str) -> None:
    (fault,) = load_set(write_set(tmp_path, answer(), f"{TEXTS}\n{query}")).faults
    assert fault.startswith("queries.jsonl line 3: ") and told in fault


# marks in the documents of a library

GUIDE = (
    "---\nid: guide-splints\ntitle: Splints\n---\n\n# Splints\n\n## Fitting\nThe plaster splint is fitted with 20972.\n"
)
SENTENCE = "The plaster splint is fitted with 20972."
START = GUIDE.index(SENTENCE)


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source("one.md", page("20972", "metatarsal", "dorsal")), source("guides/g.md", GUIDE)])
    return Assistant(library, FakeEmbedder(), Settings())


@pytest.mark.parametrize("document", ["guide-splints", "guides/g.md", "g.md", "my/corpus/guides/g.md"])
def test_a_document_is_named_by_its_id_or_its_file(assistant: Assistant, tmp_path: Path, document: str) -> None:
    mark = answer(document=document, start=START, end=START + len(SENTENCE))
    found = open_set(assistant, write_set(tmp_path / "set", mark))
    assert found.marks == {"a": (Mark(Place("guide-splints", START, START + len(SENTENCE)), 1, SENTENCE),)}
    assert found.unplaced == ()


@pytest.mark.parametrize(
    "facts",
    [
        {"document": "guides/nosuch.md"},
        {"document": "others/g.md"},
        {"end": START + 10_000},
        {"quote": SENTENCE.replace("plaster", "pl4ster")},
    ],
)
def test_what_does_not_stand_in_the_library_is_told(assistant: Assistant, tmp_path: Path, facts: dict) -> None:
    mark = answer(**{"document": "guides/g.md", "start": START, "end": START + len(SENTENCE), **facts})
    evaluation = open_set(assistant, write_set(tmp_path / "set", mark))
    (name,) = evaluation.unplaced
    run = run_set(assistant, evaluation.queries)
    body = make_report(assistant, evaluation, evaluation.queries, run, split="test")
    assert body["unplaced"] == [name]
    assert any(f"does not hold {name} as the set marks answers there" in told for told in body["sentences"])


def test_a_name_that_two_documents_have_is_not_guessed(assistant: Assistant, tmp_path: Path) -> None:
    ingestion(assistant.library).add([source("other/g.md", GUIDE.replace("splints", "casts"))])
    mark = answer(document="g.md", start=START, end=START + len(SENTENCE))
    assert open_set(assistant, write_set(tmp_path / "set", mark)).unplaced == ("g.md",)


class Liking:
    """A reader that likes the statements with some words, though not enough for an answer."""

    digest = "liking"

    def __init__(self, words: str) -> None:
        self.words = words

    def read(self, query: str, statements: Sequence[str]) -> list[float]:
        return [-6.0 if self.words in text else -8.0 for text in statements]


def test_a_run_keeps_the_places_of_what_was_quoted(assistant: Assistant, tmp_path: Path) -> None:
    queries = '{"id": "a", "text": "20972"}\n{"id": "b", "text": "zebra umbrella traffic jam plaster splint"}'
    text = assistant.library.store.text("cpt-20972-2025")
    lines = [
        answer(document="one.md", start=0, end=len(text)),
        answer(query="b", document="g.md", start=START, end=START + len(SENTENCE)),
    ]
    evaluation = open_set(assistant, write_set(tmp_path / "set", "\n".join(lines), queries))
    assistant.reader = Liking("plaster splint")
    run = run_set(assistant, evaluation.queries)
    assert run["a"].statements and {place.document for place in run["a"].statements} == {"cpt-20972-2025"}
    for place in run["a"].statements:
        assert text[place.start : place.end] in {quote.quote for quote in run["a"].quotes}
    # Of a refusal, what was withheld: it would have been right.
    assert run["b"].kind == "refusal" and Place("guide-splints", START, START + len(SENTENCE)) in run["b"].statements
    body = make_report(assistant, evaluation, evaluation.queries, run, split="test")
    known = next(one for one in body["slices"] if one["slice"] == "answerable")
    assert (known["statement@1"], known["answered-statement@1"]) == (0.5, 1.0)
