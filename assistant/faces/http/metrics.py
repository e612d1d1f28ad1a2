"""Counts and times requests; labels never hold a query."""

import time

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.answering import Assistant
from assistant.faces.http.problems import route_of, unforeseen
from assistant.faces.http.recalibrating import Recalibration


def observe_requests(app: FastAPI, assistant: Assistant, recalibration: Recalibration) -> None:
    """Counts and times requests by route; labels never hold a query."""
    registry = CollectorRegistry()
    requests = Counter("assistant_requests", "Requests", ["route", "method", "status"], registry=registry)
    seconds = Histogram("assistant_request_seconds", "Time to answer", ["route"], registry=registry,
                        buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5))  # fmt: skip
    generation = Gauge("assistant_library_generation", "Generation of the library", registry=registry)

    calibrating = Gauge("assistant_calibrating", "1 while the library calibrates itself", registry=registry)

    app.add_middleware(_Observer, requests=requests, seconds=seconds)

    @app.get("/metrics")
    def metrics() -> Response:
        """Prometheus text."""
        calibrating.set(recalibration.calibrating)
        generation.set(assistant.library.stamp.generation)
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


class _Observer:
    """Middleware in ASGI's own form: the framework's wrapper costs more than reading a code set's passages."""

    def __init__(self, app: ASGIApp, requests: Counter, seconds: Histogram) -> None:
        self._app, self._requests, self._seconds = app, requests, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except Exception as error:  # noqa: BLE001  # the border: above it, the server would log the error's words
            response = unforeseen(Request(scope), error)
            if not status:  # else the answer has begun, and can only break off
                await response(scope, receive, observed)
        route = route_of(Request(scope))
        self._requests.labels(route, scope["method"], str(status)).inc()
        self._seconds.labels(route).observe(time.perf_counter() - start)
