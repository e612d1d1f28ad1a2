"""What a query is after is read off its vector; only the shipped model has such a head."""

import pytest

from assistant.embedding import OnnxEmbedder, wants_head
from assistant.types import Wants

ASKED = {
    "which CPT code do I use for a laparoscopic removal of the gallbladder": Wants.CODE,
    "can 29877 be billed together with 29881 on the same knee?": Wants.YES_NO,
    "how many days is the global period of an appendectomy": Wants.VALUE,
}


def test_another_model_has_no_head() -> None:
    assert wants_head("all-MiniLM-L6-v2") is None


@pytest.mark.parametrize(("text", "wanted"), ASKED.items())
def test_a_plain_question_is_read_right(embedder: OnnxEmbedder, text: str, wanted: Wants) -> None:
    head = wants_head(embedder.name)
    assert head is not None
    found = head(embedder.embed_query(text))
    assert sum(found.values()) == pytest.approx(1)
    assert max(found, key=lambda one: found[one]) is wanted
