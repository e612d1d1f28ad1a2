"""Turns texts into unit vectors."""

from assistant.embedding.model import Embedder, OnnxEmbedder, Vectors, load_embedder

__all__ = ["Embedder", "OnnxEmbedder", "Vectors", "load_embedder"]
