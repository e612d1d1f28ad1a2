"""Runs what takes longer than a request (uploads, evaluations, compaction) as background jobs with progress."""

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from assistant.errors import AssistantError
from assistant.faces.http.job_workers import Worker
from assistant.ingestion.jobs import JobCancelled, ReceivedFile, clean_up, end_cancelled, outcomes_of
from assistant.ingestion.road import Outcome
from assistant.library import Library

log = logging.getLogger("assistant.faces.http")

_REMEMBERED = 1_000
# In seconds: the time between two looks for other processes' uploads and removals, the quiet time before the library is
# compacted, and the time that a cancellation waits for the job's end.
_LOOK = 1.0
_SETTLE = 2.0
_CANCELLING = 5.0
# After the worker has died this often on one upload, the upload is given up.
_TRIES = 3

JobKind = Literal["upload", "evaluation"]
# It takes the job's progress, 0 to 1, and raises in a cancelled job, which then ends.
Tell = Callable[[float], None]


@dataclass(slots=True)
class Job:
    """The state of one upload or evaluation. Only its worker changes that of an evaluation."""

    id: str
    kind: JobKind
    state: str = "queued"
    progress: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    message: str | None = None
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in ("done", "failed", "cancelled")


class Jobs:
    """The jobs of one service.

    The library keeps uploads, which go on with any service over it. The worker takes them one after the other, and
    compacts the library when something was removed. Evaluations end with the service.
    """

    def __init__(self, library: Library, worker: Worker) -> None:
        self._library = library
        self._log = library.store.jobs
        self._worker = worker
        self._evaluations: OrderedDict[str, Job] = OrderedDict()
        self._guard = threading.Lock()
        self._evaluator = ThreadPoolExecutor(max_workers=1, thread_name_prefix="evaluation")
        self._wake = threading.Event()
        self._stopping = False
        self._in_hand: str | None = None
        self._settled = (-1, 0.0)
        self._cleaned = False
        self._thread = threading.Thread(target=self._run, name="uploads")

    def start(self) -> None:
        """Begins to work, first on what an earlier service has left."""
        self._thread.start()

    def close(self) -> None:
        """Stops the work in hand; uploads go on with the next service."""
        self._stopping = True
        for job in self._evaluations.values():
            job.cancelled = True
        self._wake.set()
        while self._thread.is_alive():
            self._worker.stop()
            self._thread.join(0.1)
        self._worker.close()
        self._evaluator.shutdown(wait=True, cancel_futures=True)

    def upload(self, job_id: str, files: Sequence[ReceivedFile]) -> None:
        """Queues an upload whose files lie in the inbox."""
        self._log.add(job_id, [(file.name, file.size) for file in files])
        self._wake.set()

    def evaluate(self, work: Callable[[Tell], None]) -> Job:
        """Starts an evaluation: a callable that reports its progress, and ends when that report raises."""
        job = Job(uuid.uuid4().hex, "evaluation")
        with self._guard:
            self._evaluations[job.id] = job
            while len(self._evaluations) > _REMEMBERED:
                self._evaluations.popitem(last=False)
        self._evaluator.submit(self._evaluate, job, work)
        return job

    def get(self, job_id: str) -> Job | None:
        """A job as it is now."""
        evaluation = self._evaluations.get(job_id)
        if evaluation is not None:
            return evaluation
        logged = self._log.get(job_id)
        if logged is None:
            return None
        return Job(
            job_id, "upload", logged.state, logged.progress, outcomes_of(logged), logged.message, logged.cancelled
        )

    def cancel(self, job_id: str) -> Job | None:
        """Stops a job: what it has committed stays, the rest is dropped. A job that has ended stays as it is."""
        job = self.get(job_id)
        if job is None or job.ended:
            return job
        if job.kind == "evaluation":
            job.cancelled = True
            return job
        self._log.cancel(job_id)
        if self._in_hand == job_id:
            self._worker.stop()
        self._wake.set()
        deadline = time.monotonic() + _CANCELLING
        while job is not None and not job.ended and time.monotonic() < deadline:
            time.sleep(0.01)
            job = self.get(job_id)
        return job

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._look()
            except Exception as error:  # noqa: BLE001  # a border: uploads must not stop for good
                log.error("%s while looking for uploads; trying again", type(error).__name__)
            self._wake.wait(_LOOK)
            self._wake.clear()

    def _look(self) -> None:
        """Does the work that is due, unless another service over the same library is doing it."""
        if self._cleaned and self._log.next() is None and not self._is_settled():
            return
        with self._library.store.inbox.working() as ours:
            if not ours:
                return
            clean_up(self._library)
            self._cleaned = True
            tries: dict[str, int] = {}
            while (job_id := self._log.next()) is not None and not self._stopping:
                tries[job_id] = tries.get(job_id, 0) + 1
                if not self._bring(job_id, tries[job_id]):
                    return
            if not self._stopping and self._is_settled():
                self._settled = (-1, 0.0)
                self._worker.compact()

    def _bring(self, job_id: str, tries: int) -> bool:
        """Has the worker bring an upload in; False if the upload has to wait."""
        self._in_hand = job_id
        whole = self._worker.upload(job_id)
        self._in_hand = None
        if self._log.is_cancelled(job_id):
            end_cancelled(self._library, job_id)
        elif not whole and tries >= _TRIES and not self._stopping:
            log.error("the worker died %d times over one upload", tries)
            self._log.end(job_id, "failed", "reading these documents ended the worker each time; upload them singly")
            self._library.store.inbox.clean(job_id)
        logged = self._log.get(job_id)
        return logged is None or logged.ended or not whole

    def _is_settled(self) -> bool:
        """Whether something was removed and nothing has changed since for a moment."""
        if not self._library.store.uncompacted():
            return False
        generation, now = self._library.store.generation(), time.monotonic()
        if self._settled[0] != generation:
            self._settled = generation, now
        return now - self._settled[1] >= _SETTLE

    def _evaluate(self, job: Job, work: Callable[[Tell], None]) -> None:
        job.state = "running"

        def tell(progress: float) -> None:
            if job.cancelled:
                raise JobCancelled
            job.progress = max(job.progress, min(progress, 1.0))

        state = "failed"
        try:
            tell(0.0)
            work(tell)
            state = "done"
        except JobCancelled:
            state = "cancelled"
            job.message = "the evaluation was cancelled"
        except AssistantError as error:
            job.message = str(error)
        except Exception as error:  # noqa: BLE001  # a border: nobody above this thread would hear of it
            log.error("unforeseen %s in an evaluation", type(error).__name__)
            job.message = "the evaluation failed inside the service; its log names the kind of error"
        # The state comes last: whoever sees the end sees all of it.
        job.progress = 1.0
        job.state = state
