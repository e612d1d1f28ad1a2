"""Options and progress that several commands share."""

import argparse
import datetime
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.answering import Assistant
from assistant.errors import InputError
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.ingestion.road import Progress

# Adds a sub-command: command(name, run, summary, prints=True).
Command = Callable[..., argparse.ArgumentParser]


def systems_named(names: Sequence[str], assistant: Assistant) -> tuple[str, ...]:
    """The code systems that some names mean. Raises InputError for an unknown name."""
    known = {name.upper(): system.name for system in assistant.systems for name in system.names}
    for name in names:
        if name.upper() not in known:
            raise InputError(f"there is no code system {name!r}; the known ones are {', '.join(sorted(known))}")
    return tuple(known[name.upper()] for name in names)


def positive(text: str) -> int:
    """A number of candidates."""
    number = int(text)
    if not 1 <= number <= 50:
        raise argparse.ArgumentTypeError("must be between 1 and 50")
    return number


def day(text: str) -> datetime.date:
    """A date of service."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2025-06-30") from error


def strict(options: argparse.Namespace, settings: Settings) -> Settings:
    """The settings, with `--strict` in force where it was given."""
    return settings.model_copy(update={"strict": True}) if options.strict else settings


@contextmanager
def progress_bar() -> "Iterator[Progress]":
    """A progress bar on standard error where that is a terminal, nothing otherwise."""
    if not sys.stderr.isatty():
        yield _shown_nowhere
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:<11}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        stages = "reading", "embedding", "asking", "calibrating"
        tasks = {stage: bar.add_task(stage, total=None, visible=False) for stage in stages}

        def show(stage: str, done: int, total: int) -> None:
            bar.update(tasks[stage], completed=done, total=total, visible=True)

        yield show


def _shown_nowhere(stage: str, done: int, total: int) -> None:
    """Progress where nobody watches."""
