"""What a document is about: from front matter, else a heading, else the running text."""

import datetime

import pytest

from assistant.errors import UnreadableDocument
from assistant.parsing.subject import Subject, find_subject
from assistant.types.codes import BUILT_IN


def about(text: str, name: str = "a.txt", **arguments: object) -> Subject:
    return find_subject(text, name, BUILT_IN, **arguments)  # type: ignore[arg-type]  # a test names any of them


@pytest.mark.parametrize("heading", ["2025 CPT code 57425", "CPT 57425", "57425"])
def test_a_heading_that_is_only_the_code_takes_its_title_from_the_line_below(heading: str) -> None:
    found = about(f"{heading}\n\nLifting the vault of the vagina to the sacrum. More of it.\n", title=heading)
    assert str(found.code) == "CPT:57425"
    assert found.title == "Lifting the vault of the vagina to the sacrum"


@pytest.mark.parametrize(
    ("title", "text", "code", "shown"),
    [
        ("CPT 20972: metatarsal flap", "x", "CPT:20972", "metatarsal flap"),
        ("20972 – metatarsal flap", "x", "CPT:20972", "metatarsal flap"),
        ("Metatarsal flap (CPT 20972)", "x", "CPT:20972", "Metatarsal flap"),
        ("Metatarsal flap, CPT code 20972", "x", "CPT:20972", "Metatarsal flap"),
        ("HCPCS code J1100", "x", "HCPCS:J1100", "HCPCS code J1100"),
        ("S82.101A fracture of the tibia", "x", "ICD-10-CM:S82.101A", "fracture of the tibia"),
        ("Metatarsal flap", "The 2025 CPT code 20972 is one of 20969 and 20970.", "CPT:20972", "Metatarsal flap"),
        ("", "The 2025 CPT code 20972 describes a free flap. It is rare.", "CPT:20972", "a free flap"),
        ("", "2025 CPT code 20972, free flap of the foot", "CPT:20972", "free flap of the foot"),
        ("", "CPT 20972 is a free flap. Never add 69990.", "CPT:20972", "a free flap"),
        ("", "Code 20972\nfree flap", "CPT:20972", "free flap"),
    ],
)
def test_a_code_page_names_its_code(title: str, text: str, code: str, shown: str) -> None:
    whole = f"{title}\n\n{text}" if title else text
    found = about(whole, title=title)
    assert str(found.code) == code
    assert found.title == shown
    assert found.code is not None
    assert whole[slice(*found.span)] == found.code.value


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Choosing between 20969 and 20972", "20972 is for the metatarsal."),
        ("Flaps", "Codes 20955, 20956 and 20957 differ by the donor site."),
        ("Flaps", "Bone flaps move bone. When the toe is used, some report 20973."),
        ("", "20955 fibula\n20956 iliac crest\n20957 metatarsal"),
        ("", "In Chicago, IL 60601 the price is 12345 dollars."),
        ("Modifier 59", "Append modifier 59."),
        ("", "No codes at all."),
    ],
)
def test_a_narrative_is_about_no_code(title: str, text: str) -> None:
    assert about(f"{title}\n\n{text}", title=title).code is None


def test_the_title_of_the_window_helps_where_the_heading_names_no_code() -> None:
    found = about("Free flap\nCode: 20972", title="Free flap", window_title="20972 CPT code | Help")
    assert (str(found.code), found.title) == ("CPT:20972", "Free flap")
    assert about("Free flap", title="Free flap", window_title="20972 CPT code").code is None


@pytest.mark.parametrize(
    ("front", "code"),
    [
        ({"code": "CPT:20972"}, "CPT:20972"),
        ({"code": "20972"}, "CPT:20972"),
        ({"code": "20972", "system": "cpt"}, "CPT:20972"),
        ({"code": "0110", "system": "HCPCS", "title": "x"}, None),
        ({"title": "20972 free flap"}, "CPT:20972"),
        ({"title": "20969 or 20972"}, None),
    ],
)
def test_front_matter(front: dict[str, object], code: str | None) -> None:
    text = "---\nfront\n---\nwords 20972 and 20969"
    if code is None and "code" in front:
        with pytest.raises(UnreadableDocument, match="front matter's code"):
            about(text, front=front, body_start=14)
        return
    found = about(text, front=front, body_start=14)
    assert (str(found.code) if found.code else None) == code


def test_a_declared_code_stands_in_the_text_in_any_writing() -> None:
    found = about("S82101A is a fracture", front={"code": "ICD-10-CM:S82.101A"})
    assert "S82101A is a fracture"[slice(*found.span)] == "S82101A"
    with pytest.raises(UnreadableDocument, match="does not stand in the text"):
        about("no code here", front={"code": "CPT:20972"})


@pytest.mark.parametrize(
    ("front", "says"),
    [
        ({"code": "nonsense"}, "a.txt: the front matter's code"),
        ({"effective": "soon"}, "a.txt: effective is 'soon', not a date"),
        ({"expires": "13/13/2025"}, "a.txt: expires is"),
        ({"id": "../x"}, "a.txt: the id '../x'"),
    ],
)
def test_front_matter_that_cannot_be_used_is_told(front: dict[str, object], says: str) -> None:
    with pytest.raises(UnreadableDocument, match=says):
        about("20972", front=front)


@pytest.mark.parametrize(
    ("title", "text", "name", "edition", "effective"),
    [
        ("CPT 20972 flap", "2025 edition", "a.txt", "2025", datetime.date(2025, 1, 1)),
        ("ICD-10-CM E11.9", "FY 2026", "a.txt", "2026", datetime.date(2025, 10, 1)),
        ("Flaps", "x", "guide-2024.txt", "2024", datetime.date(2024, 1, 1)),
        ("Flaps", "x", "a.txt", None, None),
        ("Flaps", "Effective date: July 4, 2025", "a.txt", None, datetime.date(2025, 7, 4)),
        ("Flaps", "effective 7/4/2025", "a.txt", None, datetime.date(2025, 7, 4)),
        ("Flaps", "Effective from 2025-07-04", "a.txt", "2025", datetime.date(2025, 7, 4)),
        ("Flaps", "Effective date: 13/45/2025", "a.txt", None, None),
        ("Flaps", "seen in 2019 by 2020 people", "a.txt", None, None),
    ],
)
def test_edition_and_dates(title: str, text: str, name: str, edition: str | None, effective: object) -> None:
    found = about(f"{title}\n{text}", name, title=title)
    assert (found.edition, found.effective) == (edition, effective)


def test_front_matter_goes_before_what_is_written() -> None:
    front = {
        "edition": "2026",
        "effective": datetime.date(2026, 2, 1),
        "expires": "2026-12-31",
        "title": " New\n flap ",
    }
    found = about("2025 CPT code 20972, flap", front=front)
    assert (found.edition, found.effective, found.expires) == ("2026", front["effective"], datetime.date(2026, 12, 31))
    assert found.title == "New flap"
    assert found.code is not None and found.code.edition == "2026"
