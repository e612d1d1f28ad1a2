"""The PCS tables: a line for each table and each body part, and no codes of their own."""

from pathlib import Path

from parsing_support import locations, parsed, quotes


def test_tables_and_body_parts_are_lines_that_begin_with_their_prefix() -> None:
    document = parsed("pcs-tables-2025.xml")
    rest = "Approach: 0 Open; 3 Percutaneous | Device: Z No Device | Qualifier: B Cerebral Cisterns"
    assert quotes(document) == [
        "001 | Bypass | Altering the route of passage",
        f"0016 | Bypass | Cerebral Ventricle | {rest}",
        f"001U | Bypass | Spinal Canal | {rest}",
    ]
    assert locations(document) == ["line 5", "line 10", "line 10"]
    assert document.sections[1].context == "ICD-10-PCS tables: Medical and Surgical, Central Nervous System"
    assert document.entries == ()


def test_a_table_without_its_first_axes_is_named() -> None:
    (warning,) = parsed("pcs-tables-2025.xml").warnings
    assert "lines 16" in warning


def test_the_real_tables_hold_every_table_and_row(shared_data: Path) -> None:
    path = shared_data / "code-sets" / "icd10pcs_tables_2025.xml"
    document = parsed(path.name, path.read_bytes())
    assert sum(len(section.title) == 3 for section in document.sections) == 908
    assert sum(len(section.title) == 4 for section in document.sections) == 14_540
    assert document.warnings == ()
