"""A million synthetic passages through the library's own roads: parsing, storing, both indexes, retrieval.

`python million.py build FOLDER TITLES COUNT` makes the library, `python million.py ask FOLDER QUERIES` prints its
figures as JSON, each in a process of its own, so that memory is measured for one thing at a time.

A synthetic passage says what two real titles say ("A; with B"); its vector lies between theirs (.8 and .4 of them) with
noise of length .3 around it: the passages cluster as a large code set's do, and no two are alike.
"""

import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from measuring import p50, p95, status_mb
from numpy.typing import NDArray

from assistant.embedding import OnnxEmbedder, Vectors, load_embedder
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.retrieval.fusion import retrieve
from assistant.retrieval.snapshot import Snapshots
from assistant.settings import load_settings
from assistant.types import Query

_FILE_ROWS = 100_000
_BASE = 10_000


class Blend:
    """An embedder that knows each synthetic text's two titles."""

    def __init__(self, model: OnnxEmbedder, titles: Sequence[str]) -> None:
        self.name, self.fingerprint, self.dimension = model.name, model.fingerprint, model.dimension
        self.max_tokens, self.count_tokens = model.max_tokens, model.count_tokens
        self.embed_query, self.embed_queries = model.embed_query, model.embed_queries
        self._of_title = {title: row for row, title in enumerate(titles)}
        self._vectors = model.embed(titles)
        self._noise = np.random.default_rng(1)

    def embed(self, texts: Sequence[str]) -> Vectors:
        pairs = [text.partition("; with ") for text in texts]
        first = [self._of_title[one.rpartition(". ")[2]] for one, _, _ in pairs]
        second = [self._of_title[two] for _, _, two in pairs]
        noise = self._noise.standard_normal((len(texts), self.dimension)).astype(np.float32)
        noise *= 0.3 / np.linalg.norm(noise, axis=1, keepdims=True)
        mixed = 0.8 * self._vectors[first] + 0.4 * self._vectors[second] + noise
        unit: Vectors = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
        return unit


def build(folder: Path, titles: Sequence[str], count: int) -> None:
    pick = random.Random(1)
    titles = [title.replace(". ", ", ") for title in titles]
    titles = pick.sample(titles, min(_BASE, len(titles)))
    settings = load_settings().model_copy(update={"code_systems": {"SYN": r"SYN\d{7}"}})
    model = load_embedder(settings.model, settings.model_cache)
    documents = folder / "documents"
    documents.mkdir(parents=True)
    pairs: set[tuple[str, str]] = set()
    while len(pairs) < count:
        pairs.add((pick.choice(titles), pick.choice(titles)))
    ordered = sorted(pairs)
    pick.shuffle(ordered)
    for at in range(0, count, _FILE_ROWS):
        rows = (f'SYN{at + n:07},"{a}; with {b}"' for n, (a, b) in enumerate(ordered[at : at + _FILE_ROWS]))
        name = documents / f"synthetic{at // _FILE_ROWS:03}.csv"
        name.write_text("Code,Description\n" + "\n".join(rows) + "\n", encoding="utf-8")
    library = Library(
        folder / "library", model=model.name, fingerprint=model.fingerprint, dimension=model.dimension, create=True
    )
    outcomes = Ingestion(library, Blend(model, titles), settings).index([documents])
    for outcome in outcomes:
        if outcome.state != "added":
            raise SystemExit(f"{outcome.source_name}: {outcome.message}")


def ask(folder: Path, queries: Sequence[str]) -> dict[str, object]:
    settings = load_settings()
    model = load_embedder(settings.model, settings.model_cache)
    start = time.perf_counter()
    library = Library(folder / "library", model=model.name, fingerprint=model.fingerprint, dimension=model.dimension)
    snapshots = Snapshots(library)
    passages = len(library)
    opened = time.perf_counter() - start
    bare: list[float] = []
    asked: list[float] = []
    dense: list[float] = []
    lexical: list[float] = []
    nearest: list[list[int]] = []
    vectors: list[Vectors] = []
    for number, text in enumerate([*queries[:20], *queries]):
        begin = time.perf_counter()
        vector = model.embed_query(text)
        embedded = time.perf_counter()
        with snapshots.open() as snapshot:
            retrieve(snapshot, vector, Query(text), depth=settings.depth, lexical_weight=settings.lexical_weight)
        found = time.perf_counter()
        with snapshots.open() as snapshot:
            hits = snapshot.search_dense(vector, settings.depth, Query(text))
            searched = time.perf_counter()
            snapshot.search_lexical(text, settings.depth, Query(text))
        if number >= 20:
            bare.append(embedded - begin)
            asked.append(found - embedded)
            dense.append(searched - found)
            lexical.append(time.perf_counter() - searched)
            nearest.append([key for key, _ in hits[:10]])
            vectors.append(vector)
    memory = status_mb("self", "VmHWM")
    exact, scans = _exact(folder / "library", np.stack(vectors))
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(nearest, exact, strict=True)])
    stamp = json.loads((folder / "library" / "dense" / "dense.json").read_text(encoding="utf-8"))
    return {
        "passages": passages,
        "opened": opened,
        "bare": [p50(bare), p95(bare)],
        "retrieval": [p50(asked), p95(asked)],
        "dense": [p50(dense), p95(dense)],
        "lexical": [p50(lexical), p95(lexical)],
        "scan": [p50(scans), p95(scans)],
        "memory": memory,
        "recall": float(recall),
        "recall_at_build": stamp["recall"],
        "probes": stamp["probes"],
    }


def _exact(library: Path, vectors: NDArray[np.float32]) -> tuple[list[list[int]], list[float]]:
    """The ten nearest of each query, found by looking into every cell, and the seconds that one query takes."""
    index = faiss.read_index(str(library / "dense" / "dense.faiss"), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
    faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
    index.nprobe = index.nlist
    faiss.omp_set_num_threads(1)
    exact, scans = [], []
    for vector in vectors:
        start = time.perf_counter()
        exact.append(index.search(vector.reshape(1, -1), 10)[1][0].tolist())
        scans.append(time.perf_counter() - start)
    return exact, scans


if __name__ == "__main__":
    lines = Path(sys.argv[3]).read_text(encoding="utf-8").splitlines()
    if sys.argv[1] == "build":
        build(Path(sys.argv[2]), lines, int(sys.argv[4]))
    else:
        print(json.dumps(ask(Path(sys.argv[2]), lines)))
