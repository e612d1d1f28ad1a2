"""Jobs: an evaluation beside an upload, cancelling, going on after a restart, and a failure that says so."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from filelock import FileLock
from libraries import assert_agrees, ingestion, open_library, page, texts

from assistant.errors import InputError
from assistant.faces.http.job_workers import ChildWorker, OwnWorker
from assistant.faces.http.jobs import Job, Jobs, Tell
from assistant.ingestion.jobs import ReceivedFile, clean_up
from assistant.ingestion.road import Ingestion
from assistant.library import Library
from assistant.settings import Settings

SECRET = "Mrs. Secret Patient"


class HeldEmbedder(FakeEmbedder):
    """Embeds only while its gate is open, and records when it is asked to."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked = threading.Event()

    def embed(self, texts):
        self.asked.set()
        assert self.gate.wait(30)
        return super().embed(texts)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


def jobs_over(library: Library, road: Ingestion | None = None) -> Jobs:
    return Jobs(library, OwnWorker(library, road or ingestion(library), 1))


@pytest.fixture
def jobs(library: Library) -> Iterator[Jobs]:
    jobs = jobs_over(library)
    jobs.start()
    yield jobs
    jobs.close()


def send(jobs: Jobs, library: Library, files: dict[str, str]) -> str:
    """What the route does with an upload."""
    job_id = uuid.uuid4().hex
    inbox = library.store.inbox
    with inbox.filling(job_id):
        for number, text in enumerate(files.values()):
            with inbox.create(job_id, number) as handle:
                handle.write(text.encode())
        jobs.upload(job_id, [ReceivedFile(name, len(text)) for name, text in files.items()])
    return job_id


def ended(jobs: Jobs, job_id: str) -> Job:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = jobs.get(job_id)
        assert job is not None
        if job.ended:
            return job
        time.sleep(0.01)
    raise AssertionError("the job never ended")


def states(job: Job) -> dict[str, str]:
    return {outcome.source_name: outcome.state for outcome in job.outcomes}


def leftovers(library: Library) -> list[str]:
    return [path.name for path in (library.folder / "uploads").iterdir() if path.is_dir()]


def test_a_file_that_is_refused_strictly_has_its_reason_in_the_job(library: Library) -> None:
    rides = {"fees-2025.csv": "Code,Description\nA0021,Ambulance service\nA0080,A ride\n"}
    walks = {"rates-2025.csv": "Code,Description\nA0021,Ambulance service\nA0080,A walk\n"}
    jobs = jobs_over(library, ingestion(library, strict=True))
    jobs.start()
    try:
        assert states(ended(jobs, send(jobs, library, rides))) == {"fees-2025.csv": "added"}
        (outcome,) = ended(jobs, send(jobs, library, walks)).outcomes
    finally:
        jobs.close()
    assert outcome.state == "failed"
    assert "A0080" in (outcome.message or "") and "--strict" in (outcome.message or "")


def test_an_evaluation_runs_beside_an_upload(jobs: Jobs, library: Library) -> None:
    uploaded, told = threading.Event(), threading.Event()

    def work(tell: Tell) -> None:
        for share in (0.2, 0.1, 0.7):
            tell(share)
        told.set()
        assert uploaded.wait(20)

    evaluation = jobs.evaluate(work)
    assert told.wait(20)
    assert (evaluation.kind, evaluation.state, evaluation.progress) == ("evaluation", "running", 0.7)
    upload = ended(jobs, send(jobs, library, {"a.md": page("20972", "femoral")}))
    assert (upload.kind, upload.state, states(upload)) == ("upload", "done", {"a.md": "added"})
    uploaded.set()
    finished = ended(jobs, evaluation.id)
    assert (finished.state, finished.progress, finished.message) == ("done", 1.0, None)


def test_an_upload_tells_how_far_each_file_is_and_leaves_nothing_behind(library: Library) -> None:
    embedder = HeldEmbedder()
    jobs = jobs_over(library, Ingestion(library, embedder, Settings()))
    jobs.start()
    job_id = send(jobs, library, {"a.md": page("20972", "femoral"), "sub/b.md": page("20957", "radial"), "c.md": ""})
    assert embedder.asked.wait(20)
    job = jobs.get(job_id)
    assert job is not None and job.state == "running" and 0 < job.progress < 1
    shown = {outcome.source_name: (outcome.state, outcome.progress) for outcome in job.outcomes}
    assert shown["c.md"] == ("failed", 1.0)
    assert shown["a.md"][0] == "running" and 0 < shown["a.md"][1] < 1
    embedder.gate.set()
    job = ended(jobs, job_id)
    assert states(job) == {"a.md": "added", "sub/b.md": "added", "c.md": "failed"}
    assert {outcome.progress for outcome in job.outcomes} == {1.0} and job.progress == 1.0
    jobs.close()
    assert leftovers(library) == []
    assert_agrees(library)


def test_a_cancelled_upload_keeps_what_was_stored_and_drops_the_rest(library: Library) -> None:
    embedder = HeldEmbedder()
    road = Ingestion(library, embedder, Settings())
    jobs = jobs_over(library, road)
    jobs.start()
    first = send(jobs, library, {"a.md": page("20972", "femoral")})
    second = send(jobs, library, {"b.md": page("20957", "radial")})
    assert embedder.asked.wait(20)
    stopping = threading.Thread(target=jobs.cancel, args=(first,))
    stopping.start()
    while not library.store.jobs.is_cancelled(first):
        time.sleep(0.005)
    embedder.gate.set()
    stopping.join()
    job = ended(jobs, first)
    assert (job.state, states(job)) == ("cancelled", {"a.md": "cancelled"})
    assert "a.md" in (job.outcomes[0].message or "") and job.message
    assert states(ended(jobs, second)) == {"b.md": "added"}
    after = jobs.cancel(second)
    assert after is not None and after.state == "done", "what has ended stays as it is"
    jobs.close()
    assert set(texts(library)) == {"cpt-20957-2025"}
    assert leftovers(library) == []
    assert library.store._database.rows("SELECT count(*) FROM vectors") == [(2,)], "none of the dropped document's"
    assert_agrees(library)


