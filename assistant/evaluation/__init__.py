"""Scores a run against qrels."""

from assistant.evaluation.measures import MEASURES, SliceScore, measure, report_body, score
from assistant.evaluation.runs import RunLine, write_run
from assistant.evaluation.sets import EvaluationQuery, EvaluationSet, load_set

__all__ = [
    "MEASURES",
    "EvaluationQuery",
    "EvaluationSet",
    "RunLine",
    "SliceScore",
    "load_set",
    "measure",
    "report_body",
    "score",
    "write_run",
]
