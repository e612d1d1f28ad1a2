"""A hospital's charge list in short style, under local codes of its own, with queries in other words for its lines."""

import csv
import random
from dataclasses import dataclass

import numpy as np

from training.groups import Group, Vectors
from training.statements import ROOT

LIST = ROOT / "training" / "charges" / "charges.csv"
QUERIES = ROOT / "training" / "charges" / "queries.csv"
_WRONG, _LOOKED_AT = 6, 24


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the list, and queries for just that line."""

    code: str
    title: str
    queries: tuple[str, ...]

    @property
    def text(self) -> str:
        """The line as a statement in its place."""
        return f"CHARGE {self.code} › {self.title}"


def read_charges() -> list[Charge]:
    """All lines."""
    queries: dict[str, list[str]] = {}
    with QUERIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            queries.setdefault(row["code"], []).append(row["query"])
    with LIST.open(encoding="utf-8", newline="") as file:
        return [Charge(row["code"], row["title"], tuple(queries.get(row["code"], ()))) for row in csv.DictReader(file)]


def charge_group(charges: list[Charge], at: int, query: str, cosines: Vectors, chance: random.Random) -> Group:
    """The line that a query is for, beside lines near it."""
    near = [int(other) for other in np.argsort(-cosines)[:_LOOKED_AT] if int(other) != at]
    wrong = near[:3] + chance.sample(near[3:], _WRONG - 3)
    chosen = [at, *wrong]
    texts = tuple(charges[one].text if chance.random() < 0.6 else charges[one].title for one in chosen)
    return Group(query, texts, tuple(float(one == at) for one in chosen))
