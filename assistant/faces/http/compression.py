"""Bodies packed with gzip for clients that take it: a long list or a script is sent in a fraction of its bytes."""

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
    """Whether the client takes gzip: named, or any coding, and not refused with a weight of nothing."""
    weights = {}
    for item in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = item.replace(" ", "").partition(";q=")
        weights[name] = weight not in ("0", "0.0", "0.00", "0.000")
    return weights.get("gzip", weights.get("*", False))


def pack(body: bytes, level: int) -> bytes:
    """The same bytes for the same body: no time stands in the header."""
    return gzip.compress(body, compresslevel=level, mtime=0)


def packed_for(request: Request, body: bytes) -> Packed:
    """The body as this client takes it, packed at once: the fast way, since it is packed for each request anew."""
    vary = {"Vary": "Accept-Encoding"}
    if len(body) < LEAST or not takes_gzip(request):
        return Packed(body, vary)
    return Packed(pack(body, 1), {**vary, "Content-Encoding": "gzip"})
