"""Routes of the library's documents: list, upload, delete, text and source."""

from functools import partial

from fastapi import APIRouter, Response, UploadFile
from starlette.exceptions import HTTPException

from assistant.answering import Assistant
from assistant.api import bodies, wire
from assistant.api.jobs import Job, Jobs
from assistant.api.problems import PROBLEMS
from assistant.calibration import certificate_body
from assistant.errors import InputError
from assistant.ingestion import Ingestion, Source
from assistant.settings import Settings


def document_routes(assistant: Assistant, ingestion: Ingestion, jobs: Jobs, settings: Settings) -> APIRouter:
    """The routes below /v1/documents and /v1/jobs."""
    router = APIRouter(responses=PROBLEMS)

    @router.get("/v1/documents")
    def documents() -> bodies.DocumentsBody:
        """The documents of the library."""
        listed = [wire.document_body(document) for document in assistant.library.store.documents()]
        return bodies.DocumentsBody.model_validate(
            {
                "documents": listed,
                "library": wire.stamp_body(assistant.library.stamp),
                "certificate": certificate_body(assistant.rule()),
            }
        )

    @router.post("/v1/documents", status_code=202)
    def upload(files: list[UploadFile]) -> bodies.JobStarted:
        """Starts to add files; the job tells how it goes."""
        limit = settings.max_file_mb * 1024 * 1024
        sources = []
        for file in files:
            name = (file.filename or "").replace("\\", "/").rsplit("/", 1)[-1]
            if not name:
                raise InputError("a file has no name; name it, with its suffix")
            if file.size is not None and file.size > limit:
                raise HTTPException(413, f"{name} is larger than the {settings.max_file_mb} MB taken at once; split it")
            data = file.file.read()
            sources.append(Source(name, "", partial(bytes, data), len(data)))
        return bodies.JobStarted(job=jobs.start(sources).id)

    @router.get("/v1/jobs/{job}")
    def job_state(job: str) -> bodies.JobBody:
        """How far an upload is, and what became of each file."""
        found = jobs.get(job)
        if found is None:
            raise HTTPException(404, "there is no such job; jobs are remembered until the service stops")
        return bodies.JobBody.model_validate(_job(found))

    @router.get("/v1/documents/{document_id}")
    def document(document_id: str) -> bodies.DocumentBody:
        """One document."""
        return bodies.DocumentBody.model_validate(wire.document_body(assistant.library.store.document(document_id)))

    @router.get("/v1/documents/{document_id}/text")
    def text(document_id: str) -> Response:
        """The stored text that citations point into."""
        stored = assistant.library.store.text(document_id)
        return Response(stored.encode("utf-8", "surrogatepass"), media_type="text/plain; charset=utf-8")

    @router.get("/v1/documents/{document_id}/source")
    def source(document_id: str) -> Response:
        """The original bytes, as a download: an uploaded page is never shown as one of ours."""
        info = assistant.library.store.document(document_id)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(assistant.library.store.source(document_id), media_type=info.media_type, headers=headers)

    @router.delete("/v1/documents/{document_id}")
    def remove(document_id: str) -> bodies.RemovedBody:
        """Removes a document; from then on nothing of it answers."""
        removed, generation = ingestion.remove(document_id)
        return bodies.RemovedBody(document_id=document_id, passages_removed=removed, generation=generation)

    return router


def _job(job: Job) -> wire.Json:
    return {
        "job": job.id,
        "state": job.state,
        "progress": job.progress,
        "outcomes": [wire.outcome_body(outcome) for outcome in job.outcomes],
        "message": job.message,
    }
