"""One evaluation query through the whole road or one search, and what a run keeps of it."""

from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, page, source

from assistant.answering import Assistant
from assistant.running import run_query
from assistant.settings import Settings

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
