"""The sections of guidance, prose about no code in particular, that may answer a query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.calibration import content_terms, rarity
from assistant.embedding import Vectors
from assistant.library import StoredPassage
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Evidence, Query

# So many sections are looked at, and of each so many of its nearest passages.
_SECTIONS, _PASSAGES = 5, 2


@dataclass(frozen=True, slots=True)
class Guides:
    """Passages of the best sections, each with its key and the cosine of the nearest in its section.

    `weight` is that of the query's terms, with those that guides write for its everyday words.
    """

    near: tuple[tuple[int, StoredPassage, float], ...]
    weight: Mapping[str, float]


def guides(
    snapshot: Snapshot, query: Query, vector: Vectors, weight: Mapping[str, float], evidence: Sequence[Evidence]
) -> Guides:
    """The guidance for a query that names no code."""
    meant = content_terms(" ".join(snapshot.wording().in_guide_words(query.text)), snapshot.terms)
    weight = rarity(meant, snapshot.document_frequency, len(snapshot)) | dict(weight)
    found = snapshot.search_guidance(vector, weight, [item.code for item in evidence], _SECTIONS, query) or []
    stored = snapshot.passages([key for section in found for key in section.keys[:_PASSAGES]])
    near = (
        (key, stored[key], section.similarity) for section in found for key in section.keys[:_PASSAGES] if key in stored
    )
    return Guides(tuple(near), weight)
