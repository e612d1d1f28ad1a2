"""Packs bodies with gzip for clients that accept it: a long list or a script then takes a fraction of its bytes."""

import gzip
from dataclasses import dataclass

from fastapi import Request

LEAST = 1_000  # bytes below which packing saves nothing worth a header


@dataclass(frozen=True, slots=True)
class Packed:
    """A body, and the headers that say how it is packed."""

    body: bytes
    headers: dict[str, str]


def takes_gzip(request: Request) -> bool:
    """Whether the client accepts gzip, by name or as any coding, with a weight above zero."""
    weights = {}
    for item in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = item.replace(" ", "").partition(";q=")
        weights[name] = weight not in ("0", "0.0", "0.00", "0.000")
    return weights.get("gzip", weights.get("*", False))


def pack(body: bytes, level: int) -> bytes:
    """The packed bytes, always the same for one body: the header holds no time."""
    return gzip.compress(body, compresslevel=level, mtime=0)


def packed_for(request: Request, body: bytes) -> Packed:
    """The body in the form that this client accepts, packed fast, because each request packs it anew."""
    vary = {"Vary": "Accept-Encoding"}
    if len(body) < LEAST or not takes_gzip(request):
        return Packed(body, vary)
    return Packed(pack(body, 1), {**vary, "Content-Encoding": "gzip"})
