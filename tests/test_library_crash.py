"""kill -9 at many points of every change, with reads going on: nothing committed is lost, nothing half is seen.

Each run of the tests tries a few points; `scripts/crash-test --points 60` tries 60 of each change.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from crashing import OPERATIONS, REMOVED, UPLOAD
from libraries import assert_agrees, ingestion, open_library, page, texts

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
POINTS = int(os.environ.get("CRASH_POINTS", "5"))
TIMES = max(2, POINTS // 5)
SEED = int(os.environ.get("CRASH_SEED", "1"))


def by_id(files: dict[str, str]) -> dict[str, str]:
    return {IDS[name]: text for name, text in files.items()}


def write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)


def do(operation: str, library_folder: Path, documents: Path) -> None:
    """Runs the operation to its end; a removal that had committed needs no second one."""
    library = open_library(library_folder)
    if operation != "remove" or REMOVED in texts(library):
        outcomes = OPERATIONS[operation](library, documents)
        assert not isinstance(outcomes, list) or not [one for one in outcomes if one.state == "failed"]
    library.close()


def crash(jobs: list[dict[str, object]], work: Path) -> list[int]:
    """The steps of each job, 0 where it was killed."""
    (work / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).with_name("crashing.py")
    ran = subprocess.run(
        [sys.executable, str(script), str(work / "jobs.json")],
        capture_output=True,
        text=True,
        timeout=60 + 5 * len(jobs),
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = [line.partition(" ") for line in ran.stdout.splitlines()]
    assert [fault for _, _, fault in lines if fault] == []
    return [int(steps) for steps, _, _ in lines]


def begin(operation: str, start: str, origin: Path, documents: Path) -> dict[str, str]:
    """The library that the operation starts from, and the documents it holds."""
    before: dict[str, str] = {}
    if start == "built":
        write(documents, BEFORE)
        do("index" if operation == "index" else "add", origin, documents)
        before = by_id(BEFORE)
    library = open_library(origin)
    if operation == "compact":
        ingestion(library).remove(REMOVED)
        del before[REMOVED]
    write(documents, AFTER)
    if operation == "upload":
        inbox = library.store.inbox
        with inbox.filling(UPLOAD):
            for number, text in enumerate(AFTER.values()):
                with inbox.create(UPLOAD, number) as handle:
                    handle.write(text.encode())
            library.store.jobs.add(UPLOAD, [(name, len(text)) for name, text in AFTER.items()])
    library.close()
    return before


def left_behind(folder: Path) -> list[str]:
    """The files that a compacted library does not need."""
    library = open_library(folder)
    rows = library.store._database.rows
    found = [path.name for path in folder.rglob("*") if path.suffix == ".partial" or path.parent.name == UPLOAD]
    segments = {
        one["segment_id"].replace("-", "") for one in json.loads((folder / "lexical/meta.json").read_text())["segments"]
    }
    found += [
        path.name for path in (folder / "lexical").glob("*.*") if len(path.stem) == 32 and path.stem not in segments
    ]
    unused = "SELECT count(*) FROM vectors WHERE key NOT IN (SELECT vector FROM passages WHERE vector IS NOT NULL)"
    for sql in (unused, "SELECT count(*) FROM unseen", "SELECT count(*) FROM removed"):
        found += [sql] if rows(sql) != [(0,)] else []
    library.close()
    return found


@pytest.mark.parametrize(
    ("operation", "start"),
    [
        ("index", "empty"),
        ("index", "built"),
        ("add", "built"),
        ("remove", "built"),
        ("compact", "built"),
        ("upload", "empty"),
        ("upload", "built"),
        ("calibrate", "built"),
        ("report", "built"),
    ],
)
def test_a_killed_change_leaves_a_whole_library(operation: str, start: str, tmp_path: Path) -> None:
    documents, origin = tmp_path / "documents", tmp_path / "origin"
    origin.mkdir()
    before = begin(operation, start, origin, documents)
    after = dict(before)
    if operation == "remove":
        del after[REMOVED]
    elif operation in ("index", "add", "upload"):
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
    assert steps > 5
    assert texts(open_library(tmp_path / "whole")) == after
    dice = random.Random(f"{SEED} {operation} {start}")
    points = sorted({1, steps - 1, *dice.sample(range(1, steps), min(POINTS, steps - 1))})
    jobs = [job(f"point-{point}", point, None) for point in points]
    jobs += [job(f"time-{index}", None, 0.004 + 0.01 * index) for index in range(TIMES)]
    told = crash(jobs, tmp_path)
    killed = told.count(0)
    # The reader may do a part of the writer's work, such as an index; then a late point is not reached.
    assert killed >= 0.6 * len(jobs)
    if "CRASH_LOG" in os.environ:
        with Path(os.environ["CRASH_LOG"]).open("a") as log:
            log.write(
                f"{operation} ({start}): {steps} steps, killed {killed} times at {len(points)} points and by time\n"
            )

    seen = set()
    for one in jobs:
        folder = Path(str(one["library"]))
        library = open_library(folder)
        found = texts(library)
        for document_id in {*before, *after}:
            allowed = [before.get(document_id), after.get(document_id)]
            assert found.get(document_id) in allowed, f"{folder.name}: {document_id}"
        assert not set(found) - {*before, *after}
        assert (library.store.meta("threshold") is None) is (library.store.meta("set") is None)
        assert_agrees(library)
        seen.add(frozenset(found.items()))
        library.close()
        do(operation, folder, documents)
        repeated = open_library(folder)
        assert texts(repeated) == after
        assert_agrees(repeated)
        if operation == "upload":
            ended = repeated.store.jobs.get(UPLOAD)
            assert ended is not None and ended.state == "done"
            names = [body["source_name"] for _, body in ended.outcomes]
            assert sorted(names) == sorted(AFTER), "one outcome a file"
        assert repeated.compact()
        assert_agrees(repeated)
        repeated.close()
        assert left_behind(folder) == []
    if before != after:
        # The points lie on both sides of a commit; else they would prove little.
        assert len(seen) >= 2
