"""What a library remembers of an upload, as values: its files, how far each is, and what became of it."""

from dataclasses import dataclass
from typing import Any

ENDED = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class LoggedFile:
    """A file of an upload: its number there, its name, its size in bytes, and its progress, 0 to 1."""

    number: int
    name: str
    size: int
    progress: float


@dataclass(frozen=True, slots=True)
class LoggedJob:
    """An upload: `queued`, `running`, `done`, `failed` or `cancelled`; `outcomes` are (file number, body) in order."""

    id: str
    state: str
    message: str | None
    cancelled: bool
    files: tuple[LoggedFile, ...]
    outcomes: tuple[tuple[int, dict[str, Any]], ...]

    @property
    def ended(self) -> bool:
        """Whether nothing of it will change any more."""
        return self.state in ENDED

    @property
    def progress(self) -> float:
        """The share that is done, 0 to 1, each file weighed by its size."""
        if self.ended:
            return 1.0
        whole = sum(file.size + 1 for file in self.files)
        return sum(file.progress * (file.size + 1) for file in self.files) / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a file of an upload, to be stored in the transaction that stores its document, or alone.

    `file` is its number in the upload, `document` the id of what it holds, `body` what the upload's page shows of it.
    """

    job: str
    file: int
    document: str | None
    body: dict[str, object]
