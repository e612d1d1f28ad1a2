"""Writes the report that a coding manager reads: one HTML file, with its plots and without scripts."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.errors import InputError
from assistant.evaluation.measures import MEASURES, SET_MEASURES
from assistant.evaluation.statements import STATEMENT_MEASURES

# The number of misses of each kind that are open; the others are one click away.
_SHOWN = 6
_GROUPS = (
    (
        "wrong",
        "Wrong answers",
        "The documents hold the answer; what was shown first was something else. Surest first.",
    ),
    (
        "answered",
        "Answers where there is none",
        "The documents do not answer these, and yet something was proposed. Surest first.",
    ),
    (
        "refused",
        "Refused by mistake",
        "The documents hold the answer, and the gate kept it back. Least sure first; the codes are those withheld.",
    ),
)
_MEANING = {
    "hit@1": "share of queries with a right code (or passage) in the first place",
    "hit@5": "with a right one among the first five, which is what is shown",
    "hit@10": "with a right one among the first ten",
    "recall@5": "share of all right codes that are among the first five",
    "recall@10": "share of all right codes that are among the first ten",
    "mrr": "mean of 1 / place of the first right one",
    "ndcg@10": "how near the first ten are to the best order; 1 is perfect",
    "precision": "share that is right, of the codes that an answer names: the first, and those at least half as sure",
    "exact-set": "share of answers that name exactly the right codes",
    "statement@1": "share of queries whose first quoted statement is one that answers; a refusal quotes none",
    "statement@3": "the same for the first three statements quoted",
    "statement@any": "the same for any statement quoted",
    "answered-statement@1": "the first of these, of the queries that were answered",
    "answered-statement@3": "the second of these, of the queries that were answered",
    "answered-statement@any": "the third of these, of the queries that were answered",
    "beside": "share of the quoted statements of an answer that do not answer, on average over the queries",
    "both-parts": "share of the questions of two parts with a quoted statement for each part",
    "verdict-right": "share of the questions with a yes or no to which the right one was said",
    "verdict-wrong": "to which the wrong one was said",
    "verdict-none": "to which neither was said",
}
_NOTE_COLUMNS = (
    ("notes", "notes"),
    ("hit@1", "hit@1"),
    ("recall@10", "recall@10"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("extra", "extra"),
    ("exact", "exact set"),
    ("evidence_f1", "evidence F1"),
    ("stray", "not done"),
    ("stray_statements", "of statements"),
    ("refused", "refused rightly"),
)


def write_html(path: Path, body: Mapping[str, Any]) -> None:
    """Writes the report on a run as one file."""
    try:
        # A lone surrogate of a document can't be written as UTF-8.
        path.write_bytes(html_report(body).encode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error


def html_report(body: Mapping[str, Any]) -> str:
    """The report as HTML. It escapes all words of the set and of the documents."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from assistant.evaluation import plots
    from assistant.evaluation.summary import count, milliseconds, percent, probability

    environment = Environment(
        loader=PackageLoader("assistant.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, milliseconds=milliseconds, probability=probability)
    slices = {one["slice"]: one for one in body["slices"]}
    parts = [one for one in body["slices"] if one["slice"] not in ("answerable", "unanswerable")]
    made = datetime.fromisoformat(body["made"])
    return environment.get_template("report.html").render(
        body=body,
        made=f"{made.day} {made:%B %Y, %H:%M} UTC",  # "%-d" is unknown on Windows
        known=slices.get("answerable"),
        unknown=slices.get("unanswerable"),
        ranked=[one for one in parts if "hit@1" in one],
        quoting=[one for one in parts if "statement@1" in one],
        unranked=[one for one in parts if "hit@1" not in one and "statement@1" not in one],
        groups=[(*group, [one for one in body["misses"] if one["outcome"] == group[0]]) for group in _GROUPS],
        measures=[name for name in (*MEASURES, *SET_MEASURES) if any(name in one for one in body["slices"])],
        of_statements=[name for name in STATEMENT_MEASURES if any(name in one for one in body["slices"])],
        meaning=_MEANING,
        note_columns=_NOTE_COLUMNS,
        count=count,
        plots=plots,
        shown=_SHOWN,
    )
