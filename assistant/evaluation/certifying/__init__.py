"""Calibrates a library: on an evaluation set, or on questions taken from its own documents."""

import datetime
from collections.abc import Sequence
from dataclasses import replace

from assistant.answering import CERTIFICATES, Assistant
from assistant.calibration import Certificate, Chosen, Judged, choose_threshold, read_certificate, why_void, written
from assistant.errors import InputError
from assistant.evaluation import EvaluationSet
from assistant.evaluation.certifying.asking_itself import judge_own, own_questions
from assistant.evaluation.certifying.judging import Watched, is_right, judge, nobody
from assistant.retrieval.snapshot import Snapshot

# The risks that are tried where none is asked for, and the share of answerable queries that is worth a higher one.
RISKS, LEVEL = (0.05, 0.10, 0.15, 0.20), 0.95
_USEFUL = 0.5

__all__ = [
    "LEVEL",
    "RISKS",
    "calibrate",
    "calibrate_itself",
    "certify",
    "is_right",
    "judge",
    "judge_own",
    "keep_certificate",
    "own_questions",
]


def calibrate(
    assistant: Assistant,
    evaluation: EvaluationSet,
    risks: Sequence[float] = RISKS,
    level: float = LEVEL,
    watch: Watched = nobody,
) -> Certificate:
    """The certificate of an evaluation set, kept in the library. Takes its calibration split, all of it if it has none.

    Raises InputError for a set that has no queries to calibrate on.
    """
    # What is judged by statements alone says nothing of the codes and sections that are judged here.
    queries = [
        query
        for query in evaluation.queries
        if query.kind == "query" and (query.id in evaluation.qrels or not query.answerable)
    ]
    queries = [query for query in queries if query.split == "calibration"] or queries
    if not queries:
        raise InputError(f"the set {evaluation.name} has no queries to calibrate on")
    asked = [(query.text, query.answerable, evaluation.qrels.get(query.id, frozenset())) for query in queries]
    with assistant.snapshot() as snapshot:
        judged = judge(assistant, snapshot, asked, watch)
        certificate = certify(assistant, snapshot, judged, evaluation.name, risks, level)
    return keep_certificate(assistant, certificate)


def calibrate_itself(
    assistant: Assistant,
    risks: Sequence[float] = RISKS,
    level: float = LEVEL,
    watch: Watched = nobody,
    *,
    again: bool = False,
) -> Certificate | None:
    """The certificate of the library's own questions, made anew where it does not hold (or `again`); None if empty."""
    with assistant.snapshot() as snapshot:
        kept = read_certificate(snapshot.meta(CERTIFICATES[1]))
        if kept and not again:
            now = assistant.grounds.circumstances(snapshot, kept.generation)
            if why_void(kept, now) is None:
                return kept
        if not len(snapshot):
            return None
        judged, left_out = judge_own(assistant, snapshot, own_questions(assistant, snapshot), watch)
        certificate = certify(assistant, snapshot, judged, "self", risks, level, left_out)
    return keep_certificate(assistant, certificate)


def keep_certificate(assistant: Assistant, certificate: Certificate) -> Certificate:
    """Keeps a certificate in the library, that of its own questions beside that of a set."""
    assistant.library.store.set_meta({CERTIFICATES[certificate.set == "self"]: written(certificate)})
    return certificate


def certify(
    assistant: Assistant,
    snapshot: Snapshot,
    judged: Sequence[Judged],
    name: str,
    risks: Sequence[float],
    level: float,
    left_out: int = 0,
) -> Certificate:
    """Chooses the threshold by what was judged of a snapshot; `name` is of the set, or "self".

    Of several risks the smallest is stated that can be kept with half of the answerable queries answered; if none can,
    the smallest that can be kept at all. Where none is kept, the certificate has a guard: the same for answers to
    queries that the documents do not answer, whatever stands first in the others.
    """
    risk, chosen = _smallest_kept(judged, risks, level)
    guard_risk, guard = 0.0, 0.0
    if not chosen.met:
        kept = _smallest_kept([replace(item, right=item.answerable) for item in judged], risks, level)
        guard_risk, guard = (kept[0], kept[1].threshold) if kept[1].met else (0.0, 0.0)
    now = assistant.grounds.circumstances(snapshot)
    return Certificate(
        risk=risk,
        level=level,
        threshold=chosen.threshold,
        set=name,
        queries=len(judged),
        answered=chosen.answered,
        wrong=chosen.wrong,
        bound=chosen.bound,
        coverage=chosen.coverage,
        met=chosen.met,
        generation=now.generation,
        passages=now.passages,
        embedding_model=snapshot.stamp().embedding_model,
        fingerprint=now.fingerprint,
        settings=now.settings,
        made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        left_out=left_out,
        guard=guard,
        guard_risk=guard_risk,
    )


def _smallest_kept(judged: Sequence[Judged], risks: Sequence[float], level: float) -> tuple[float, Chosen]:
    """The smallest of some risks that is kept with half of the answerable queries answered, or else at all.

    Where none is kept, the largest. Each is tested at a level so much stricter (Bonferroni) that the statement holds
    with `level` whichever it is; the largest has half of what may fail, for few libraries can keep another.
    """
    ordered = sorted(risks)
    others = len(ordered) - 1
    failing = [*[(1 - level) / (2 * others)] * others, (1 - level) / 2] if others else [1 - level]
    tried = [(risk, choose_threshold(judged, risk, 1 - share)) for risk, share in zip(ordered, failing, strict=True)]
    met = [(risk, chosen) for risk, chosen in tried if chosen.met]
    useful = [(risk, chosen) for risk, chosen in met if chosen.coverage >= _USEFUL]
    return (useful or met or tried[-1:])[0]
