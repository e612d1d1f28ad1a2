"""Nearest passages by vector; the only room that names FAISS.

The index is a cache of the library: exact up to `EXACT_LIMIT` vectors, an inverted file above, whose recall is measured
when it is built. What was added after it was built waits in a small exact index beside it.
"""

import ctypes
import errno
import json
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]
Ids = NDArray[np.int64]

EXACT_LIMIT = 20_000
_SEED = 20972
_PART = 65_536
# An inverted file looks into as many of its cells as find this share of the ten nearest.
_RECALL, _ASKED, _NEAREST = 0.975, 128, 10


@dataclass(frozen=True, slots=True)
class DenseStamp:
    """What a saved index holds: which library at which generation, by which model, and how many vectors.

    `probes` is the number of cells a search looks into (0 = the index is exact) and `recall` the share of the ten
    nearest that it then finds. `modified` (ns) and `size` tell without reading it that the file is the one saved.
    """

    library: str
    generation: int
    fingerprint: str
    count: int
    crc32: int = 0
    probes: int = 0
    recall: float = 1.0
    modified: int = 0
    size: int = 0


class DenseIndex:
    """Vectors by id. `search` gives cosine similarities, best first, ties by id."""

    def __init__(
        self, index: Any, dimension: int, *, recall: float = 1.0, added: tuple[Ids, Vectors] | None = None
    ) -> None:
        self._index = index
        self._added = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._waiting = added or (np.zeros(0, np.int64), np.zeros((0, dimension), np.float32))
        if added:
            self._added.add_with_ids(added[1], added[0])
        self.dimension = dimension
        self.recall = recall
        self._places: tuple[Ids, NDArray[np.uint64]] | None = None

    @classmethod
    def build(cls, ids: Ids, vectors: Vectors | Halves) -> "DenseIndex":
        """An index over vectors of shape (n, dimension): exact, or an inverted file for many."""
        count, dimension = vectors.shape
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        if count <= EXACT_LIMIT:
            index = faiss.IndexIDMap2(
                faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
            )
            index.train(np.zeros((1, dimension), np.float32))
        else:
            index = _trained_cells(vectors)
        for at in range(0, count, _PART):
            index.add_with_ids(vectors[at : at + _PART].astype(np.float32), ids[at : at + _PART])
        return cls(index, dimension, recall=_choose_probes(index, ids, vectors) if count > EXACT_LIMIT else 1.0)

    def with_added(self, ids: Ids, vectors: Vectors | Halves) -> "DenseIndex":
        """This index and what came after it was built. This one stays as it is: others may be searching it."""
        if not len(ids):
            return self
        waiting = (
            np.concatenate([self._waiting[0], ids]),
            np.concatenate([self._waiting[1], vectors.astype(np.float32)]),
        )
        return DenseIndex(self._index, self.dimension, recall=self.recall, added=waiting)

    @property
    def added(self) -> int:
        """How many vectors wait outside the built index."""
        return int(self._added.ntotal)

    @property
    def probes(self) -> int:
        """How many cells a search looks into; 0 where the index is exact."""
        return int(self._index.nprobe) if isinstance(self._index, faiss.IndexIVF) else 0

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

    def vectors_of(self, ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Those of some ids that the built index holds, and their vectors in half precision, a row each."""
        if self._places is None:
            self._places = _places(self._index)
        held, addresses = self._places
        wanted = np.array(ids, np.int64)
        at = np.minimum(np.searchsorted(held, wanted), max(len(held) - 1, 0))
        there = held[at] == wanted if len(held) else np.zeros(len(wanted), bool)
        size = 2 * self.dimension
        data = b"".join(ctypes.string_at(address, size) for address in addresses[at[there]].tolist())
        return wanted[there].tolist(), np.frombuffer(data, np.float16).reshape(-1, self.dimension).astype(np.float32)

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
        path = folder / "dense.faiss"
        partial = path.with_suffix(".faiss.partial")
        _write(self._index, partial)
        checksum = _crc32(partial)
        partial.replace(path)
        state = path.stat()
        saved = asdict(stamp) | {
            "crc32": checksum,
            "probes": self.probes,
            "recall": self.recall,
            "modified": state.st_mtime_ns,
            "size": state.st_size,
        }
        stamped = folder / "dense.json.partial"
        stamped.write_text(json.dumps(saved), encoding="utf-8")
        stamped.replace(folder / "dense.json")


def load_dense(folder: Path, dimension: int) -> tuple[DenseIndex, DenseStamp] | None:
    """The saved index with its stamp, or None where it is missing or damaged: it is a cache, and can be rebuilt.

    An inverted file is mapped, not read: a search touches only the cells it looks into.
    """
    path = folder / "dense.faiss"
    try:
        saved = json.loads((folder / "dense.json").read_text(encoding="utf-8"))
        stamp = DenseStamp(**saved)
        if not isinstance(stamp.generation, int) or not _as_saved(path, stamp):
            return None
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY if stamp.probes else 0)
    except (OSError, ValueError, TypeError, RuntimeError):
        return None
    if index.d != dimension or index.ntotal != stamp.count:
        return None
    if isinstance(index, faiss.IndexIVF):
        if not stamp.probes:
            return None  # written before its recall was measured
        index.nprobe = stamp.probes
        # FAISS would start threads to read ahead: a search in mapped memory takes twice as long with them.
        faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0
    return DenseIndex(index, dimension, recall=stamp.recall), stamp


def _write(index: Any, path: Path) -> None:
    path.open("wb").close()  # raises what FAISS would not name: no such folder, no permission
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def _as_saved(path: Path, stamp: DenseStamp) -> bool:
    """Whether the file is the one that was saved: by its time and size, or, where it was copied, by its checksum."""
    state = path.stat()
    if (state.st_mtime_ns, state.st_size) == (stamp.modified, stamp.size):
        return True
    return _crc32(path) == stamp.crc32


def _crc32(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            checksum = zlib.crc32(part, checksum)
    return checksum


def _places(index: Any) -> tuple[Ids, NDArray[np.uint64]]:
    """The ids of a built index in order, and where in memory the vector of each begins."""
    ids: list[Ids] = [np.zeros(0, np.int64)]
    addresses: list[NDArray[np.uint64]] = [np.zeros(0, np.uint64)]

    def region(count: int, pointer: Any, code_size: int) -> None:
        if not count:
            return
        addresses.append(np.uint64(int(pointer)) + np.arange(count, dtype=np.uint64) * np.uint64(code_size))

    if isinstance(index, faiss.IndexIVF):
        for cell in range(index.nlist):
            count = index.invlists.list_size(cell)
            if count:
                ids.append(faiss.rev_swig_ptr(index.invlists.get_ids(cell), count).copy())
                region(count, index.invlists.get_codes(cell), index.code_size)
    else:
        inner = faiss.downcast_index(index.index)
        ids.append(faiss.vector_to_array(index.id_map))
        region(inner.ntotal, inner.codes.data(), inner.code_size)
    held, places = np.concatenate(ids), np.concatenate(addresses)
    order = np.argsort(held, kind="stable")
    return held[order], places[order]


def _trained_cells(vectors: Vectors | Halves) -> Any:
    """An empty inverted file whose cells are the clusters of a sample of these vectors."""
    count, dimension = vectors.shape
    cells = int(2 * math.sqrt(count))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension), dimension, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.by_residual = False  # the vectors themselves are kept, so that they can be read out again
    index.cp.seed = _SEED
    index.cp.niter = 8
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = 32
    sample = np.random.default_rng(_SEED).choice(count, min(count, 32 * cells), replace=False)
    index.train(vectors[np.sort(sample)].astype(np.float32))
    return index


def _choose_probes(index: Any, ids: Ids, vectors: Vectors | Halves) -> float:
    """Sets how many cells a search looks into, and gives the recall that this has.

    It is asked for random directions, which are hard: a passage's own neighbours share its cell. Of short questions in
    other words than the passages', an index of 114,415 finds as much as of these (400 titles of ICD-9 procedures over
    ICD-10-PCS: .976 of the ten nearest, random directions .977, the passages themselves .999).
    """
    asked = np.random.default_rng(_SEED).standard_normal((_ASKED, vectors.shape[1])).astype(np.float32)
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    nearest = [set(row.tolist()) for row in _exact(asked, ids, vectors)]
    recall = 0.0
    for probes in _ladder(index.nlist):
        index.nprobe = probes
        found = index.search(asked, _NEAREST)[1]
        held = sum(len(set(row.tolist()) & right) for row, right in zip(found, nearest, strict=True))
        recall = held / sum(len(right) for right in nearest)
        if recall >= _RECALL:
            break
    return float(recall)


def _ladder(cells: int) -> Iterator[int]:
    probes = 16
    while probes < cells:
        yield probes
        probes = int(probes * 1.25)
    yield cells


def _exact(asked: Vectors, ids: Ids, vectors: Vectors | Halves) -> Ids:
    """The ids of the ten nearest of each, by looking at all."""
    similarities = np.full((len(asked), _NEAREST), -2.0, np.float32)
    nearest = np.full((len(asked), _NEAREST), -1, np.int64)
    for at in range(0, len(ids), _PART):
        part = asked @ vectors[at : at + _PART].astype(np.float32).T
        similarities = np.concatenate([similarities, part], axis=1)
        nearest = np.concatenate([nearest, np.broadcast_to(ids[at : at + _PART], part.shape)], axis=1)
        best = np.argpartition(-similarities, _NEAREST - 1, axis=1)[:, :_NEAREST]
        similarities = np.take_along_axis(similarities, best, axis=1)
        nearest = np.take_along_axis(nearest, best, axis=1)
    return nearest
