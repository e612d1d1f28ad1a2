"""The dense index: nearest first, filtered, and never believed when it is damaged."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.library.search import dense
from assistant.library.search.dense import DenseIndex, DenseStamp, load_dense

DIMENSION = 16
STAMP = DenseStamp("a-library", 7, "a-model", 50)


def unit_vectors(count: int, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def ids(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 80), st.integers(0, 5))
def test_finds_what_brute_force_finds(built: int, added: int, count: int, seed: int) -> None:
    vectors = unit_vectors(built + added, seed)
    keys = np.arange(built + added, dtype=np.int64) * 3
    index = DenseIndex.build(keys[:built], vectors[:built]).with_added(keys[built:], vectors[built:])
    cosines = vectors @ vectors[0]
    best = sorted(range(len(keys)), key=lambda row: -cosines[row])[:count]
    found = index.search(vectors[0], count)
    assert len(index) == built + added
    assert len(found) == min(count, built + added)
    # The index keeps half precision.
    np.testing.assert_allclose([score for _, score in found], cosines[best], atol=2e-3)
    assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))


def test_equal_vectors_come_in_the_order_of_their_ids() -> None:
    vector = unit_vectors(1)
    index = DenseIndex.build(ids(9, 4), np.repeat(vector, 2, axis=0)).with_added(ids(6), vector)
    found = index.search(vector[0], 3)
    assert [key for key, score in found if score == found[0][1]] == sorted(
        key for key, score in found if score == found[0][1]
    )
    assert {key for key, _ in found} == {4, 6, 9}


def test_only_allowed_ids_are_found() -> None:
    vectors = unit_vectors(30)
    index = DenseIndex.build(np.arange(20, dtype=np.int64), vectors[:20])
    index = index.with_added(np.arange(20, 30, dtype=np.int64), vectors[20:])
    found = index.search(vectors[5], 30, allowed=ids(3, 5, 25, 999))
    assert {key for key, _ in found} == {3, 5, 25}
    assert index.search(vectors[5], 30, allowed=ids()) == []


def test_adding_leaves_the_index_that_others_search_as_it_was() -> None:
    vectors = unit_vectors(3)
    index = DenseIndex.build(ids(1), vectors[:1])
    more = index.with_added(ids(2, 3), vectors[1:])
    assert (len(index), len(more)) == (1, 3)
    assert index.with_added(ids(), vectors[:0]) is index


def test_an_empty_index_finds_nothing() -> None:
    index = DenseIndex.build(ids(), np.zeros((0, DIMENSION), np.float32))
    assert len(index) == 0
    assert index.search(unit_vectors(1)[0], 5) == []


def test_a_large_index_with_cells_finds_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "EXACT_LIMIT", 1_000)
    vectors = unit_vectors(4_000)
    keys = np.arange(4_000, dtype=np.int64)
    index = DenseIndex.build(keys, vectors)
    index.save(tmp_path, DenseStamp("a-library", 1, "a-model", 4_000))
    loaded = load_dense(tmp_path, DIMENSION)
    assert loaded is not None
    for row in (0, 17, 3_999):
        found = index.search(vectors[row], 3)
        assert found[0][0] == row
        assert loaded[0].search(vectors[row], 3) == found
        assert index.search(vectors[row], 5, allowed=ids(row, 1, 2))[0][0] == row
    # A filter looks into every cell.
    assert len(index.search(vectors[0], 5, allowed=ids(5, 6, 7))) == 3


def saved(folder: Path) -> DenseIndex:
    index = DenseIndex.build(np.arange(50, dtype=np.int64), unit_vectors(50))
    index.save(folder, STAMP)
    return index


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    index = saved(tmp_path)
    loaded = load_dense(tmp_path, DIMENSION)
    assert loaded is not None
    found, stamp = loaded
    assert (stamp.library, stamp.generation, stamp.fingerprint, stamp.count) == ("a-library", 7, "a-model", 50)
    query = unit_vectors(1, seed=9)[0]
    assert found.search(query, 50) == index.search(query, 50)


def test_a_copied_index_is_known_by_its_checksum(tmp_path: Path) -> None:
    saved(tmp_path / "one")
    (tmp_path / "two").mkdir()
    for name in ("dense.faiss", "dense.json"):
        (tmp_path / "two" / name).write_bytes((tmp_path / "one" / name).read_bytes())
    assert load_dense(tmp_path / "two", DIMENSION) is not None


def test_the_recall_of_cells_is_measured_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "EXACT_LIMIT", 1_000)
    vectors = unit_vectors(4_000)
    index = DenseIndex.build(np.arange(4_000, dtype=np.int64), vectors)
    assert index.recall >= 0.975
    assert 16 <= index.probes <= 126  # the cells of 4,000
    asked = unit_vectors(200, seed=5)
    found = sum(
        len({key for key, _ in index.search(query, 10)} & set(np.argsort(-(vectors @ query))[:10].tolist()))
        for query in asked
    )
    assert found / 2_000 >= 0.96
    index.save(tmp_path, DenseStamp("a-library", 1, "a-model", 4_000))
    loaded = load_dense(tmp_path, DIMENSION)
    assert loaded is not None
    assert (loaded[0].recall, loaded[0].probes) == (index.recall, index.probes)
    assert (loaded[1].recall, loaded[1].probes) == (index.recall, index.probes)


@pytest.mark.parametrize("limit", [1_000, 10_000])
def test_vectors_are_read_out_of_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(dense, "EXACT_LIMIT", limit)
    vectors = unit_vectors(2_000)
    index = DenseIndex.build(np.arange(2_000, dtype=np.int64) * 2, vectors)
    index.save(tmp_path, DenseStamp("a-library", 1, "a-model", 2_000))
    loaded = load_dense(tmp_path, DIMENSION)
    assert loaded is not None
    for one in (index, loaded[0]):
        there, found = one.vectors_of([3_998, 0, 7, 10, 4_000])
        assert there == [3_998, 0, 10]
        np.testing.assert_array_equal(found, vectors[[1_999, 0, 5]].astype(np.float16).astype(np.float32))
        assert one.vectors_of([])[1].shape == (0, DIMENSION)
    assert DenseIndex.build(ids(), np.zeros((0, DIMENSION), np.float32)).vectors_of([1])[0] == []


def test_a_write_that_fails_says_so_as_the_system_does(tmp_path: Path) -> None:
    index = DenseIndex.build(ids(1), unit_vectors(1))
    (tmp_path / "dense.faiss.partial").mkdir()
    with pytest.raises(IsADirectoryError):
        index.save(tmp_path, STAMP)


def test_the_same_vectors_give_the_same_bytes(tmp_path: Path) -> None:
    saved(tmp_path / "one")
    saved(tmp_path / "two")
    assert (tmp_path / "one/dense.faiss").read_bytes() == (tmp_path / "two/dense.faiss").read_bytes()


@pytest.mark.parametrize("name", ["dense.faiss", "dense.json"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[: len(data) // 2], id="truncated"),
        pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), id="one bit"),
        pytest.param(lambda data: b"\x00\xff" * (len(data) // 2), id="garbage"),
        pytest.param(lambda data: None, id="deleted"),
    ],
)
def test_a_damaged_index_is_not_loaded(tmp_path: Path, name: str, damage) -> None:
    saved(tmp_path)
    data = damage((tmp_path / name).read_bytes())
    if data is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(data)
    assert load_dense(tmp_path, DIMENSION) is None


@pytest.mark.parametrize("text", ["[]", "{}", "null", '"x"', '{"library": 1}', "{not json"])
def test_a_stamp_of_another_shape_is_not_believed(tmp_path: Path, text: str) -> None:
    saved(tmp_path)
    (tmp_path / "dense.json").write_text(text)
    assert load_dense(tmp_path, DIMENSION) is None


def test_a_stamp_whose_generation_is_no_number_is_not_believed(tmp_path: Path) -> None:
    saved(tmp_path)
    stamp = json.loads((tmp_path / "dense.json").read_text())
    (tmp_path / "dense.json").write_text(json.dumps(stamp | {"generation": "seven"}))
    assert load_dense(tmp_path, DIMENSION) is None


def test_an_index_of_another_dimension_is_not_loaded(tmp_path: Path) -> None:
    saved(tmp_path)
    assert load_dense(tmp_path, DIMENSION * 2) is None
