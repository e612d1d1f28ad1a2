"""Reads files in a process of its own, with limits: a hostile or broken file harms nothing but itself."""

from assistant.ingestion.sandbox.client import Reader, ReadingLimits, shared_reader

__all__ = ["Reader", "ReadingLimits", "shared_reader"]
