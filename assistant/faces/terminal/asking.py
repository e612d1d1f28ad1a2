"""Commands that ask the library."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from assistant.answering import open_assistant
from assistant.errors import InputError
from assistant.faces import wire
from assistant.faces.terminal.options import Command, day, positive, systems_named
from assistant.faces.terminal.printing import (
    print_answer,
    print_edits,
    print_findings,
    print_json,
    print_page,
    print_refusal,
)
from assistant.settings import Settings
from assistant.types import Answer, Query, Refusal, proposed_codes
from assistant.types.codes import parse_code


def add_commands(command: Command) -> None:
    """ask, suggest, code, verify."""
    ask = command("ask", _ask, "Ask a question, or describe a procedure.")
    ask.add_argument("query", metavar="QUERY")
    ask.add_argument("--limit", type=positive, default=5, metavar="N", help="at most N candidates (5)")
    ask.add_argument("--about", metavar="CODE", help="the code that a follow-up is about, such as CPT:20972")
    code = command("code", _code, "Show everything the library says of a code.")
    code.add_argument("code", metavar="CODE", help="such as CPT:20972")
    suggest_ = command("suggest", _suggest, "Propose candidate codes for an operative note.")
    suggest_.add_argument("file", metavar="FILE", help="a text file with the note; - for standard input")
    suggest_.add_argument("--limit", type=positive, default=10, metavar="N", help="at most N candidates (10)")
    for sub in (ask, suggest_, code):
        sub.add_argument("--system", action="append", default=[], metavar="SYSTEM", help="only codes of this system")
        sub.add_argument("--as-of", type=day, metavar="DATE", help="date of service, such as 2025-06-30")
    verify = command("verify", _verify, "Check every citation of a saved answer against the library.")
    verify.add_argument("file", metavar="FILE.json", help="- for standard input")


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    assistant = open_assistant(options.index, settings)
    about = parse_code(options.about, assistant.systems) if options.about else None
    systems = systems_named(options.system, assistant)
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


def _suggest(options: argparse.Namespace, settings: Settings) -> int:
    # Imported here, so that other commands start without the rules of notes.
    from assistant.claims import checked_candidates
    from assistant.faces.terminal.note_view import print_suggestion
    from assistant.notes.suggesting import suggest

    note = _read_note(options.file)
    assistant = open_assistant(options.index, settings)
    query = Query("", options.limit, systems_named(options.system, assistant), options.as_of)
    response = suggest(assistant, note, query)
    found = checked_candidates(assistant, proposed_codes(response), query)
    if options.json:
        print_json(wire.suggestion_body(response, found))
    else:
        print_suggestion(note, response)
        if found is not None and found.findings:
            print("\nOn these codes together:")
            print_findings(replace(found, unchecked=()))
    return 0


def _read_note(name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _code(options: argparse.Namespace, settings: Settings) -> int:
    from assistant.claims import edits_of

    assistant = open_assistant(options.index, settings)
    code = parse_code(options.code, assistant.systems)
    query = Query(str(code), systems=systems_named(options.system, assistant), as_of=options.as_of)
    page = assistant.code_page(code, query)
    if page is None:
        raise InputError(f"the library does not hold {code}")
    if options.json:
        print_json(wire.page_body(page) | wire.edits_body(edits_of(assistant, code, query)))
    else:
        print_page(page)
        print_edits(edits_of(assistant, code, query))
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


def _read_json(name: str) -> object:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{name} is not JSON; save an answer with `assistant ask … --json > FILE`") from error
