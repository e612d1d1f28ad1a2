"""A note is read by one state of the library: what is asked and warned holds on its day, and what is cited is there."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from libraries import ingestion, open_library, source
from surgery import write_corpus

from assistant.answering import Assistant
from assistant.embedding import OnnxEmbedder, export_name
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.notes import read_note
from assistant.notes.page_advice import Heeded, heed
from assistant.notes.suggesting import suggest
from assistant.retrieval.in_force import entries_in_force
from assistant.retrieval.snapshot import Snapshots
from assistant.settings import Settings
from assistant.types import Query, Suggestion
from assistant.types.codes import Code

FIRST, SECOND = Code("CPT", "20972", "2025"), Code("CPT", "20973", "2025")
CRUTCH = Code("HCPCS", "E0105", "2025")
NOTE = read_note("PROCEDURE: Free flap\nThe flap was lifted.\n")
LAPAROSCOPY = "PROCEDURE PERFORMED: Laparoscopic appendectomy.\nThe base of the appendix was stapled.\n"


def page(code: Code, documentation: str, name: str = "", dates: str = "effective: 2025-01-01\n") -> str:
    return (
        f"---\nid: {name or f'page-{code.value.lower()}'}\ncode: {code.system}:{code.value}\ntitle: Page {code.value}\n"
        f'edition: "2025"\n{dates}---\n\n# {code.value}\n\n## Documentation\n{documentation}\n'
    )


def guide(name: str, dates: str, text: str) -> str:
    return f"---\nid: {name}\ntitle: {name}\n{dates}---\n\n# Guide\n\n## Rules\n{text}\n"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(tmp_path / "library")
    old, new = "effective: 2024-01-01\nexpires: 2024-12-31\n", "effective: 2025-01-01\nexpires: 2025-12-31\n"
    files = {
        "first.md": page(FIRST, "Name the donor site."),
        "second.md": page(SECOND, "Name the recipient site."),
        "crutch.md": page(CRUTCH, "Name the side."),
        "gone.md": page(FIRST, "Name the anaesthetist.", "gone", "effective: 2025-01-01\nexpires: 2025-03-31\n"),
        "old.md": guide("old", old, "20972 is never reported with 20973 as of old."),
        "new.md": guide("new", new, "20972 is bundled with 20973 as of now."),
        "both.md": guide("both", "", "20972 is not reported together with E0105."),
    }
    outcomes = ingestion(library).add([source(name, text) for name, text in files.items()])
    assert [outcome.state for outcome in outcomes] == ["added"] * len(files)
    yield library
    library.close()


def heeded(library: Library, query: Query, *codes: Code) -> dict[Code, Heeded]:
    with Snapshots(library).open() as snapshot:
        held = entries_in_force(snapshot, codes, query)
        return heed(snapshot, query, NOTE, {code: held[code.bare][0] for code in codes if code.bare in held})


def warned(found: Heeded) -> set[str]:
    return {statement.citation.document_id for statement in found.cautions}


def asked(found: Heeded) -> set[str]:
    return {requirement.statement.text for requirement in found.requirements}


def test_what_is_warned_of_holds_on_the_day(library: Library) -> None:
    june = Query("", as_of=datetime.date(2025, 6, 1))
    assert warned(heeded(library, june, FIRST, SECOND)[FIRST]) == {"new"}
    assert warned(heeded(library, Query(""), FIRST, SECOND)[FIRST]) == {"new", "old"}


def test_what_is_asked_holds_on_the_day(library: Library) -> None:
    june, march = Query("", as_of=datetime.date(2025, 6, 1)), Query("", as_of=datetime.date(2025, 3, 1))
    assert asked(heeded(library, june, FIRST)[FIRST]) == {"Name the donor site."}
    assert asked(heeded(library, march, FIRST)[FIRST]) == {"Name the donor site.", "Name the anaesthetist."}


def test_codes_of_other_systems_are_not_warned_of(library: Library) -> None:
    assert warned(heeded(library, Query(""), FIRST, CRUTCH)[FIRST]) == {"both"}
    found = heeded(library, Query("", systems=("CPT",)), FIRST, CRUTCH)
    assert set(found) == {FIRST} and warned(found[FIRST]) == set()


def test_a_superseded_edition_neither_asks_nor_warns(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    rows = "code,description\nE0105,Crutch of wood\nE0110,Crutch of steel\n"
    head = '---\nid: rules-{0}\ntitle: Rules\nedition: "{0}"\neffective: {0}-01-01\n---\n\n'
    body = "# Rules\n\n## Documentation of all\n20972 is never reported with 20973.\n"
    ingestion(library).add([source(f"hcpcs_{year}.csv", rows) for year in (2024, 2025)])
    ingestion(library).add([source(f"rules-{year}.md", head.format(year) + body) for year in (2024, 2025)])
    with Snapshots(library).open() as snapshot:
        gone = snapshot.superseded(None)
        first = snapshot.entries([Code("HCPCS", "E0105")])[Code("HCPCS", "E0105")]
        held = {entry.entry.code: entry for entry in first if entry.document.id not in gone}
        found = heed(snapshot, Query(""), NOTE, held)
        cited = {r.statement.citation.document_id for item in found.values() for r in item.requirements}
        assert not cited & gone
    library.close()


class Removing(OnnxEmbedder):
    """Removes a document after the first snapshot was taken, once."""

    library: Library
    cited = ""
    left = 0

    def embed_queries(self, texts):
        if self.left:
            self.left -= 1
            self.library.store.remove_document(self.cited)
        return super().embed_queries(texts)


def test_a_document_that_goes_while_a_note_is_read_is_not_cited(
    tmp_path: Path, embedder: OnnxEmbedder, settings: Settings
) -> None:
    library = Library(
        tmp_path / "library",
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        create=True,
    )
    Ingestion(library, embedder, settings).index([write_corpus(tmp_path / "corpus")])
    removing = Removing(settings.model_cache / export_name(settings.model))
    removing.library = library
    assistant = Assistant(library, removing, settings)
    before = suggest(assistant, LAPAROSCOPY, Query(""))
    assert isinstance(before, Suggestion) and before.candidates[0].candidate.code.value == "44970"
    removing.cited = before.candidates[0].candidate.citations[0].document_id
    removing.left = 1
    after = suggest(assistant, LAPAROSCOPY, Query(""))
    stamp = after.library if isinstance(after, Suggestion) else after.refusal.library
    assert stamp.generation == library.stamp.generation == before.library.generation + 1
    if isinstance(after, Suggestion):
        cited = [one.document_id for found in after.candidates for one in found.candidate.citations]
        assert removing.cited not in cited
    library.close()


class Prefixed(FakeEmbedder):
    """A model that embeds queries otherwise than passages, and is asked to embed no passage."""

    def embed(self, texts):
        raise AssertionError("a statement of a note is a query")

    def embed_queries(self, texts):
        return FakeEmbedder().embed(texts)

    def embed_query(self, text):
        return FakeEmbedder().embed([text])[0]


def test_the_statements_of_a_note_are_embedded_as_queries(library: Library) -> None:
    assistant = Assistant(library, Prefixed(), Settings())
    response = suggest(assistant, "PROCEDURE: Free flap of the donor site\nThe flap was lifted.\n", Query(""))
    assert response.statements


def test_many_queries_are_embedded_as_one_is(settings: Settings, embedder: OnnxEmbedder) -> None:
    folder = settings.model_cache / export_name(settings.model)
    prefixed = OnnxEmbedder(folder, query_prefix="search for this: ")
    texts = ["free flap", "release of the median nerve at the wrist"]
    rows = prefixed.embed_queries(texts)
    assert np.allclose(rows, np.stack([prefixed.embed_query(text) for text in texts]), atol=1e-5)
    assert not np.allclose(rows, embedder.embed_queries(texts), atol=1e-2)
    assert np.allclose(prefixed.embed(texts), embedder.embed(texts), atol=1e-6)
