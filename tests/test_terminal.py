"""The terminal: exit codes, one line a failure, one JSON object a result, and queries that never import torch."""

import errno
import fcntl
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import open_library, page, texts

from assistant.faces.terminal import main
from assistant.settings import Settings

TESTS = Path(__file__).parent
# The command with the fake embedder, in a process of its own.
FAKE = (
    f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
    "from fakes import FakeEmbedder; import assistant.answering.assistant, assistant.faces.terminal\n"
    "assistant.answering.assistant.load_embedder = lambda *a, **k: FakeEmbedder()\n"
    "sys.exit(assistant.faces.terminal.main())"
)


class Told:
    """What one command left: exit code, standard output and standard error."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict:
        assert self.out.count("\n") == 1, "one object in one line, nothing else"
        found: dict = json.loads(self.out)
        return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs one command in this process, with the fake embedder, on tmp_path/library."""
    monkeypatch.setattr("assistant.answering.assistant.load_embedder", lambda *_, **__: FakeEmbedder())

    def run(command: str, *arguments: object) -> Told:
        capsys.readouterr()
        try:
            code = main([command, "--index", str(tmp_path / "library"), *map(str, arguments)])
        except SystemExit as left:
            code = int(left.code or 0)
        return Told(code, *capsys.readouterr())

    return run


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text(page("20972", "femoral", "dorsal"))
    (folder / "b.md").write_text(page("20957", "radial"))
    return folder


def assert_failed(told: Told, *parts: str) -> None:
    assert told.code == 1
    assert told.out == ""
    assert told.err.startswith("assistant: ") and told.err.count("\n") == 1
    for part in parts:
        assert part in told.err


