"""`assistant eval` from the terminal: a set of one's own, the files it writes, and its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from fakes import FakeEmbedder
from libraries import page

from assistant.faces.terminal import main


class Told(NamedTuple):
    """What one command left."""

    code: int
    out: str
    err: str


Run = Callable[..., Told]

# The fake embedder knows no meaning: a question that names its code is answered.
EXCEL = (
    "\ufeffQuestion;Codes;Remark\r\n20972?;20972;\r\nradial;pancake;typed in haste\r\n20957?;20957;\r\n"
    "zebra umbrella;;\r\n"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command on a library of two pages, with the fake embedder."""
    monkeypatch.setattr("assistant.answering.assistant.load_embedder", lambda *_, **__: FakeEmbedder())
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text(page("20972", "femoral", "dorsal"))
    (folder / "b.md").write_text(page("20957", "radial"))

    def run(command: str, *arguments: object) -> Told:
        capsys.readouterr()
        code = main([command, "--index", str(tmp_path / "library"), *map(str, arguments)])
        return Told(code, *capsys.readouterr())

    assert run("index", folder).code == 0
    return run


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_bytes(EXCEL.encode())
    return path


def test_a_spreadsheet_is_scored_and_a_bad_row_named_in_one_line(run: Run, mine: Path) -> None:
    told = run("eval", mine)
    assert told.code == 0
    assert told.err == (
        "assistant: left out: mine.csv line 3: 'pancake' does not have the form of a code; write SYSTEM:CODE, for "
        "example CPT:20972\n"
    )
    assert told.out.startswith("- 3 queries of the set “mine” were put to the library: 2 that its documents")
    assert "1 line of the set could not be used and was left out." in " ".join(told.out.split())
    table = told.out[told.out.index("\nslice") :].splitlines()
    assert all(len(line) <= 80 for line in table)
    assert "\x1b" not in told.out


def test_json_is_the_report_that_the_library_keeps(run: Run, mine: Path, tmp_path: Path) -> None:
    told = run("eval", mine, "--json")
    body = json.loads(told.out)
    assert told.out.count("\n") == 1
    assert body == json.loads((tmp_path / "library" / "performance.json").read_text(encoding="utf-8"))
    assert body["citations"]["checked"] == body["citations"]["valid"] > 0
    assert body["slices"][0]["queries"] == 3 and body["faulty_rows"] == 1


def test_every_file_asked_for_is_written(run: Run, mine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    told = run("eval", mine, "--run", out / "run.jsonl", "--report", out / "report.html", "--trec", out / "trec")
    assert told.code == 0
    assert len((out / "run.jsonl").read_text(encoding="utf-8").splitlines()) == 3
    assert "<!doctype html>" in (out / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in (out / "trec").iterdir()} == {"run.trec", "qrels.trec", "outcomes.tsv"}


def test_a_run_compared_with_itself_differs_in_nothing(run: Run, mine: Path, tmp_path: Path) -> None:
    run("eval", mine, "--run", tmp_path / "run.jsonl")
    told = run("eval", mine, "--compare", tmp_path / "run.jsonl")
    assert "0 were mended and 0 were spoilt of 3 queries" in " ".join(told.out.split())
    assert all(len(line) <= 80 for line in told.out[told.out.index("\nslice") :].splitlines())


def test_a_flipped_query_is_listed(run: Run, mine: Path, tmp_path: Path) -> None:
    path = tmp_path / "before.jsonl"
    run("eval", mine, "--run", path)
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    lines[0] = {**lines[0], "kind": "refusal", "reason": "out_of_corpus"}
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    told = run("eval", mine, "--compare", path)
    assert f"+ {lines[0]['id']} refused -> right   20972?" in told.out


def test_one_search_alone_leaves_the_kept_report_alone(run: Run, mine: Path, tmp_path: Path) -> None:
    told = run("eval", mine, "--by", "bm25")
    assert told.code == 0 and "answered" not in told.out
    assert not (tmp_path / "library" / "performance.json").exists()


def test_a_code_that_the_library_lacks_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("question,codes\nfemoral dorsal,CPT:99213\n", encoding="utf-8")
    told = run("eval", path)
    assert told.code == 0
    assert "no entry for CPT:99213, which the set calls right" in " ".join(told.out.split())


def test_the_gate_fails_where_a_figure_fell(run: Run, mine: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"

    def expect(value: float) -> Told:
        figure = {"name": "mine, first", "set": "mine", "slice": "answerable", "measure": "hit@1", "tolerance": 0.01}
        baseline.write_text(json.dumps({"figures": [{**figure, "value": value}]}), encoding="utf-8")
        return run("eval", mine, "--gate", baseline)

    kept, fell = expect(1.0), expect(1.02)
    assert kept.code == 0 and "FELL" not in kept.out
    assert fell.code == 1 and "mine, first" in fell.out and fell.out.rstrip().endswith("FELL")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch"], "nosuch/queries.jsonl cannot be read"),
        (["mine.csv", "--split", "dev"], "has no queries of kind query in split dev; its splits are test"),
        (["mine.csv", "--kind", "note"], "has no queries of kind note in split test"),
        (["mine.csv", "--compare", "nosuch"], "nosuch cannot be read"),
        (["mine.csv", "--gate", "nosuch"], "nosuch cannot be read"),
    ],
)
def test_a_failure_is_told_in_one_line(run: Run, mine: Path, arguments: list[str], message: str, monkeypatch) -> None:
    monkeypatch.chdir(mine.parent)
    told = run("eval", *arguments)
    last = told.err.splitlines()[-1]
    assert told.code == 1 and told.out == ""
    assert last.startswith("assistant: ") and message in last
