"""The process beside the service that reads, embeds and compacts, so that questions need not wait for this work.

Usage: python -m assistant.faces.http.job_process LIBRARY. Each line on standard input is an order, `upload JOB` or
`compact`; one line answers it: `done`, or `failed` with the kind of error. The process ends with its input, or after a
long idle time; the service starts it again when there is work.
"""

import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path

from assistant.answering import open_assistant
from assistant.errors import AssistantError
from assistant.ingestion.jobs import carry_out
from assistant.ingestion.road import Ingestion
from assistant.settings import load_settings

# Its share of a busy processor is a tenth of what a question gets.
_NICENESS = 10
# It holds the model and the search indexes in memory, so it does not stay for nothing.
_IDLE_SECONDS = 300.0


def main() -> None:
    """Takes orders until the service goes."""
    orders: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    settings = load_settings()
    assistant = open_assistant(Path(sys.argv[1]), settings)
    ingestion = Ingestion(assistant.library, assistant.embedder, settings)
    with suppress(OSError):
        os.nice(_NICENESS)
    while True:
        try:
            order = orders.get(timeout=_IDLE_SECONDS)
        except queue.Empty:
            return
        match order.split():
            case ["upload", job_id]:
                carry_out(assistant.library, ingestion, job_id, settings.max_file_mb)
                _answer("done")
            case ["compact"]:
                try:
                    ingestion.compact()
                    _answer("done")
                except AssistantError as error:
                    _answer(f"failed {type(error).__name__}")
            case _:
                _answer("failed unknown order")


def _listen(orders: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        orders.put(line)
    # The service is gone, perhaps killed. Each change is stored whole or not at all, and the next service goes on.
    os._exit(0)


def _answer(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
