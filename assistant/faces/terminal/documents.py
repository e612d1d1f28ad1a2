"""Commands that change and list the documents of a library."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from assistant.answering import Assistant, open_assistant
from assistant.calibration import certificate_body
from assistant.errors import InputError, LibraryBusy
from assistant.evaluation.certifying import calibrate_itself
from assistant.faces import wire
from assistant.faces.terminal.options import Command, progress_bar, strict
from assistant.faces.terminal.printing import print_difference, print_documents, print_json, print_note
from assistant.ingestion.road import Ingestion, Outcome, file_source
from assistant.library import difference
from assistant.settings import Settings


def add_commands(command: Command) -> None:
    """index, add, remove, documents."""
    index = command("index", _index, "Build or update the library from files and folders.")
    index.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH",
        help="a file, or a folder to search in depth; hidden files, links to folders and files of other kinds are not "
        "read, and all but the hidden ones are named",
    )  # fmt: skip
    add = command("add", _add, "Add documents to the library.")
    add.add_argument("files", nargs="+", type=Path, metavar="FILE")
    for sub in (index, add):
        sub.add_argument("--strict", action="store_true", help="refuse a whole file if a part of it is unreadable")
    remove = command("remove", _remove, "Remove documents from the library.")
    remove.add_argument("ids", nargs="+", metavar="DOCUMENT_ID")
    documents = command("documents", _documents, "List the documents of the library, or compare two of them.")
    documents.add_argument(
        "--diff", nargs=2, metavar=("A", "B"), help="the codes that document B adds to A, drops, or titles otherwise"
    )
    command("compact", _compact, "Free every byte of removed documents from the library's files.")


def _index(options: argparse.Namespace, settings: Settings) -> int:
    settings = strict(options, settings)
    assistant = open_assistant(options.index, settings, create=_paths_exist(options.paths))
    with progress_bar() as progress:
        outcomes = Ingestion(assistant.library, assistant.embedder, settings).index(options.paths, progress)
        calibrate_itself(assistant, watch=partial(progress, "calibrating"))
    return _report(options, assistant, outcomes)


def _paths_exist(paths: Sequence[Path]) -> bool:
    """Raises for a path that does not exist, so that a typing error leaves no empty library behind."""
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a file or folder of documents")
    return True


def _add(options: argparse.Namespace, settings: Settings) -> int:
    settings = strict(options, settings)
    sources = [file_source(file, file.name) for file in options.files]
    assistant = open_assistant(options.index, settings, create=True)
    with progress_bar() as progress:
        outcomes = Ingestion(assistant.library, assistant.embedder, settings).add(sources, progress)
        calibrate_itself(assistant, watch=partial(progress, "calibrating"))
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
            print(f"removed {document_id} ({passages:,} passages)", flush=True)
    if options.json:
        print_json(removed[0] if len(removed) == 1 else {"removed": removed})
    _free(ingestion)
    return 0


def _free(ingestion: Ingestion) -> bool:
    """Compacts the library; says on standard error what keeps it from being whole."""
    try:
        if ingestion.compact():
            return True
        reason = "another process still reads an older state"
    except LibraryBusy as error:
        reason = str(error)
    print(f"assistant: the library is not compacted yet ({reason}); run `assistant compact`", file=sys.stderr)
    return False


def _compact(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    before = _size(options.index)
    whole = _free(Ingestion(assistant.library, assistant.embedder, settings))
    after = _size(options.index)
    if options.json:
        print_json({"compacted": whole, "bytes_before": before, "bytes_after": after})
    elif whole:
        print(f"library {options.index}: {before / 1e6:,.1f} MB before, {after / 1e6:,.1f} MB after")
    return 0 if whole else 1


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _documents(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    store = assistant.library.store
    if options.diff:
        before, after = (store.document(document_id) for document_id in options.diff)
        found = difference(store.titles(before.id), store.titles(after.id))
        if options.json:
            print_json(wire.difference_body(before, after, found))
        else:
            print_difference(found)
        return 0
    documents = store.listed()
    if options.json:
        listed = [wire.listed_body(document) for document in documents]
        print_json(
            {
                "documents": listed,
                "library": wire.stamp_body(assistant.library.stamp),
                "certificate": certificate_body(assistant.rule()),
            }
        )
    else:
        print_documents(documents)
        print(f"{len(documents):,} documents", file=sys.stderr)
        print_note(assistant.rule().message)
    return 0
