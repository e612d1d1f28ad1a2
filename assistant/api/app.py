"""The HTTP service over one library."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.exceptions import HTTPException

from assistant import __version__
from assistant.answering import Assistant
from assistant.api import bodies, wire
from assistant.api.jobs import Job, Jobs
from assistant.codes import parse_code
from assistant.errors import (
    AssistantError,
    InputError,
    InvalidCode,
    LibraryBusy,
    StorageFull,
    UnknownDocument,
)
from assistant.ingestion import Ingestion, Source
from assistant.settings import Settings
from assistant.types import Query

log = logging.getLogger("assistant.api")

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": bodies.Problem, "content": {"application/problem+json": {}}}
    for status in (400, 404, 409, 413, 422, 503)
}
_STATUS: tuple[tuple[type[AssistantError], int, str], ...] = (
    (UnknownDocument, 404, "No such document"),
    (InvalidCode, 400, "Not a code"),
    (InputError, 400, "Unusable input"),
    (LibraryBusy, 409, "Library busy"),
    (StorageFull, 507, "Storage full"),
    (AssistantError, 503, "Library not usable"),
)


def create_app(assistant: Assistant, ingestion: Ingestion, settings: Settings) -> FastAPI:
    """The service over an open library; it closes the library when it stops."""
    jobs = Jobs(ingestion)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        jobs.close()
        assistant.library.close()

    app = FastAPI(
        title="Coding assistant",
        version=__version__,
        description="Answers from the documents of one library, each statement cited; refuses the rest.",
        lifespan=lifespan,
    )
    _observe(app, assistant)
    _handle_errors(app)

    @app.post("/v1/ask", responses=_PROBLEMS)
    def ask(body: bodies.AskBody) -> bodies.AskResponse:
        """An answer with candidates and cited statements, or a refusal."""
        about = parse_code(body.about, assistant.systems) if body.about else None
        known = {system.name for system in assistant.systems}
        unknown = sorted(set(body.systems) - known)
        if unknown:
            raise InputError(
                f"there is no code system {unknown[0]!r} here; the known ones are {', '.join(sorted(known))}"
            )
        query = Query(body.query, body.limit, tuple(body.systems), body.as_of, about)
        return JSONResponse(wire.response_body(assistant.ask(query)))  # type: ignore[return-value]  # serialised once

    @app.get("/v1/documents", responses=_PROBLEMS)
    def documents() -> bodies.DocumentsBody:
        """The documents of the library."""
        listed = [wire.document_body(document) for document in assistant.library.store.documents()]
        return bodies.DocumentsBody.model_validate(
            {"documents": listed, "library": wire.stamp_body(assistant.library.stamp)}
        )

    @app.post("/v1/documents", status_code=202, responses=_PROBLEMS)
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

    @app.get("/v1/jobs/{job}", responses=_PROBLEMS)
    def job_state(job: str) -> bodies.JobBody:
        """How far an upload is, and what became of each file."""
        found = jobs.get(job)
        if found is None:
            raise HTTPException(404, "there is no such job; jobs are remembered until the service stops")
        return bodies.JobBody.model_validate(_job(found))

    @app.get("/v1/documents/{document_id}", responses=_PROBLEMS)
    def document(document_id: str) -> bodies.DocumentBody:
        """One document."""
        return bodies.DocumentBody.model_validate(wire.document_body(assistant.library.store.document(document_id)))

    @app.get("/v1/documents/{document_id}/text", responses=_PROBLEMS)
    def text(document_id: str) -> Response:
        """The stored text that citations point into."""
        stored = assistant.library.store.text(document_id)
        return Response(stored.encode("utf-8", "surrogatepass"), media_type="text/plain; charset=utf-8")

    @app.get("/v1/documents/{document_id}/source", responses=_PROBLEMS)
    def source(document_id: str) -> Response:
        """The original bytes, as a download: an uploaded page is never shown as one of ours."""
        info = assistant.library.store.document(document_id)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(assistant.library.store.source(document_id), media_type=info.media_type, headers=headers)

    @app.delete("/v1/documents/{document_id}", responses=_PROBLEMS)
    def remove(document_id: str) -> bodies.RemovedBody:
        """Removes a document; from then on nothing of it answers."""
        removed, generation = ingestion.remove(document_id)
        return bodies.RemovedBody(document_id=document_id, passages_removed=removed, generation=generation)

    @app.get("/v1/codes/{system}/{value}", responses=_PROBLEMS)
    def code_page(system: str, value: str) -> bodies.CodePageBody:
        """Everything the library says of a code, each statement cited."""
        code = parse_code(f"{system}:{value}", assistant.systems)
        page = assistant.code_page(code)
        if page is None:
            raise HTTPException(404, f"the library does not hold {code}")
        return bodies.CodePageBody.model_validate(wire.page_body(page, assistant.library.stamp))

    @app.get("/v1/performance", responses=_PROBLEMS)
    def performance() -> dict[str, Any]:
        """The last evaluation report."""
        report = assistant.library.report()
        if report is None:
            raise HTTPException(404, "no evaluation has been run on this library yet; run `assistant eval SET`")
        return report

    @app.get("/healthz")
    def healthz() -> bodies.Health:
        """The process is alive."""
        return bodies.Health(status="ok")

    @app.get("/readyz", responses=_PROBLEMS)
    def readyz() -> bodies.StampBody:
        """The library can answer."""
        len(assistant.library)
        return bodies.StampBody.model_validate(wire.stamp_body(assistant.library.stamp))

    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        """The page."""
        return HTMLResponse(
            files("assistant").joinpath("web/index.html").read_text(encoding="utf-8"),
            headers={
                "Content-Security-Policy": "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
            },
        )

    return app


def _observe(app: FastAPI, assistant: Assistant) -> None:
    """Counts and times requests by route; labels never hold a query."""
    registry = CollectorRegistry()
    requests = Counter("assistant_requests", "Requests", ["route", "method", "status"], registry=registry)
    seconds = Histogram("assistant_request_seconds", "Time to answer", ["route"], registry=registry,
                        buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5))  # fmt: skip
    generation = Gauge("assistant_library_generation", "Generation of the library", registry=registry)

    @app.middleware("http")
    async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        start = time.perf_counter()
        try:
            response = await call_next(request)
        except Exception as error:  # noqa: BLE001  # the border: above it, the server would log the error's words
            response = _unforeseen(request, error)
        route = _route(request)
        requests.labels(route, request.method, str(response.status_code)).inc()
        seconds.labels(route).observe(time.perf_counter() - start)
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        """Prometheus text."""
        generation.set(assistant.library.stamp.generation)
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(AssistantError)
    def ours(request: Request, error: AssistantError) -> JSONResponse:
        status, title = next((status, title) for kind, status, title in _STATUS if isinstance(error, kind))
        return _problem(status, title, str(error))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        detail = error.detail if error.status_code != 404 or error.detail != "Not Found" else "there is no such address"
        title = {404: "Not found", 405: "Method not allowed", 413: "Too large"}.get(error.status_code, "Refused")
        return _problem(error.status_code, title, detail, error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # Names the field and what is wrong, never the value: it may be a note.
        found = [f"{'.'.join(str(p) for p in item['loc'][1:]) or 'body'}: {item['msg']}" for item in error.errors()]
        return _problem(422, "Invalid request", "; ".join(found[:5]))


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # Its own words stay out of the log, and so does a traceback: they may hold a part of a note.
    log.error("unforeseen %s in %s", type(error).__name__, _route(request))
    return _problem(500, "Internal error", "the service failed; its log names the kind of error")


def _route(request: Request) -> str:
    """The pattern of an address, such as /v1/documents/{document_id}."""
    return getattr(request.scope.get("route"), "path", "other")


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = bodies.Problem(title=title, status=status, detail=detail).model_dump()
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


def _job(job: Job) -> wire.Json:
    return {
        "job": job.id,
        "state": job.state,
        "progress": job.progress,
        "outcomes": [wire.outcome_body(outcome) for outcome in job.outcomes],
        "message": job.message,
    }
