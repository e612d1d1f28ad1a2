"""Errors as RFC 9457 problem documents: what is wrong and what to do, never a part of a note or query."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from assistant.errors import (
    AssistantError,
    InputError,
    InvalidCode,
    LibraryBusy,
    StorageFull,
    UnknownDocument,
)
from assistant.faces.http import bodies

log = logging.getLogger("assistant.faces.http")

PROBLEMS: dict[int | str, dict[str, Any]] = {
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


def handle_errors(app: FastAPI) -> None:
    """Every error leaves as a problem document."""

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


def unforeseen(request: Request, error: Exception) -> JSONResponse:
    """The answer to an error that nobody expected."""
    # Its own words stay out of the log, and so does a traceback: they may hold a part of a note.
    log.error("unforeseen %s in %s", type(error).__name__, route_of(request))
    return _problem(500, "Internal error", "the service failed; its log names the kind of error")


def route_of(request: Request) -> str:
    """The pattern of an address, such as /v1/documents/{document_id}."""
    return getattr(request.scope.get("route"), "path", "other")


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = bodies.Problem(title=title, status=status, detail=detail).model_dump()
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)
