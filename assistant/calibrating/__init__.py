"""Calibrates a library: on an evaluation set, or on questions taken from its own documents."""

import datetime
from collections.abc import Sequence

from assistant.answering import CERTIFICATES, Assistant
from assistant.calibrating.asking_itself import judge_own, own_questions
from assistant.calibrating.judging import is_right, judge
from assistant.calibration import Certificate, Judged, choose_threshold, read_certificate, why_void, written
from assistant.errors import InputError
from assistant.evaluation import EvaluationSet

# The risks that are tried, smallest first, where none is asked for: the first that can be kept is stated.
RISKS, LEVEL = (0.05, 0.10, 0.15, 0.20), 0.95

__all__ = [
    "LEVEL",
    "RISKS",
    "calibrate",
    "calibrate_itself",
    "certify",
    "is_right",
    "judge",
    "judge_own",
    "own_questions",
]


def calibrate(
    assistant: Assistant, evaluation: EvaluationSet, risks: Sequence[float] = RISKS, level: float = LEVEL
) -> Certificate:
    """The certificate of an evaluation set, kept in the library. Takes its calibration split, all of it if it has none.

    Raises InputError for a set that has no queries to calibrate on.
    """
    queries = [query for query in evaluation.queries if query.kind == "query"]
    queries = [query for query in queries if query.split == "calibration"] or queries
    if not queries:
        raise InputError(f"the set {evaluation.name} has no queries to calibrate on")
    judged = judge(
        assistant,
        [(query.text, query.answerable, evaluation.qrels.get(query.id, frozenset())) for query in queries],
    )
    return certify(assistant, judged, evaluation.name, risks, level)


def calibrate_itself(
    assistant: Assistant, risks: Sequence[float] = RISKS, level: float = LEVEL, *, again: bool = False
) -> Certificate | None:
    """The certificate of the library's own questions, made anew where it does not hold (or `again`); None if empty."""
    store = assistant.library.store
    kept = read_certificate(store.meta(CERTIFICATES[1]))
    if kept and not again and why_void(kept, assistant.grounds.circumstances(kept.generation)) is None:
        return kept
    if not len(assistant.library):
        return None
    return certify(assistant, judge_own(assistant, own_questions(assistant)), "self", risks, level)


def certify(
    assistant: Assistant, judged: Sequence[Judged], name: str, risks: Sequence[float], level: float
) -> Certificate:
    """Chooses the threshold by what was judged, and keeps the certificate in the library ("self" beside a set's).

    Of several risks the smallest that can be kept is stated. Each is tested at a level so much stricter (Bonferroni)
    that the statement holds with `level` whichever it is.
    """
    each = 1 - (1 - level) / len(risks)
    for risk in sorted(risks):
        chosen = choose_threshold(judged, risk, each)
        if chosen.met:
            break
    now = assistant.grounds.circumstances()
    certificate = Certificate(
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
        embedding_model=assistant.library.stamp.embedding_model,
        fingerprint=now.fingerprint,
        settings=now.settings,
        made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    assistant.library.store.set_meta({CERTIFICATES[name == "self"]: written(certificate)})
    return certificate
