"""Trains the reader: a cross-encoder over (query, statement in its place) that says how far the statement answers.

Loss: binary cross-entropy of each pair and softmax cross-entropy over each group (Nogueira and Cho 2019; Gao et al.
2021). Goes on from its last checkpoint when it was stopped.
"""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from assistant.reader.model import LONGEST_QUERY
from training.encoder import _keep, _resume, _warm
from training.groups import Group

_LISTWISE = 1.0


def train_reader(
    model: Any,
    tokenizer: Any,
    groups: Sequence[Group],
    folder: Path,
    *,
    seed: int,
    epochs: int = 1,
    pairs: int = 64,
    rate: float = 7e-5,
    longest: int = 112,
    tell: Callable[[str], None] = print,
    every: Callable[[int], None] | None = None,
) -> None:
    """Trains a sequence classifier of one logit in place; the state after every hundred steps is kept."""
    order = random.Random(seed)
    steps = [part for _ in range(epochs) for part in _batches(groups, pairs, order)]
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: _warm(at, len(steps)))
    begin = _resume(model, optimiser, schedule, folder)
    model.train()
    started, losses = time.monotonic(), []
    for at, part in enumerate(steps):
        if at < begin:
            continue
        with torch.autocast("cpu", torch.bfloat16):
            logits = judge(model, tokenizer, [(g.query, text) for g in part for text in g.texts], longest)
        loss = _loss(logits.float(), part)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if (at + 1) % 50 == 0:
            pace = (time.monotonic() - started) / max(1, at + 1 - begin)
            tell(f"reader: step {at + 1} of {len(steps)}, loss {sum(losses[-50:]) / 50:.3f}, {pace:.2f} s a step")
        if (at + 1) % 100 == 0:
            _keep(model, optimiser, schedule, folder, at + 1)
        if every and (at + 1) % 400 == 0:
            model.eval()
            every(at + 1)
            model.train()
    model.eval()


def judge(model: Any, tokenizer: Any, pairs: Sequence[tuple[str, str]], longest: int) -> torch.Tensor:
    """The logits of some pairs, shape (len(pairs),), in their order; like lengths run together."""
    ids, types = [], []
    first, end = tokenizer.encode("").ids
    queries = {query: tokenizer.encode(query[:1_024], add_special_tokens=False).ids for query, _ in pairs}
    for query, text in pairs:
        asked = [first, *queries[query][:LONGEST_QUERY], end]
        told = tokenizer.encode(text, add_special_tokens=False).ids[: longest - len(asked) - 1]
        ids.append([*asked, *told, end])
        types.append([0] * len(asked) + [1] * (len(told) + 1))
    order = sorted(range(len(pairs)), key=lambda at: len(ids[at]))
    half = (len(order) + 1) // 2
    found = {}
    for some in (order[:half], order[half:]):
        if not some:
            continue
        width = max(len(ids[at]) for at in some)
        data = torch.zeros(len(some), width, dtype=torch.long)
        mask, kinds = torch.zeros_like(data), torch.zeros_like(data)
        for row, at in enumerate(some):
            data[row, : len(ids[at])] = torch.tensor(ids[at])
            mask[row, : len(ids[at])] = 1
            kinds[row, : len(ids[at])] = torch.tensor(types[at])
        logits = model(input_ids=data, attention_mask=mask, token_type_ids=kinds).logits
        found |= dict(zip(some, logits, strict=True))
    return torch.stack([found[at] for at in range(len(pairs))])[:, 0]


def _loss(logits: torch.Tensor, groups: Sequence[Group]) -> torch.Tensor:
    at, total, whole = 0, torch.zeros(()), sum(len(group.texts) for group in groups)
    for group in groups:
        own = logits[at : at + len(group.texts)]
        at += len(group.texts)
        right = torch.tensor(group.answers, dtype=torch.float32)
        pointwise = functional.binary_cross_entropy_with_logits(own, right * 0.98 + 0.01, reduction="sum")
        total = total + pointwise * 8 / whole
        if 0 < right.sum() < len(right):
            target = right / right.sum()
            total = total - _LISTWISE * (target * functional.log_softmax(own, 0)).sum() / len(groups)
    return total


def _batches(groups: Sequence[Group], pairs: int, order: random.Random) -> list[list[Group]]:
    """Groups of like length together, some `pairs` statements a batch, in mixed order."""
    mixed = list(groups)
    order.shuffle(mixed)
    batches: list[list[Group]] = []
    for begin in range(0, len(mixed), 400):
        part = sorted(mixed[begin : begin + 400], key=lambda g: max(map(len, g.texts)) + len(g.query))
        held: list[Group] = []
        for group in part:
            held.append(group)
            if sum(len(one.texts) for one in held) >= pairs:
                batches.append(held)
                held = []
        if held:
            batches.append(held)
    order.shuffle(batches)
    return batches
