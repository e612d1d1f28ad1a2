"""Commands that measure the library."""

import argparse
import sys
from functools import partial
from pathlib import Path

from assistant.answering import open_assistant
from assistant.calibration import certificate_body
from assistant.faces import wire
from assistant.faces.terminal.options import Command, progress_bar
from assistant.faces.terminal.printing import print_gate, print_json, print_report
from assistant.settings import Settings

_BASELINE = Path("eval/baseline.json")


def add_commands(command: Command) -> None:
    """eval, calibrate."""
    evaluate = command("eval", _eval, "Score an evaluation set against the library.")
    evaluate.add_argument(
        "set",
        type=Path,
        metavar="SET",
        help="a folder with queries.jsonl and judgements, or a CSV: question,codes",
    )
    evaluate.add_argument("--split", help="test (the default where the set has one), calibration, another, or all")
    evaluate.add_argument("--kind", choices=("query", "note", "all"), default="query")
    evaluate.add_argument(
        "--by",
        choices=("assistant", "bm25", "dense", "fused"),
        default="assistant",
        help="the whole road, or one search",
    )
    evaluate.add_argument("--run", dest="run_file", type=Path, metavar="FILE.jsonl", help="write the run")
    evaluate.add_argument("--report", type=Path, metavar="FILE.html", help="write the report as a page for people")
    evaluate.add_argument("--trec", type=Path, metavar="DIR", help="write the run and the judgements for trec_eval")
    evaluate.add_argument("--compare", type=Path, metavar="RUN.jsonl", help="compare with a run written before")
    evaluate.add_argument(
        "--gate",
        nargs="?",
        type=Path,
        const=_BASELINE,
        metavar="BASELINE.json",
        help=f"end with 1 if a figure fell beyond its tolerance (default {_BASELINE})",
    )
    calibrate = command(
        "calibrate", _calibrate, "Find the refusal threshold that keeps a stated risk of wrong answers."
    )
    calibrate.add_argument(
        "set", type=Path, nargs="?", metavar="SET", help="an evaluation set; without one, the library's own documents"
    )
    calibrate.add_argument(
        "--risk",
        type=_share,
        help="the share of answers that may be wrong, such as 0.05 (without it, the smallest of 0.05, 0.10, 0.15 and "
        "0.20 that can be kept)",
    )
    calibrate.add_argument("--level", type=_share, default=0.95, help="the confidence with which that holds (0.95)")


def _share(text: str) -> float:
    """A probability strictly between 0 and 1."""
    try:
        share = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as 0.05") from error
    if not 0.0 < share < 1.0:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return share


def _calibrate(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.evaluation.certifying import RISKS, calibrate, calibrate_itself
    from assistant.evaluation.running import open_set

    assistant = open_assistant(options.index, settings)
    risks = RISKS if options.risk is None else (options.risk,)
    evaluation = open_set(assistant, options.set) if options.set else None
    for fault in evaluation.faults if evaluation else ():
        print(f"assistant: left out: {fault}", file=sys.stderr)
    with progress_bar() as progress:
        watch = partial(progress, "calibrating")
        if evaluation is None:
            calibrate_itself(assistant, risks, options.level, watch, again=True)
        else:
            calibrate(assistant, evaluation, risks, options.level, watch)
    rule = assistant.rule()
    if options.json:
        print_json({"certificate": certificate_body(rule), "library": wire.stamp_body(assistant.library.stamp)})
    else:
        print(rule.message)
        print(f"threshold in force: {rule.threshold:.3f}")
    return 0


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.evaluation import check_baseline, read_baseline, read_run, write_html, write_run, write_trec
    from assistant.evaluation.notes import NoteLine, load_evidence, notes_body, notes_table, score_notes
    from assistant.evaluation.running import chosen, default_split, make_report, open_set, run_set

    # Files that cannot be read fail before a long run, not after it.
    before, faults = read_run(options.compare) if options.compare else (None, ())
    baseline = read_baseline(options.gate) if options.gate else ()
    assistant = open_assistant(options.index, settings)
    evaluation = open_set(assistant, options.set)
    for fault in (*evaluation.faults, *faults):
        print(f"assistant: left out: {fault}", file=sys.stderr)
    split = options.split or default_split(evaluation)
    queries = chosen(evaluation, split, options.kind)
    noted: dict[str, NoteLine] = {}
    with progress_bar() as progress:
        run = run_set(assistant, queries, options.by, progress, noted)
    if options.run_file:
        write_run(options.run_file, run.values())
    if options.trec:
        write_trec(options.trec, queries, evaluation.qrels, run, evaluation.marks)
    report = make_report(assistant, evaluation, queries, run, split=split, by=options.by, before=before)
    notes = [query for query in queries if query.id in noted]
    if notes:
        figures = score_notes(notes, evaluation.qrels, run, noted, load_evidence(options.set))
        report["notes"] = notes_body(figures)
    if options.report:
        write_html(options.report, report)
    # A run of notes alone is only a part, so the last report stays the one on questions.
    if options.by == "assistant" and options.kind != "note":
        assistant.library.keep_report(report)
    checks = check_baseline(baseline, report) if options.gate else []
    if options.json:
        print_json({**report, "baseline": [check.body() for check in checks]} if options.gate else report)
    else:
        print_report(report)
        if notes:
            print()
            notes_table(figures, write=print)
        print_gate(checks)
    return int(any(not check.kept for check in checks))
