"""The same roads from a terminal."""

import argparse
import datetime
import io
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import assert_never

from assistant import __version__
from assistant.answering import Assistant, open_assistant
from assistant.api import wire
from assistant.codes import parse_code
from assistant.errors import AssistantError, InputError, ServiceError
from assistant.ingestion import Ingestion, Outcome, Progress, file_source, no_progress
from assistant.running import run_query
from assistant.settings import Settings, load_settings
from assistant.terminal import fit, print_answer, print_json, print_page, print_refusal, print_scores
from assistant.types import Answer, Query, Refusal


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command: 0 done (a refusal is a result), 1 a failure told in one line, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our characters shows the rest
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    try:
        settings = load_settings()
        result: int = options.run(options, settings)
        sys.stdout.flush()
    except AssistantError as error:
        print(f"assistant: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone; what it has read is right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("assistant: interrupted; what was stored is kept", file=sys.stderr)
        return 130
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="assistant", description="Answers about medical codes from your own reference documents, with citations."
    )
    parser.add_argument("--version", action="version", version=f"assistant {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], summary: str, *, prints: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.add_argument(
            "--index", type=Path, default=Path("indexes/default"), metavar="DIR", help="the library's folder"
        )
        if prints:
            sub.add_argument("--json", action="store_true", help="one JSON object on standard output")
        sub.set_defaults(run=run)
        return sub

    index = command("index", _index, "Build or update the library from files and folders.")
    index.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    add = command("add", _add, "Add documents to the library.")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE")
    for sub in (index, add):
        sub.add_argument("--strict", action="store_true", help="refuse a file whole where a part of it is unreadable")
    remove = command("remove", _remove, "Remove documents from the library.")
    remove.add_argument("ids", nargs="+", metavar="DOCUMENT_ID")
    command("documents", _documents, "List the documents of the library.")
    ask = command("ask", _ask, "Ask a question, or describe a procedure.")
    ask.add_argument("query", metavar="QUERY")
    ask.add_argument("--limit", type=_positive, default=5, metavar="N", help="most candidates (5)")
    ask.add_argument("--about", metavar="CODE", help="the code that a follow-up is about, such as CPT:20972")
    code = command("code", _code, "Show everything the library says of a code.")
    code.add_argument("code", metavar="CODE", help="such as CPT:20972")
    for sub in (ask, code):
        sub.add_argument("--system", action="append", default=[], metavar="SYSTEM", help="only codes of this system")
        sub.add_argument("--as-of", type=_day, metavar="DATE", help="date of service, such as 2025-06-30")
    verify = command("verify", _verify, "Check every citation of a saved answer against the library.")
    verify.add_argument("file", metavar="FILE.json", help="- for standard input")
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
    serve = command("serve", _serve, "Serve the library over HTTP, with its page.", prints=False)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    return parser


def _index(options: argparse.Namespace, settings: Settings) -> int:
    settings = _strict(options, settings)
    assistant = open_assistant(options.index, settings, create=_paths_exist(options.paths))
    with _progress() as progress:
        outcomes = Ingestion(assistant.library, assistant.embedder, settings).index(options.paths, progress)
    return _report(options, assistant, outcomes)


def _paths_exist(paths: Sequence[Path]) -> bool:
    """Whether a library may be made for these paths; a typing error shall leave no empty one behind."""
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a file or folder of documents")
    return True


def _add(options: argparse.Namespace, settings: Settings) -> int:
    settings = _strict(options, settings)
    sources = [file_source(file, file.name) for file in options.files]
    assistant = open_assistant(options.index, settings, create=True)
    with _progress() as progress:
        outcomes = Ingestion(assistant.library, assistant.embedder, settings).add(sources, progress)
    return _report(options, assistant, outcomes)


