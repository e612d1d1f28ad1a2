"""The HTTP service over one library."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from assistant import __version__
from assistant.answering import Assistant
from assistant.api import bodies, wire
from assistant.api.documents import document_routes
from assistant.api.jobs import Jobs
from assistant.api.measuring import measuring_routes
from assistant.api.observing import observe_requests
from assistant.api.problems import PROBLEMS, handle_errors
from assistant.api.recalibrating import Recalibration
from assistant.calibration import certificate_body
from assistant.codes import parse_code
from assistant.errors import InputError
from assistant.ingestion import Ingestion
from assistant.settings import Settings
from assistant.types import Query


def create_app(assistant: Assistant, ingestion: Ingestion, settings: Settings) -> FastAPI:
    """The service over an open library; it closes the library when it stops."""
    jobs = Jobs(ingestion)
    recalibration = Recalibration(assistant)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        recalibration.start()
        yield
        recalibration.stop()
        jobs.close()
        assistant.library.close()

    app = FastAPI(
        title="Coding assistant",
        version=__version__,
        description="Answers from the documents of one library, each statement cited; refuses the rest.",
        lifespan=lifespan,
    )
    observe_requests(app, assistant)
    handle_errors(app)
    app.include_router(document_routes(assistant, ingestion, jobs, settings))
    app.include_router(measuring_routes(assistant))

    @app.post("/v1/ask", responses=PROBLEMS)
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

    @app.get("/v1/codes/{system}/{value}", responses=PROBLEMS)
    def code_page(system: str, value: str) -> bodies.CodePageBody:
        """Everything the library says of a code, each statement cited."""
        code = parse_code(f"{system}:{value}", assistant.systems)
        page = assistant.code_page(code)
        if page is None:
            raise HTTPException(404, f"the library does not hold {code}")
        return bodies.CodePageBody.model_validate(wire.page_body(page, assistant.library.stamp))

    @app.get("/healthz")
    def healthz() -> bodies.Health:
        """The process is alive."""
        return bodies.Health(status="ok")

    @app.get("/readyz", responses=PROBLEMS)
    def readyz() -> bodies.ReadyBody:
        """The library can answer; and what the refusal threshold rests on."""
        len(assistant.library)
        facts = {**wire.stamp_body(assistant.library.stamp), "certificate": certificate_body(assistant.rule())}
        return bodies.ReadyBody.model_validate(facts)

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
