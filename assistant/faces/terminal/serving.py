"""The command that serves a library over HTTP."""

import argparse
import logging
import os
import signal
import socket
import threading
from contextlib import suppress

from assistant.answering import open_assistant
from assistant.errors import ServiceError
from assistant.faces.terminal.options import Command
from assistant.ingestion.road import Ingestion
from assistant.settings import Settings

log = logging.getLogger("assistant.faces.terminal")

# In seconds, from the signal on: requests in hand may be answered so long, and the process has ended after so long.
_ANSWERING, _ENDING = 1, 2.0


def add_commands(command: Command) -> None:
    """serve."""
    serve = command("serve", _serve, "Serve the library over HTTP, with its page.", prints=False)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    import uvicorn

    class Server(uvicorn.Server):
        """Ends in time, whatever is still at work."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            _end_in_time()
            await super().shutdown(sockets)

    from assistant.faces.http.app import create_app
    from assistant.faces.http.job_workers import child_worker

    listener = _listen(options.host, options.port)
    assistant = open_assistant(options.index, settings, create=True)
    ingestion = Ingestion(assistant.library, assistant.embedder, settings)
    app = create_app(assistant, ingestion, settings, child_worker(options.index))
    len(assistant.library)  # opens the indexes before the first question comes
    host, port = listener.getsockname()[:2]
    print(f"serving {options.index} on http://{host}:{port} (Ctrl+C stops it)", flush=True)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_ANSWERING)
    # uvicorn finishes what is in hand, then raises the signal again; both signals are an orderly end.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])
    return 0


def _end_in_time() -> None:
    """Calibrations, evaluations and uploads give up between two questions; what takes longer ends with the process.

    What the library has committed is whole, and an upload goes on with the next service.
    """

    def end() -> None:
        waited = {thread.name.partition("_")[0] for thread in threading.enumerate() if thread is not timer}
        log.warning("the service ended while still at work: %s", ", ".join(sorted(waited)))
        os._exit(0)

    timer = threading.Timer(_ENDING, end)
    timer.daemon = True
    timer.start()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends each answer at once (TCP_NODELAY) instead of waiting 40 ms for more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise ServiceError(f"cannot listen on {host}:{port}: {reason}; choose another with --port") from error
    return listener
