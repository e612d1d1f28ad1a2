"""Serves the page and its files from memory, with their types, tags for caches, and the page's policy."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from assistant.faces.http.compression import LEAST, pack, takes_gzip

# The types stand here, because the machine's own table may differ and a browser runs no module of another type.
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
# Nothing inline, nothing from elsewhere, and no text that becomes markup.
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
ADDRESSES = ("/", "/note", "/check", "/library", "/library/{document_id}", "/performance", "/codes/{system}/{value}")
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes
    type: str
    tag: str


def page_routes() -> APIRouter:
    """The addresses of the page, all answered with the same document, and the files below /static."""
    router = APIRouter(include_in_schema=False)
    web = files("assistant.faces").joinpath("page")
    held = dict(_below(web.joinpath("static"), ""))
    shell = _file(web.joinpath("index.html"))

    def page(request: Request) -> Response:
        """The page; its script reads the address."""
        return _send(shell, request, {"Content-Security-Policy": POLICY})

    for address in ADDRESSES:
        router.add_api_route(address, page, methods=["GET", "HEAD"], name=f"page {address}")

    @router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
    def static(path: str, request: Request) -> Response:
        """One file of the page."""
        found = held.get(path)
        if found is None:
            raise HTTPException(404)
        return _send(found, request, {})

    return router


def _send(file: _File, request: Request, headers: dict[str, str]) -> Response:
    # A browser asks each time whether its copy still holds: an upgrade shows at once, an unchanged file costs a line.
    # A packed file is another representation and has a tag of its own.
    small = len(file.packed) < len(file.body) and takes_gzip(request)
    tag = f'"{file.tag}-gzip"' if small else f'"{file.tag}"'
    headers = {**_HEADERS, **headers, "ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if tag in known:
        return Response(status_code=304, headers=headers)
    if small:
        return Response(file.packed, media_type=file.type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.body, media_type=file.type, headers=headers)


def _below(folder: Traversable, path: str) -> list[tuple[str, _File]]:
    found: list[tuple[str, _File]] = []
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            found += _below(item, f"{path}{item.name}/")
        elif item.name.rpartition(".")[2] in TYPES:
            found.append((path + item.name, _file(item)))
    return found


def _file(item: Traversable) -> _File:
    body = item.read_bytes()
    packed = pack(body, 9) if len(body) >= LEAST else body
    return _File(body, packed, TYPES[item.name.rpartition(".")[2]], hashlib.sha256(body).hexdigest()[:32])
