"""Archives: which members are documents, and how the others are named."""

import io
import zipfile

import pytest
from parsing_support import packed, workbook

from assistant.errors import UnreadableDocument
from assistant.parsing import SUFFIXES
from assistant.parsing.archive import is_archive, list_members, read_member


def members(data: bytes) -> list[str]:
    return [member.path for member in list_members(io.BytesIO(data), "all.zip", SUFFIXES) if not member.refused]


def test_a_zip_is_an_archive_and_a_workbook_is_none() -> None:
    assert is_archive(io.BytesIO(packed({"a.txt": "x"})))
    assert is_archive(io.BytesIO(packed({})))
    assert not is_archive(io.BytesIO(workbook({"Sheet": [["a"]]})))
    assert not is_archive(io.BytesIO(b"text"))


def test_documents_are_taken_once_and_the_rest_is_passed_over() -> None:
    data = packed(
        {"codes.xlsx": "x", "codes.txt": "x", "sub/a.csv": "x", "ReadMe_2025.txt": "x", "run.exe": "x",
         "__MACOSX/codes.txt": "x", ".hidden.txt": "x", "more.zip": "x"}
    )  # fmt: skip
    assert sorted(members(data)) == ["codes.txt", "sub/a.csv"]


def test_a_file_of_another_kind_is_named() -> None:
    data = packed({"codes.txt": "x", "codes.xsd": "x", "sub/run.exe": "x", "README": "x"})
    told = [member.refused for member in list_members(io.BytesIO(data), "all.zip", SUFFIXES)]
    assert told[0] == "" and len(told) == 2
    assert told[1] == "all.zip/sub/run.exe was left out: .exe files are not read; save it as PDF, text or CSV"


def test_an_archive_of_something_else_is_refused_in_one_line() -> None:
    with pytest.raises(UnreadableDocument, match=r"all\.zip holds no document .*\(run\.exe, b\.bin, c\.bin, …\)"):
        members(packed({"run.exe": "x", "b.bin": "x", "c.bin": "x", "d.bin": "x"}))
    with pytest.raises(UnreadableDocument, match="it is empty"):
        members(packed({}))


def test_damage_is_named() -> None:
    data = packed({"a.txt": "words " * 100})
    with pytest.raises(UnreadableDocument, match=r"all\.zip is a damaged zip"):
        members(data[:-20])
    at = data.index(b"a.txt") + 10
    broken = data[:at] + b"\xff\xff\xff" + data[at + 3 :]
    with pytest.raises(UnreadableDocument, match=r"all\.zip/a\.txt is damaged"):
        read_member(io.BytesIO(broken), "all.zip", "a.txt")


def test_a_member_with_a_password_is_named() -> None:
    data = bytearray(packed({"a.txt": "x"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UnreadableDocument, match=r"all\.zip/a\.txt is locked"):
        read_member(io.BytesIO(bytes(data)), "all.zip", "a.txt")


def test_the_size_is_that_of_all_members() -> None:
    data = packed({"a.txt": "0" * 1000, "b.txt": "0" * 500})
    assert len(data) < sum(member.size for member in list_members(io.BytesIO(data), "all.zip", (".txt",))) == 1500
    assert zipfile.is_zipfile(io.BytesIO(data))


def test_an_archive_inside_and_a_name_that_leads_out_are_named_and_not_read() -> None:
    data = packed({"a.txt": "x", "../b.txt": "x", "/etc/c.txt": "x", "sub/more.zip": packed({"d.txt": "x"})})
    said = [member.refused for member in list_members(io.BytesIO(data), "all.zip", SUFFIXES)]
    assert said == [
        "",
        "all.zip/../b.txt has a name that leads out of its archive; it was not read",
        "all.zip//etc/c.txt has a name that leads out of its archive; it was not read",
        "all.zip/sub/more.zip is an archive inside another; it was not read",
    ]


def test_a_zip_of_very_many_files_is_refused_before_it_is_listed() -> None:
    data = packed({f"{number}.txt": "" for number in range(60_000)})
    with pytest.raises(UnreadableDocument, match=r"all\.zip is a zip of too many files"):
        members(data)
