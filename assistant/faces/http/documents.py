"""Routes of the library's documents: list, upload, delete, text and source."""

import uuid

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from assistant.answering import Assistant
from assistant.calibration import certificate_body
from assistant.faces import wire
from assistant.faces.http import bodies
from assistant.faces.http.compression import packed_for
from assistant.faces.http.jobs import Job, Jobs
from assistant.faces.http.problems import PROBLEMS
from assistant.faces.http.uploads import receive
from assistant.ingestion.road import Ingestion
from assistant.library import difference
from assistant.settings import Settings

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            }
        },
    }
}


def document_routes(assistant: Assistant, ingestion: Ingestion, jobs: Jobs, settings: Settings) -> APIRouter:
    """The routes below /v1/documents and /v1/jobs."""
    router = APIRouter(responses=PROBLEMS)

    @router.get("/v1/documents", response_model=bodies.DocumentsBody)
    def documents(request: Request) -> Response:
        """The documents of the library."""
        with assistant.library.store.reading() as reads:
            listed = [wire.listed_body(document) for document in reads.listed()]
            stamp, rule = reads.stamp(), assistant.grounds.rule(reads)
        body = bodies.DocumentsBody.model_validate(
            {
                "documents": listed,
                "library": wire.stamp_body(stamp),
                "certificate": certificate_body(rule),
            }
        )
        sent = packed_for(request, body.model_dump_json().encode())
        return Response(sent.body, media_type="application/json", headers=sent.headers)

    @router.post("/v1/documents", status_code=202, openapi_extra=_UPLOAD)
    async def upload(request: Request) -> bodies.JobStarted:
        """Starts to add files as a job, which tells their progress. A file's name may include its folders."""
        limit = settings.max_file_mb * 1024 * 1024
        job_id = uuid.uuid4().hex
        inbox = assistant.library.store.inbox
        with inbox.filling(job_id):
            files = await receive(request, lambda number: inbox.create(job_id, number), limit)
            if all(file.size > limit for file in files):
                raise HTTPException(
                    413, f"{files[0].name} is larger than the {settings.max_file_mb} MB taken at once; split it"
                )
            await run_in_threadpool(jobs.upload, job_id, files)
        return bodies.JobStarted(job=job_id)

    @router.get("/v1/jobs/{job}")
    def job_state(job: str) -> bodies.JobBody:
        """The progress of an upload or an evaluation, and what became of each file."""
        found = jobs.get(job)
        if found is None:
            raise HTTPException(404, "there is no such job; the last thousand are remembered")
        return bodies.JobBody.model_validate(_job(found))

    @router.delete("/v1/jobs/{job}")
    def cancel_job(job: str) -> bodies.JobBody:
        """Cancels a job: what it has committed stays, the rest is dropped. A job that has ended stays as it is."""
        found = jobs.cancel(job)
        if found is None:
            raise HTTPException(404, "there is no such job; the last thousand are remembered")
        return bodies.JobBody.model_validate(_job(found))

    @router.get("/v1/documents/{document_id}")
    def document(document_id: str) -> bodies.ListedBody:
        """One document."""
        listed = assistant.library.store.listed_document(document_id)
        return bodies.ListedBody.model_validate(wire.listed_body(listed))

    @router.get("/v1/documents/{document_id}/diff/{other_id}")
    def diff(document_id: str, other_id: str) -> bodies.DifferenceBody:
        """Which codes another document, such as the next edition, adds, drops and titles otherwise."""
        with assistant.library.store.reading() as reads:
            before, after = reads.document(document_id), reads.document(other_id)
            found = difference(reads.titles(document_id), reads.titles(other_id))
        return bodies.DifferenceBody.model_validate(wire.difference_body(before, after, found))

    @router.get("/v1/documents/{document_id}/text")
    def text(document_id: str) -> Response:
        """The stored text that citations point into."""
        stored = assistant.library.store.text(document_id)
        return Response(stored.encode("utf-8", "surrogatepass"), media_type="text/plain; charset=utf-8")

    @router.get("/v1/documents/{document_id}/source")
    def source(document_id: str) -> Response:
        """The original bytes, as a download: an uploaded page is never shown as one of ours."""
        with assistant.library.store.reading() as reads:
            info, data = reads.document(document_id), reads.source(document_id)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(data, media_type=info.media_type, headers=headers)

    @router.delete("/v1/documents/{document_id}")
    def remove(document_id: str) -> bodies.RemovedBody:
        """Removes a document; from then on nothing of it answers."""
        removed, generation = ingestion.remove(document_id)
        return bodies.RemovedBody(document_id=document_id, passages_removed=removed, generation=generation)

    return router


def _job(job: Job) -> wire.Json:
    return {
        "job": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": job.progress,
        "outcomes": [wire.outcome_body(outcome) for outcome in job.outcomes],
        "message": job.message,
    }
