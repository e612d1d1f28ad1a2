"""Tables as they come: columns named over several rows, modifiers, headings, days."""

import datetime

from parsing_support import parsed, quotes


def test_a_fee_schedule_gives_one_entry_a_code_and_a_section_a_row() -> None:
    document = parsed("fee-schedule.csv")
    assert [str(entry.code) for entry in document.entries] == ["CPT:0001F", "HCPCS:A0021", "CPT:70010", "CPT:20972"]
    assert [section.title for section in document.sections if section.code] == [
        "0001F",
        "A0021",
        "70010",
        "70010-TC",
        "70010-26",
        "20972",
    ]
    assert quotes(document)[3] == "70010,TC,Imagined picture of the head,A,0.00,2.60,XXX"
    assert (document.edition, document.warnings) == ("2024", ())


def test_a_line_of_words_between_rows_is_the_context_of_those_below() -> None:
    text = "Code,Description\nA0021,A ride\nDurable medical equipment,\nE0100,A cane of wood\nE0105,A cane with legs\n"
    document = parsed("things.csv", text)
    assert [section.context for section in document.sections if section.code] == [
        "Transportation services, ambulance",  # of its section, for want of one above it
        *["Durable medical equipment"] * 2,
    ]
    assert document.warnings == ()


def test_a_row_without_a_description_is_named() -> None:
    document = parsed(
        "things.csv", "Code,Description\nA0021,A ride\nE0100,\nE0105,A cane with legs\n,Lost words here\n"
    )
    (warning,) = document.warnings
    assert "2 rows" in warning and "(lines 3, 5)" in warning


def test_the_days_of_each_row_are_kept() -> None:
    text = (
        "Code,Description,Add Date,Effective Date,Term Date\n"
        "A0021,A ride outside,20020701,20050101,\n"
        "E0100,A cane of wood,1999-01-01,,12/31/2018\n"
        "E0105,A cane with legs,soon,,99999999\n"
    )
    days = [(entry.effective, entry.expires) for entry in parsed("things.csv", text).entries]
    assert days == [
        (datetime.date(2002, 7, 1), None),
        (datetime.date(1999, 1, 1), datetime.date(2018, 12, 31)),
        (None, None),
    ]


def test_a_row_said_twice_is_searched_once() -> None:
    document = parsed("things.csv", "Code,Description\nA0021,A ride\nE0100,A cane\nA0021,A ride\nA0021,Another ride\n")
    assert quotes(document) == ["A0021,A ride", "E0100,A cane", "A0021,Another ride"]
    assert [entry.title for entry in document.entries] == ["A ride", "A cane"]


def test_an_empty_cell_before_a_quoted_one_keeps_its_place() -> None:
    document = parsed("things.tsv", 'Code\tNote\tDescription\nA0021\t\t"A ride, far"\nE0100\tx\t"A cane, short"\n')
    assert [entry.title for entry in document.entries] == ["A ride, far", "A cane, short"]
