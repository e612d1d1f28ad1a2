"""Linear heads that were trained with the shipped encoder: what a query is after, and the part of a page a text is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.embedding.model import Vectors
from assistant.embedding.shipped import ADAPTED, DEFAULT_MODEL
from assistant.errors import ModelError
from assistant.types import Wants

WANTS = ADAPTED / "wants.npz"
PAGES = ADAPTED / "pages.npz"
BOILERPLATE = "boilerplate"


@dataclass(frozen=True, slots=True)
class WantsHead:
    """A softmax over what a query may be after: `weights` (5, dimension) and `bias` (5,), in the order of `Wants`."""

    weights: Vectors
    bias: Vectors

    def __call__(self, vector: Vectors) -> Mapping[Wants, float]:
        """The probability of each; they add up to 1."""
        logits = self.weights @ vector + self.bias
        parts = np.exp(logits - logits.max())
        return dict(zip(Wants, (parts / parts.sum()).tolist(), strict=True))


@lru_cache(maxsize=1)
def _shipped() -> WantsHead:
    try:
        with np.load(WANTS, allow_pickle=False) as held:
            return WantsHead(held["weights"], held["bias"])
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{WANTS} is damaged; install the package again") from error


def wants_head(model: str) -> WantsHead | None:
    """The head for a model's vectors; None for a model that has none."""
    return _shipped() if model == DEFAULT_MODEL else None


@dataclass(frozen=True, slots=True)
class PageHead:
    """A softmax over the parts of a code page: `weights` (parts, dimension) and `bias` (parts,).

    The parts are the slugs of the template's fields, `details` (status, dates, category), `other`, and `boilerplate`:
    menus, banners, footers. `digest` changes with every training.
    """

    parts: tuple[str, ...]
    weights: Vectors
    bias: Vectors
    digest: str

    def __call__(self, vectors: Vectors) -> Vectors:
        """The probability of each part for each vector, shape (len(vectors), len(parts)); rows add up to 1."""
        logits = vectors @ self.weights.T + self.bias
        parts = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: Vectors = parts / parts.sum(axis=1, keepdims=True)
        return found


@lru_cache(maxsize=1)
def _shipped_pages() -> PageHead:
    try:
        digest = hashlib.sha256(PAGES.read_bytes()).hexdigest()[:16]
        with np.load(PAGES, allow_pickle=False) as held:
            return PageHead(tuple(held["parts"].tolist()), held["weights"], held["bias"], digest)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(f"{PAGES} is damaged; install the package again") from error


def page_head(model: str) -> PageHead | None:
    """The head for a model's vectors; None for a model that has none."""
    return _shipped_pages() if model == DEFAULT_MODEL else None
