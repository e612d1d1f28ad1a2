"""Scores ICD-10-PCS codes by how well a query supports each of their characters."""

from assistant.retrieval.pcs.axes import Axes, Found, ReadQuery, weigh
from assistant.retrieval.pcs.building import CodePassage, build_axes
from assistant.retrieval.pcs.lines import DEFINITIONS, INDEX, TABLES, Line
from assistant.retrieval.pcs.storing import axes_bytes, read_axes
from assistant.retrieval.pcs.words import Vocabulary, load_vocabulary

__all__ = [
    "DEFINITIONS",
    "INDEX",
    "TABLES",
    "Axes",
    "CodePassage",
    "Found",
    "Line",
    "ReadQuery",
    "Vocabulary",
    "axes_bytes",
    "build_axes",
    "load_vocabulary",
    "read_axes",
    "weigh",
]
