"""kill -9 at many points of `index`, `add` and `remove`: the library opens, agrees with itself, documents are whole."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from libraries import assert_agrees, ingestion, open_library, page, texts

from assistant.ingestion import file_source

KEPT = page("27447", "patellar")
BEFORE = {
    "a.md": page("20972", "femoral", "dorsal"),
    "b.md": page("20957", "radial"),
    "gone.md": page("20900", "ulnar"),
    "kept.md": KEPT,
}
AFTER = {
    "a.md": page("20972", "femoral", "ventral", "lateral"),
    "b.md": page("20957", "radial", "femoral"),
    "c.md": page("20955", "fibular"),
    "kept.md": KEPT,
}
IDS = {
    "a.md": "cpt-20972-2025",
    "b.md": "cpt-20957-2025",
    "c.md": "cpt-20955-2025",
    "gone.md": "cpt-20900-2025",
    "kept.md": "cpt-27447-2025",
}
POINTS = 12
TIMES = 4


def by_id(files: dict[str, str]) -> dict[str, str]:
    return {IDS[name]: text for name, text in files.items()}


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)


def do(operation: str, library_folder: Path, documents: Path) -> None:
    """The operation, uninterrupted; a removal that had committed needs no second one."""
    library = open_library(library_folder)
    match operation:
        case "index":
            outcomes = ingestion(library).index([documents])
        case "add":
            outcomes = ingestion(library).add([file_source(path, path.name) for path in sorted(documents.iterdir())])
        case _:
            outcomes = []
            if IDS["a.md"] in texts(library):
                ingestion(library).remove(IDS["a.md"])
    assert not [outcome for outcome in outcomes if outcome.state == "failed"]
    library.close()


def crash(jobs: list[dict[str, object]], work: Path) -> list[int]:
    (work / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).with_name("crashing.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(work / "jobs.json")], capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return [int(line) for line in ran.stdout.split()]


@pytest.mark.parametrize(
    ("operation", "start"),
    [("index", "empty"), ("index", "built"), ("add", "built"), ("remove", "built")],
)
def test_a_killed_change_leaves_a_whole_library(operation: str, start: str, tmp_path: Path) -> None:
    documents, origin = tmp_path / "documents", tmp_path / "origin"
    origin.mkdir()
    before: dict[str, str] = {}
    if start == "built":
        write(documents, BEFORE)
        do("index" if operation == "index" else "add", origin, documents)
        before = by_id(BEFORE)
    write(documents, AFTER)
    after = dict(before)
    if operation == "remove":
        del after[IDS["a.md"]]
    else:
        after |= by_id(AFTER)
        if operation == "index":
            after.pop(IDS["gone.md"], None)

    def job(name: str, point: int | None, seconds: float | None) -> dict[str, object]:
        library = tmp_path / name
        shutil.copytree(origin, library)
        return {
            "library": str(library),
            "documents": str(documents),
            "operation": operation,
            "point": point,
            "seconds": seconds,
        }

    (steps,) = crash([job("whole", None, None)], tmp_path)
    assert steps > POINTS
    assert texts(open_library(tmp_path / "whole")) == after
    points = sorted({1 + index * (steps - 1) // (POINTS - 1) for index in range(POINTS)})
    jobs = [job(f"point-{point}", point, None) for point in points]
    jobs += [job(f"time-{index}", None, 0.004 + 0.01 * index) for index in range(TIMES)]
    told = crash(jobs, tmp_path)
    assert told[: len(points) - 1] == [0] * (len(points) - 1), "each of them was killed at its point"

    seen = set()
    for one in jobs:
        folder = Path(str(one["library"]))
        library = open_library(folder)
        found = texts(library)
        for document_id in {*before, *after}:
            allowed = [before.get(document_id), after.get(document_id)]
            assert found.get(document_id) in allowed, f"{folder.name}: {document_id}"
        assert not set(found) - {*before, *after}
        assert_agrees(library)
        seen.add(frozenset(found.items()))
        library.close()
        do(operation, folder, documents)
        repeated = open_library(folder)
        assert texts(repeated) == after
        assert_agrees(repeated)
        repeated.close()
    # The points lie on both sides of a commit; else they would prove little.
    assert len(seen) >= 2
