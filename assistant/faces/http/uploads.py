"""Streams the files of an upload to the library's folder as they arrive; no file is ever whole in memory."""

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from assistant.ingestion.jobs import ReceivedFile

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_FIELD = b"files"
_LONGEST = 400
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


async def receive(request: Request, create: Callable[[int], BinaryIO], limit: int) -> list[ReceivedFile]:
    """The files of a multipart request, each written to what `create` gives for its number.

    One larger than `limit` bytes is cut off there. Raises HTTPException where the request is no upload.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise HTTPException(422, "send the documents as multipart/form-data in the field `files`")
    receiver = _Receiver(create, limit)
    try:
        parser = MultipartParser(options[b"boundary"], receiver.callbacks())
        async for chunk in request.stream():
            # Writing to the disk must not stop the other requests.
            await run_in_threadpool(parser.write, chunk)
        parser.finalize()
    except FormParserError as error:
        raise HTTPException(400, "the upload is not whole; send it again") from error
    finally:
        receiver.close()
    if not receiver.files:
        raise HTTPException(422, "there is no document in the field `files`")
    return receiver.files


class _Receiver:
    """Follows the parser through the parts of a request."""

    def __init__(self, create: Callable[[int], BinaryIO], limit: int) -> None:
        self._create = create
        self._limit = limit
        self._handle: BinaryIO | None = None
        self._header = b""
        self._value = b""
        self._disposition = b""
        self._name = ""
        self._size = 0
        self._taken: set[str] = set()
        self.files: list[ReceivedFile] = []

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_part_end": self._end,
        }

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _begin(self) -> None:
        self._header = self._value = self._disposition = b""

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != _FIELD or b"filename" not in options:
            return  # another field; it is not ours to judge
        self._name = harmless_name(options[b"filename"].decode("utf-8", "replace"))
        if not self._name:
            raise HTTPException(400, "a file has no name; name it, with its suffix")
        self._size = 0
        self._handle = self._create(len(self.files))

    def _write(self, data: bytes, start: int, end: int) -> None:
        if self._handle is None:
            return
        room = self._limit - self._size
        self._size += end - start
        if room > 0:
            self._handle.write(data[start : min(end, start + room)])

    def _end(self) -> None:
        if self._handle is not None:
            self.close()
            self.files.append(ReceivedFile(self._own(self._name), self._size))
            self._taken.add(self.files[-1].name)

    def _own(self, name: str) -> str:
        """The name, told apart from that of an earlier file of the same upload."""
        path, number = PurePosixPath(name), 1
        while name in self._taken:
            number += 1
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        return name


def harmless_name(name: str) -> str:
    """A name that cannot lead out of its folder: relative, with forward slashes, without `..`, drives and controls.

    It keeps the folders that a browser names for a dropped folder. It is empty if nothing is left.
    """
    parts = _CONTROL.sub("", name).replace("\\", "/").split("/")
    kept = [
        part.strip() for part in parts if part.strip() not in ("", ".", "..") and not re.fullmatch("[A-Za-z]:", part)
    ]
    while len(kept) > 1 and len("/".join(kept)) > _LONGEST:
        kept = kept[1:]
    short = "/".join(kept)
    if len(short) <= _LONGEST:
        return short
    suffix = PurePosixPath(short).suffix[:20]
    return short[: _LONGEST - len(suffix)] + suffix
