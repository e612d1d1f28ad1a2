"""The reading process: it reads one file after the other from its standard input until that ends.

It is started as `python -m assistant.ingestion.sandbox.child MEGABYTES` and gets that much memory and no more.
"""

import contextlib
import gc
import os
import signal
import sys
import time
from pathlib import Path
from typing import IO, Any

from assistant.errors import AssistantError, UnreadableDocument
from assistant.ingestion.sandbox.frames import receive, send
from assistant.ingestion.sandbox.values import to_plain
from assistant.parsing import Limits, attachments, draw_page, parse_document
from assistant.types.codes import BUILT_IN, own_system

_ANY_SIZE = 1 << 62
# More than the time that the other side waits: a process whose service was killed ends too.
_SPARE_SECONDS = 30
_PATIENCE = 5


def main() -> None:
    """Serves until the other side closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service decides when it has had enough
    _limit("RLIMIT_AS", int(sys.argv[1]) * 1024 * 1024)
    _limit("RLIMIT_CORE", 0)
    asked = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not stand between the messages.
    os.dup2(2, 1)
    patient = False
    send(answers, {"ready": True})
    while (message := receive(asked, _ANY_SIZE)) is not None:
        head, parts = message
        if head["do"] == "read" and not patient and hasattr(os, "nice"):
            os.nice(_PATIENCE)  # whoever asks or turns a page goes first
            patient = True
        _limit("RLIMIT_CPU", int(time.process_time()) + int(head["seconds"]) + _SPARE_SECONDS)
        # The garbage collector would take longer over a code set's hundred thousand rows than reading them takes.
        gc.disable()
        _answer(answers, head, parts[0])
        del message, parts
        gc.enable()
        gc.collect()


def _limit(name: str, most: int) -> None:
    """Sets a limit for this process if the system has it: Windows has none, and macOS none for memory."""
    if sys.platform == "win32":
        return
    import resource

    kind = getattr(resource, name)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (most, resource.getrlimit(kind)[1] if name == "RLIMIT_CPU" else most))


def _memory() -> int:
    """The most memory that this process has held, in bytes; 0 if the system does not tell."""
    if sys.platform == "win32":
        return 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Linux starts the other figure at that of the parent process, however large it is.
        return int(Path("/proc/self/status").read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _answer(answers: IO[bytes], head: dict[str, Any], source: bytes) -> None:
    try:
        if head["do"] == "draw":
            send(answers, {"ok": True}, [draw_page(source, head["name"], head["page"], head["scale"])])
            return
        if head["do"] in {"attachments", "attachment"}:
            found = attachments(source, head["name"])
            inside = [found[head["number"]].data] if head["do"] == "attachment" else []
            send(answers, {"ok": True, "attachments": [[one.name, len(one.data)] for one in found]}, inside)
            return
        systems = (*BUILT_IN, *(own_system(name, pattern) for name, pattern in head["systems"]))
        limits = Limits(head["pages"], head["scans"], head["unpacked"])
        values, parts = to_plain(parse_document(source, head["name"], systems, limits))
        if len(parts[0]) > head["output"]:
            raise UnreadableDocument(
                f"{head['name']} holds more than {head['output'] // 1_048_576} MB of text; split it, or raise "
                "ASSISTANT_READ_OUTPUT_MB"
            )
        send(answers, {"ok": True, "document": values, "memory": _memory()}, parts)
    except AssistantError as error:
        send(answers, {"ok": False, "said": str(error)})
    except RecursionError:
        send(answers, {"ok": False, "said": f"{head['name']} is nested too deeply to be read; save it again"})
    except MemoryError:
        send(answers, {"ok": False, "failed": "memory"})
    except Exception as error:  # noqa: BLE001  # a border: whatever a file does to a parser is told, and no more
        send(answers, {"ok": False, "failed": type(error).__name__})


if __name__ == "__main__":
    main()