@pytest.mark.parametrize("command", ["index", "add"])
def test_strict_refuses_what_is_imported_in_part_otherwise(run, tmp_path: Path, command: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text("Code,Description\n20972,Flap of the foot\n20973,\n20955,Flap of the leg\n")
    refused = run(command, table, "--strict")
    assert refused.code == 1
    assert "table.csv: 1 row has" in refused.err and "(line 3)" in refused.err
    taken = run(command, table)
    assert taken.code == 0
    assert "1 added" in taken.out and "(line 3)" in taken.err


def test_index_then_again_then_without_a_file(run, corpus: Path) -> None:
    first = run("index", corpus, "--json")
    assert (first.code, first.err) == (0, "")
    assert [one["state"] for one in first.json["outcomes"]] == ["added", "added"]
    assert first.json["library"]["documents"] == 2
    second = run("index", corpus, "--json")
    assert [one["state"] for one in second.json["outcomes"]] == ["unchanged", "unchanged"]
    assert second.json["library"] == first.json["library"]
    (corpus / "b.md").unlink()
    third = run("index", corpus)
    assert third.out.startswith("1 unchanged, 1 removed\n")
    assert run("documents", "--json").json["documents"][0]["document_id"] == "cpt-20972-2025"
    assert run("ask", "CPT 20957", "--json").json["reason"] == "code_not_in_corpus"


def test_add_and_remove(run, corpus: Path) -> None:
    assert run("add", corpus / "a.md", corpus / "b.md").code == 0
    removed = run("remove", "cpt-20957-2025", "--json")
    assert removed.json == {"document_id": "cpt-20957-2025", "passages_removed": 4, "generation": 3}
    assert_failed(run("remove", "cpt-20957-2025"), "cpt-20957-2025")


def test_remove_removes_all_or_nothing(run, corpus: Path) -> None:
    run("index", corpus)
    assert_failed(run("remove", "cpt-20972-2025", "nosuch"), "nosuch")
    assert len(run("documents", "--json").json["documents"]) == 2
    both = run("remove", "cpt-20972-2025", "cpt-20957-2025", "cpt-20957-2025", "--json")
    assert len(both.json["removed"]) == 2
    assert run("ask", "anything", "--json").json["reason"] == "empty_library"


def test_documents_are_listed_with_their_names_and_what_was_found(run, corpus: Path) -> None:
    (corpus / "copy.md").write_text((corpus / "a.md").read_text())
    damaged = (TESTS / "data" / "pcs-order-2026.txt").read_bytes()
    (corpus / "pcs-order-2026.txt").write_bytes(damaged)
    run("index", corpus)
    listed = {one["document_id"]: one for one in run("documents", "--json").json["documents"]}
    first = listed["cpt-20972-2025"]
    assert (first["names"], first["codes_found"], first["warnings"]) == (["a.md", "copy.md"], 1, [])
    (order,) = (one for name, one in listed.items() if "pcs" in name)
    assert order["codes_found"] == order["codes"] == 5 and "lines 5, 8" in order["warnings"][0]
    shown = run("documents").out
    assert "also as copy.md" in shown and "2 lines do not have" in shown


def test_two_editions_are_compared_code_by_code(run, tmp_path: Path) -> None:
    rows = {"A0021": "Ambulance ride", "A0080": "Nonemergency transport", "A0090": "Taxi"}
    for year, table in {"2025": rows, "2026": rows | {"A0080": "Transport without emergency", "A0100": "Bus"}}.items():
        if year == "2026":
            del table["A0090"]
        lines = "".join(f"{code},{title}\n" for code, title in table.items())
        (tmp_path / f"hcpcs-{year}.csv").write_text("Code,Description\n" + lines)
    told = run("add", tmp_path / "hcpcs-2025.csv", tmp_path / "hcpcs-2026.csv", "--json").json
    before, after = (outcome["document_id"] for outcome in told["outcomes"])
    found = run("documents", "--diff", before, after, "--json").json
    assert [found[side]["edition"] for side in ("before", "after")] == ["2025", "2026"]
    assert [(one["code"]["value"], one["title"]) for one in found["added"]] == [("A0100", "Bus")]
    assert [one["code"]["value"] for one in found["dropped"]] == ["A0090"]
    assert found["changed"] == [
        {
            "code": {"system": "HCPCS", "value": "A0080", "edition": None},
            "before": "Nonemergency transport",
            "after": "Transport without emergency",
        }
    ]
    shown = run("documents", "--diff", before, after)
    assert "+ HCPCS:A0100  Bus" in shown.out and "- HCPCS:A0090  Taxi" in shown.out and "~ HCPCS:A0080" in shown.out
    assert "1 added, 1 dropped, 1 changed" in shown.err
    assert run("documents", "--diff", before, "nosuch").code == 1


def test_what_is_removed_is_compacted_away(run, corpus: Path, tmp_path: Path) -> None:
    run("index", corpus)
    assert run("remove", "cpt-20972-2025").code == 0
    files = [path for path in (tmp_path / "library").rglob("*") if path.is_file()]
    assert not [path for path in files if b"dorsal" in path.read_bytes()]
    told = run("compact", "--json").json
    assert told["compacted"] is True and told["bytes_after"] > 0


def test_a_refusal_is_a_result(run, corpus: Path) -> None:
    run("index", corpus)
    told = run("ask", "CPT 99213")
    assert told.code == 0 and told.out.startswith("Refused (code_not_in_corpus)") and told.err == ""


def test_results_are_one_json_object(run, corpus: Path) -> None:
    run("index", corpus)
    assert run("ask", "CPT 20972", "--json").json["kind"] == "answer"
    assert run("ask", "CPT 99213", "--json").json["kind"] == "refusal"
    assert run("code", "CPT:20972", "--json").json["code"]["value"] == "20972"
    assert run("documents", "--json").json["library"]["generation"] == 2


def test_people_read_the_same(run, corpus: Path) -> None:
    run("index", corpus)
    told = run("ask", "CPT 20972", "--limit", "1", "--system", "cpt", "--as-of", "2025-06-30")
    assert "Candidates for a coder's review:" in told.out and "CPT:20972 (2025)" in told.out
    assert "(the documents say nothing)" in run("code", "20972").out
    assert "cpt-20957-2025" in run("documents").out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nosuch"],
        ["ask"],
        ["ask", "x", "--limit", "0"],
        ["ask", "x", "--limit", "many"],
        ["ask", "x", "--as-of", "yesterday"],
        ["index"],
        ["remove"],
        ["serve", "--port", "high"],
    ],
)
def test_wrong_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: assistant")


def test_failures_name_their_cause_in_one_line(run, corpus: Path, tmp_path: Path) -> None:
    assert_failed(run("ask", "anything"), str(tmp_path / "library"), "assistant index")
    assert_failed(run("index", tmp_path / "nosuch"), "nosuch")
    assert not (tmp_path / "library").exists(), "a typing error leaves no library behind"
    assert_failed(run("add", tmp_path / "nosuch.md"), "nosuch.md")
    run("index", corpus)
    assert_failed(run("ask", "   "), "empty")
    assert_failed(run("ask", "x", "--system", "NOSUCH"), "NOSUCH", "CPT")
    assert_failed(run("ask", "x", "--about", "nonsense"), "nonsense")
    assert_failed(run("code", "CPT:99213"), "99213")
    assert_failed(run("verify", tmp_path / "nosuch.json"), "nosuch.json")
    (tmp_path / "answer.json").write_text("no json")
    assert_failed(run("verify", tmp_path / "answer.json"), "answer.json")
    assert_failed(run("verify", tmp_path), str(tmp_path))


