"""A snapshot is one state: what is committed later is not in it, and what is hidden is in nothing that it tells."""

from pathlib import Path

from fakes import FakeEmbedder
from libraries import ingestion, now, open_library, page, source

from assistant.retrieval.generation import Shelf
from assistant.retrieval.snapshot import Snapshots
from assistant.types import Query

SHARED = Query("shared procedure")


def test_a_shelf_reads_what_it_lacks_and_gives_in_the_order_of_the_keys() -> None:
    read: list[int] = []

    def squares(keys: list[int]) -> dict[int, int]:
        read.extend(keys)
        return {key: key * key for key in keys if key < 10}

    shelf: Shelf[int, int] = Shelf(3)
    assert shelf.get([2, 1], squares) == {2: 4, 1: 1} and list(shelf.get([2, 1], squares)) == [2, 1]
    assert shelf.get([1, 3, 12], squares) == {1: 1, 3: 9} and read == [2, 1, 3, 12]
    shelf.get([4], squares)
    assert shelf.get([1], squares) == {1: 1} and read[-1] == 1, "more than it keeps: it begins anew"


def test_a_snapshot_holds_what_was_removed_since_and_the_next_does_not(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    first, second = ingestion(library).add(
        [source("a.md", page("20972", "femoral")), source("b.md", page("20957", "radial"))]
    )
    snapshots = Snapshots(library)
    with snapshots.open() as snapshot:
        keys = [key for key, _ in snapshot.search_lexical(SHARED.text, 50, SHARED)]
        library.store.remove_document(str(first.document_id))
        held = {item.document.id for item in snapshot.passages(keys).values()}
        assert held == {first.document_id, second.document_id}
        assert snapshot.search_lexical(SHARED.text, 50, SHARED) and snapshot.stamp().generation == 2
    with snapshots.open() as snapshot:
        assert {item.document.id for item in snapshot.passages(keys).values()} == {second.document_id}
        assert snapshot.stamp().generation == 3


def test_what_was_anticipated_is_found_for_the_same_query_only(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source("a.md", page("20972", "femoral")), source("b.md", page("20957", "radial"))])
    vector = FakeEmbedder().embed_query("shared procedure")
    plain = now(library).search_lexical("shared procedure", 10, SHARED)
    with Snapshots(library).open() as snapshot:
        snapshot.anticipate("shared procedure", 10, SHARED)
        assert snapshot.search_lexical("shared procedure", 10, SHARED) == plain
        assert snapshot.search_lexical("shared procedure", 1, SHARED) == plain[:1]
        assert snapshot.search_lexical("femoral", 10, Query("femoral")) != plain
        assert snapshot.search_dense(vector, 3, SHARED)
    ingestion(library).add([source("c.md", page("20955", "ulnar"))])
    assert len(now(library).search_lexical("shared procedure", 10, SHARED)) > len(plain)
