"""The tree of errors is what its docstring draws."""

import inspect
import re

from assistant import errors


def test_the_docstring_draws_every_class_under_its_parent() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"([│ ]*)[├└]── (\w+)", line)
        if match:
            depth = len(match[1]) // 4
            path = [*path[:depth], match[2]]
            drawn[match[2]] = path[depth - 1] if depth else "AssistantError"
    classes = {
        name: one.__bases__[0].__name__
        for name, one in inspect.getmembers(errors, inspect.isclass)
        if one is not errors.AssistantError
    }
    assert drawn == classes


def test_a_refusal_is_no_error() -> None:
    assert not any("refus" in name.lower() for name, _ in inspect.getmembers(errors, inspect.isclass))
