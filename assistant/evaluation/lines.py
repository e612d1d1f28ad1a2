"""Reads a text file line by line and says what is wrong with a line."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from assistant.errors import InputError


def lines_of(path: Path, what: str) -> Iterable[tuple[int, str]]:
    """The lines that are not blank, numbered from 1; `what` tells a person what the file should be."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; {what}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not written in UTF-8; save it so") from error
    # Not splitlines(): JSON may hold the other line ends, such as U+2028, as they are.
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def what_is_wrong(error: ValidationError) -> str:
    """The first thing wrong with a JSON line, without its values."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the line"
    return f"{where}: {first['msg']}"
