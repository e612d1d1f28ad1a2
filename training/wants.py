"""Fits the head that tells what a query is after: a logistic regression on the encoder's query vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.types import Wants
from training.groups import Vectors
from training.questions import Question


def fit_wants(questions: Sequence[Question], vectors: Vectors, path: Path) -> str:
    """Fits it on the questions that are not held back, writes it, and says how often it is right on the others."""
    kinds = [str(wants) for wants in Wants]
    labels = np.array([kinds.index(question.wants) for question in questions])
    learnt = np.array([not question.held_back for question in questions])
    model = LogisticRegression(C=1.0, max_iter=2_000).fit(vectors[learnt], labels[learnt])
    np.savez(path, weights=model.coef_.astype(np.float32), bias=model.intercept_.astype(np.float32))
    found, right = model.predict(vectors[~learnt]), labels[~learnt]
    code = kinds.index("code")
    return (
        f"{(found == right).mean():.3f} of {len(right)} held back; code or not "
        f"{((found == code) == (right == code)).mean():.3f}"
    )
