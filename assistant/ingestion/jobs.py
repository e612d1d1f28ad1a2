"""Does the work beside the service, at low priority: uploads and compaction, one at a time in each library.

The files of an upload wait in the library's inbox until it has ended. Whoever the inbox lets work does the work; a
process that dies lets go of it, and the next one goes on with what it left.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from assistant.errors import AssistantError, LibraryBusy
from assistant.ingestion.road import Ingestion, Outcome, Watcher, file_source
from assistant.library import Library, LoggedJob, Receipt

log = logging.getLogger("assistant.ingestion.jobs")

# The seconds between two writings of progress, each of which also notices a cancelled job.
_TELL_EVERY = 0.25


class JobCancelled(Exception):
    """Raised inside a job that was cancelled; it is not a user's error, and what the job had committed stays."""


class JobStopped(Exception):
    """Raised inside a job whose service stops; the job goes on when the service is back."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that has arrived: its name, and its size in bytes, of which less is kept if it is too large."""

    name: str
    size: int


def clean_up(library: Library) -> None:
    """Removes what uploads left that broke off while they arrived, or whose process died as they ended."""
    inbox, jobs = library.store.inbox, library.store.jobs
    for job_id in inbox.uploads():
        job = jobs.get(job_id)
        if job.ended if job else inbox.is_abandoned(job_id):
            inbox.clean(job_id)


def carry_out(
    library: Library, ingestion: Ingestion, job_id: str, limit_mb: int, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Brings in the files of an upload, from where an earlier process stopped, and ends the job.

    A job that is stopped, or that finds the library busy, stays as it is and goes on later.
    """
    jobs = library.store.jobs
    job = jobs.get(job_id)
    inbox = library.store.inbox
    if job is None or job.ended:
        inbox.clean(job_id)
        return
    jobs.begin(job_id)
    follower = _Follower(library, job, stopped)
    try:
        follower.check()
        limit = limit_mb * 1024 * 1024
        whole = [file for file in job.files if file.size <= limit]
        for file in job.files:
            if file.size > limit and not follower.is_done(file.name):
                told = f"{file.name} is larger than the {limit_mb} MB taken at once; split it"
                follower.outcome(Outcome(file.name, "failed", message=told))
        outcomes = ingestion.add(
            [file_source(inbox.path(job_id, file.number), file.name) for file in whole], watcher=follower
        )
        for outcome in outcomes:
            if outcome.state == "removed":
                follower.outcome(outcome)
        jobs.end(job_id, "done", None)
    except (JobStopped, LibraryBusy):
        return
    except JobCancelled:
        end_cancelled(library, job_id)
    except AssistantError as error:
        jobs.end(job_id, "failed", str(error))
    except Exception as error:  # noqa: BLE001  # a border: nobody above would hear of it
        # The error's own words stay out of the log: they may hold a part of a document.
        log.error("unforeseen %s in an upload", type(error).__name__)
        jobs.end(job_id, "failed", "the upload failed inside the service; its log names the kind of error")
    inbox.clean(job_id)


def end_cancelled(library: Library, job_id: str) -> None:
    """Ends a cancelled job: it drops each file that is not stored yet, and the file's outcome says so."""
    jobs = library.store.jobs
    job = jobs.get(job_id)
    if job is None or job.ended:
        return
    done = {number for number, _ in job.outcomes}
    for file in job.files:
        if file.number not in done:
            told = f"{file.name} was dropped: the upload was cancelled before it was stored"
            cancelled = outcome_record(Outcome(file.name, "cancelled", message=told))
            jobs.record(Receipt(job_id, file.number, None, cancelled))
    kept = len({number for number, body in job.outcomes if body["state"] in ("added", "updated", "unchanged")})
    told = f"the upload was cancelled; {kept} of {len(job.files)} files had been stored before and stay"
    jobs.end(job_id, "cancelled", told)
    library.store.inbox.clean(job_id)
    with suppress(AssistantError), library.writing(timeout=5.0):
        library.store.purge()


class _Follower(Watcher):
    """Writes down how far a job is, and stops it if it was cancelled."""

    def __init__(self, library: Library, job: LoggedJob, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._jobs = library.store.jobs
        self._job = job
        self._numbers = {file.name: file.number for file in job.files}
        self._done = {str(body["source_name"]) for _, body in job.outcomes}
        self._shares: dict[int, float] = {}
        self._told = 0.0

    def is_done(self, name: str) -> bool:
        return name in self._done

    def share(self, name: str, share: float) -> None:
        self._shares[self._number(name)] = share
        if time.monotonic() - self._told >= _TELL_EVERY:
            self.check()
            self._jobs.tell(self._job.id, list(self._shares.items()))
            self._shares.clear()
            self._told = time.monotonic()

    def storing(self, outcome: Outcome) -> Receipt:
        self.check()
        return self._receipt(outcome)

    def outcome(self, outcome: Outcome) -> None:
        self._jobs.record(self._receipt(outcome))

    def _receipt(self, outcome: Outcome) -> Receipt:
        number = self._number(outcome.source_name)
        return Receipt(self._job.id, number, outcome.document_id, outcome_record(outcome))

    def check(self) -> None:
        if self._stopped():
            raise JobStopped
        if self._jobs.is_cancelled(self._job.id):
            raise JobCancelled

    def _number(self, name: str) -> int:
        """The number of a file by name; a document in an archive has the archive's number."""
        while name not in self._numbers and "/" in name:
            name = name.rpartition("/")[0]
        return self._numbers.get(name, 0)


def outcome_record(outcome: Outcome) -> dict[str, object]:
    """The form in which the job log keeps an outcome."""
    return asdict(outcome)


def outcomes_of(job: LoggedJob) -> list[Outcome]:
    """What became of the files of a job so far, in their order; files still to come are `waiting` or `running`.

    If the whole job failed, so did each file that was not brought in before.
    """
    done: dict[int, list[Outcome]] = {}
    for number, body in job.outcomes:
        done.setdefault(number, []).append(Outcome(**body | {"warnings": tuple(body["warnings"])}))
    found = []
    for file in job.files:
        if file.number in done:
            found += done[file.number]
        elif job.ended:
            found.append(Outcome(file.name, "failed", message=job.message))
        else:
            found.append(Outcome(file.name, "running" if file.progress else "waiting", progress=file.progress))
    return found
