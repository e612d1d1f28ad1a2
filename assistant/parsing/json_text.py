"""Reads JSON, and the lines of NDJSON, into plain values that are safe to walk through."""

import json
import re
from typing import NoReturn

from assistant.errors import UnreadableDocument, in_one_line
from assistant.parsing.decoding import printable

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

SUFFIXES = (".json", ".ndjson", ".jsonl")
_OPENING = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{])')
_LONGEST_NUMBER = 40


def looks_like_json(text: str) -> bool:
    """Whether a text is JSON of objects or lists, by its first characters and its end."""
    return _OPENING.match(text) is not None and text.rstrip()[-1:] in {"}", "]"}


def read_json(text: str, name: str) -> tuple[Json, bool]:
    """(the value, whether it is one value a line). Raises UnreadableDocument naming the line that is damaged."""
    try:
        return _loaded(text), False
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:
        lines = _values(text, name, error)
    return lines, True


def one_line(value: str) -> str:
    """A text in one line, without control characters."""
    return " ".join(printable(value).split())


def shown(value: Json) -> str:
    """A value in one line: a number without needless decimals, the parts of a list with commas between."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return one_line(value)
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case list():
            return ", ".join(said for one in value if not isinstance(one, dict | list) and (said := shown(one)))
        case dict():
            return ""
        case _:
            return str(value)


def _values(text: str, name: str, whole: ValueError) -> Json:
    """The values of NDJSON, one a line. Raises UnreadableDocument where the text is neither JSON nor NDJSON."""
    values: list[Json] = []  # one for each line, so that a row's number is its line's
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            values.append(_loaded(line) if line.strip() else None)
        except RecursionError as error:
            raise _too_deep(name) from error
        except ValueError as error:
            if any(value is not None for value in values):
                raise UnreadableDocument(
                    f"{name} is damaged JSON at line {number} ({in_one_line(error)}); save it again"
                ) from error
            raise UnreadableDocument(f"{name} is damaged JSON ({in_one_line(whole)}); save it again") from whole
    return values


def _loaded(text: str) -> Json:
    found: Json = json.loads(text, parse_int=_number, parse_constant=_refuse_constant)
    return found


def _number(digits: str) -> int | str:
    # Python takes long over a number of thousands of digits, which is no number that a table holds.
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits[:_LONGEST_NUMBER]


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _too_deep(name: str) -> UnreadableDocument:
    return UnreadableDocument(f"{name} is nested too deeply to be a table of codes; save it again, flatter")
