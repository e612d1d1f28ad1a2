"""Fusing two rankings: laws of the arithmetic, and that a search shows the library as it is now."""

from collections import Counter
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from hypothesis import given
from hypothesis import strategies as st
from libraries import ingestion, now, open_library, page, searched, source

from assistant.library import Library
from assistant.retrieval.fusion import fuse, with_surroundings
from assistant.types import Hit, Query

KEYS = st.integers(0, 30)
COSINES = st.dictionaries(KEYS, st.floats(-1, 1), max_size=20)
BM25 = st.dictionaries(KEYS, st.floats(0, 60), max_size=20)
WEIGHT = st.floats(0, 1)
DEPTH = 100


@given(COSINES, BM25, WEIGHT)
def test_everything_found_is_fused_and_nothing_else(cosines, lexical, weight) -> None:
    assert fuse(cosines, lexical, weight, DEPTH).keys() == cosines.keys() | lexical.keys()


@given(COSINES, BM25, WEIGHT, st.randoms(use_true_random=False))
def test_the_order_in_which_hits_came_changes_nothing(cosines, lexical, weight, random) -> None:
    def shuffled(values: dict[int, float]) -> dict[int, float]:
        return dict(random.sample(sorted(values.items()), len(values)))

    assert fuse(shuffled(cosines), shuffled(lexical), weight, DEPTH) == fuse(cosines, lexical, weight, DEPTH)


@given(BM25.flatmap(lambda lexical: st.tuples(st.fixed_dictionaries({k: st.floats(-1, 1) for k in lexical}),
                                              st.just(lexical))), WEIGHT)  # fmt: skip
def test_what_both_searches_prefer_is_preferred(both, weight) -> None:
    cosines, lexical = both
    fused = fuse(cosines, lexical, weight, DEPTH)
    for one in fused:
        for other in fused:
            if cosines[one] >= cosines[other] and lexical[one] >= lexical[other]:
                assert fused[one] >= fused[other] - 1e-9


def test_weight_chooses_between_the_searches() -> None:
    cosines, lexical = {1: 0.9, 2: 0.1}, {1: 1.0, 2: 9.0}
    assert fuse(cosines, lexical, 0.0, DEPTH)[1] > fuse(cosines, lexical, 0.0, DEPTH)[2]
    assert fuse(cosines, lexical, 1.0, DEPTH)[2] > fuse(cosines, lexical, 1.0, DEPTH)[1]
    # Both z-scores of two values are +1 and -1, so that equal shares cancel.
    assert fuse(cosines, lexical, 0.5, DEPTH) == {1: 0.0, 2: 0.0}


def test_what_only_the_vectors_found_counts_as_the_weakest_of_the_words() -> None:
    fused = fuse({1: 0.5, 2: 0.5, 3: 0.5}, {1: 5.0, 2: 3.0}, 0.5, depth=2)
    assert fused[1] > fused[2] == fused[3]


def test_the_only_passage_that_holds_a_word_stands_out() -> None:
    fused = fuse({1: 0.5, 2: 0.5, 3: 0.5}, {3: 6.0}, 0.5, DEPTH)
    assert fused[3] > fused[1] == fused[2]


def test_what_has_no_cosine_counts_as_the_least_similar() -> None:
    fused = fuse({1: 0.9, 2: 0.5}, {3: 5.0}, 0.0, DEPTH)
    assert fused[1] > fused[2] == fused[3]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library")
    pages = [("one.md", page("20972", "metatarsal", "dorsal")), ("two.md", page("20970", "iliac", "crest"))]
    ingestion(library).add([source(name, text) for name, text in pages])
    return library


def found(library: Library, text: str, **query: object) -> tuple[Hit, ...]:
    return searched(library, text, query=Query(text, **query))


def test_hits_come_best_first_with_what_each_search_gave(library: Library) -> None:
    hits = found(library, "the iliac procedure")
    assert hits[0].passage.id == "cpt-20970-2025#part-iliac"
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].bm25 > 0 and 0 < hits[0].similarity <= 1.001
    assert len({hit.passage.id for hit in hits}) == len(hits)


def test_the_same_query_finds_the_same(library: Library) -> None:
    assert found(library, "dorsal procedure") == found(library, "dorsal procedure")


def test_what_was_removed_is_not_found(library: Library) -> None:
    ingestion(library).remove("cpt-20970-2025")
    hits = found(library, "the iliac procedure")
    assert hits and {hit.document.id for hit in hits} == {"cpt-20972-2025"}


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    assert found(open_library(tmp_path / "library"), "anything") == ()


def test_filters_hold_for_both_searches(library: Library) -> None:
    assert found(library, "the iliac procedure", systems=("HCPCS",)) == ()


def test_prose_is_found_by_what_its_whole_document_says(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    parts = {
        "one.md": "# Alpha\n\n## Cause\nThe plover nests on gravel.\n\n## Effect\nThe heron fishes at dusk.\n",
        "two.md": "# Beta\n\n## Cause\nThe plover sings.\n\n## Effect\nThe otter sleeps at noon.\n",
    }
    ingestion(library).add([source(name, text) for name, text in parts.items()])
    hits = found(library, "plover heron")
    order = [hit.document.source_name for hit in hits]
    # Both passages of the document that holds both words stand before the one that shares a word with the query.
    assert order.index("two.md") >= 2


@given(
    st.dictionaries(KEYS, st.tuples(st.floats(-1, 1), st.lists(st.sampled_from("abc"), max_size=9).map(Counter))),
    st.dictionaries(st.sampled_from("abc"), st.floats(0, 9)),
    WEIGHT,
)
def test_surroundings_score_all_prose_and_nothing_else(around, weight, share) -> None:
    if around:
        scores = with_surroundings({}, around, weight, share)
        assert scores.keys() == around.keys()
        assert all(score == score for score in scores.values())  # no NaN


def test_long_documents_and_code_pages_have_no_surroundings(library: Library, tmp_path: Path) -> None:
    vector = FakeEmbedder().embed_query("anything")
    keys = [key for key, _ in now(library).search_dense(vector, 50, Query("anything"))]
    assert keys and now(library).surroundings(vector, keys) == {}
    long = "# Title\n" + "".join(f"\n## Part {number}\nThe plover of part {number}.\n" for number in range(20))
    ingestion(library).add([source("long.md", long), source("short.md", "# Short\n\nThe plover nests.\n")])
    keys = [key for key, _ in now(library).search_dense(vector, 50, Query("anything"))]
    (counts,) = (terms for _, terms in now(library).surroundings(vector, keys).values())
    assert counts["nest"] == 1
