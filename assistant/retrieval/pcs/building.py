"""Builds the axes of a library from the lines of its tables, index and definitions, and from its codes."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.pcs.axes import APPROACHES, Axes, Flag
from assistant.retrieval.pcs.lines import Inclusion, Labels, Line, Reference, read_definitions, read_index, read_tables
from assistant.retrieval.pcs.phrases import Floats, Ints, Phrases
from assistant.retrieval.pcs.words import FILLING, SIDES, Terms

_NONE = frozenset(("No Device", "None", "No Qualifier"))
_ENDOSCOPIC_NATURAL = "Via Natural or Artificial Opening Endoscopic"
_SIDE = re.compile(r", (?:Right|Left|Bilateral)$")
_EXAMPLES = re.compile(r", | or ")


@dataclass(frozen=True, slots=True)
class CodePassage:
    """A passage about one code: its key in the library, and the code's seven characters."""

    key: int
    value: str


class _Numbers:
    """Gives things numbers in the order in which they come."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def __call__(self, thing: str) -> int:
        return self.of.setdefault(thing, len(self.of))


def build_axes(
    passages: Sequence[CodePassage],
    vectors: NDArray[np.floating],
    tables: Sequence[Line],
    index: Sequence[Line],
    definitions: Sequence[Line],
    terms: Terms,
) -> Axes | None:
    """The axes of some codes and their vectors (rows in the same order); None without codes or without tables."""
    labels = read_tables(tables)
    order = sorted(range(len(passages)), key=lambda at: (passages[at].value, passages[at].key))
    if not order or not labels.operations:
        return None
    builder = _Builder([passages[at].value for at in order], labels, terms)
    builder.add_labels()
    for inclusion in read_definitions(definitions):
        builder.add_inclusion(inclusion)
    for reference in read_index(index):
        builder.add_reference(reference)
    keys = np.array([passages[at].key for at in order], np.int64)
    return builder.finish(keys, np.asarray(vectors)[np.array(order)])


class _Builder:
    """Collects the phrases for each kind of target, then weighs their terms by how rare they are among phrases."""

    def __init__(self, values: Sequence[str], labels: Labels, terms: Terms) -> None:
        self._values, self._labels, self._cut = values, labels, terms
        self._empty = frozenset((*terms(FILLING), *terms(SIDES)))
        self._tables, self._sites, self._parts, self._operations, self._said = (_Numbers() for _ in range(5))
        self._site_of = np.array([self._sites(value[:4]) for value in values], np.int32)
        sites = list(self._sites.of)
        self._table_of = np.array([self._tables(site[:3]) for site in sites], np.int32)
        self._part_of = np.array([self._parts(site[:2] + site[3]) for site in sites], np.int32)
        groups = _Numbers()
        sides = [f"{site[:3]} {_SIDE.sub('', labels.parts.get(site, site))}" for site in sites]
        self._group_of = np.array([groups(name) for name in sides], np.int32)
        named = [site[0] + labels.operations.get(site[:3], "") for site in sites]
        self._operation_of = np.array([self._operations(name) for name in named], np.int32)
        self._axes = [
            np.array(
                [self._said(labels.values.get((value[:3], place, value[place]), "")) for value in values], np.int32
            )
            for place in (4, 5, 6)
        ]
        self._parts_called: dict[str, list[int]] = {}
        self._labels_called: dict[str, list[int]] = {}
        self._operations_called: dict[str, list[int]] = {}
        self._prefixes = _Numbers()
        self._phrases: dict[str, list[tuple[tuple[str, ...], int]]] = {
            kind: [] for kind in ("part", "label", "name", "operation", "table", "site", "prefix")
        }

    def add_labels(self) -> None:
        """Everything is called by its own label."""
        called: dict[str, str] = {}
        for site, label in self._labels.parts.items():
            called.setdefault(site[:2] + site[3], label)
        for part, number in self._parts.of.items():
            self._add("part", called.get(part, ""), number)
            self._parts_called.setdefault(self._normal(called.get(part, "")), []).append(number)
        for label, number in self._said.of.items():
            self._add("label", label, number)
            self._labels_called.setdefault(self._normal(label), []).append(number)
        for operation, number in self._operations.of.items():
            self._add("name", operation[1:], number)
            self._operations_called.setdefault(self._normal(operation[1:]), []).append(number)

    def add_inclusion(self, inclusion: Inclusion) -> None:
        """A value of an axis goes by what it includes too."""
        section = next((key for key, title in self._labels.sections.items() if title == inclusion.section), "?")
        for title in map(self._normal, inclusion.titles):
            for term in inclusion.terms:
                if "Body" in inclusion.axis:
                    for number in self._parts_called.get(title, ()):
                        if list(self._parts.of)[number][0] == section:
                            self._add("part", term, number)
                elif inclusion.axis in ("Operation", "Type", "Root Type"):
                    for number in self._operations_called.get(title, ()):
                        if list(self._operations.of)[number][0] == section:
                            for example in _EXAMPLES.split(term):
                                self._add("name", example, number)
                else:
                    for number in self._labels_called.get(title, ()):
                        self._add("label", term, number)

    def add_reference(self, reference: Reference) -> None:
        """Words that the index sends to a part or device are names of it; others lead to operations or codes."""
        path, prefix = reference.path, reference.prefix
        if reference.use:
            for number in self._parts_called.get(self._normal(reference.target), ()):
                self._add("part", path, number)
            targets = {self._normal(reference.target), self._normal(reference.label)}
            for number in sorted({number for target in targets for number in self._labels_called.get(target, ())}):
                self._add("label", path, number)
        elif not prefix:
            for number in self._operations_called.get(self._normal(reference.head), ()):
                self._add("operation", path, number)
        elif len(prefix) == 3 and prefix in self._tables.of:
            self._add("table", path, self._tables(prefix))
        elif prefix[:4] in self._sites.of:
            self._add("site", path, self._sites(prefix[:4]))
            if len(prefix) > 4:
                self._add("prefix", path, self._prefixes(prefix))

    def finish(self, keys: NDArray[np.int64], vectors: NDArray[np.floating]) -> Axes:
        vocabulary, weights, rare = self._weigh()
        counts = {
            "part": len(self._parts.of), "label": len(self._said.of), "name": len(self._operations.of),
            "operation": len(self._operations.of), "table": len(self._tables.of), "site": len(self._sites.of),
            "prefix": len(self._prefixes.of),
        }  # fmt: skip
        phrases = {
            kind: Phrases.build([([vocabulary[t] for t in said], at) for said, at in found], weights, counts[kind])
            for kind, found in self._phrases.items()
        }
        values = np.array(self._values)
        ranges = [
            (np.searchsorted(values, prefix), np.searchsorted(values, prefix + "~")) for prefix in self._prefixes.of
        ]
        site_of = self._site_of
        return Axes(
            keys=keys,
            codes=tuple(self._values),
            starts=np.searchsorted(site_of, np.arange(len(self._sites.of) + 1)).astype(np.int32),
            surgical=np.array([site[0] == "0" for site in self._sites.of]),
            table_of=self._table_of,
            part_of=self._part_of,
            operation_of=self._operation_of,
            group_of=self._group_of,
            operations=tuple(self._operations.of),
            device_of=self._axes[1],
            qualifier_of=self._axes[2],
            approach_of=self._approaches(),
            flags=self._flags(),
            tables_mean=_means(self._table_of[site_of], vectors, len(self._tables.of)),
            parts_mean=_means(self._part_of[site_of], vectors, len(self._parts.of)),
            prefix_ranges=np.array(ranges, np.int32).reshape(-1, 2),
            vocabulary=vocabulary,
            weights=weights,
            rare=rare,
            phrases=phrases,
        )

    def _approaches(self) -> NDArray[np.uint8]:
        """The approach of each code as its place in `APPROACHES`, 0 where its section has none."""
        named = {name: number for number, name in enumerate(APPROACHES) if name}
        numbers = np.zeros(len(self._said.of), np.uint8)
        for label, at in self._said.of.items():
            numbers[at] = named.get(_ENDOSCOPIC_NATURAL if label.startswith("Via Natural or Artificial Opening ")
                                    else label, 0)  # fmt: skip
        surgical = np.array([value[0] == "0" for value in self._values])
        found: NDArray[np.uint8] = np.where(surgical, numbers[self._axes[0]], 0).astype(np.uint8)
        return found

    def _flags(self) -> NDArray[np.uint8]:
        none = np.array([label in _NONE for label in self._said.of])
        diagnostic = np.array([label == "Diagnostic" for label in self._said.of])
        new = np.array([value[0] == "X" for value in self._values])
        flags: NDArray[np.uint8] = (
            none[self._axes[1]] * Flag.NO_DEVICE
            + none[self._axes[2]] * Flag.NO_QUALIFIER
            + diagnostic[self._axes[2]] * Flag.DIAGNOSTIC
            + new * Flag.NEW
        ).astype(np.uint8)
        return flags

    def _add(self, kind: str, phrase: str, target: int) -> None:
        said = tuple(term for term in dict.fromkeys(self._cut(phrase)) if term not in self._empty)
        if said:
            self._phrases[kind].append((said, target))

    def _normal(self, label: str) -> str:
        return " ".join(sorted(self._cut(label)))

    def _weigh(self) -> tuple[dict[str, int], Floats, float]:
        """The terms' numbers and weights, and what a term weighs that no phrase has."""
        distinct = dict.fromkeys(said for found in self._phrases.values() for said, _ in found)
        counts = Counter(term for said in distinct for term in said)
        weights = [math.log(1 + len(distinct) / (1 + count)) for count in counts.values()]
        vocabulary = {term: number for number, term in enumerate(counts)}
        return vocabulary, np.array(weights, np.float32), math.log(1 + len(distinct))


def _means(groups: Ints, vectors: NDArray[np.floating], count: int) -> Floats:
    """The direction of the mean vector of each group."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    sums = np.add.reduceat(vectors[order], starts, axis=0, dtype=np.float32)
    means: Floats = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return means