def test_bad_files_among_good_ones(run, corpus: Path) -> None:
    (corpus / "empty.md").write_bytes(b"")
    (corpus / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (corpus / "none.csv").write_text("name,colour\nRose,red\nViolet,blue\n")
    (corpus / "broken.txt").write_bytes("Die Äpfel für Öl. ".encode() * 30 + b"\xff\xfe" + "Größe über ".encode() * 30)
    told = run("index", corpus, "--json")
    assert told.code == 1
    assert told.json["library"]["documents"] == 2
    lines = told.err.splitlines()
    assert len(lines) == 4
    for name in ("empty.md", "binary.txt", "none.csv", "broken.txt"):
        assert any(name in line and line.startswith("assistant: ") for line in lines), name


def test_a_file_too_large(run, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_MAX_FILE_MB", "1")
    (corpus / "large.txt").write_text("A procedure.\n" * 100_000)
    told = run("index", corpus)
    assert told.code == 1 and "large.txt" in told.err and told.out.startswith("2 added, 1 failed")


def test_a_setting_that_cannot_work(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_LEXICAL_WEIGHT", "2")
    assert_failed(run("documents"), "ASSISTANT_LEXICAL_WEIGHT")


def test_a_damaged_library(run, corpus: Path, tmp_path: Path) -> None:
    run("index", corpus)
    for path in (tmp_path / "library").glob("library.sqlite*"):
        path.write_bytes(b"garbage " * 1_000)
    for command in (("ask", "anything"), ("index", corpus), ("documents",)):
        assert_failed(run(*command), "library.sqlite")


def test_a_library_of_another_model(run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", corpus)
    before = texts(open_library(tmp_path / "library"))
    monkeypatch.setattr(FakeEmbedder, "fingerprint", "another")
    for command in (("ask", "anything"), ("index", corpus), ("add", corpus / "a.md")):
        assert_failed(run(*command), str(tmp_path / "library"), "ASSISTANT_MODEL")
    monkeypatch.undo()
    assert texts(open_library(tmp_path / "library")) == before


def test_a_full_disk(run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", corpus)
    before = texts(open_library(tmp_path / "library"))
    (corpus / "c.txt").write_text("\n\n".join(f"Procedure {n} of very many." for n in range(5_000)))
    from assistant.library.embedded.pool import Pool

    connect = Pool._connect

    def nearly_full(self):
        connection = connect(self)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    monkeypatch.setattr(Pool, "_connect", nearly_full)
    assert_failed(run("index", corpus), "library.sqlite", "free some space")
    monkeypatch.setattr(Pool, "_connect", connect)
    assert texts(open_library(tmp_path / "library")) == before
    assert run("index", corpus).code == 0


def test_a_cache_that_cannot_be_written(run, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(index: object, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("assistant.library.search.dense._write", full)
        assert_failed(run("index", corpus), str(tmp_path / "library"), "No space left")
    assert run("ask", "CPT 20972", "--json").json["kind"] == "answer"


def test_a_busy_port(run, corpus: Path) -> None:
    run("index", corpus)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_failed(run("serve", "--port", port), str(port), "--port")
    assert_failed(run("serve", "--port", 99_999), "99999")


def test_verify_catches_a_changed_quote(run, corpus: Path, tmp_path: Path) -> None:
    run("index", corpus)
    answer = run("ask", "CPT 20972", "--json").json
    saved = tmp_path / "answer.json"
    saved.write_text(json.dumps(answer))
    good = run("verify", saved, "--json")
    assert good.code == 0 and good.json["wrong"] == [] and good.json["citations"] >= 2
    citation = answer["statements"][0]["citation"]
    changes = {
        "quote": citation["quote"][:-1] + "!",
        "document_sha256": "0" * 64,
        "document_id": "nosuch",
    }
    for name, value in changes.items():
        changed = json.loads(json.dumps(answer))
        changed["statements"][0]["citation"][name] = value
        saved.write_text(json.dumps(changed))
        told = run("verify", saved, "--json")
        assert told.code == 1, name
        assert len(told.json["wrong"]) == 1
    shifted = json.loads(json.dumps(answer))
    shifted["statements"][0]["citation"] |= {"start": citation["start"] - 1, "end": citation["end"] - 1}
    saved.write_text(json.dumps(shifted))
    assert run("verify", saved).code == 1
    del shifted["statements"][0]["citation"]["document_sha256"]
    saved.write_text(json.dumps(shifted))
    assert_failed(run("verify", saved), "document_sha256")


# in a process of its own


def test_a_reader_that_goes_early_sees_no_traceback(corpus: Path, tmp_path: Path, run) -> None:
    run("index", corpus)
    command = [sys.executable, "-c", FAKE, "documents", "--index", str(tmp_path / "library")]
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert ran.returncode == 0
    assert "Traceback" not in ran.stderr and "BrokenPipe" not in ran.stderr


@pytest.mark.parametrize("width", [40, 80, 200])
def test_output_fits_the_terminal(corpus: Path, tmp_path: Path, run, width: int) -> None:
    (corpus / "a.md").write_text(page("20972", "femoral", "dorsal").replace("About", "A long title " * 9 + "about"))
    run("index", corpus)
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    for arguments in (
        ["ask", "CPT 20972"],
        ["documents"],
        ["documents", "--diff", "cpt-20972-2025", "cpt-20957-2025"],
        ["code", "20972"],
    ):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-c", FAKE, *arguments, "--index", str(tmp_path / "library")],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other end has closed
                break
            if not part:
                break
            shown += part
        os.close(ours)
        assert process.wait(60) == 0
        lines = shown.decode().splitlines()
        assert len(lines) > 1
        assert max(len(line) for line in lines) <= width, arguments


def test_a_terminal_without_our_characters_is_no_failure(corpus: Path, tmp_path: Path, run) -> None:
    run("index", corpus)
    for extra, check in (([], None), (["--json"], json.loads)):
        ran = subprocess.run(
            [sys.executable, "-c", FAKE, "ask", "CPT 20972", "--index", str(tmp_path / "library"), *extra],
            capture_output=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )
        assert ran.returncode == 0, ran.stderr.decode()
        if check:
            check(ran.stdout)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_cleanly(corpus: Path, tmp_path: Path, run, stop: signal.Signals) -> None:
    import httpx

    run("index", corpus)
    process = subprocess.Popen(
        [sys.executable, "-c", FAKE, "serve", "--port", "0", "--index", str(tmp_path / "library")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    address = process.stdout.readline().split(" on ")[1].split()[0]
    with httpx.Client(base_url=address, timeout=30) as client:
        assert client.post("/v1/ask", json={"query": "CPT 20972"}).json()["kind"] == "answer"
        process.send_signal(stop)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_query_never_imports_torch(corpus: Path, tmp_path: Path, settings: Settings) -> None:
    """With the packaged model as it is: index (exported already), then ask, code and verify."""
    program = (
        "import json, sys; from assistant.faces.terminal import main; code = main()\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'torch', 'sentence_transformers', 'transformers', 'onnx'})), file=sys.stderr); sys.exit(code)"
    )
    library = str(tmp_path / "library")
    for arguments in (
        ["index", str(corpus)],
        ["ask", "free bone flap with the dorsal procedure", "--json"],
        ["ask", "CPT 20972", "--json"],
        ["code", "CPT:20972"],
    ):
        ran = subprocess.run(
            [sys.executable, "-c", program, *arguments, "--index", library],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr.splitlines()[-1] == "[]", arguments


def test_a_question_loads_nothing_that_it_does_not_need() -> None:
    """A cold ask waits for every import."""
    heavy = (
        "{'torch', 'sentence_transformers', 'bs4', 'lxml', 'openpyxl', 'fastapi', 'uvicorn', 'rich', 'onnx', 'yaml'}"
    )
    program = (
        "import sys; from assistant.faces.terminal import main\n"
        "try: main(['ask', 'x', '--index', '/nonexistent'])\nexcept SystemExit: pass\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert ran.stdout.strip() == "[]"


def test_calibrating_says_what_is_promised_and_the_list_of_documents_shows_it(
    run, corpus: Path, tmp_path: Path
) -> None:
    assert run("index", corpus).code == 0
    own = run("documents", "--json").json["certificate"]
    assert own["set"] == "self" and own["message"]  # made when the library was indexed
    folder = tmp_path / "mine"
    folder.mkdir()
    queries = [{"id": f"q{n}", "text": "femoral dorsal", "split": "calibration"} for n in range(70)]
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("\n".join(f"q{n}\t0\tCPT:20972\t1" for n in range(70)), encoding="utf-8")
    told = run("calibrate", folder, "--risk", "0.05", "--json")
    assert told.code == 0
    certificate = told.json["certificate"]
    assert (certificate["set"], certificate["queries"], certificate["wrong"]) == ("mine", 70, 0)
    assert certificate["valid"] and certificate["bound"] <= 0.05
    assert "At most 5% of the answers are wrong" in run("calibrate", folder, "--risk", "0.05").out
    assert "At most 10% of the answers are wrong" in run("calibrate", folder).out
    assert run("documents", "--json").json["certificate"]["set"] == "mine"
    for wrong in ("0", "1", "nonsense"):
        assert run("calibrate", folder, "--risk", wrong).code == 2
    assert_failed(run("calibrate", tmp_path / "nowhere"), "nowhere")
