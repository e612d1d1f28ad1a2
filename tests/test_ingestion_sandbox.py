"""The reading process: limits, crashes, and hostile files."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from parsing_support import DATA, packed, workbook
from pdfs import numbered
from test_parsing import SOURCES, TEXT
from test_parsing_docx import policy, word
from test_parsing_pdf import guide

from assistant.errors import ServiceError, UnreadableDocument
from assistant.ingestion.sandbox import Reader, ReadingLimits, shared_reader
from assistant.ingestion.sandbox.frames import BrokenMessage, receive, send
from assistant.ingestion.sandbox.values import from_plain, to_plain
from assistant.parsing import parse_document


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader(ReadingLimits(seconds=60, memory_mb=768, output_mb=2, pages=50, unpacked_mb=4))
    yield reader
    reader.close()


def refused(reader: Reader, source: bytes, name: str) -> str:
    with pytest.raises(UnreadableDocument) as raised:
        reader.read(source, name)
    message = str(raised.value)
    assert name in message
    assert "\n" not in message
    return message


def test_what_comes_back_is_what_was_parsed(reader: Reader) -> None:
    files = [(path.read_bytes(), path.name) for path in [*SOURCES, DATA / "pcs-order-2026.txt"]]
    for source, name in [*files, (guide(), "guide.pdf"), (word(policy), "policy.docx")]:
        assert reader.read(source, name) == parse_document(source, name)


@settings(deadline=None)
@given(TEXT)
def test_plain_values_give_the_document_back(text: str) -> None:
    try:
        document = parse_document(text.encode(), "any.md")
    except UnreadableDocument:
        return
    assert from_plain(*to_plain(document)) == document


def test_one_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    reader = Reader(ReadingLimits(memory_mb=600))
    with pytest.raises(ServiceError, match="does not start with 600 MB of memory"):
        reader.read(b"# Flaps", "a.md")


def test_own_code_systems_are_known_to_it() -> None:
    reader = Reader(ReadingLimits(code_systems=(("LAB", r"LAB-\d{3}"),)))
    document = reader.read(b"code,description\nLAB-100,Count of cells\nLAB-200,Culture\n", "lab.csv")
    assert [str(entry.code) for entry in document.entries] == ["LAB:LAB-100", "LAB:LAB-200"]
    reader.close()


def test_an_unreadable_file_is_refused_and_the_next_is_read_by_the_same_process(reader: Reader) -> None:
    reader.read(b"# Flaps\n\nA flap.", "a.md")
    process = reader._process
    assert "is empty" in refused(reader, b"", "b.md")
    assert reader.read(b"# Flaps\n\nA flap.", "a.md").title == "Flaps"
    assert reader._process is process


def test_a_large_service_keeps_its_reader() -> None:
    """On Linux, one of the two figures of peak memory begins at the parent's."""
    held = bytearray(os.urandom(1)) * (700 * 1024 * 1024)
    reader = Reader(ReadingLimits(memory_mb=1_024))
    reader.read(b"# Flaps\n\nA flap.", "a.md")
    assert len(held) and reader._process is not None
    reader.close()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP to hold a process")
def test_closing_waits_for_no_file_that_is_in_hand() -> None:
    reader = Reader(ReadingLimits(seconds=60))
    reader.read(b"# Flaps\n\nA flap.", "a.md")
    assert reader._process is not None
    reader._process.send_signal(signal.SIGSTOP)  # the next file takes for ever
    asking = threading.Thread(target=refused, args=(reader, b"# Flaps\n\nA flap.", "b.md"))
    asking.start()
    while not reader._guard.locked():
        time.sleep(0.01)
    start = time.monotonic()
    reader.close()
    asking.join(30)
    assert time.monotonic() - start < 5


def test_a_process_that_dies_is_named_and_replaced(reader: Reader) -> None:
    reader.read(b"# Flaps\n\nA flap.", "a.md")
    process = reader._process
    assert process is not None

    def kill() -> None:
        time.sleep(0.05)
        process.send_signal(signal.SIGSEGV)

    # A table that takes longer to read than the process has to live.
    slow = "Code,Description\n" + "".join(f"{20000 + n % 9000},words and words {n}\n" for n in range(60_000))
    thread = threading.Thread(target=kill)
    thread.start()
    assert "made its reader crash" in refused(reader, slow.encode(), "crash.csv")
    thread.join()
    assert reader.read(b"# Flaps\n\nA flap.", "a.md").title == "Flaps"
    assert reader._process is not process


def test_time_memory_and_output_have_limits(reader: Reader) -> None:
    slow = Reader(ReadingLimits(seconds=1))
    slow.read(b"# Flaps\n\nA flap.", "a.md")
    text = "Code,Description\n" + "".join(f"{20000 + n % 9000},words and words {n}\n" for n in range(300_000))
    begin = time.monotonic()
    assert "was not read within 1 seconds" in refused(slow, text.encode(), "slow.csv")
    assert time.monotonic() - begin < 10
    assert slow.read(b"# Flaps\n\nA flap.", "a.md").title == "Flaps"
    slow.close()
    assert "more than 2 MB of text" in refused(reader, b"word " * 500_000, "long.txt")
    small = Reader(ReadingLimits(memory_mb=96))
    rows = b"Code,Description\n" + b"20955,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n" * 300_000
    assert "more than 96 MB of memory" in refused(small, rows, "large.csv")
    assert small.read(b"# Flaps\n\nA flap.", "a.md").title == "Flaps"
    small.close()


