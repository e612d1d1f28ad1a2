"""An evaluation query goes through the whole road or one search, and a run keeps what it needs."""

from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.errors import InputError
from assistant.evaluation import SHOWN, EvaluationQuery, EvaluationSet
from assistant.evaluation.running import chosen, default_split, make_report, run_query, run_set
from assistant.settings import Settings
from assistant.types import Query

GUIDE = (
    "---\nid: guide-splints\ntitle: Splints\n---\n\n# Splints\n\n## Fitting\nThe plaster splint is fitted with 20972.\n"
)


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    library = open_library(tmp_path / "library")
    ingestion(library).add(
        [
            source("one.md", page("20972", "metatarsal", "dorsal")),
            source("two.md", page("20970", "iliac", "crest")),
            source("guide.md", GUIDE),
        ]
    )
    return Assistant(library, FakeEmbedder(), Settings())


def test_an_answer_keeps_codes_and_quoted_passages(assistant: Assistant) -> None:
    line = run_query(assistant, "q1", "20972")
    assert (line.id, line.kind, line.reason) == ("q1", "answer", None)
    assert [candidate["code"] for candidate in line.candidates] == ["CPT:20972"]
    assert line.passages and all(passage.startswith("cpt-20972-2025#") for passage in line.passages)
    assert line.ranking[0] == "CPT:20972" and line.ranking[1].startswith("PASSAGE:cpt-20972-2025#")
    assert 0 < line.confidence <= 1 and line.milliseconds > 0


def test_a_refusal_keeps_the_ranking_that_was_withheld(assistant: Assistant) -> None:
    line = run_query(assistant, "q1", "zebra umbrella traffic jam crest")
    assert (line.kind, line.reason) == ("refusal", "out_of_corpus")
    assert "CPT:20970" in line.ranking


def test_a_code_not_held_is_refused_with_nothing(assistant: Assistant) -> None:
    line = run_query(assistant, "q1", "CPT 99999")
    assert (line.kind, line.reason, line.ranking) == ("refusal", "code_not_in_corpus", ())


@pytest.mark.parametrize("by", ["bm25", "dense", "fused"])
def test_one_search_alone_ranks_codes_and_passages_without_a_gate(assistant: Assistant, by: str) -> None:
    line = run_query(assistant, "q1", "the plaster splint fitted", by)
    assert line.kind == "answer"
    assert line.passages == ("guide-splints#fitting",)
    assert {"CPT:20972", "CPT:20970"} >= {candidate["code"] for candidate in line.candidates} >= {"CPT:20972"}
    assert run_query(assistant, "q1", "the iliac part", by).ranking[0] == "CPT:20970"


def test_a_long_section_is_judged_as_one(assistant: Assistant) -> None:
    long = GUIDE.replace("guide-splints", "guide-casts") + " ".join(f"The cast number {n} is dry." for n in range(200))
    ingestion(assistant.library).add([source("casts.md", long)])
    line = run_query(assistant, "q1", "cast number 7 is dry", "bm25")
    assert line.passages.count("guide-casts#fitting") == 1
    assert not [passage for passage in line.passages if passage.startswith("guide-casts#fitting.")]


def asked(query_id: str, text: str, **facts: object) -> EvaluationQuery:
    return EvaluationQuery(id=query_id, text=text, **facts)


def test_what_is_shown_leads_the_ranking_and_is_all_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.answering.assistant.refusal", lambda sure, threshold: None)
    library = open_library(tmp_path / "many")
    ingestion(library).add([source(f"{n}.md", page(f"2097{n}", "metatarsal", f"word{n}")) for n in range(9)])
    assistant = Assistant(library, FakeEmbedder(), Settings())
    shown = assistant.ask(Query("metatarsal word3", limit=SHOWN))
    line = run_query(assistant, "q1", "metatarsal word3")
    assert line.said == tuple(str(candidate.code) for candidate in shown.candidates)
    assert len(line.codes) == 9 and line.codes[:SHOWN] == line.said
    cited = {citation for candidate in shown.candidates for citation in candidate.citations}
    assert set(line.quotes) == cited | {statement.citation for statement in shown.statements}
    assert assistant.verify(line.quotes) == []


def test_a_set_is_run_with_progress_and_reported(assistant: Assistant) -> None:
    queries = (asked("a", "20972"), asked("b", "zebra umbrella traffic jam crest", answerable=False))
    evaluation = EvaluationSet("mine", queries, {"a": frozenset({"CPT:20972", "CPT:99213"})})
    seen: list[tuple[str, int, int]] = []
    run = run_set(assistant, queries, progress=lambda *told: seen.append(told))
    assert seen == [("asking", 0, 2), ("asking", 1, 2), ("asking", 2, 2)]
    body = make_report(assistant, evaluation, queries, run, split="test", before=run)
    assert body["absent"] == ["CPT:99213"]
    assert body["library"] == {"generation": 3, "embedding_model": "fake"}
    assert body["citations"]["checked"] == body["citations"]["valid"] > 0
    assert body["comparison"]["flips"] == []


def test_a_citation_that_no_longer_stands_is_told(assistant: Assistant) -> None:
    queries = (asked("a", "20972"),)
    run = run_set(assistant, queries)
    ingestion(assistant.library).remove("cpt-20972-2025")
    body = make_report(
        assistant, EvaluationSet("mine", queries, {"a": frozenset({"CPT:20972"})}), queries, run, split="test"
    )
    assert body["citations"]["valid"] == 0 and "no longer holds" in body["citations"]["broken"][0]


def test_a_kind_that_nobody_answers_is_named(assistant: Assistant) -> None:
    with pytest.raises(InputError, match="of kind 'song' cannot be put"):
        run_set(assistant, [asked("a", "20972", kind="song")])


def test_the_test_split_is_chosen_where_there_is_one() -> None:
    both = EvaluationSet("both", (asked("a", "x", split="calibration"), asked("b", "x")), {})
    one = EvaluationSet("one", (asked("a", "x", split="calibration"),), {})
    assert (default_split(both), default_split(one)) == ("test", "all")
    assert [query.id for query in chosen(both, "test", "query")] == ["b"]
    assert len(chosen(both, "all", "all")) == 2
    with pytest.raises(InputError, match="no queries of kind query in split dev; its splits are calibration, test"):
        chosen(both, "dev", "query")


def test_a_refusal_keeps_the_passages_that_were_withheld(tmp_path: Path) -> None:
    library = open_library(tmp_path / "guide")
    ingestion(library).add([source("guide.md", GUIDE)])
    line = run_query(Assistant(library, FakeEmbedder(), Settings()), "q1", "zebra umbrella traffic jam plaster splint")
    assert line.kind == "refusal" and line.quotes == ()
    assert line.passages == ("guide-splints#fitting",)
