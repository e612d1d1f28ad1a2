"""The reader: a small cross-encoder that judges a query and a statement in its place, on ONNX Runtime.

It is ms-marco-MiniLM (Wang et al. 2020) trained further by `scripts/train`; `training/README.md` says on what. It never
imports torch.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

SHIPPED = Path(__file__).parent / "model"
# Tokens of a query that are read, and of a pair: a pasted page must not cost more than a question.
LONGEST_QUERY, LONGEST = 64, 112
_REST = 3  # special tokens of a pair
Logits = NDArray[np.float32]


class Reader(Protocol):
    """What judges statements: the shipped model, or a fake in tests."""

    digest: str

    def read(self, query: str, statements: Sequence[str]) -> list[float]:
        """How far each statement answers a query, as a logit, in their order. For any number of threads at once."""


class OnnxReader:
    """The shipped reader, int8."""

    def __init__(self, folder: Path = SHIPPED, *, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            weights = (folder / "model.onnx").read_bytes()
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises bare exceptions
            raise ModelError(f"the reader in {folder} cannot be loaded; install the package again") from error
        self.digest: str = manifest["sha256"]
        if hashlib.sha256(weights).hexdigest() != self.digest:
            raise ModelError(f"the reader in {folder} is not the one that was shipped; install the package again")
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        first, end = self._tokenizer.encode("").ids
        self._marks = first, end
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="reader")

    def read(self, query: str, statements: Sequence[str]) -> list[float]:
        asked = self._ids(query)[:LONGEST_QUERY]
        room = LONGEST - _REST - len(asked)
        cut = [text[: 16 * LONGEST] for text in statements]
        told = [item.ids[:room] for item in self._tokenizer.encode_batch(cut, add_special_tokens=False)]
        # Like lengths together, so that little is padded; the cores get every other one, so that they end together.
        order = sorted(range(len(told)), key=lambda at: (len(told[at]), at))
        parts = [order[core :: self._threads] for core in range(self._threads)]
        parts = [half for part in parts if part for half in _halves(part)]
        found = self._pool.map(lambda part: self._run(asked, [told[at] for at in part]), parts)
        logits = np.zeros(len(told), np.float32)
        for part, answers in zip(parts, found, strict=True):
            logits[part] = answers
        return [float(logit) for logit in logits]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text[: 16 * LONGEST_QUERY], add_special_tokens=False).ids
        return ids

    def _run(self, asked: list[int], told: Sequence[list[int]]) -> Logits:
        first, end = self._marks
        width = len(asked) + max(map(len, told)) + _REST
        ids = np.zeros((len(told), width), np.int64)
        mask, kinds = np.zeros_like(ids), np.zeros_like(ids)
        for row, statement in enumerate(told):
            whole = [first, *asked, end, *statement, end]
            ids[row, : len(whole)] = whole
            mask[row, : len(whole)] = 1
            kinds[row, len(asked) + 2 : len(whole)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
        logits: Logits = self._session.run(None, feeds)[0]
        return logits[:, 0]


@lru_cache(maxsize=1)
def load_reader() -> Reader:
    """The shipped reader, loaded once. Raises ModelError where its files are not those that were shipped."""
    return OnnxReader()


def _halves(part: list[int]) -> list[list[int]]:
    """A long batch in two, the short statements apart from the long."""
    return [part] if len(part) < 8 else [part[: len(part) // 2], part[len(part) // 2 :]]