def _report(options: argparse.Namespace, assistant: Assistant, outcomes: Sequence[Outcome]) -> int:
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    documents, passages, codes = assistant.library.store.counts()
    for outcome in outcomes:
        for line in [outcome.message] if outcome.message else outcome.warnings:
            print(f"assistant: {line}", file=sys.stderr)
    if options.json:
        library = {
            "documents": documents,
            "passages": passages,
            "codes": codes,
            **wire.stamp_body(assistant.library.stamp),
        }
        print_json({"outcomes": [wire.outcome_body(outcome) for outcome in outcomes], "library": library})
    else:
        states = ("added", "updated", "unchanged", "removed", "failed")
        counts = {state: sum(outcome.state == state for outcome in outcomes) for state in states}
        print(", ".join(f"{count:,} {state}" for state, count in counts.items() if count) or "nothing to do")
        print(f"library {options.index}: {documents:,} documents, {passages:,} passages, {codes:,} codes")
    return 1 if failed else 0


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    ingestion = Ingestion(assistant.library, assistant.embedder, settings)
    removed = []
    ids = tuple(dict.fromkeys(options.ids))
    for document_id in ids:
        assistant.library.store.document(document_id)  # nothing is removed if one of them is not there
    for document_id in ids:
        passages, generation = ingestion.remove(document_id)
        removed.append({"document_id": document_id, "passages_removed": passages, "generation": generation})
        if not options.json:
            print(f"removed {document_id} ({passages:,} passages)")
    if options.json:
        print_json(removed[0] if len(removed) == 1 else {"removed": removed})
    return 0


def _documents(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    documents = assistant.library.store.documents()
    if options.json:
        print_json(
            {
                "documents": [wire.document_body(document) for document in documents],
                "library": wire.stamp_body(assistant.library.stamp),
            }
        )
        return 0
    width = max((len(document.id) for document in documents), default=0)
    for document in documents:
        codes = f"{document.codes:,} codes" if document.codes != 1 else "1 code"
        line = f"{document.id:<{width}}  {document.edition or '-':<5} {codes:>12}  {document.title}"
        print(fit(line))
    print(f"{len(documents):,} documents", file=sys.stderr)
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    about = parse_code(options.about, assistant.systems) if options.about else None
    systems = _systems(options.system, assistant)
    response = assistant.ask(Query(options.query, options.limit, systems, options.as_of, about))
    if options.json:
        print_json(wire.response_body(response))
        return 0
    match response:
        case Answer():
            print_answer(response)
        case Refusal():
            print_refusal(response)
        case _:
            assert_never(response)
    return 0


def _code(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    code = parse_code(options.code, assistant.systems)
    page = assistant.code_page(code, Query(str(code), systems=_systems(options.system, assistant), as_of=options.as_of))
    if page is None:
        raise InputError(f"the library does not hold {code}")
    if options.json:
        print_json(wire.page_body(page, assistant.library.stamp))
    else:
        print_page(page)
    return 0


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    citations = list(wire.citations_in(_read_json(options.file)))
    assistant = open_assistant(options.index, settings)
    wrong = assistant.verify(citations)
    if options.json:
        print_json({"citations": len(citations), "wrong": wrong})
    else:
        print(f"{len(citations) - len(wrong)} of {len(citations)} citations stand in the library as quoted")
    for line in wrong:
        print(f"assistant: {line}", file=sys.stderr)
    return 1 if wrong else 0


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
    with _progress() as progress:
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


def _read_json(name: str) -> object:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{name} is not JSON; save an answer with `assistant ask … --json > FILE`") from error


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    import uvicorn

    from assistant.api.app import create_app

    listener = _listen(options.host, options.port)
    assistant = open_assistant(options.index, settings, create=True)
    app = create_app(assistant, Ingestion(assistant.library, assistant.embedder, settings), settings)
    len(assistant.library)  # opens the indexes before the first question comes
    host, port = listener.getsockname()[:2]
    print(f"serving {options.index} on http://{host}:{port} (Ctrl+C stops it)", flush=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    # uvicorn finishes what is in hand, then raises the signal again; both signals are an orderly end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends each answer at once (TCP_NODELAY) instead of waiting 40 ms for more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise ServiceError(f"cannot listen on {host}:{port}: {reason}; choose another with --port") from error
    return listener


# options


def _systems(names: Sequence[str], assistant: Assistant) -> tuple[str, ...]:
    known = {name.upper(): system.name for system in assistant.systems for name in system.names}
    for name in names:
        if name.upper() not in known:
            raise InputError(f"there is no code system {name!r} here; the known ones are {', '.join(sorted(known))}")
    return tuple(known[name.upper()] for name in names)


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 50:
        raise argparse.ArgumentTypeError("must be between 1 and 50")
    return number


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2025-06-30") from error


def _strict(options: argparse.Namespace, settings: Settings) -> Settings:
    return settings.model_copy(update={"strict": True}) if options.strict else settings


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on standard error where that is a terminal, nothing otherwise."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {stage: bar.add_task(stage, total=None, visible=False) for stage in ("reading", "embedding", "asking")}

        def show(stage: str, done: int, total: int) -> None:
            bar.update(tasks[stage], completed=done, total=total, visible=True)

        yield show


if __name__ == "__main__":
    sys.exit(main())
