"""What is kept of the library's reading is never older than its documents."""

from pathlib import Path

from fakes import FakeEmbedder
from libraries import ingestion, open_library, page, source

from assistant.retrieval.recent import Recent
from assistant.types import Query


def test_a_passage_is_read_once_and_a_removed_one_not_given_again(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    first, second = ingestion(library).add(
        [source("a.md", page("20972", "femoral")), source("b.md", page("20957", "radial"))]
    )
    keys = [key for key, _ in library.search_lexical("shared procedure", 50, Query("shared procedure"))]
    recent = Recent(library.store, library.store.passages)
    found = recent.get(keys)
    assert found == library.store.passages(keys) and {item.document.id for item in found.values()} == {
        first.document_id,
        second.document_id,
    }
    assert recent.get(keys)[keys[0]] is found[keys[0]]
    assert list(recent.get(list(reversed(keys)))) == list(reversed(keys))
    library.store.remove_document(str(first.document_id))
    assert {item.document.id for item in recent.get(keys).values()} == {second.document_id}


def test_what_was_anticipated_is_found_for_the_same_query_only(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    ingestion(library).add([source("a.md", page("20972", "femoral")), source("b.md", page("20957", "radial"))])
    vector = FakeEmbedder().embed_query("shared procedure")
    plain = library.search_lexical("shared procedure", 10, Query("shared procedure"))
    with library.steady():
        library.anticipate("shared procedure", 10, Query("shared procedure"))
        assert library.search_lexical("shared procedure", 10, Query("shared procedure")) == plain
        assert library.search_lexical("shared procedure", 1, Query("shared procedure")) == plain[:1]
        assert library.search_lexical("femoral", 10, Query("femoral")) != plain
        assert library.search_dense(vector, 3, Query("shared procedure"))
    ingestion(library).add([source("c.md", page("20955", "ulnar"))])
    assert len(library.search_lexical("shared procedure", 10, Query("shared procedure"))) > len(plain)
