"""A model that turns texts into unit vectors, on ONNX Runtime."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

Vectors = NDArray[np.float32]

# Raise this when the layout of an export changes: older exports are then made again.
FORM = 2
# Measured on order-file titles: less processor time a title than 256 or 4,096.
_BATCH_TOKENS = 1_024
_BATCH_TEXTS = 64


class Embedder(Protocol):
    """What turns texts into vectors: the exported model, or a fake in tests."""

    name: str
    fingerprint: str
    dimension: int
    max_tokens: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension)."""

    def embed_query(self, text: str) -> Vectors:
        """One unit vector, shape (dimension,), with the model's query prefix."""

    def count_tokens(self, text: str) -> int:
        """Length of `text` in the model's own tokens, without the special ones."""


class OnnxEmbedder:
    """An exported sentence-transformers model on ONNX Runtime; never imports torch."""

    def __init__(self, folder: Path, *, threads: int = 0, query_prefix: str = "") -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.name: str = manifest["name"]
        self.fingerprint: str = manifest["fingerprint"]
        self.dimension: int = manifest["dimension"]
        self.max_tokens: int = manifest["max_tokens"]
        self._query_prefix = query_prefix or manifest["query_prefix"]
        self._passage_prefix: str = manifest["passage_prefix"]
        self._inputs: list[str] = manifest["inputs"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        # One thread for each run: a short query gains nothing from a second one (measured), and thousands of texts are
        # shared out among threads as whole batches, which wait for each other less.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        if manifest.get("form") == FORM:
            # Optimised when it was exported: doing it again at each start takes longer than the first query.
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        self._threads = threads or os.cpu_count() or 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self._unit([self._tokenizer.encode(self._query_prefix + text).ids])[0]
        return vector

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._unit([encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))])

    def _unit(self, encoded: Sequence[list[int]]) -> Vectors:
        """A text longer than the model reads is embedded in windows; its vector is their mean, weighted by length."""
        windows: list[list[int]] = []
        owners: list[int] = []
        for owner, ids in enumerate(encoded):
            for window in _windows(ids, self.max_tokens):
                windows.append(window)
                owners.append(owner)
        vectors = np.zeros((len(encoded), self.dimension), np.float32)
        batches = list(_batches([len(window) for window in windows]))
        inputs = [[windows[index] for index in batch] for batch in batches]
        if self._threads == 1 or len(batches) < 2:
            found = [self._run(batch) for batch in inputs]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                found = list(pool.map(self._run, inputs))
        for batch, rows in zip(batches, found, strict=True):
            for index, vector in zip(batch, rows, strict=True):
                vectors[owners[index]] += vector * len(windows[index])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(norms, 1e-12)
        return unit

    def _run(self, windows: Sequence[list[int]]) -> Vectors:
        longest = max(len(window) for window in windows)
        ids = np.zeros((len(windows), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            ids[row, : len(window)] = window
            mask[row, : len(window)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output: Vectors = self._session.run(None, {name: feeds[name] for name in self._inputs})[0]
        return output


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The indices of `lengths` in batches, the longest first; similar lengths run together, so that little is padded.

    A batch holds a fixed number of tokens, so that memory stays flat.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    at = 0
    while at < len(order):
        count = max(1, min(_BATCH_TEXTS, _BATCH_TOKENS // lengths[order[at]]))
        yield order[at : at + count]
        at += count


def _windows(ids: list[int], max_tokens: int) -> list[list[int]]:
    """Token windows that fit the model; each keeps the special tokens at both ends of the whole."""
    if len(ids) <= max_tokens:
        return [ids]
    first, inner, last = ids[:1], ids[1:-1], ids[-1:]
    step = max_tokens - 2
    return [first + inner[at : at + step] + last for at in range(0, len(inner), step)]


def load_embedder(model: str, cache: Path, *, threads: int = 0, query_prefix: str = "") -> OnnxEmbedder:
    """The embedder for a model: the embedded default, a sentence-transformers folder, or a hub name.

    The first call for a model exports it to ONNX below `cache`, which takes seconds and imports torch; later calls
    don't. Raises ModelError if the model is missing, is not the published one, or its export differs from it.
    """
    folder = cache / _cache_key(model)
    if not (folder / "manifest.json").exists() or is_outdated(folder):
        from assistant.embedding.exporting import export_model

        export_model(model, folder)
    try:
        return OnnxEmbedder(folder, threads=threads, query_prefix=query_prefix)
    except Exception as error:  # onnxruntime raises classes of its own for each damage
        raise ModelError(
            f"the exported model in {folder} cannot be loaded; delete that folder and try again"
        ) from error


def is_outdated(folder: Path) -> bool:
    """Whether an export has an earlier form. One that cannot be read is damaged; loading it says so."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return isinstance(manifest, dict) and "fingerprint" in manifest and manifest.get("form") != FORM
    except (OSError, ValueError):
        return False


def _cache_key(model: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9.-]+", "-", Path(model).name) or "model"
    if not Path(model).is_dir():
        return slug if slug == model else f"{slug}-{hashlib.sha256(model.encode()).hexdigest()[:12]}"
    state = [
        (path.relative_to(model).as_posix(), path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(Path(model).rglob("*"))
        if path.is_file()
    ]
    digest = hashlib.sha256(repr((str(Path(model).resolve()), state)).encode()).hexdigest()
    return f"{slug}-{digest[:12]}"
