"""Commands that measure the library."""

import argparse
from pathlib import Path

from assistant.answering import open_assistant
from assistant.api import wire
from assistant.cli.options import Command, progress_bar
from assistant.errors import InputError
from assistant.running import run_note, run_query
from assistant.settings import Settings
from assistant.terminal import print_json, print_scores


def add_commands(command: Command) -> None:
    """eval."""
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


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.evaluation import RunLine, load_set, report_body, score, write_run
    from assistant.evaluation.notes import NoteLine, load_evidence, notes_table, score_notes

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
    noted: dict[str, NoteLine] = {}
    with progress_bar() as progress:
        for done, query in enumerate(queries):
            progress("asking", done, len(queries))
            if query.kind == "note" and options.by == "assistant":
                run[query.id], noted[query.id] = run_note(assistant, query.id, query.text)
            else:
                run[query.id] = run_query(assistant, query.id, query.text, options.by)
    if options.run_file:
        write_run(options.run_file, run.values())
    scores = score(queries, evaluation.qrels, run)
    facts = {"by": options.by, "queries": len(queries), "library": wire.stamp_body(assistant.library.stamp)}
    report = report_body(evaluation.name, options.split, scores, facts)
    notes = [query for query in queries if query.id in noted]
    if notes:
        report["notes"] = score_notes(notes, evaluation.qrels, run, noted, load_evidence(options.set))
    if options.by == "assistant":
        assistant.library.keep_report(report)
    if options.json:
        print_json(report)
        return 0
    print_scores(scores)
    if notes:
        print()
        notes_table(report["notes"], write=print)
    return 0
