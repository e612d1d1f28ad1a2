"""Routes of a document's pages: their pictures, where a quote stands on them, and the passages."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.exceptions import HTTPException

from assistant.answering import Assistant
from assistant.faces import wire
from assistant.faces.http import bodies
from assistant.faces.http.problems import PROBLEMS
from assistant.ingestion.sandbox import Reader
from assistant.parsing.places import boxes

# Not for long: what is deleted here should not be kept elsewhere either.
_KEPT = "private, max-age=600"

Scale = Annotated[float, Query(ge=0.25, le=4.0, description="dots a point: 1 is 72 dots an inch")]


def pages_routes(assistant: Assistant, reader: Reader) -> APIRouter:
    """The routes below /v1/documents/{id} that show where its text stands; `reader` draws the pages."""
    router = APIRouter(responses=PROBLEMS)

    @router.get("/v1/documents/{document_id}/pages/{page}", response_class=Response)
    def picture(document_id: str, page: int, request: Request, scale: Scale = 1.5) -> Response:
        """A page of a PDF as PNG. It changes only with the document, so a browser may keep it for a while."""
        store = assistant.library.store
        info = store.document(document_id)
        if info.pages is None:
            raise HTTPException(404, f"{document_id} has no pages to show; its text is at /v1/documents/{{id}}/text")
        if not 1 <= page <= info.pages:
            raise HTTPException(404, f"{document_id} has no page {page}; its pages are 1 to {info.pages}")
        tag = f'"{info.sha256[:32]}-{info.generation}-{page}-{scale:g}"'
        headers = {"ETag": tag, "Cache-Control": _KEPT, "X-Content-Type-Options": "nosniff"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        drawn = reader.draw(store.source(document_id), info.source_name, page, scale)
        return Response(drawn, media_type="image/png", headers=headers)

    @router.get("/v1/documents/{document_id}/boxes")
    def where(
        document_id: str, start: Annotated[int, Query(ge=0)], end: Annotated[int, Query(ge=0)]
    ) -> bodies.BoxesBody:
        """The boxes of characters start to end of the document's text, one a line."""
        if end < start:
            raise HTTPException(400, "end is before start; a citation gives both")
        found = boxes(assistant.library.store.places(document_id), start, end)
        return bodies.BoxesBody(
            boxes=[bodies.BoxBody(page=box.page, x0=box.x0, y0=box.y0, x1=box.x1, y1=box.y1) for box in found]
        )

    @router.get("/v1/documents/{document_id}/passages")
    def passages(document_id: str) -> bodies.PassagesBody:
        """The passages of a document in the order of its text."""
        listed = [wire.passage_body(passage) for passage in assistant.library.store.passages_of(document_id)]
        return bodies.PassagesBody.model_validate({"document_id": document_id, "passages": listed})

    return router
