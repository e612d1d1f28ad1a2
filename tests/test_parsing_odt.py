"""OpenDocument texts: headings, lists, tables, notes and frames; what was deleted is left out."""

from pathlib import Path

import pytest
from parsing_support import opendocument, parsed, quotes

from assistant.errors import UnreadableDocument


def letter() -> bytes:
    return opendocument(
        "text",
        "<text:tracked-changes><text:p>It was deleted.</text:p></text:tracked-changes>"
        '<text:p text:style-name="Title">Flap policy 2025</text:p>'
        "<text:p>A flap keeps<text:tab/>its own <text:span>vessels</text:span>.<text:note><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>The note explains.</text:p></text:note-body></text:note></text:p>"
        '<text:h text:outline-level="1">Codes</text:h>'
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Code</text:p>"
        "</table:table-cell><table:table-cell><text:p>Description</text:p></table:table-cell></table:table-row>"
        "</table:table-header-rows><table:table-row><table:table-cell><text:p>20955</text:p></table:table-cell>"
        "<table:table-cell><text:p>Fibula flap</text:p></table:table-cell></table:table-row><table:table-row>"
        "<table:table-cell><text:p>20956</text:p></table:table-cell><table:table-cell><text:p>Crest flap</text:p>"
        "</table:table-cell></table:table-row></table:table>"
        '<text:h text:outline-level="2">Modifiers</text:h>'
        "<text:list><text:list-item><text:p>Two surgeons add modifier 62 to 20955.</text:p></text:list-item>"
        "</text:list>"
        "<text:p><draw:frame><draw:text-box><text:p>A box stands beside.</text:p></draw:text-box></draw:frame>"
        "</text:p>",
    )


def test_headings_tables_notes_and_frames() -> None:
    document = parsed("policy.odt", letter())
    assert (document.title, document.edition) == ("Flap policy 2025", "2025")
    assert [str(entry.code) for entry in document.entries] == ["CPT:20955", "CPT:20956"]
    assert quotes(document) == ["20955\tFibula flap", "20956\tCrest flap"]
    modifiers = next(one for one in document.sections if one.slug == "modifiers" and one.body[0] < one.body[1])
    assert document.text[slice(*modifiers.body)].startswith("Two surgeons add modifier 62")
    assert "Codes" in modifiers.context
    for said in ("A flap keeps its own vessels.", "The note explains.", "A box stands beside."):
        assert document.text.count(said) == 1
    assert "deleted" not in document.text


def test_locked_damaged_and_empty_files_are_named_in_one_line() -> None:
    for source, said in (
        (opendocument("text", "", manifest="<manifest><encryption-data/></manifest>"), r"a\.odt is locked"),
        (opendocument("text", "<text:p>"), r"a\.odt is damaged"),
        (opendocument("text", ""), r"a\.odt is a document without any text"),
        (opendocument("text", "<text:span>" * 10_000 + "</text:span>" * 10_000), r"a\.odt is damaged"),
    ):
        with pytest.raises(UnreadableDocument, match=said) as raised:
            parsed("a.odt", source)
        assert "\n" not in str(raised.value)


def test_the_text_of_the_cases_is_read(shared_data: Path) -> None:
    path = shared_data / "cases" / "kinds" / "codes.odt"
    document = parsed(path.name, path.read_bytes())
    assert (document.id, document.title) == ("codes", "codes")
    assert {str(entry.code): entry.title for entry in document.entries} == {
        "CPT:27447": "Total knee replacement",
        "CPT:29881": "Trimming one knee meniscus through the scope",
        "CPT:00100": "Anesthesia for a salivary gland operation",
    }
    assert quotes(document)[0] == "27447: Total knee replacement"
