"""A part of the starter library, small enough for tests."""

from pathlib import Path

import yaml

from assistant.answering import Assistant
from assistant.embedding import OnnxEmbedder
from assistant.ingestion.road import Ingestion, file_source
from assistant.library import Library
from assistant.settings import Settings

CORPUS = Path(__file__).parents[1] / "corpus"
# The whole corpus takes minutes to embed on a small machine.
FAMILIES = {
    "microvascular bone and flap transfer",
    "peripheral nerve repair and release",
    "open fracture debridement",
    "appendectomy",
}


def front_matter(page: Path) -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load(page.read_text(encoding="utf-8").split("---\n", 2)[1])
    return loaded


def build_starter(folder: Path, embedder: OnnxEmbedder, settings: Settings) -> Assistant:
    """A library of four families and one guide of the starter corpus."""
    pages = [page for page in sorted((CORPUS / "cpt").glob("*.md")) if front_matter(page)["family"] in FAMILIES]
    sources = [file_source(file, file.name) for file in [*pages, CORPUS / "guides" / "bone-grafts-and-microsurgery.md"]]
    library = Library(
        folder,
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        dimension=embedder.dimension,
        create=True,
    )
    outcomes = Ingestion(library, embedder, settings).add(sources)
    assert len(outcomes) > 25 and {outcome.state for outcome in outcomes} == {"added"}
    return Assistant(library, embedder, settings)
