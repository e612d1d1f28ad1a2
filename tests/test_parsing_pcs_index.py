"""The PCS index: a line for each reference, in the grammar of its module."""

import re
from pathlib import Path

import pytest
from parsing_support import DATA, locations, parsed, quotes

from assistant.errors import UnreadableDocument

LINE = re.compile(r".+?: (?:(?:see|use) .+|[0-9A-HJ-NP-Z]{3,7})")
CODE = re.compile(r" [0-9A-HJ-NP-Z]{3,7}$")


def test_every_reference_is_a_line_and_ends_with_its_code() -> None:
    document = parsed("pcs-index-2025.xml")
    assert quotes(document) == [
        "Abdominohysterectomy: see Resection, Uterus 0UT9",
        "Ablation: see Control bleeding in",
        "Ablation: see Destruction",
        "Abortion, Products of Conception: 10A0",
        "Abortion, Laminaria: 10A07ZW",
        "Ceramic on ceramic bearing surface: use Synthetic Substitute, Ceramic in 0SR",
    ]
    assert locations(document)[0] == "line 9"
    assert (document.title, document.edition) == ("2025 ICD-10-PCS Index", "2025")
    assert document.entries == ()


def test_a_file_cut_off_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableDocument, match=r"index\.xml is damaged XML at line 3"):
        parsed("index.xml", "<ICD10PCS.index>\n<version>2025</version>\n<letter")


def test_entities_are_refused() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<ICD10PCS.index><title>&b;</title></ICD10PCS.index>'
    with pytest.raises(UnreadableDocument, match="entities of its own"):
        parsed("index.xml", bomb)


def test_xml_of_another_kind_is_refused_with_its_root() -> None:
    with pytest.raises(UnreadableDocument, match=r"<catalog>"):
        parsed("other.xml", "<?xml version='1.0'?><!-- <a> --><catalog/>")


def test_the_real_index_is_whole(shared_data: Path) -> None:
    path = shared_data / "code-sets" / "icd10pcs_index_2025.xml"
    document = parsed(path.name, path.read_bytes())
    lines = quotes(document)
    assert len({section.title for section in document.sections}) == 3_215
    assert len(lines) == 18_838
    assert all(LINE.fullmatch(line) for line in lines)
    # Every code of the source, at the end of a line.
    in_source = re.findall(r"<(?:code|codes|tab)>([^<]+)<", path.read_text(encoding="utf-8"))
    at_end = [found.group().strip() for line in lines if (found := CODE.search(line))]
    assert at_end == in_source


def test_references_are_kept_as_synonyms() -> None:
    document = parsed("pcs-index-2025.xml")
    assert [(synonym.term, synonym.meaning) for synonym in document.synonyms] == [
        ("Abdominohysterectomy", "Resection, Uterus"),
        ("Ablation", "Control bleeding in"),
        ("Ablation", "Destruction"),
        ("Ceramic on ceramic bearing surface", "Synthetic Substitute, Ceramic in"),
    ]
    assert not any(synonym.exact for synonym in document.synonyms)


def test_a_reference_under_no_title_is_passed_over() -> None:
    text = (DATA / "pcs-index-2025.xml").read_text(encoding="utf-8").replace("<title>Abdominohysterectomy</title>", "")
    assert quotes(parsed("index.xml", text))[0] == "Ablation: see Control bleeding in"
