"""Nearest passages by vector; the only room that names FAISS.

The index is a cache of the library: exact up to `EXACT_LIMIT` vectors, an inverted file above. What was added after it
was built waits in a small exact index beside it.
"""

import json
import math
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]

EXACT_LIMIT = 20_000
_SEED = 20972


@dataclass(frozen=True, slots=True)
class DenseStamp:
    """What a saved index holds: which library at which generation, by which model, and how many vectors."""

    library: str
    generation: int
    fingerprint: str
    count: int
    crc32: int = 0


class DenseIndex:
    """Vectors by id. `search` gives cosine similarities, best first, ties by id."""

    def __init__(self, index: Any, dimension: int, added: tuple[Ids, Vectors] | None = None) -> None:
        self._index = index
        self._added = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._waiting = added or (np.zeros(0, np.int64), np.zeros((0, dimension), np.float32))
        if added:
            self._added.add_with_ids(added[1], added[0])
        self.dimension = dimension

    @classmethod
    def build(cls, ids: Ids, vectors: Vectors) -> "DenseIndex":
        """An index over vectors of shape (n, dimension): exact, or an inverted file for many."""
        count, dimension = vectors.shape
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        if count <= EXACT_LIMIT:
            index = faiss.IndexIDMap2(
                faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            )
            index.train(vectors[:1] if count else np.zeros((1, dimension), np.float32))
        else:
            cells = int(4 * math.sqrt(count))
            index = faiss.IndexIVFScalarQuantizer(
                faiss.IndexFlatIP(dimension),
                dimension,
                cells,
                faiss.ScalarQuantizer.QT_fp16,
                faiss.METRIC_INNER_PRODUCT,
            )
            index.cp.seed = _SEED
            index.cp.niter = 10
            index.cp.max_points_per_centroid = 64
            index.nprobe = max(16, cells // 24)
            index.train(vectors)
        if count:
            index.add_with_ids(vectors, ids)
        return cls(index, dimension)

    def with_added(self, ids: Ids, vectors: Vectors) -> "DenseIndex":
        """This index and what came after it was built. This one stays as it is: others may be searching it."""
        if not len(ids):
            return self
        waiting = np.concatenate([self._waiting[0], ids]), np.concatenate([self._waiting[1], vectors])
        return DenseIndex(self._index, self.dimension, waiting)

    @property
    def added(self) -> int:
        """How many vectors wait outside the built index."""
        return int(self._added.ntotal)

    def __len__(self) -> int:
        return int(self._index.ntotal + self._added.ntotal)

    def search(self, vector: Vectors, count: int, allowed: Ids | None = None) -> list[tuple[int, float]]:
        """(id, cosine) of the `count` nearest, among `allowed` if given."""
        # One thread a search: waking more costs more than one query's scan, all the more beside the model's threads.
        faiss.omp_set_num_threads(1)
        query = np.ascontiguousarray(vector.reshape(1, -1), dtype=np.float32)
        found: list[tuple[int, float]] = []
        for index in (self._index, self._added):
            if not index.ntotal:
                continue
            similarities, ids = index.search(query, min(count, index.ntotal), params=self._parameters(index, allowed))
            found += [(int(i), float(s)) for i, s in zip(ids[0], similarities[0], strict=True) if i >= 0]
        found.sort(key=lambda pair: (-pair[1], pair[0]))
        return found[:count]

    def _parameters(self, index: Any, allowed: Ids | None) -> Any:
        if allowed is None:
            return None
        selector = faiss.IDSelectorBatch(allowed)
        if isinstance(index, faiss.IndexIVF):
            # A filter empties cells, so all of them are looked into.
            return faiss.SearchParametersIVF(sel=selector, nprobe=index.nlist)
        return faiss.SearchParameters(sel=selector)

    def save(self, folder: Path, stamp: DenseStamp) -> None:
        """Writes dense.faiss and dense.json; the stamp is replaced last, so a torn write is seen as damage."""
        folder.mkdir(parents=True, exist_ok=True)
        blob = faiss.serialize_index(self._index)
        data = blob.tobytes()
        _replace(folder / "dense.faiss", data)
        saved = asdict(stamp) | {"crc32": zlib.crc32(data)}
        _replace(folder / "dense.json", json.dumps(saved).encode())


def load_dense(folder: Path, dimension: int) -> tuple[DenseIndex, DenseStamp] | None:
    """The saved index with its stamp, or None where it is missing or damaged: it is a cache, and can be rebuilt."""
    try:
        saved = json.loads((folder / "dense.json").read_text(encoding="utf-8"))
        stamp = DenseStamp(**saved)
        if not isinstance(stamp.generation, int):
            return None
        data = (folder / "dense.faiss").read_bytes()
        if zlib.crc32(data) != stamp.crc32:
            return None
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    except (OSError, ValueError, TypeError, RuntimeError):
        return None
    if index.d != dimension or index.ntotal != stamp.count:
        return None
    if isinstance(index, faiss.IndexIVF):
        index.nprobe = max(16, index.nlist // 24)
    return DenseIndex(index, dimension), stamp


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
