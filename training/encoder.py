"""Trains the encoder further: queries and the statements that answer them come near each other, siblings go apart.

Multiple negatives ranking loss with hard negatives (Henderson et al. 2017, Karpukhin et al. 2020), on top of
all-MiniLM-L6-v2. Goes on from its last checkpoint when it was stopped.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

_SCALE = 20.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, a text that is right for it, and texts that nearly are."""

    query: str
    right: str
    wrong: tuple[str, ...] = ()


def train_encoder(
    model: Any,
    pairs: Sequence[Pair],
    folder: Path,
    *,
    seed: int,
    epochs: int = 1,
    batch: int = 48,
    rate: float = 3e-5,
    longest: int = 80,
    tell: Callable[[str], None] = print,
) -> None:
    """Trains a SentenceTransformer in place; the state after every hundred steps is kept in `folder`."""
    order = random.Random(seed)
    steps = [part for _ in range(epochs) for part in _batches(pairs, batch, order)]
    parameters = [p for name, p in model.named_parameters() if p.requires_grad and ".pooler." not in name]
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda at: _warm(at, len(steps)))
    begin = _resume(model, optimiser, schedule, folder)
    chance = random.Random(seed + 1)
    model.train()
    started, losses = time.monotonic(), []
    for at, part in enumerate(steps):
        hard = [chance.choice(pair.wrong) if pair.wrong else None for pair in part]
        if at < begin:
            continue
        with torch.autocast("cpu", torch.bfloat16):
            queries = _embed(model, [pair.query for pair in part], longest)
            found = _embed(model, [pair.right for pair in part] + [text for text in hard if text], longest)
        scores = _SCALE * queries @ found.T
        # The same text under two queries of a batch is right for both.
        right = [pair.right for pair in part]
        for row, pair in enumerate(part):
            for column, text in enumerate(right):
                if column != row and text == pair.right:
                    scores[row, column] = -1e4
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(part)))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
        if (at + 1) % 20 == 0:
            pace = (time.monotonic() - started) / max(1, at + 1 - begin)
            lately = sum(losses[-20:]) / len(losses[-20:])
            tell(f"encoder: step {at + 1} of {len(steps)}, loss {lately:.3f}, {pace:.2f} s a step")
        if (at + 1) % 100 == 0:
            _keep(model, optimiser, schedule, folder, at + 1)
    model.eval()


def _embed(model: Any, texts: Sequence[str], longest: int) -> torch.Tensor:
    """Unit vectors with their gradients, in the order of the texts; the shorter half runs apart, little padded."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found: dict[int, torch.Tensor] = {}
    for some in (order[: len(order) // 2], order[len(order) // 2 :]):
        features = model.preprocess([texts[at] for at in some])
        features = {name: value[:, :longest] for name, value in features.items() if torch.is_tensor(value)}
        found |= dict(zip(some, model(features)["sentence_embedding"].float(), strict=True))
    return torch.nn.functional.normalize(torch.stack([found[at] for at in range(len(texts))]), dim=1)


def _batches(pairs: Sequence[Pair], size: int, order: random.Random) -> list[list[Pair]]:
    mixed = list(pairs)
    order.shuffle(mixed)
    return [mixed[at : at + size] for at in range(0, len(mixed) - size + 1, size)]


def _warm(at: int, steps: int) -> float:
    warm = max(1, steps // 10)
    return (at + 1) / warm if at < warm else 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (at - warm) / (steps - warm)))


def _keep(model: Any, optimiser: Any, schedule: Any, folder: Path, step: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict()}
    torch.save(state | {"step": step}, folder / "state.partial")
    (folder / "state.partial").replace(folder / "state.pt")


def _resume(model: Any, optimiser: Any, schedule: Any, folder: Path) -> int:
    path = folder / "state.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["step"])
