"""One line at the end of a run that says which tests were skipped, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest


def skipped_line(reasons: Iterable[str]) -> str:
    """'skipped 3: 2 need ../shared/data (absent), 1 needs Tesseract (absent)'; "" where nothing was skipped."""
    counted = Counter(reason.removeprefix("Skipped: ") for reason in reasons)
    told = [
        f"{count} need{reason.removeprefix('needs')}"
        if reason.startswith("needs ") and count > 1
        else f"{count} {reason}"
        for reason, count in counted.most_common()
    ]
    return f"skipped {counted.total()}: {', '.join(told)}" if told else ""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Below all that pytest sums up but its last line."""
    yield
    reports = terminalreporter.stats.get("skipped", [])
    line = skipped_line(report.longrepr[2] for report in reports if isinstance(report.longrepr, tuple))
    if line:
        terminalreporter.write_line(line)
