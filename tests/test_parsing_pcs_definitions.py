"""The PCS definitions: a line for each term, keys included."""

from pathlib import Path

from parsing_support import parsed, quotes


def test_a_term_is_a_line_with_its_definition_and_what_it_includes() -> None:
    document = parsed("pcs-definitions-2025.xml")
    assert quotes(document) == [
        "Operation, Alteration: Modifying the anatomic structure of a body part"
        " | explanation Principal purpose is to improve appearance | includes Face lift, breast augmentation",
        "Body Part, 1st Toe, Left; 1st Toe, Right: includes Hallux; Great toe",
        "Device, Cardiac Lead, Defibrillator: operation Insertion | body system Heart and Great Vessels"
        " | parent M Cardiac Lead",
    ]
    assert [section.context for section in document.sections] == [
        "ICD-10-PCS definitions: Medical and Surgical, Operation",
        "ICD-10-PCS definitions: Medical and Surgical, Body Part",
        "ICD-10-PCS definitions: Device Aggregation",
    ]
    assert document.sections[0].location == "line 9"


def test_the_real_definitions_are_whole(shared_data: Path) -> None:
    path = shared_data / "code-sets" / "icd10pcs_definitions_2025.xml"
    document = parsed(path.name, path.read_bytes())
    aggregates = [section for section in document.sections if section.context.endswith("Device Aggregation")]
    assert len(aggregates) == 60
    assert len(document.sections) - len(aggregates) == 930
