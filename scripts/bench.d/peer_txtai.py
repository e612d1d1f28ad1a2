"""txtai over the same rows: its hybrid index with content, as its documentation recommends."""

from collections.abc import Sequence
from pathlib import Path

from asking import Answer, main


def index(folder: Path, model: str, rows: Sequence[tuple[str, str]]) -> None:
    from txtai import Embeddings

    embeddings = Embeddings(path=model, hybrid=True, content=True)
    embeddings.index([(code, text, None) for code, text in rows])
    embeddings.save(str(folder / "txtai"))


def open_index(folder: Path, model: str) -> Answer:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(folder / "txtai"))
    return lambda query: [hit["id"] for hit in embeddings.search(query, 10)]


if __name__ == "__main__":
    main(index, open_index)
