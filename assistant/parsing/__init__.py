"""Turns one file into a `Document`; the readers of the formats are loaded with the first name that is asked for."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.parsing.formats import (
        SUFFIXES,
        Limits,
        attachments,
        draw_page,
        is_message,
        parse_document,
    )

__all__ = ["SUFFIXES", "Limits", "attachments", "draw_page", "is_message", "parse_document"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from assistant.parsing import formats

    return getattr(formats, name)
