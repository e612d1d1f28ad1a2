"""Turns texts into unit vectors."""

from assistant.embedding.heads import WantsHead, wants_head
from assistant.embedding.loading import export_name, load_embedder
from assistant.embedding.model import Embedder, OnnxEmbedder, Vectors

__all__ = ["Embedder", "OnnxEmbedder", "Vectors", "WantsHead", "export_name", "load_embedder", "wants_head"]
