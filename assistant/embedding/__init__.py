"""Turns texts into unit vectors."""

from assistant.embedding.heads import BOILERPLATE, PageHead, WantsHead, page_head, wants_head
from assistant.embedding.loading import export_name, load_embedder
from assistant.embedding.model import Embedder, OnnxEmbedder, Vectors

__all__ = [
    "BOILERPLATE", "Embedder", "OnnxEmbedder", "PageHead", "Vectors", "WantsHead", "export_name", "load_embedder",
    "page_head", "wants_head",
]  # fmt: skip
