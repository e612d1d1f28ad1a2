"""The HCPCS file in fixed columns: descriptions put together, days kept, damage named by its line."""

import datetime
import zipfile
from pathlib import Path

import pytest
from parsing_support import DATA, locations, parsed, quotes

from assistant.errors import UnreadableDocument


def test_a_description_goes_on_over_several_records() -> None:
    document = parsed("HCPC2019_ANWEB.txt")
    titles = {entry.code.value: entry.title for entry in document.entries}
    assert titles["A4221"] == "Supplies for an imagined pump, per week (list drugs separately)"
    assert titles["CP"].endswith("needs more than one line to say so")
    assert list(titles) == ["A1", "CP", "A4221", "A4222", "A4226"]
    assert quotes(document)[2] == "A4221\tSupplies for an imagined pump, per week (list drugs separately)"
    assert locations(document)[:3] == ["line 4", "lines 5-6", "lines 7-8"]


def test_the_days_of_a_code_are_kept() -> None:
    entries = {entry.code.value: entry for entry in parsed("HCPC2019_ANWEB.txt").entries}
    assert entries["A4222"].effective == datetime.date(1996, 1, 1)
    assert entries["A4222"].expires == datetime.date(2018, 12, 31)
    assert entries["A4226"].expires is None
    assert entries["A4226"].code.edition == "2019"


def test_a_line_cut_off_and_one_out_of_place_are_named() -> None:
    (warning,) = parsed("HCPC2019_ANWEB.txt").warnings
    assert "2 lines" in warning and "(lines 10, 11)" in warning


def test_a_file_without_one_whole_code_is_refused() -> None:
    lines = [line for line in (DATA / "HCPC2019_ANWEB.txt").read_text().splitlines() if line[10:11] in {"3", "7"}]
    with pytest.raises(UnreadableDocument, match="no line of it holds a code"):
        parsed("cut.txt", "\n".join(line[:120] for line in lines))


def test_the_real_file_says_what_its_workbook_says(shared_data: Path) -> None:
    with zipfile.ZipFile(shared_data / "code-sets" / "HCPCS_2019_Alpha-Numeric_full.zip") as archive:
        text = parsed("HCPC2019_CONTR_ANWEB.txt", archive.read("HCPC2019_CONTR_ANWEB.txt"))
        sheet = parsed("HCPC2019_CONTR_ANWEB.xlsx", archive.read("HCPC2019_CONTR_ANWEB.xlsx"))
    assert text.warnings == sheet.warnings == ()
    facts = [{e.code.value: (e.title, e.effective, e.expires) for e in each.entries} for each in (text, sheet)]
    assert len(facts[0]) == len(facts[1]) == 6_800
    # One description of the workbook goes on in a second row of the same code.
    assert [value for value in facts[0] if facts[0][value] != facts[1][value]] == ["G0503"]


def test_the_october_file_holds_from_october(shared_data: Path) -> None:
    name = "hcpcs_level2_OCT2025_long_descriptions.csv"
    document = parsed(name, (shared_data / "code-sets" / name).read_bytes())
    codes = [entry.code.value for entry in document.entries]
    assert sum(len(code) == 5 for code in codes) == 8_463
    assert sum(len(code) == 2 for code in codes) == 383
    assert (document.edition, document.effective) == ("2025", datetime.date(2025, 10, 1))
