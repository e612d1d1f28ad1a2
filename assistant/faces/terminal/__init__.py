"""The command `assistant`: the same roads from a terminal."""

import argparse
import importlib
import io
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant import __version__
from assistant.errors import AssistantError
from assistant.settings import load_settings

_GROUPS = ("documents", "asking", "checking", "evaluation", "serving")
# A question waits for the imports of its command, so each command loads only its own group.
_QUICK = {"ask": "asking", "code": "asking", "verify": "asking", "check": "checking"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. It returns 0 if done (a refusal is a result), 1 after a failure, 2 for wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our characters shows the rest
    given = sys.argv[1:] if arguments is None else arguments
    options = _parser(given).parse_args(given)
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


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
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

    quick = _QUICK.get(arguments[0]) if arguments else None
    for group in [quick] if quick else _GROUPS:
        importlib.import_module(f"assistant.faces.terminal.{group}").add_commands(command)
    return parser
