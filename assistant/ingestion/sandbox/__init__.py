"""Reads files in a process of its own, with limits, so that a hostile or broken one harms nothing but itself."""

from assistant.ingestion.sandbox.client import Reader, ReadingLimits, shared_reader

__all__ = ["Reader", "ReadingLimits", "shared_reader"]
