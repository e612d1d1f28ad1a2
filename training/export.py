"""Writes the reader as int8 ONNX with its tokenizer and a manifest, checked against the model it was made from."""

import hashlib
import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer

INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def export_reader(model: Any, tokenizer: Tokenizer, folder: Path, *, digest: str) -> None:
    """`model.onnx` (int8), `tokenizer.json`, `manifest.json` in `folder`; `digest` is that of the training data."""
    folder.mkdir(parents=True, exist_ok=True)
    model = model.float().eval()
    with tempfile.TemporaryDirectory() as work:
        whole = Path(work) / "whole.onnx"
        _export(model, whole)
        quantize_dynamic(
            str(whole),
            str(folder / "model.onnx"),
            weight_type=QuantType.QInt8,
            per_channel=True,  # one scale for a whole matrix moved the logits by 1.4, one for each column by 0.07
            extra_options={"MatMulConstBOnly": True},
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    manifest = {"sha256": weights, "training": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _export(model: Any, path: Path) -> None:
    class Whole(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any, kinds: Any) -> Any:
            return self.model(input_ids=ids, attention_mask=mask, token_type_ids=kinds).logits[:, :1]

    sample = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(),
            (sample, sample, sample),
            str(path),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes={**dict.fromkeys(INPUTS, axes), "logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def largest_difference(model: Any, tokenizer: Tokenizer, folder: Path, pairs: list[tuple[str, str]]) -> float:
    """How far the exported reader's first logit is from the model's, at most, over some pairs."""
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    far = 0.0
    for query, text in pairs:
        item = tokenizer.encode(query, text)
        feeds = dict(zip(INPUTS, ([item.ids], [item.attention_mask], [item.type_ids]), strict=True))
        arrays = {name: np.array(value, np.int64) for name, value in feeds.items()}
        found = session.run(None, arrays)[0][0, 0]
        with torch.no_grad():
            expected = model(**{name: torch.tensor(value) for name, value in arrays.items()}).logits[0, 0]
        far = max(far, abs(float(found) - float(expected)))
    return far
