"""Jobs: an evaluation beside an upload, progress that only grows, cancelling, and a failure that says so."""

import threading
from pathlib import Path

import pytest
from libraries import ingestion, open_library, page, source

from assistant.api.jobs import Jobs, Tell
from assistant.errors import InputError


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(ingestion(open_library(tmp_path / "library")))


def test_an_evaluation_runs_beside_an_upload(jobs: Jobs) -> None:
    started, uploaded = threading.Event(), threading.Event()
    seen: list[float] = []

    def work(tell: Tell) -> None:
        assert started.wait(20)
        for share in (0.2, 0.1, 0.7):
            tell(share)
            seen.append(job.progress)
        assert uploaded.wait(20)

    job = jobs.evaluate(work)
    started.set()
    upload = jobs.upload([source("a.md", page("20972", "femoral"))])
    while upload.state not in ("done", "failed"):
        threading.Event().wait(0.01)
    assert (upload.kind, upload.state, upload.outcomes[0].state) == ("upload", "done", "added")
    uploaded.set()
    jobs.close()
    assert (job.kind, job.state, job.progress, job.message) == ("evaluation", "done", 1.0, None)
    assert seen == [0.2, 0.2, 0.7]


def test_a_cancelled_evaluation_stops_where_it_tells_its_progress(jobs: Jobs) -> None:
    begun, cancelled = threading.Event(), threading.Event()
    told: list[float] = []

    def work(tell: Tell) -> None:
        tell(0.1)
        begun.set()
        assert cancelled.wait(20)
        tell(0.2)
        told.append(0.2)

    job = jobs.evaluate(work)
    waiting = jobs.evaluate(lambda tell: told.append(1.0))
    assert begun.wait(20)
    for one in (job, waiting):
        assert jobs.cancel(one.id) is one
    cancelled.set()
    jobs.close()
    assert job.state == "cancelled" and job.message and not told
    assert jobs.cancel("nosuch") is None


def test_an_evaluation_that_fails_tells_why(jobs: Jobs) -> None:
    def work(tell: Tell) -> None:
        raise InputError("the set has no queries")

    job = jobs.evaluate(work)
    jobs.close()
    assert (job.state, job.message) == ("failed", "the set has no queries")
