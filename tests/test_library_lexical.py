"""The lexical index: BM25 as the textbook has it, filters, updates, and damage seen before it is believed."""

import math
import shutil
from pathlib import Path

import pytest

from assistant.library.records import LexicalFilter
from assistant.library.search.lexical import (
    LexicalIndex,
    LexicalRecord,
    Terms,
    bm25,
    new_lexical,
    open_lexical,
)

RECORDS = (
    LexicalRecord(1, 10, "CPT", "Free flap from the iliac crest with microvascular anastomosis"),
    LexicalRecord(2, 10, "CPT", "Bone graft, iliac crest"),
    LexicalRecord(3, 20, "HCPCS", "Wheelchair, lightweight, with a crest on it"),
    LexicalRecord(4, 30, "", "A guide to grafts and flaps: which one, and when"),
)


def index_of(folder: Path | None, records=RECORDS) -> LexicalIndex:
    index = new_lexical(folder, "a-library") if folder else LexicalIndex(None, "a-library")
    index.update(records, (), 1, fresh=True)
    return index


def ids(found: list[tuple[int, float]]) -> list[int]:
    return [key for key, _ in found]


def test_terms_are_folded_and_stemmed() -> None:
    terms = Terms()
    assert terms("Grafts, GRAFTED grafting") == ["graft"] * 3
    assert terms("naïve café") == terms("naive cafe")
    assert terms("20972 S82.101A") == ["20972", "s82", "101a"]
    assert terms("  …  ") == []


def test_scores_are_bm25() -> None:
    index = index_of(None)
    terms = [index.terms(record.text) for record in RECORDS]
    # The record of the generation is a document too, without words.
    count, mean = len(RECORDS) + 1, sum(map(len, terms)) / (len(RECORDS) + 1)
    rarity = math.log(1 + (count - 3 + 0.5) / (3 + 0.5))
    found = dict(index.searcher.search("crest", 10))
    assert set(found) == {1, 2, 3}
    for record, words in zip(RECORDS[:3], terms, strict=False):
        assert found[record.id] == pytest.approx(rarity * 2.2 / (1 + 1.2 * (0.25 + 0.75 * len(words) / mean)), rel=1e-4)
    assert list(found) == sorted(found, key=lambda key: -found[key])


def test_a_search_tells_no_words_from_no_hits() -> None:
    index = index_of(None)
    assert index.searcher.search("", 10) == []
    assert index.searcher.search("zebra", 10) == []
    assert index.searcher.search('"unbalanced (query OR +- zebra:*', 10) == []


def test_very_many_words_are_cut_to_the_rarest() -> None:
    records = [LexicalRecord(n, n, "", " ".join(f"word{m}" for m in range(n, 200))) for n in range(1, 200)]
    index = index_of(None, records)
    assert index.searcher.search(" ".join(f"word{n}" for n in range(200)), 10)


def test_document_frequency_and_length() -> None:
    index = index_of(None)
    assert index.searcher.document_frequency("crest") == 3
    assert index.searcher.document_frequency("zebra") == 0
    assert len(index.searcher) == 4


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (LexicalFilter(), {1, 2, 3}),
        (LexicalFilter(documents=(10,)), {1, 2}),
        (LexicalFilter(systems=("HCPCS", "")), {3}),
        (LexicalFilter(documents=(10, 20), systems=("CPT",)), {1, 2}),
        (LexicalFilter(documents=(30,), systems=("CPT",)), set()),
        (LexicalFilter(documents=()), set()),
    ],
)
def test_a_filter_restricts_without_changing_scores(only: LexicalFilter, expected: set[int]) -> None:
    index = index_of(None)
    free = dict(index.searcher.search("crest", 10))
    found = index.searcher.search("crest", 10, only)
    assert {key for key, _ in found} == expected
    assert all(score == pytest.approx(free[key]) for key, score in found)


def test_ties_come_in_the_order_of_their_ids() -> None:
    index = index_of(None, [LexicalRecord(key, key, "", "the same words") for key in (5, 3, 8, 1)])
    assert ids(index.searcher.search("same words", 10)) == [1, 3, 5, 8]


