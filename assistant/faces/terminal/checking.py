"""The command that checks a claim."""

import argparse

from assistant.answering import open_assistant
from assistant.claims import check, read_claim
from assistant.faces import wire
from assistant.faces.terminal.options import Command, day
from assistant.faces.terminal.printing import print_findings, print_json
from assistant.settings import Settings


def add_commands(command: Command) -> None:
    """check."""
    sub = command("check", _check, "Check a claim against your own edit tables, articles and policies.")
    sub.add_argument("codes", nargs="+", metavar="CODE", help="with its modifiers: 29881-RT, CPT:29877-59-LT")
    sub.add_argument("--diagnosis", action="append", default=[], metavar="CODE", help="such as M23.221; repeatable")
    sub.add_argument("--units", action="append", default=[], metavar="CODE=N", help="such as 29881=1; repeatable")
    sub.add_argument("--as-of", type=day, metavar="DATE", help="date of service, such as 2025-06-30")


def _check(options: argparse.Namespace, settings: Settings) -> int:
    claim = read_claim(options.codes, options.units, options.diagnosis, options.as_of, settings.systems())
    assistant = open_assistant(options.index, settings)
    found = check(assistant, claim)
    if options.json:
        print_json(wire.findings_body(found))
    else:
        print_findings(found)
    return 0
