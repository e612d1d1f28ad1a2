"""Fits the weights by which a column of a table is chosen for a query: `python -m training.values`.

`values/tables.jsonl` has tables as columns of (name, value, matter), `values/questions.tsv` queries with their matter.
Every query is put to every table: the columns of its matter are right, and "none" where the table has no such column.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from assistant.answering.columns import Features, column_features
from assistant.embedding import load_embedder
from assistant.library.search.lexical import Terms
from assistant.reader import load_reader
from assistant.settings import Settings

_HERE = Path(__file__).parent / "values"
# A table that answers counts so much more than one that does not, since most do not.
_ANSWERED, _RIDGE = 3.0, 1e-4
Group = tuple[NDArray[np.float64], NDArray[np.bool_]]


def groups() -> list[Group]:
    """For each query and table: the features of its columns, and which are right."""
    tables = [json.loads(line) for line in (_HERE / "tables.jsonl").read_text().splitlines()]
    with (_HERE / "questions.tsv").open() as lines:
        questions = list(csv.reader(lines, delimiter="\t"))
    settings = Settings()
    embedder, reader = load_embedder(settings.model, settings.model_cache), load_reader()
    terms = Terms()
    found = []
    for text, matter in questions:
        for table in tables:
            names = [name for name, _, _ in table["columns"]]
            cells = [value for _, value, _ in table["columns"]]
            features = column_features(embedder, reader, terms, text, names, cells, most=len(names))
            found.append(
                (
                    np.array([features[at] for at in range(len(names))]),
                    np.array([of == matter for _, _, of in table["columns"]]),
                )
            )
    return found


def loss(weights: NDArray[np.float64], found: list[Group]) -> float:
    """The mean negative log likelihood of what is right; the last weight is that of no column."""
    total = 0.0
    for features, right in found:
        scores = np.append(features @ weights[:-1], weights[-1])
        chances = np.exp(scores - scores.max())
        chances /= chances.sum()
        share = chances[:-1][right].sum() if right.any() else chances[-1]
        total -= (_ANSWERED if right.any() else 1.0) * float(np.log(share + 1e-9))
    return total / len(found) + _RIDGE * float(weights[:-1] @ weights[:-1])


if __name__ == "__main__":
    found = groups()
    fitted = minimize(loss, np.zeros(len(Features._fields) + 1), args=(found,)).x
    sys.stdout.write(f"{dict(zip([*Features._fields, 'none'], fitted.round(3).tolist(), strict=True))}\n")
