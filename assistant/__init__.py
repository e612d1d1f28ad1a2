"""A coding assistant that knows only the reference documents its users give it."""

__version__ = "0.2.0"
