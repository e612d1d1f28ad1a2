"""Commands that measure the library."""

import argparse
from pathlib import Path

from assistant.answering import open_assistant
from assistant.api import wire
from assistant.calibration import certificate_body
from assistant.cli.options import Command, progress_bar
from assistant.errors import InputError
from assistant.running import run_query
from assistant.settings import Settings
from assistant.terminal import print_json, print_scores


def add_commands(command: Command) -> None:
    """eval, calibrate."""
    evaluate = command("eval", _eval, "Score an evaluation set against the library.")
    evaluate.add_argument("set", type=Path, metavar="SET", help="a folder with queries.jsonl and qrels.tsv")
    evaluate.add_argument("--split", choices=("test", "calibration", "all"), default="test")
    evaluate.add_argument("--kind", choices=("query", "note", "all"), default="query")
    evaluate.add_argument(
        "--by",
        choices=("assistant", "bm25", "dense", "fused"),
        default="assistant",
        help="the whole road, or one search",
    )
    evaluate.add_argument("--run", dest="run_file", type=Path, metavar="FILE.jsonl", help="write the run")
    calibrate = command(
        "calibrate", _calibrate, "Find the refusal threshold that keeps a stated risk of wrong answers."
    )
    calibrate.add_argument(
        "set", type=Path, nargs="?", metavar="SET", help="an evaluation set; without one, the library's own documents"
    )
    calibrate.add_argument("--risk", type=_share, default=0.05, help="the share of answers that may be wrong (0.05)")
    calibrate.add_argument("--level", type=_share, default=0.95, help="how sure that is to hold (0.95)")


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
    from assistant.calibrating import calibrate, calibrate_itself
    from assistant.evaluation import load_set

    evaluation = load_set(options.set) if options.set else None
    assistant = open_assistant(options.index, settings)
    if evaluation is None:
        calibrate_itself(assistant, options.risk, options.level, again=True)
    else:
        calibrate(assistant, evaluation, options.risk, options.level)
    rule = assistant.rule()
    if options.json:
        print_json({"certificate": certificate_body(rule), "library": wire.stamp_body(assistant.library.stamp)})
    else:
        print(rule.message)
        print(f"threshold in force: {rule.threshold:.3f}")
    return 0


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.evaluation import RunLine, load_set, report_body, score, write_run

    evaluation = load_set(options.set)
    queries = [
        query
        for query in evaluation.queries
        if options.split in (query.split, "all") and options.kind in (query.kind, "all")
    ]
    if not queries:
        raise InputError(f"{options.set} has no queries of kind {options.kind} in split {options.split}")
    assistant = open_assistant(options.index, settings)
    run: dict[str, RunLine] = {}
    with progress_bar() as progress:
        for done, query in enumerate(queries):
            progress("asking", done, len(queries))
            run[query.id] = run_query(assistant, query.id, query.text, options.by)
    if options.run_file:
        write_run(options.run_file, run.values())
    scores = score(queries, evaluation.qrels, run)
    facts = {"by": options.by, "queries": len(queries), "library": wire.stamp_body(assistant.library.stamp)}
    report = report_body(evaluation.name, options.split, scores, facts)
    if options.by == "assistant":
        assistant.library.keep_report(report)
    if options.json:
        print_json(report)
        return 0
    print_scores(scores)
    return 0