def bomb(levels: int) -> bytes:
    """A zip of zips, each of ten members, around zeros."""
    data = packed({f"{number}.txt": b"0" * 1_000_000 for number in range(10)})
    for _ in range(levels):
        data = packed({f"{number}.zip": data for number in range(10)})
    return data


def xlsx_with_entities() -> bytes:
    source = workbook({"Sheet": [["Code", "Description"], ["A0021", "Ride"]]})
    with zipfile.ZipFile(io.BytesIO(source)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
    sheet = members["xl/worksheets/sheet1.xml"].decode()
    head = sheet.index("<worksheet")
    members["xl/worksheets/sheet1.xml"] = (sheet[:head] + f"<!DOCTYPE a [{entities}]>" + sheet[head:]).replace(
        "Ride", "&a9;"
    ).encode()  # fmt: skip
    return packed(members)


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("bomb.docx", lambda: packed({"word/document.xml": b"<a>" + b" " * 9_000_000 + b"</a>"}), "unpacks to"),
        ("bomb.epub", lambda: packed({"mimetype": b"", "META-INF/container.xml": b" " * 9_000_000}), "unpacks to"),
        ("bomb.xlsx", lambda: packed({"xl/workbook.xml": b" " * 9_000_000}), "unpacks to"),
        ("nested.zip", lambda: bomb(2), "zip or Office file of a kind not read here"),
        ("entities.xml", lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "b">]><a>&a;</a>', "XML of a kind"),
        (
            "tables.xml",
            lambda: b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "b">]><ICD10PCS.tabular><version>&a;</version>',
            "",
        ),
        (
            "deep.xml",
            lambda: (
                b"<ICD10PCS.index><letter><mainTerm>"
                + b"<term>" * 20_000
                + b"</term>" * 20_000
                + b"</mainTerm></letter></ICD10PCS.index>"
            ),
            "nested too deeply",
        ),
        ("long.pdf", lambda: numbered(60), "has 60 pages, more than the 50"),
        ("deep.md", lambda: b"> " * 200_000 + b"x", None),
        ("deep.html", lambda: b"<div>" * 100_000 + b"deep", None),
        ("deep.md.yaml", lambda: b"---\na: " + b"[" * 50_000 + b"\n---\n", None),
        ("deep.rtf", lambda: b"{\\rtf1 " + b"{" * 200_000 + b"x", None),
        ("entities.xlsx", xlsx_with_entities, None),
        ("cut.pdf", lambda: guide()[:900], "damaged PDF"),
        ("program.txt", lambda: b"\x7fELF" + bytes(range(256)) * 40, "binary file"),
    ],
)
def test_files_made_to_harm_are_refused_or_read_and_harm_nothing(
    reader: Reader, name: str, make: object, said: str | None
) -> None:
    source = make()  # type: ignore[operator]
    if said is None:
        try:
            reader.read(source, name)
        except UnreadableDocument as error:
            assert name in str(error)  # noqa: PT017  # both are right; what counts is that the next file is read
    else:
        assert said in refused(reader, source, name)
    assert reader.read(b"# Flaps\n\nA flap.", "a.md").title == "Flaps"


def test_scripts_are_neither_run_nor_read(reader: Reader) -> None:
    page = b"<html><body><h1>Flaps</h1><p onclick='x()'>A flap.</p><script>alert('x')</script></body></html>"
    text = reader.read(page, "page.html").text
    assert "alert" not in text
    assert "onclick" not in text


def test_a_name_that_tries_to_leave_the_folder_names_nothing_but_the_document(reader: Reader, tmp_path: Path) -> None:
    document = reader.read(b"# \n\nA flap.", "../../etc/passwd.md")
    assert document.id == "passwd"
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_drawn(reader: Reader) -> None:
    picture = reader.draw(guide(), "guide.pdf", 1, 1.0)
    assert picture.startswith(b"\x89PNG")
    with pytest.raises(UnreadableDocument, match=r"guide\.pdf has no page 3"):
        reader.draw(guide(), "guide.pdf", 3, 1.0)


def test_several_threads_are_served_one_after_the_other(reader: Reader) -> None:
    titles: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: titles.append(reader.read(f"# Flap {n}\n\nText.".encode(), "a.md").title))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(titles) == [f"Flap {n}" for n in range(6)]


def test_the_process_ends_with_the_one_that_started_it() -> None:
    program = (
        "from assistant.ingestion.sandbox import Reader, ReadingLimits\n"
        "reader = Reader(ReadingLimits())\nreader.read(b'# Flaps', 'a.md')\nprint(reader._process.pid, flush=True)\n"
        "import os\nos._exit(0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    pid = int(done.stdout)
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        if b"State:\tZ" in Path(f"/proc/{pid}/status").read_bytes():
            break
        time.sleep(0.02)
    else:
        pytest.fail("the reading process goes on without its service")


def test_one_reader_a_process() -> None:
    assert shared_reader(ReadingLimits()) is shared_reader(ReadingLimits())


@pytest.mark.parametrize(
    "data", [b"\0", b"\0\0\0\0", b"\0\0\0\1\0", b"\0\0\0\1" + b"\xff" * 8, b"\0\0\0\1" + b"\0" * 7 + b"\2[]"]
)
def test_what_is_no_message_is_told(data: bytes) -> None:
    with pytest.raises(BrokenMessage):
        receive(io.BytesIO(data), 1_000)


def test_messages_come_through() -> None:
    pipe = io.BytesIO()
    send(pipe, {"a": 1}, [b"x", b""])
    pipe.seek(0)
    assert receive(pipe, 1_000) == ({"a": 1}, [b"x", b""])
    assert receive(pipe, 1_000) is None
