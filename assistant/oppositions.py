"""Pairs of opposites by which close codes differ (open or by scope, first or again, trapped or free), as data.

A code's title takes a stand on an axis where it shows one value of it and not another; so does a note. Where they agree
that speaks for the code, where they contradict it speaks against it; where either is silent or says both, nothing does.
Words of an "over" cue settle the matter whatever else is said, as a conversion from scope to open does.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

Stand = Mapping[str, str]


@cache
def _axes() -> tuple[tuple[str, tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]], ...]:
    rules = json.loads(files("assistant").joinpath("oppositions.json").read_text(encoding="utf-8"))
    return tuple(
        (
            rule["axis"],
            tuple(
                (value, re.compile(cue["cue"], re.IGNORECASE), re.compile(cue.get("over", "(?!)"), re.IGNORECASE))
                for value, cue in rule["values"].items()
            ),
        )
        for rule in rules
    )


def stand_of(text: str, instead: str = "") -> Stand:
    """The value that a text shows on each axis, where it shows exactly one; `instead` is asked where it shows none."""
    found: dict[str, str] = {}
    for axis, values in _axes():
        over = [value for value, _, last in values if last.search(text)]
        shown = over or [value for value, cue, _ in values if cue.search(text)]
        if not shown and instead:
            shown = [value for value, cue, _ in values if cue.search(instead)]
        if len(shown) == 1:
            found[axis] = shown[0]
    return found


def agreement(code: Stand, note: Stand) -> tuple[int, int]:
    """On how many axes a code and a note say the same, and on how many they contradict each other."""
    shared = [axis for axis in code if axis in note]
    same = sum(code[axis] == note[axis] for axis in shared)
    return same, len(shared) - same
