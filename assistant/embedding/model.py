"""A model that turns texts into unit vectors, on ONNX Runtime."""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of queries, shape (len(texts), dimension), with the model's query prefix."""

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

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._query_prefix + text for text in texts])

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


def is_outdated(folder: Path) -> bool:
    """Whether an export has an earlier form. One that cannot be read is damaged; loading it says so."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return isinstance(manifest, dict) and "fingerprint" in manifest and manifest.get("form") != FORM
    except (OSError, ValueError):
        return False
