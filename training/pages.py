"""Fits the head that tells which part of a code page a paragraph or heading is: a logistic regression on its vector."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.language.sentences import split_sentences
from assistant.parsing import parse_document
from assistant.parsing.sections import KNOWN
from training.material import Embed
from training.questions import is_held_back
from training.statements import ROOT

FOLDER = ROOT / "training" / "pages"
PARTS = (*(slug for slug, _, _ in KNOWN), "details", "other", "boilerplate")
# Boilerplate by sites, and lines of ours by their turn: one in so many is held back.
_HELD_BACK = 10
# Lines of other vendors' wording are few beside the corpus, and count for more.
_OURS = 15.0
# What fits no part of the template is rarer on pages than in the office's own sheets.
_OTHER = 0.4


@dataclass(frozen=True, slots=True)
class Example:
    """A paragraph, sentence or heading, the part of a code page that it belongs to, and how much it counts."""

    text: str
    part: str
    held_back: bool
    weight: float = 1.0


def examples() -> list[Example]:
    """All that the head learns from, and what it is measured by."""
    return [*_corpus(), *_office(), *_lines("paragraphs.tsv"), *_lines("headings.tsv"), *_boilerplate()]


def fit_pages(embed: Embed, path: Path) -> str:
    """Fits it on the examples that are not held back, writes it, and says how often it is right on the others."""
    found = examples()
    vectors = embed([one.text for one in found])
    labels = np.array([PARTS.index(one.part) for one in found])
    held = np.array([one.held_back for one in found])
    weights = np.array([one.weight * (_OTHER if one.part == "other" else 1.0) for one in found])
    model = LogisticRegression(C=1.0, max_iter=3_000, class_weight="balanced")
    model.fit(vectors[~held], labels[~held], weights[~held])
    np.savez(
        path,
        parts=np.array(PARTS),
        weights=model.coef_.astype(np.float32),
        bias=model.intercept_.astype(np.float32),
    )
    said, right = model.predict(vectors[held]), labels[held]
    hidden = PARTS.index("boilerplate")
    is_hidden, is_said = right == hidden, said == hidden
    return (
        f"{(said == right).mean():.3f} of {len(right)} held back ({int((~held).sum())} learnt); boilerplate found "
        f"{is_said[is_hidden].mean():.3f}, content taken for it {is_said[~is_hidden].mean():.4f}"
    )


def _families() -> set[str]:
    """The families of the calibration split, but for those that the test split shares."""
    rows = [json.loads(line) for line in (ROOT / "eval/starter/queries.jsonl").read_text("utf-8").splitlines()]
    tests = {row.get("family") for row in rows if row["split"] == "test"}
    return {row["family"] for row in rows if row["split"] == "calibration" and row.get("family")} - tests


def _corpus() -> Iterator[Example]:
    families = _families()
    slugs = {slug for slug, _, _ in KNOWN}
    for path in sorted((ROOT / "corpus" / "cpt").glob("*.md")):
        document = parse_document(path.read_bytes(), path.name)
        if document.family not in families:
            continue
        held = is_held_back(path.relative_to(ROOT).as_posix())
        for section in document.sections:
            if section.slug in slugs:
                yield from _parts(document.text, section.body, section.slug, held)


def _office() -> Iterator[Example]:
    parts = dict(_rows("sections.tsv"))
    for path in sorted((ROOT / "training" / "documents" / "office").glob("codepage-*.md")):
        document = parse_document(path.read_bytes(), path.name)
        held = is_held_back(path.relative_to(ROOT).as_posix())
        for section in document.sections:
            if part := parts.get(section.title):
                yield from _parts(document.text, section.body, part, held)


def _parts(text: str, body: tuple[int, int], part: str, held: bool) -> Iterator[Example]:
    """The whole, and its sentences where it has several: a paragraph of another page may be as short as these."""
    yield Example(text[slice(*body)], part, held)
    sentences = split_sentences(text, *body)
    if len(sentences) > 1:
        yield from (Example(text[start:end], part, held) for start, end in sentences)


def _lines(file: str) -> Iterator[Example]:
    for number, (part, text) in enumerate(_rows(file)):
        yield Example(text, part, number % _HELD_BACK == _HELD_BACK - 1, _OURS)


def _boilerplate() -> Iterator[Example]:
    site = 0
    for line in (FOLDER / "boilerplate.txt").read_text("utf-8").splitlines():
        if line.startswith("# "):
            site += 1
        else:
            yield Example(line, "boilerplate", site % _HELD_BACK == 0)


def _rows(file: str) -> Iterator[tuple[str, str]]:
    for line in (FOLDER / file).read_text("utf-8").splitlines():
        first, _, second = line.partition("\t")
        yield first, second
