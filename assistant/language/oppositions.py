"""Pairs of opposites by which close codes differ (open or by scope, first or again, trapped or free), as data.

A code's title, and a note, take a stand on an axis when they show exactly one of its values. Agreement speaks for the
code and contradiction against it; silence, or both values at once, says nothing. The words of an "over" cue settle the
matter whatever else is said, as a conversion from scope to open does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Stand = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of an axis. `of_denied` values also show in words of what was not done ("both ovaries left")."""

    axis: str
    name: str
    cue: re.Pattern[str]
    over: re.Pattern[str] | None
    of_denied: bool


@cache
def _axes() -> tuple[tuple[_Value, ...], ...]:
    rules = json.loads(files("assistant.language").joinpath("oppositions.json").read_text(encoding="utf-8"))
    return tuple(
        tuple(
            _Value(
                rule["axis"],
                name,
                re.compile(cue["cue"], re.IGNORECASE),
                re.compile(cue["over"], re.IGNORECASE) if "over" in cue else None,
                bool(cue.get("denied")),
            )
            for name, cue in rule["values"].items()
        )
        for rule in rules
    )


def stand_of(text: str, instead: str = "", denied: str = "", title: str = "") -> Stand:
    """The value that a text shows on each axis; axes with no value, or with several, are left out.

    `instead` stands in where the text shows none. `denied` is what a note says was not done. A note's procedure line
    (`title`) goes before the rest, for every operation by scope also has small incisions.
    """
    found: dict[str, str] = {}
    for values in _axes():
        shown = [value for value in values if value.over and value.over.search(text + denied)]
        in_title = [value for value in values if title and value.cue.search(title)]
        shown = shown or (in_title if len(in_title) == 1 else [])
        shown = shown or [
            value for value in values if value.cue.search(text) or (value.of_denied and value.cue.search(denied))
        ]
        shown = shown or [value for value in values if instead and value.cue.search(instead)]
        if len(shown) == 1:
            found[shown[0].axis] = shown[0].name
    return found


def agreement(code: Stand, note: Stand) -> tuple[int, int]:
    """On how many axes a code and a note say the same, and on how many they contradict each other."""
    shared = [axis for axis in code if axis in note]
    same = sum(code[axis] == note[axis] for axis in shared)
    return same, len(shared) - same
