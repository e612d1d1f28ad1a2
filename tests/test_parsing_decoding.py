"""Bytes become text, or one clear line says why not."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableDocument
from assistant.parsing.decoding import decode

TEXT = "Knochenlappen für 20972 – “frei”\r\nEnde\n"


@pytest.mark.parametrize(
    "source",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "utf-16-be with mark", "utf-16-le", "utf-16-be", "cp1252"],
)
def test_encodings(source: bytes) -> None:
    assert decode(source, "a.txt") == TEXT


def test_latin_1_where_windows_has_no_such_character() -> None:
    assert decode(b"Gr\xf6\xdfe \x81 20972", "a.txt") == "Größe \x81 20972"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"", "a.txt is empty"),
        (b" \r\n\t", "a.txt is empty"),
        (codecs.BOM_UTF8, "a.txt is empty"),
        (codecs.BOM_UTF16_LE + " ".encode("utf-16-le"), "a.txt is empty"),
        (b"%PDF-1.7 x", "a.txt is a PDF"),
        (b"PK\x03\x04x", "a.txt is a zip or Office file"),
        (b"\x89PNG\r\n", "a.txt is an image"),
        (bytes(range(256)) * 4, "a.txt is a binary file"),
        (b"MZ\x90\x00\x03\x00\x00\x00" * 50, "a.txt is a binary file"),
        (TEXT.encode("utf-32"), "a.txt is a binary file"),
        (TEXT.encode("utf-16")[:-1], "a.txt is damaged UTF-16 text at byte"),
        (TEXT.encode("utf-16-le")[:-1], "a.txt is damaged UTF-16-LE text at byte"),
        ("é ü\nö ä\n".encode() + b"\xff\n", r"a.txt is damaged UTF-8 text at byte 12 \(line 3\)"),
        (codecs.BOM_UTF8 + b"caf\xe9 \xff", "a.txt is damaged UTF-8 text at byte"),
    ],
)
def test_what_is_no_text_is_told_in_one_line(source: bytes, says: str) -> None:
    with pytest.raises(UnreadableDocument, match=says) as raised:
        decode(source, "a.txt")
    assert "\n" not in str(raised.value)


# A line separator or the like is text; most other controls are not.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t")


@given(st.text(CHARACTERS, min_size=1).filter(str.strip), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_any_text_comes_back(text: str, encoding: str) -> None:
    source = (text + " and some words").encode(encoding)
    assert decode(source, "a.txt") == (text + " and some words").removeprefix("\ufeff")


@given(st.binary())
def test_any_bytes_give_text_or_one_line(source: bytes) -> None:
    try:
        text = decode(source, "a.txt")
    except UnreadableDocument as error:
        message = str(error)
    else:
        message = "a.txt"
        assert text.strip()
        text.encode()
    assert message.startswith("a.txt")
    assert "\n" not in message
