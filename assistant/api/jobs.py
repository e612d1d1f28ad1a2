"""What takes longer than a request: uploads and evaluations as jobs in the background, with progress."""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from assistant.errors import AssistantError
from assistant.ingestion import Ingestion, Outcome, Source

log = logging.getLogger("assistant.api")

_REMEMBERED = 1_000

JobKind = Literal["upload", "evaluation"]
# Takes the job's progress, 0 to 1. Raises what it is told with: a cancelled job ends there.
Tell = Callable[[float], None]


class JobCancelled(Exception):
    """Raised where a job tells its progress after it was cancelled. No error of a user's, so it leaves no message."""


@dataclass(slots=True)
class Job:
    """One upload or evaluation. Changed by its worker only; a reader may see it a moment late."""

    id: str
    kind: JobKind
    state: str = "queued"
    progress: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    message: str | None = None
    cancelled: bool = False


class Jobs:
    """The jobs of one service, one of a kind at a time; the last thousand are remembered."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._ingestion = ingestion
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._guard = threading.Lock()
        self._workers = {
            kind: ThreadPoolExecutor(max_workers=1, thread_name_prefix=kind) for kind in ("upload", "evaluation")
        }

    def upload(self, sources: Sequence[Source]) -> Job:
        """Starts to add files."""

        def work(job: Job, tell: Tell) -> None:
            def progress(stage: str, done: int, total: int) -> None:
                # Reading is quick; embedding is nearly all of it.
                share = done / max(total, 1)
                tell(0.1 * share if stage == "reading" else 0.1 + 0.85 * share)

            job.outcomes = self._ingestion.add(sources, progress)

        return self._start("upload", work)

    def evaluate(self, work: Callable[[Tell], None]) -> Job:
        """Starts an evaluation: a callable that tells its progress, and stops where telling it raises."""
        return self._start("evaluation", lambda job, tell: work(tell))

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def cancel(self, job_id: str) -> Job | None:
        """Asks a job to stop; one that has ended stays as it is."""
        job = self._jobs.get(job_id)
        if job is not None:
            job.cancelled = True
        return job

    def close(self) -> None:
        """Waits for the jobs in hand; those behind them are not begun."""
        for worker in self._workers.values():
            worker.shutdown(wait=True, cancel_futures=True)

    def _start(self, kind: JobKind, work: Callable[[Job, Tell], None]) -> Job:
        job = Job(uuid.uuid4().hex, kind)
        with self._guard:
            self._jobs[job.id] = job
            while len(self._jobs) > _REMEMBERED:
                self._jobs.popitem(last=False)
        self._workers[kind].submit(self._run, job, work)
        return job

    def _run(self, job: Job, work: Callable[[Job, Tell], None]) -> None:
        job.state = "running"

        def tell(progress: float) -> None:
            if job.cancelled:
                raise JobCancelled
            job.progress = max(job.progress, min(progress, 1.0))

        state = "failed"
        try:
            tell(0.0)
            work(job, tell)
            state = "done"
        except JobCancelled:
            state = "cancelled"
            job.message = f"the {job.kind} was cancelled"
        except AssistantError as error:
            job.message = str(error)
        except Exception as error:  # noqa: BLE001  # a border: nobody above this thread would hear of it
            log.error("unforeseen %s in an %s", type(error).__name__, job.kind)
            job.message = f"the {job.kind} failed inside the service; its log names the kind of error"
        # The state comes last: whoever sees the end sees all of it.
        job.progress = 1.0
        job.state = state
