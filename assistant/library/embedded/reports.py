"""The last evaluation report, kept beside the library, without quotes of documents that are gone."""

import json
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from assistant.errors import StorageFull

_NAME = "performance.json"


class FileReports:
    """The last report of a library, in a file of its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, report: Mapping[str, object]) -> None:
        """Keeps a report in place of the one before."""
        partial = self._folder / f"{_NAME}.partial"
        try:
            partial.write_text(json.dumps(report, indent=1), encoding="utf-8")
            partial.replace(self._folder / _NAME)
        except OSError as error:
            raise StorageFull(f"the report cannot be written to {self._folder}: {error.strerror}") from error

    def last(self) -> dict[str, object] | None:
        """The last report; None before the first."""
        try:
            kept: dict[str, object] = json.loads((self._folder / _NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept

    def forget(self, held: Set[str]) -> None:
        """Drops from the report every citation of a document that is not among those held."""
        report = self.last()
        if report is not None:
            left = _without(report, held)
            if left != report:
                self.keep(left)


def _without(value: Any, held: Set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, held) for key, item in value.items() if not _is_gone(item, held)}
    if isinstance(value, list):
        return [_without(item, held) for item in value if not _is_gone(item, held)]
    return value


def _is_gone(value: Any, held: Set[str]) -> bool:
    return isinstance(value, dict) and "document_id" in value and value["document_id"] not in held
