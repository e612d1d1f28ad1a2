"""The ICD-10-CM tabular list: codes with what they include; what they exclude is no evidence for them."""

import pytest
from parsing_support import parsed, quotes

from assistant.errors import UnreadableDocument


def test_codes_and_their_notes_are_lines() -> None:
    document = parsed("cm-tabular-2025.xml")
    coded = [section for section in document.sections if section.code is not None]
    assert [document.text[slice(*section.quote or (0, 0))] for section in coded] == [
        "A00 | Cholera",
        "A00.0 | Cholera of the first kind | includes Classical cholera; Old cholera",
        "A00.9 | Cholera, unspecified",
        "A05 | Injury of the gut by food",
        "A05.1 | Injury by bread",
    ]
    assert coded[1].context == "Imagined gut infections (A00-A09)"
    assert coded[0].location == "line 12"
    notes = [quote for quote in quotes(document) if quote.split(" | ")[1] in {"excludes1", "7th character"}]
    assert notes == [
        "A00 | excludes1 | imagined fever (A01.0-); another (A02)",
        "A05 | 7th character | A initial encounter; D subsequent encounter",
    ]
    assert "A00.9 | use additional code | code to identify the place" in quotes(document)
    assert "Chapter 1 | includes | diseases of the imagination" in quotes(document)


def test_a_code_with_a_finer_one_or_a_seventh_character_cannot_be_billed() -> None:
    entries = parsed("cm-tabular-2025.xml").entries
    assert [(entry.code.value, entry.billable) for entry in entries] == [
        ("A00", False),
        ("A00.0", True),
        ("A00.9", True),
        ("A05", False),
        ("A05.1", False),
    ]
    assert entries[1].title == "Cholera of the first kind"
    assert {entry.code.edition for entry in entries} == {"2025"}


def test_an_entry_without_a_code_is_named() -> None:
    (warning,) = parsed("cm-tabular-2025.xml").warnings
    assert "1 entries" in warning and "(lines 32)" in warning


def test_a_list_without_codes_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="holds no code"):
        parsed("empty.xml", "<ICD10CM.tabular><version>2025</version></ICD10CM.tabular>")
