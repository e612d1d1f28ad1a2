"""What a run says of skipped tests."""

import os
import subprocess
import sys
from pathlib import Path

from skips import skipped_line

TESTS = """
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_of_the_data(number):
    pytest.skip("needs ../shared/data (absent)")

@pytest.mark.skipif(True, reason="needs Tesseract (absent)")
def test_of_scans():
    pass

def test_that_runs():
    pass
"""


def test_reasons_are_counted_the_most_frequent_first() -> None:
    assert skipped_line([]) == ""
    assert skipped_line(["needs b", "Skipped: needs a", "needs a"]) == "skipped 3: 2 need a, 1 needs b"
    assert skipped_line(["there is no /proc here"]) == "skipped 1: 1 there is no /proc here"


def test_a_run_says_it_just_above_its_last_line(tmp_path: Path) -> None:
    (tmp_path / "test_any.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-p", "skips", "--rootdir", tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTEST_ADDOPTS": ""}
    ran = subprocess.run(
        [*command, tmp_path], capture_output=True, text=True, timeout=60, check=True, env=environment, cwd=tmp_path
    )
    *_, told, last = ran.stdout.splitlines()
    assert told == "skipped 3: 2 need ../shared/data (absent), 1 needs Tesseract (absent)"
    assert "1 passed, 3 skipped" in last
