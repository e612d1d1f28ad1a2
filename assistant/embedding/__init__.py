"""Turns texts into unit vectors."""

from assistant.embedding.loading import load_embedder
from assistant.embedding.model import Embedder, OnnxEmbedder, Vectors

__all__ = ["Embedder", "OnnxEmbedder", "Vectors", "load_embedder"]
