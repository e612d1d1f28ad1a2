"""Haystack over the same rows: BM25 and embedding retrievers joined by reciprocal ranks, as in its tutorial."""

from collections.abc import Sequence
from pathlib import Path

from asking import Answer, main


def index(folder: Path, model: str, rows: Sequence[tuple[str, str]]) -> None:
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    embedder = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
    embedder.warm_up()
    store = InMemoryDocumentStore()
    documents = [Document(id=code, content=text) for code, text in rows]
    store.write_documents(embedder.run(documents)["documents"])
    store.save_to_disk(str(folder / "haystack.json"))


def open_index(folder: Path, model: str) -> Answer:
    from haystack import Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

    store = InMemoryDocumentStore.load_from_disk(str(folder / "haystack.json"))
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=model, progress_bar=False))
    pipeline.add_component("dense", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("words", InMemoryBM25Retriever(store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("embedder.embedding", "dense.query_embedding")
    pipeline.connect("dense", "joiner")
    pipeline.connect("words", "joiner")

    def answer(query: str) -> list[str]:
        found = pipeline.run({"embedder": {"text": query}, "words": {"query": query}})
        return [document.id for document in found["joiner"]["documents"][:10]]

    return answer


if __name__ == "__main__":
    main(index, open_index)