def test_an_upload_goes_on_after_a_restart(tmp_path: Path, library: Library) -> None:
    embedder = HeldEmbedder()
    stopped = jobs_over(library, Ingestion(library, embedder, Settings()))
    stopped.start()
    done = send(stopped, library, {"a.md": page("20972", "femoral")})
    waiting = send(stopped, library, {"b.md": page("20957", "radial")})
    assert embedder.asked.wait(20)
    threading.Timer(0.1, embedder.gate.set).start()
    stopped.close()
    library.close()
    later = open_library(tmp_path / "library")
    assert {one for one in (done, waiting) if later.store.jobs.get(one).ended} == set()  # type: ignore[union-attr]
    jobs = jobs_over(later)
    jobs.start()
    assert states(ended(jobs, done)) == {"a.md": "added"}
    assert states(ended(jobs, waiting)) == {"b.md": "added"}
    jobs.close()
    assert leftovers(later) == []
    assert_agrees(later)


def test_what_was_stored_before_a_restart_is_not_read_again(library: Library) -> None:
    class Breaking(FakeEmbedder):
        def embed(self, texts):
            if any("radial" in text for text in texts):
                raise KeyboardInterrupt
            return super().embed(texts)

    jobs = jobs_over(library)
    job_id = send(jobs, library, {"a.md": page("20972", "femoral"), "b.md": page("20957", "radial")})
    worker = OwnWorker(library, Ingestion(library, Breaking(), Settings(passage_tokens=32)), 1)
    # One document a batch, as if each were large.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.ingestion.road._BATCH", 1)
        with pytest.raises(KeyboardInterrupt):
            worker.upload(job_id)
    generation = library.stamp.generation
    job = jobs.get(job_id)
    assert job is not None and job.outcomes[0].state == "added" and job.outcomes[1].state in ("waiting", "running")
    jobs.start()
    assert states(ended(jobs, job_id)) == {"a.md": "added", "b.md": "added"}
    jobs.close()
    assert library.stamp.generation == generation + 1
    assert_agrees(library)


def test_an_upload_that_broke_off_is_cleaned_away(library: Library) -> None:
    inbox = library.store.inbox

    def break_off() -> None:
        with inbox.filling("broken"):
            inbox.create("broken", 0).close()
            raise InputError("the rest never came")

    with pytest.raises(InputError):
        break_off()
    assert leftovers(library) == []
    with inbox.filling("arriving"), inbox.filling("killed"):
        pass
    for name in ("arriving", "killed"):
        os.utime(library.folder / "uploads" / name, (0, 0))
    with FileLock(str(library.folder / "uploads" / "arriving" / "lock")):
        clean_up(library)
        assert leftovers(library) == ["arriving"]


def test_an_upload_that_fails_unforeseen_ends_and_says_so(library: Library, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(FakeEmbedder):
        def embed(self, texts):
            raise RuntimeError(SECRET)

    jobs = jobs_over(library, Ingestion(library, Failing(), Settings()))
    jobs.start()
    with caplog.at_level(logging.DEBUG):
        job = ended(jobs, send(jobs, library, {"new.md": page("11042", "wound")}))
        jobs.close()
    assert (job.state, job.progress) == ("failed", 1.0)
    assert job.message and SECRET not in job.message
    assert "RuntimeError" in caplog.text and SECRET not in caplog.text
    assert leftovers(library) == []


def test_a_second_service_takes_over_what_the_first_cannot_do(tmp_path: Path, library: Library) -> None:
    first = jobs_over(library)  # is not working: its process hangs, say
    other = open_library(tmp_path / "library")
    second = jobs_over(other)
    second.start()
    assert states(ended(first, send(first, library, {"a.md": page("20972", "femoral")}))) == {"a.md": "added"}
    second.close()
    assert_agrees(library)


def test_a_worker_that_dies_over_an_upload_is_replaced_and_then_the_upload_given_up(
    library: Library,
) -> None:
    born = library.folder / "born"
    dying = ["sh", "-c", f"echo x >> {born}; read order; kill -9 $$"]
    jobs = Jobs(library, ChildWorker(dying))
    jobs.start()
    job = ended(jobs, send(jobs, library, {"a.md": page("20972", "femoral")}))
    jobs.close()
    assert (job.state, born.read_text()) == ("failed", "x\n" * 3)
    assert job.message and "worker" in job.message
    assert [(one.state, one.message) for one in job.outcomes] == [("failed", job.message)]
    assert leftovers(library) == []


def test_a_deleted_document_leaves_no_name_in_the_log_of_jobs(jobs: Jobs, library: Library) -> None:
    job_id = send(jobs, library, {"canary.md": page("20972", "femoral"), "b.md": page("20957", "radial")})
    assert len(ended(jobs, job_id).outcomes) == 2
    ingestion(library).remove("cpt-20972-2025")
    assert states(ended(jobs, job_id)) == {"b.md": "added"}


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
    assert ended(jobs, waiting.id).state == "cancelled"
    assert job.state == "cancelled" and job.message and not told
    assert jobs.cancel("nosuch") is None


def test_an_evaluation_that_fails_tells_why(jobs: Jobs) -> None:
    def work(tell: Tell) -> None:
        raise InputError("the set has no queries")

    job = ended(jobs, jobs.evaluate(work).id)
    assert (job.state, job.message) == ("failed", "the set has no queries")
