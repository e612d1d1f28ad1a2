"""Counts and times requests; labels never hold a query."""

import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from assistant.answering import Assistant
from assistant.api.problems import route_of, unforeseen


def observe_requests(app: FastAPI, assistant: Assistant) -> None:
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
            response = unforeseen(request, error)
        route = route_of(request)
        requests.labels(route, request.method, str(response.status_code)).inc()
        seconds.labels(route).observe(time.perf_counter() - start)
        return response

    @app.get("/metrics")
    def metrics() -> Response:
        """Prometheus text."""
        generation.set(assistant.library.stamp.generation)
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")
