"""Libraries built with the fake embedder, and the laws that hold for every library."""

import hashlib
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from fakes import FakeEmbedder

from assistant.errors import UnknownDocument
from assistant.ingestion.road import Ingestion, Source
from assistant.library import Library
from assistant.retrieval.fusion import retrieve
from assistant.retrieval.snapshot import Snapshots
from assistant.settings import Settings
from assistant.types import Hit, Query

ANY = Query("anything")
# In every passage of `page`, so that both indexes can be asked for all they hold.
COMMON = "procedure"


def open_library(folder: Path, *, fingerprint: str = FakeEmbedder.fingerprint) -> Library:
    return Library(
        folder, model=FakeEmbedder.name, fingerprint=fingerprint, dimension=FakeEmbedder.dimension, create=True
    )


class Now:
    """What a library tells now: each method of a snapshot, asked of a new one."""

    def __init__(self, library: Library) -> None:
        self._snapshots = Snapshots(library)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*arguments: Any, **options: Any) -> Any:
            with self._snapshots.open() as snapshot:
                return getattr(snapshot, name)(*arguments, **options)

        return ask


def now(library: Library) -> Now:
    return Now(library)


def searched(library: Library, text: str, asked: str = "", query: Query | None = None) -> tuple[Hit, ...]:
    """What both searches together find in a library now."""
    vector = FakeEmbedder().embed_query(text)
    with Snapshots(library).open() as snapshot:
        return retrieve(snapshot, vector, query or Query(text), depth=50, lexical_weight=0.5, asked=asked)


def ingestion(library: Library, **settings: object) -> Ingestion:
    return Ingestion(library, FakeEmbedder(), Settings.model_validate(settings))


def source(name: str, text: str | bytes) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(name, "", lambda: data, len(data))


def page(code: str, *words: str, edition: str = "2025", system: str = "CPT") -> str:
    """A code page with one section for each of some words; the first section is the same in all pages."""
    sections = "".join(f"\n## Part {word}\nThe {word} procedure of this page.\n" for word in words)
    return (
        f"---\nid: {system.lower()}-{code.lower()}-{edition}\ncode: {system}:{code}\ntitle: About {code}\n"
        f'edition: "{edition}"\neffective: {edition}-01-01\nexpires: {edition}-12-31\n---\n\n# Page of {code}\n'
        f"\n## Notes\nThe shared procedure that all pages have.\n{sections}"
    )


def dense_keys(library: Library, query: Query = ANY) -> list[int]:
    """All that the dense index finds and the library still holds."""
    vector = FakeEmbedder().embed_query(COMMON)
    keys = [key for key, _ in now(library).search_dense(vector, 1_000_000, query)]
    return [key for key in keys if key in now(library).passages(keys)]


def lexical_keys(library: Library, query: Query = ANY) -> list[int]:
    """All that the lexical index finds and the library still holds."""
    keys = [key for key, _ in now(library).search_lexical(COMMON, 1_000_000, query)]
    return [key for key in keys if key in now(library).passages(keys)]


def texts(library: Library) -> dict[str, str]:
    return {document.id: library.store.text(document.id) for document in library.store.documents()}


def assert_agrees(library: Library) -> None:
    """The library agrees with itself, and both indexes hold exactly the passages that can be found."""
    store = library.store
    searchable: set[int] = set()
    for info in store.documents():
        text = store.text(info.id)
        assert hashlib.sha256(text.encode()).hexdigest() == info.sha256
        assert len(text) == info.characters
        assert len(store.source(info.id)) > 0
        rows = store._database.rows(
            "SELECT p.pk, p.start, p.end, p.vector, length(v.vector) FROM documents d JOIN passages p ON p.document = "
            "d.pk LEFT JOIN vectors v ON v.key = p.vector WHERE d.id = ? ORDER BY p.start",
            (info.id,),
        )
        assert len(rows) == info.passages
        assert [row[1] for row in rows] == [0, *(row[2] for row in rows[:-1])]
        assert rows[-1][2] == len(text)
        assert all(row[4] == 2 * FakeEmbedder.dimension for row in rows if row[3] is not None)
        searchable |= {row[0] for row in rows if row[3] is not None}
        for item in store.passages([row[0] for row in rows]).values():
            assert text[item.passage.start : item.passage.end] == item.passage.text
            for mention in item.passage.mentions:
                assert mention.code.value in item.passage.text[mention.start : mention.end]
        codes = store._database.rows(
            "SELECT c.value, c.start, c.end FROM documents d JOIN codes c ON c.document = d.pk WHERE d.id = ?",
            (info.id,),
        )
        assert len(codes) == info.codes
        assert all(text[start:end].upper().endswith(value) for value, start, end in codes)
    counts = store.counts()
    assert counts[0] == len(store.documents())
    assert counts[1] == len(searchable) == len(library)
    for table in ("passages", "codes", "synonyms", "names"):
        astray = (
            f"SELECT count(*) FROM {table} WHERE document NOT IN (SELECT pk FROM documents UNION SELECT * FROM unseen)"
        )
        assert store._database.rows(astray) == [(0,)]
    assert store._database.rows("SELECT count(*) FROM mentions WHERE passage NOT IN (SELECT pk FROM passages)") == [
        (0,)
    ]
    named = {known.document_id for known in store.known()}
    assert named == {info.id for info in store.documents()}
    assert sorted(dense_keys(library)) == sorted(searchable)
    assert sorted(lexical_keys(library)) == sorted(searchable)


def read_whole(library: Library, embedder: FakeEmbedder) -> str:
    """A fault that a reader sees (a hit whose text is not its own, half a document); "" if there is none."""
    vector = embedder.embed_query(COMMON)
    keys = [key for key, _ in now(library).search_dense(vector, 1_000, ANY)]
    keys += [key for key, _ in now(library).search_lexical(COMMON, 1_000, ANY)]
    for item in now(library).passages(keys).values():
        try:
            text = library.store.text(item.document.id)
        except UnknownDocument:
            continue  # removed since
        if hashlib.sha256(text.encode()).hexdigest() == item.document.sha256:
            if text[item.passage.start : item.passage.end] != item.passage.text:
                return f"a hit of {item.document.id} has not its own text"
        elif library.store.document(item.document.id).sha256 == item.document.sha256:
            return f"{item.document.id} is not whole"
    return ""


def read_until_told(folder: Path, ready: Event, stop: Event, faults: "Queue[str]") -> None:
    """Reads the library in another process while this one writes."""
    try:
        library = open_library(folder)
        len(library)
        ready.set()
        while not stop.is_set():
            for keys in (dense_keys(library), lexical_keys(library)):
                assert len(keys) == len(set(keys))
                for item in now(library).passages(keys).values():
                    assert item.passage.text
        assert_agrees(library)
    except BaseException as error:
        faults.put(repr(error))
        ready.set()
        raise
