"""The messages between the service and the reading process: parts of bytes, the first of them JSON; never a pickle."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import IO, Any

_COUNT = struct.Struct(">I")
_LENGTH = struct.Struct(">Q")
_MOST_PARTS = 16

Message = tuple[dict[str, Any], list[bytes]]


class BrokenMessage(Exception):
    """The other side ended in the middle of a message, or sent something else."""


def send(pipe: IO[bytes], head: Mapping[str, Any], parts: Sequence[bytes] = ()) -> None:
    """Writes a message."""
    whole = [json.dumps(head, ensure_ascii=True, separators=(",", ":")).encode(), *parts]
    pipe.write(_COUNT.pack(len(whole)))
    for part in whole:
        pipe.write(_LENGTH.pack(len(part)))
        pipe.write(part)
    pipe.flush()


def receive(pipe: IO[bytes], most: int) -> Message | None:
    """The next message; None at the end. Raises BrokenMessage if it is broken or has more than `most` bytes."""
    opening = pipe.read(_COUNT.size)
    if not opening:
        return None
    if len(opening) < _COUNT.size:
        raise BrokenMessage("cut off")
    (count,) = _COUNT.unpack(opening)
    if not 0 < count <= _MOST_PARTS:
        raise BrokenMessage("no message")
    parts = []
    for _ in range(count):
        (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
        most -= length
        if most < 0:
            raise BrokenMessage("too long")
        parts.append(_exactly(pipe, length))
    try:
        head = json.loads(parts[0])
    except (ValueError, RecursionError) as error:
        raise BrokenMessage("no JSON") from error
    if not isinstance(head, dict):
        raise BrokenMessage("no JSON object")
    return head, parts[1:]


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise BrokenMessage("cut off")
    return data