def test_an_update_adds_and_removes_in_one_step(tmp_path: Path) -> None:
    index = index_of(tmp_path / "lexical")
    other = open_lexical(tmp_path / "lexical", "a-library")
    assert other is not None
    index.update([LexicalRecord(5, 40, "CPT", "crest of the new page")], [10], 2, fresh=False)
    assert index.generation == 2
    assert set(ids(index.searcher.search("crest", 10))) == {3, 5}
    assert other.generation == 1
    assert set(ids(other.searcher.search("crest", 10))) == {1, 2, 3}
    other.reload()
    assert other.generation == 2
    assert other.searcher.search("crest", 10) == index.searcher.search("crest", 10)


def test_a_fresh_update_forgets_everything_before(tmp_path: Path) -> None:
    index = index_of(tmp_path / "lexical")
    index.update(RECORDS[:1], (), 5, fresh=True)
    assert (len(index.searcher), index.generation) == (1, 5)
    assert index.searcher.search("crest flap", 10) == index_of(None, RECORDS[:1]).searcher.search("crest flap", 10)


def test_an_index_of_another_library_holds_no_generation(tmp_path: Path) -> None:
    index_of(tmp_path / "lexical")
    other = open_lexical(tmp_path / "lexical", "another-library")
    assert other is not None
    assert other.generation == -1


def test_damage_is_seen_in_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    index_of(folder).update([LexicalRecord(5, 40, "CPT", "one more")], [20], 2, fresh=False)
    files = [path for path in folder.iterdir() if path.stat().st_size and not path.name.startswith(".")]
    assert {path.suffix for path in files} >= {".del", ".term", ".idx", ".json", ".fast", ".fieldnorm"}
    for path in files:
        data = path.read_bytes()
        middle = len(data) // 2
        for damaged in (b"", data[:middle], data[:-3], b"\xff" * len(data)):
            path.write_bytes(damaged)
            assert open_lexical(folder, "a-library") is None, f"{path.suffix} cut to {len(damaged)}"
        if path.name != "meta.json":
            path.write_bytes(data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :])
            assert open_lexical(folder, "a-library") is None, f"{path.suffix} with one byte changed"
        path.unlink()
        assert open_lexical(folder, "a-library") is None, f"{path.suffix} deleted"
        path.write_bytes(data)
    sound = open_lexical(folder, "a-library")
    assert sound is not None
    assert sound.generation == 2


def test_a_new_index_replaces_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "lexical"
    index_of(folder)
    (folder / "meta.json").write_text("{}")
    assert new_lexical(folder, "a-library").generation == -1


def test_a_folder_that_is_still_written_to_is_emptied_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lexical"
    index_of(folder)
    remove, left = shutil.rmtree, [3]

    def remove_while_a_merge_writes(path: Path, ignore_errors: bool) -> None:
        remove(path, ignore_errors=ignore_errors)
        if left[0]:
            left[0] -= 1
            path.mkdir()
            (path / "late.idx").write_bytes(b"late")

    monkeypatch.setattr("assistant.library.search.lexical.shutil.rmtree", remove_while_a_merge_writes)
    assert index_of(folder).generation == 1
    assert left == [0] and not (folder / "late.idx").exists()


def test_bm25_of_a_text_grows_with_its_terms_and_falls_with_its_length() -> None:
    weight = {"flap": 2.0, "nerve": 1.0}
    once = bm25({"flap": 1}, weight, 10, 10)
    assert once == pytest.approx(2.0 * 2.2 / 2.2)
    assert once < bm25({"flap": 3}, weight, 10, 10) < 2.0 * 2.2  # never more than k1 + 1 times
    assert bm25({"flap": 1}, weight, 20, 10) < once < bm25({"flap": 1, "nerve": 1}, weight, 10, 10)
    assert bm25({"bone": 4}, weight, 10, 10) == bm25({"flap": 1}, {}, 10, 10) == 0.0


def test_a_frequency_follows_what_is_added_and_removed(tmp_path: Path) -> None:
    index = index_of(tmp_path / "lexical")
    before = index.searcher.document_frequency("crest")
    index.update([LexicalRecord(50, 50, "CPT", "one more crest")], (), 2, fresh=False)
    assert index.searcher.document_frequency("crest") == before + 1
    index.update((), [50], 3, fresh=True)
    assert index.searcher.document_frequency("crest") == 0
