"""The shipped reader judges a statement in its place, reads no more of a text than it says, and is what was shipped."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from makers import passage

from assistant.embedding.shipped import ADAPTED
from assistant.errors import ModelError
from assistant.language.sentences import split_sentences
from assistant.reader import OnnxReader, in_place, load_reader, statements_in_place, title_in_place
from assistant.reader.model import SHIPPED
from assistant.types.codes import Code

PROJECT = Path(__file__).parents[1]
PLACE = "CPT 29881 Trimming one knee meniscus › Notes › "
ANSWER, BESIDE = (
    PLACE + "Ninety global days.",
    "CPT 47562 Removing the gallbladder › Notes › The cystic duct is clipped.",
)


def test_what_answers_is_ahead_of_what_does_not() -> None:
    answer, beside = load_reader().read("how long is the global period of 29881?", [ANSWER, BESIDE])
    assert answer > beside + 2


def test_the_order_of_the_statements_is_kept() -> None:
    texts = [BESIDE, ANSWER, *(f"{PLACE}Sentence {number} of the page." for number in range(20))]
    found = load_reader().read("how long is the global period of 29881?", texts)
    assert len(found) == len(texts)
    assert max(range(len(texts)), key=lambda at: found[at]) == 1


def test_a_pasted_page_costs_no_more_than_a_long_question() -> None:
    page = "The surgeon frees the bone together with the skin over it. " * 400
    long = " ".join(page.split()[:200])
    whole, part = (load_reader().read(text, [ANSWER, page]) for text in (page, long))
    np.testing.assert_allclose(whole, part)


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    shutil.copytree(SHIPPED, folder)
    OnnxReader(folder)
    weights = bytearray((folder / "model.onnx").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.onnx").write_bytes(weights)
    with pytest.raises(ModelError, match="not the one that was shipped"):
        OnnxReader(folder)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match="cannot be loaded"):
        OnnxReader(folder)


def test_both_models_were_trained_on_the_data_beside_them() -> None:
    sys.path.insert(0, str(PROJECT))
    try:
        from training.questions import ENCODER_DATA, READER_DATA, data_digest
    finally:
        sys.path.remove(str(PROJECT))
    reader = json.loads((SHIPPED / "manifest.json").read_text(encoding="utf-8"))
    encoder = json.loads((ADAPTED / "training.json").read_text(encoding="utf-8"))
    assert (reader["training"], encoder["data"]) == (data_digest(READER_DATA), data_digest(ENCODER_DATA))


def test_a_statement_stands_under_its_code_title_and_section() -> None:
    code = Code("CPT", "29881", "2025")
    told = in_place(code, "Trimming  one knee meniscus", "Notes", "Ninety\nglobal days.")
    assert told == "CPT 29881 Trimming one knee meniscus › Notes › Ninety global days."
    assert in_place(None, "Guide", "Guide", "A rule.") == "Guide › A rule."
    assert len(in_place(code, "word " * 200, "section " * 200, "x")) < 240
    assert title_in_place(code, "Trimming") == "CPT 29881 Trimming"


def test_a_passage_is_told_sentence_by_sentence_and_a_row_not_at_all() -> None:
    text = "One sentence here. Another there."
    told = statements_in_place(passage(text, "29881"))
    assert [(start, end) for start, end, _ in told] == list(split_sentences(text, 0, len(text)))
    assert all(line.startswith("CPT 29881 › Lead › ") for *_, line in told)
    assert statements_in_place(passage(text, "29881", quote=(0, len(text)))) == []
