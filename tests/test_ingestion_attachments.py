"""The attachments of messages are documents of their own, or named with the reason."""

from email.message import EmailMessage
from pathlib import Path

from libraries import ingestion, open_library, page
from parsing_support import packed
from test_parsing_messages import mail

from assistant.ingestion import road

TABLE = b"HCPCS,Long Description\nE0100,Cane\nE0105,Cane with four prongs\n"


def with_files(*files: tuple[str, bytes]) -> EmailMessage:
    message = mail()
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def test_each_attachment_is_a_document_or_is_named(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    folder = tmp_path / "in"
    folder.mkdir()
    inner = with_files(("inner.csv", TABLE.replace(b"E0", b"E1")))
    message = with_files(
        ("page.md", page("20972", "femoral").encode()),
        ("codes.csv", TABLE),
        ("bomb.zip", packed({f"zeros-{n}.txt": bytes(100_000_000) for n in range(3)})),
        ("pages.zip", packed({"a/20973.md": page("20973", "radial").encode()})),
        ("setup.exe", b"MZ"),
        ("broken.pdf", b"%PDF-1.4 nothing"),
    )
    message.add_attachment(inner)
    (folder / "denial.eml").write_bytes(message.as_bytes())
    (folder / "mails.zip").write_bytes(packed({"zipped.eml": with_files(("z.csv", TABLE)).as_bytes()}))
    outcomes = {one.source_name: one for one in ingestion(library).index([folder])}
    added = {name for name, one in outcomes.items() if one.state in ("added", "unchanged")}
    assert added == {
        "denial.eml", "denial.eml/page.md", "denial.eml/codes.csv", "denial.eml/pages.zip/a/20973.md",
        "denial.eml/Denial of 29881 – näher.eml", "denial.eml/Denial of 29881 – näher.eml/inner.csv",
        "mails.zip/zipped.eml", "mails.zip/zipped.eml/z.csv",
    }  # fmt: skip
    failed = {name: one.message or "" for name, one in outcomes.items() if one.state == "failed"}
    assert failed.keys() == {"denial.eml/bomb.zip", "denial.eml/setup.exe", "denial.eml/broken.pdf"}
    assert "unpacks to 300 MB" in failed["denial.eml/bomb.zip"]
    assert all(name in told and "\n" not in told for name, told in failed.items())


def test_an_attachment_that_is_gone_leaves_the_library(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "denial.eml"
    path.write_bytes(with_files(("codes.csv", TABLE), ("page.md", page("20972", "x").encode())).as_bytes())
    brought = ingestion(library)
    assert [one.state for one in brought.index([folder])] == ["added"] * 3
    assert [one.state for one in brought.index([folder])] == ["unchanged"] * 3
    path.write_bytes(with_files(("codes.csv", TABLE)).as_bytes())
    states = {one.source_name: one.state for one in brought.index([folder])}
    assert states == {"denial.eml": "updated", "denial.eml/codes.csv": "unchanged", "denial.eml/page.md": "removed"}
    path.write_bytes(b"no message")  # its documents stay until it can be read again
    states = {one.source_name: one.state for one in brought.index([folder])}
    assert states == {"denial.eml": "failed"}


def test_messages_within_messages_end(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library")
    message = with_files(("codes.csv", TABLE))
    for _ in range(road._DEEPEST + 2):
        outer = mail()
        outer.add_attachment(message)
        message = outer
    (tmp_path / "deep.eml").write_bytes(message.as_bytes())
    outcomes = ingestion(library).index([tmp_path / "deep.eml"])
    told = [one.message or "" for one in outcomes if one.state == "failed"]
    assert len(told) == 1 and "too many messages" in told[0]
