"""Uploads as jobs: one after the other in the background, with progress and an outcome per file."""

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from assistant.errors import AssistantError
from assistant.ingestion import Ingestion, Outcome, Source

log = logging.getLogger("assistant.api")

_REMEMBERED = 1_000


@dataclass(slots=True)
class Job:
    """One upload. Changed by its worker only; a reader may see it a moment late."""

    id: str
    state: str = "queued"
    progress: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    message: str | None = None


class Jobs:
    """The uploads of one service; the last thousand are remembered."""

    def __init__(self, ingestion: Ingestion) -> None:
        self._ingestion = ingestion
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._guard = threading.Lock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="upload")

    def start(self, sources: Sequence[Source]) -> Job:
        job = Job(uuid.uuid4().hex)
        with self._guard:
            self._jobs[job.id] = job
            while len(self._jobs) > _REMEMBERED:
                self._jobs.popitem(last=False)
        self._worker.submit(self._run, job, sources)
        return job

    def get(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def close(self) -> None:
        """Waits for the upload in hand; those behind it are not begun."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, sources: Sequence[Source]) -> None:
        job.state = "running"

        def progress(stage: str, done: int, total: int) -> None:
            # Reading is quick; embedding is nearly all of it.
            share = done / max(total, 1)
            job.progress = max(job.progress, 0.1 * share if stage == "reading" else 0.1 + 0.85 * share)

        state = "failed"
        try:
            job.outcomes = self._ingestion.add(sources, progress)
            state = "done"
        except AssistantError as error:
            job.message = str(error)
        except Exception as error:  # noqa: BLE001  # a border: nobody above this thread would hear of it
            log.error("unforeseen %s in an upload", type(error).__name__)
            job.message = "the upload failed inside the service; its log names the kind of error"
        # The state comes last: whoever sees the end sees all of it.
        job.progress = 1.0
        job.state = state
