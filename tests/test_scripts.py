"""The scripts: each says how it is used, and none waits without end or without saying what for."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
IN_PYTHON = sorted(
    path.name for path in SCRIPTS.iterdir() if path.is_file() and path.read_bytes().startswith(b"#!/usr/bin/env python")
)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """The modules of scripts/bench.d, which are no part of the package."""
    monkeypatch.syspath_prepend(str(SCRIPTS / "bench.d"))


@pytest.mark.parametrize("name", [*IN_PYTHON, "start", "crash-test"])
def test_a_script_says_how_it_is_used(name: str) -> None:
    program = [sys.executable] if name in IN_PYTHON else ["sh"]
    ran = subprocess.run([*program, SCRIPTS / name, "--help"], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert name in ran.stdout and "usage" in ran.stdout.lower()


@pytest.mark.usefixtures("bench")
def test_waiting_has_a_limit_and_says_what_for() -> None:
    from waiting import killed_after, output_of, until

    looks = iter([False, False, True])
    until(lambda: next(looks), "the third look")
    with pytest.raises(SystemExit, match="in vain for the moon"):
        until(lambda: False, "the moon", seconds=0.05)
    with pytest.raises(SystemExit, match=r"in vain for .*sleep.* to end"):
        output_of([sys.executable, "-c", "import time; time.sleep(60)"], seconds=0.2)
    with pytest.raises(SystemExit, match=r"failed:\n.*no such thing"):
        output_of([sys.executable, "-c", "raise SystemExit('no such thing')"])
    start = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdout=subprocess.PIPE) as silent:

        def first_line() -> None:
            assert silent.stdout is not None
            with killed_after(silent, "its first line", 0.2):
                silent.stdout.readline()

        with pytest.raises(SystemExit, match="in vain for its first line"):
            first_line()
    assert time.monotonic() - start < 30


class FakeService:
    """Takes a page and forgets it again; its threshold lets nothing be answered, as over a whole code set."""

    def __init__(self, refuses: bool = False) -> None:
        self.held = False
        self.refuses = refuses

    def answer(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path:
            case "POST", "/v1/documents":
                self.held = not self.refuses
                return httpx.Response(202, json={"job": "1"})
            case "GET", "/v1/documents":
                return httpx.Response(200, json={"documents": [{"document_id": "a", "source_name": "99990.md"}]})
            case "GET", "/v1/jobs/1":
                outcome = {
                    "file": "99990.md",
                    "state": "failed" if self.refuses else "added",
                    "message": "it is no page",
                }
                return httpx.Response(200, json={"state": "done", "message": None, "outcomes": [outcome]})
            case "DELETE", "/v1/documents/a":
                self.held = False
                return httpx.Response(204)
            case "POST", "/v1/ask":
                reason = "not_enough_evidence" if self.held else "code_not_in_corpus"
                return httpx.Response(200, json={"kind": "refusal", "reason": reason})
        raise AssertionError(request)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://service", transport=httpx.MockTransport(self.answer))


@pytest.mark.usefixtures("bench")
def test_a_page_that_the_threshold_refuses_is_found_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    from measuring import Table
    from service import come_and_go

    with FakeService().client() as client:
        come_and_go(Table(), client)
    assert "until it is found" in capsys.readouterr().out


@pytest.mark.usefixtures("bench")
def test_a_page_that_is_not_taken_ends_the_bench_with_the_reason() -> None:
    from measuring import Table
    from service import come_and_go

    with (
        FakeService(refuses=True).client() as client,
        pytest.raises(SystemExit, match="was not added: it is no page"),
    ):
        come_and_go(Table(), client)
