"""Routes of the evaluation: the last report."""

from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException

from assistant.answering import Assistant
from assistant.api.problems import PROBLEMS


def measuring_routes(assistant: Assistant) -> APIRouter:
    """The routes below /v1/performance."""
    router = APIRouter(responses=PROBLEMS)

    @router.get("/v1/performance")
    def performance() -> dict[str, Any]:
        """The last evaluation report."""
        report = assistant.library.report()
        if report is None:
            raise HTTPException(404, "no evaluation has been run on this library yet; run `assistant eval SET`")
        return report

    return router
