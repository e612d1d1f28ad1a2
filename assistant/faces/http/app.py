"""The HTTP service over one library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant import __version__
from assistant.answering import Assistant
from assistant.calibration import certificate_body
from assistant.claims import as_claim, check, checked_candidates, edits_of, read_diagnosis, read_line
from assistant.errors import InputError
from assistant.faces import wire
from assistant.faces.http import bodies
from assistant.faces.http.documents import document_routes
from assistant.faces.http.evaluations import measuring_routes
from assistant.faces.http.job_workers import OwnWorker, Worker
from assistant.faces.http.jobs import Jobs
from assistant.faces.http.metrics import observe_requests
from assistant.faces.http.page_files import page_routes
from assistant.faces.http.page_pictures import pages_routes
from assistant.faces.http.problems import PROBLEMS, handle_errors
from assistant.faces.http.recalibrating import Recalibration
from assistant.ingestion.road import Ingestion, reading_limits
from assistant.ingestion.sandbox import Reader
from assistant.notes.suggesting import suggest
from assistant.settings import Settings
from assistant.types import Query, proposed_codes
from assistant.types.codes import parse_code


def create_app(assistant: Assistant, ingestion: Ingestion, settings: Settings, worker: Worker | None = None) -> FastAPI:
    """The service over an open library, which it closes when it stops. Without a worker it does the jobs itself."""
    jobs = Jobs(assistant.library, worker or OwnWorker(assistant.library, ingestion, settings.max_file_mb))
    recalibration = Recalibration(assistant, settings.rest_seconds)
    drawing = Reader(reading_limits(settings))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        jobs.start()
        recalibration.start()
        yield
        recalibration.stop()
        jobs.close()
        drawing.close()
        assistant.library.close()

    app = FastAPI(
        title="Coding assistant",
        version=__version__,
        description="Answers from the documents of one library, each statement cited; refuses the rest.",
        lifespan=lifespan,
    )
    observe_requests(app, assistant, recalibration)
    handle_errors(app)
    app.include_router(document_routes(assistant, ingestion, jobs, settings))
    app.include_router(measuring_routes(assistant, jobs, settings))
    app.include_router(pages_routes(assistant, drawing))

    # A body is serialised once, without a model in between; `response_model` only describes it in OpenAPI.
    @app.post("/v1/ask", response_model=bodies.AskResponse, responses=PROBLEMS)
    def ask(body: bodies.AskBody) -> JSONResponse:
        """An answer with candidates and cited statements, or a refusal."""
        about = parse_code(body.about, assistant.systems) if body.about else None
        query = Query(body.query, body.limit, known_systems(body.systems), body.as_of, about)
        return JSONResponse(wire.response_body(assistant.ask(query)))

    @app.post("/v1/suggest", response_model=bodies.SuggestResponse, responses=PROBLEMS)
    def suggest_codes(body: bodies.SuggestBody) -> JSONResponse:
        """Candidates for an operative note with evidence from the note and the documents, or a refusal.

        The note is not kept.
        """
        query = Query("", body.limit, known_systems(body.systems), body.as_of)
        response = suggest(assistant, body.note, query)
        found = checked_candidates(assistant, proposed_codes(response), query)
        return JSONResponse(wire.suggestion_body(response, found))

    @app.post("/v1/check", response_model=bodies.FindingsBody, responses=PROBLEMS)
    def check_claim(body: bodies.CheckBody) -> JSONResponse:
        """The findings on a claim from the library's own tables and policies, each cited, and what none speaks of."""
        systems = assistant.systems
        lines = [read_line(line.code, systems, line.modifiers, line.units) for line in body.codes]
        diagnoses = [read_diagnosis(text, systems) for text in body.diagnoses]
        return JSONResponse(wire.findings_body(check(assistant, as_claim(lines, diagnoses, body.as_of))))

    def known_systems(names: list[str]) -> tuple[str, ...]:
        known = {system.name for system in assistant.systems}
        unknown = sorted(set(names) - known)
        if unknown:
            raise InputError(f"there is no code system {unknown[0]!r}; the known ones are {', '.join(sorted(known))}")
        return tuple(names)

    @app.get("/v1/codes/{system}/{value}", responses=PROBLEMS)
    def code_page(system: str, value: str, edition: str | None = None) -> bodies.CodePageBody:
        """Everything the library says of a code, each statement cited; in the newest edition unless one is named."""
        code = replace(parse_code(f"{system}:{value}", assistant.systems), edition=edition)
        page = assistant.code_page(code)
        if page is None:
            raise HTTPException(404, f"the library does not hold {code}")
        return bodies.CodePageBody.model_validate(wire.page_body(page) | wire.edits_body(edits_of(assistant, code)))

    @app.get("/healthz")
    def healthz() -> bodies.Health:
        """The process is alive."""
        return bodies.Health(status="ok")

    @app.get("/readyz", responses=PROBLEMS)
    def readyz() -> bodies.ReadyBody:
        """The library can answer; and what the refusal threshold rests on."""
        with assistant.snapshot() as snapshot:
            stamp, rule = snapshot.stamp(), assistant.grounds.rule(snapshot)
        facts = {**wire.stamp_body(stamp), "certificate": certificate_body(rule)}
        return bodies.ReadyBody.model_validate(facts)

    app.include_router(page_routes())
    return app
