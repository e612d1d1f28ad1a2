"""Exports a sentence-transformers model to ONNX once and checks the export; no other module imports torch."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.embedding.model import FORM, OnnxEmbedder, is_outdated
from assistant.embedding.shipped import source_of
from assistant.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FAITHFUL = 0.9999
_PROBES = (
    "free flap",
    "Bypass Cerebral Ventricle to Nasopharynx with Autologous Tissue Substitute, Open Approach",
    "The surgeon frees the bone together with the skin over it and joins artery and vein under the microscope. " * 6,
    "27447",
    "naïve café – ½ µg",
)


def export_model(model: str, folder: Path) -> None:
    """Exports a sentence-transformers model to `folder` (model.onnx, tokenizer.json, manifest.json).

    Raises ModelError if the weights are not the published ones, or if a probe's cosine to the original is below 0.9999.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    source = source_of(model)
    import transformers
    from sentence_transformers import SentenceTransformer

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()

    try:
        loaded = SentenceTransformer(source, device="cpu", local_files_only=Path(source).is_dir())
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"the embedding model {model!r} cannot be loaded; name a sentence-transformers folder or hub model"
        ) from error
    loaded = loaded.float().eval()
    try:
        _write_export(loaded, model, folder)
    except OSError as error:
        raise ModelError(
            f"the model cannot be exported to {folder}: {error.strerror}; make room, or name another folder in "
            "ASSISTANT_MODEL_CACHE"
        ) from error


def _write_export(loaded: "SentenceTransformer", model: str, folder: Path) -> None:
    import torch

    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=folder.parent))
    try:
        names = [name for name in loaded.tokenizer.model_input_names if name != "position_ids"]
        _export_graph(loaded, work / "exported.onnx", names)
        _optimise(work / "exported.onnx", work / "model.onnx")
        (work / "exported.onnx").unlink()
        loaded.tokenizer.save_pretrained(work / "tokenizer")
        shutil.move(work / "tokenizer" / "tokenizer.json", work / "tokenizer.json")
        shutil.rmtree(work / "tokenizer")
        prompts: dict[str, str] = loaded.prompts or {}
        with torch.no_grad():
            dimension = int(loaded.encode(["a"]).shape[1])
        manifest = {
            "name": Path(model).name,
            "fingerprint": _fingerprint(loaded),
            "dimension": dimension,
            "max_tokens": int(loaded.max_seq_length or 512),
            "inputs": names,
            "query_prefix": prompts.get("query") or "",
            "passage_prefix": prompts.get("document") or prompts.get("passage") or "",
            "form": FORM,
        }
        (work / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        _check_faithful(loaded, OnnxEmbedder(work), model)
        if not (folder / "manifest.json").exists() or is_outdated(folder):  # else another was first
            shutil.rmtree(folder, ignore_errors=True)
            work.replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _export_graph(model: "SentenceTransformer", path: Path, names: list[str]) -> None:
    import warnings

    import torch

    class Whole(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
        """All modules of the model, pooling and normalisation included, as one function of its inputs."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> Any:
            return self.model.forward(dict(zip(names, inputs, strict=True)))["sentence_embedding"]

    sample = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the tracer warns of constants that _check_faithful checks
        torch.onnx.export(
            Whole().eval(),
            tuple(sample for _ in names),
            str(path),
            input_names=names,
            output_names=["embedding"],
            dynamic_axes={**dict.fromkeys(names, axes), "embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _optimise(exported: Path, path: Path) -> None:
    """Optimises a graph once, not at each start, and writes its weights to a file of their own that can be mapped.

    The extended level optimises for no special kind of processor, so the folder may move to another machine. ONNX
    Runtime can also fuse whole attention nodes; measured on a processor, that is slower (2.2 against 1.9 ms a title).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", "weights.bin")
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    onnxruntime.InferenceSession(str(exported), options, providers=["CPUExecutionProvider"])


def _fingerprint(model: "SentenceTransformer") -> str:
    """A digest of the weights and the vocabulary; a model has the same digest wherever it was exported."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        if ".pooler." in name:
            continue  # BERT's own pooler takes no part, and is random where a checkpoint leaves it out
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.numpy()).tobytes())
    digest.update(json.dumps(sorted(model.tokenizer.get_vocab().items())).encode())
    digest.update(str(model.max_seq_length).encode())
    return digest.hexdigest()[:32]


def _check_faithful(original: "SentenceTransformer", exported: OnnxEmbedder, model: str) -> None:
    probes = [probe for probe in _PROBES if exported.count_tokens(probe) + 2 <= exported.max_tokens]
    expected = original.encode(probes, normalize_embeddings=True, prompt="", show_progress_bar=False)
    found = exported._embed(probes)
    cosine = float(np.sum(np.asarray(expected) * found, axis=1).min())
    if not cosine >= FAITHFUL:
        raise ModelError(f"the export of {model!r} differs from the model (cosine {cosine:.6f}); it cannot be used")
