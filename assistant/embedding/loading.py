"""Loads the model that the settings name, from its export, which is made where it is missing."""

import hashlib
import re
from pathlib import Path

from assistant.embedding.model import OnnxEmbedder, is_outdated
from assistant.embedding.shipped import DEFAULT_MODEL, default_digest
from assistant.errors import ModelError


def load_embedder(model: str, cache: Path, *, threads: int = 0, query_prefix: str = "") -> OnnxEmbedder:
    """The embedder for a model: the shipped default, a sentence-transformers folder, or a hub name.

    The first call for a model exports it to ONNX below `cache`, which takes seconds and imports torch; later calls
    don't. Raises ModelError if the model is missing, is not the published one, or its export differs from it.
    """
    folder = cache / export_name(model)
    if not (folder / "manifest.json").exists() or is_outdated(folder):
        from assistant.embedding.exporting import export_model

        export_model(model, folder)
    try:
        return OnnxEmbedder(folder, threads=threads, query_prefix=query_prefix)
    except Exception as error:  # onnxruntime raises classes of its own for each damage
        raise ModelError(
            f"the exported model in {folder} cannot be loaded; delete that folder and try again"
        ) from error


def export_name(model: str) -> str:
    """The name of the folder that holds the export of a model."""
    if model == DEFAULT_MODEL:  # another training is another model
        return f"{model}-{default_digest()[:12]}"
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
