"""Runs evaluation sets, scores the runs against human judgements, and reports."""

from assistant.evaluation.baseline import Check, check_baseline, read_baseline
from assistant.evaluation.comparing import Comparison, compare
from assistant.evaluation.figures import Measured, report_body
from assistant.evaluation.loading import load_set
from assistant.evaluation.measures import MEASURES, SliceScore, is_wrong, measure, score, shows_right
from assistant.evaluation.report import write_html
from assistant.evaluation.runs import SHOWN, RunLine, read_run, sections_of, write_run
from assistant.evaluation.sets import EvaluationQuery, EvaluationSet
from assistant.evaluation.spreadsheet import read_spreadsheet
from assistant.evaluation.statements import Mark, Marks, Place, states_right
from assistant.evaluation.trec import write_trec

__all__ = [
    "MEASURES",
    "SHOWN",
    "Check",
    "Comparison",
    "EvaluationQuery",
    "EvaluationSet",
    "Mark",
    "Marks",
    "Measured",
    "Place",
    "RunLine",
    "SliceScore",
    "check_baseline",
    "compare",
    "is_wrong",
    "load_set",
    "measure",
    "read_baseline",
    "read_run",
    "read_spreadsheet",
    "report_body",
    "score",
    "sections_of",
    "shows_right",
    "states_right",
    "write_html",
    "write_run",
    "write_trec",
]
