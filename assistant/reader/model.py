"""The reader: a small cross-encoder that judges a query and a statement in its place, on ONNX Runtime."""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

SHIPPED = Path(__file__).parent / "model"
# Tokens of a query that are read, and of a pair: a pasted page must not cost more than a question.
_LONGEST_QUERY, _LONGEST = 64, 112
_REST = 3  # special tokens of a pair
Logits = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far a statement answers a query, as a logit; and how far it settles it with yes or no, 0 to 1 each."""

    answers: float
    yes: float
    no: float


class Reader(Protocol):
    """What judges statements: the shipped model, or a fake in tests."""

    digest: str

    def read(self, query: str, statements: Sequence[str]) -> list[Judgement]:
        """A judgement of each statement, in their order. Safe for any number of threads at once."""


class OnnxReader:
    """The shipped reader, int8; never imports torch."""

    def __init__(self, folder: Path = SHIPPED, *, threads: int = 0) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            weights = (folder / "model.onnx").read_bytes()
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except (OSError, ValueError) as error:
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
        self._marks = (first, end)
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="reader")

    def read(self, query: str, statements: Sequence[str]) -> list[Judgement]:
        if not statements:
            return []
        asked = self._ids(query)[:_LONGEST_QUERY]
        room = _LONGEST - _REST - len(asked)
        told = [item.ids[:room] for item in self._tokenizer.encode_batch(list(statements), add_special_tokens=False)]
        # Like lengths together, so that little is padded; the cores get every other one, so that they end together.
        order = sorted(range(len(told)), key=lambda at: (len(told[at]), at))
        parts = [order[core :: self._threads] for core in range(self._threads)]
        parts = [half for part in parts if part for half in _halves(part)]
        found = self._pool.map(lambda part: self._run(asked, [told[at] for at in part]), parts)
        logits = np.zeros((len(told), 4), np.float32)
        for part, rows in zip(parts, found, strict=True):
            logits[part] = rows
        verdicts = np.exp(logits[:, 1:] - logits[:, 1:].max(1, keepdims=True))
        verdicts /= verdicts.sum(1, keepdims=True)
        return [
            Judgement(float(row[0]), float(verdict[1]), float(verdict[2]))
            for row, verdict in zip(logits, verdicts, strict=True)
        ]

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text[: 16 * _LONGEST_QUERY], add_special_tokens=False).ids
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
        return logits


def _halves(part: list[int]) -> list[list[int]]:
    """A long batch in two, the short statements apart from the long."""
    return [part] if len(part) < 8 else [part[: len(part) // 2], part[len(part) // 2 :]]
