"""The base of the reader: ms-marco-MiniLM-L12 as int8 ONNX, its weights taken back to floats (scale, zero point)."""

import re
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import BertConfig, BertForSequenceClassification

_PARTS = ("bert.", "classifier.")


def read_teacher(folder: Path) -> BertForSequenceClassification:
    """The classifier in `folder` (onnx/model.onnx, config.json), in single precision. Raises KeyError where a weight
    is missing."""
    graph = onnx.load(str(folder / "onnx" / "model.onnx")).graph
    held = {item.name: numpy_helper.to_array(item) for item in graph.initializer}

    def floats(name: str) -> "np.ndarray":
        base = name.removesuffix("_quantized")
        return (held[name].astype(np.float32) - held[f"{base}_zero_point"].astype(np.float32)) * held[f"{base}_scale"]

    weights = {name: value for name, value in held.items() if name.startswith(_PARTS) and value.dtype == np.float32}
    for name in held:
        if name.endswith("_quantized") and name.startswith(_PARTS):
            whole = floats(name)
            weights[name.removesuffix("_quantized")] = whole if "embeddings" in name else whole.T
    for node in graph.node:
        for name in node.input:
            if name in held and name.endswith("_quantized") and not name.startswith(_PARTS):
                module = re.sub(r"/MatMul.*", "", node.name).strip("/").replace("/", ".")
                weights[f"{module}.weight"] = floats(name).T
    config = BertConfig.from_pretrained(str(folder), num_labels=1)
    config._attn_implementation = "eager"
    model = BertForSequenceClassification(config)
    state = {name: torch.tensor(np.array(weights[name])) for name in model.state_dict()}
    model.load_state_dict(state)
    return model
