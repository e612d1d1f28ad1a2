"""Scores ICD-10-PCS codes by how well a query supports each of their characters."""

from assistant.retrieval.pcs.axes import Axes, Found, weigh
from assistant.retrieval.pcs.building import CodePassage, build_axes
from assistant.retrieval.pcs.lines import DEFINITIONS, INDEX, TABLES, Line
from assistant.retrieval.pcs.storing import load_axes, save_axes
from assistant.retrieval.pcs.words import Vocabulary, load_vocabulary

__all__ = [
    "DEFINITIONS",
    "INDEX",
    "TABLES",
    "Axes",
    "CodePassage",
    "Found",
    "Line",
    "Vocabulary",
    "build_axes",
    "load_axes",
    "load_vocabulary",
    "save_axes",
    "weigh",
]
