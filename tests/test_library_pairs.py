"""Rows that pair codes: stored many together, found by their codes, gone with their document."""

from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import assert_agrees, ingestion, now, open_library, source

from assistant.parsing import parse_document
from assistant.types import Document
from assistant.types.codes import Code

HEAD = "Column 1\tColumn 2\tEffective Date\tDeletion Date *=no data\tModifier 0=not allowed 1=allowed\tRationale\n"


def pairs(*rows: tuple[str, str]) -> str:
    return HEAD + "".join(f"{one}\t{two}\t20200101\t*\t1\tSequential procedure\n" for one, two in rows)


def of(value: str) -> Code:
    return Code("HCPCS" if value[0].isalpha() else "CPT", value)


def parsed(text: str, name: str = "edits.tsv") -> Document:
    return parse_document(text.encode(), name)


@pytest.mark.parametrize(
    "head",
    [
        "Column One\tColumn Two\tModifier indicator",
        "COLUMN_1\tCOLUMN_2\tmodifier",
        "Comprehensive code\tComponent code\tCCMI",
        "Procedure 1\tProcedure 2\tModifier allowed",
        "CPT code A\tCPT code B\tModifier",
        "Paid code\tBundled code\tModifier indicator",
    ],
)
def test_tables_of_pairs_are_known_by_the_names_of_their_columns(head: str) -> None:
    document = parsed(f"{head}\n29881\t29877\t1\n29880\t29877\t0\nG0289\t29870\t0\n")
    assert [(str(one.first), str(one.second)) for one in document.pairs] == [
        ("CPT:29881", "CPT:29877"),
        ("CPT:29880", "CPT:29877"),
        ("HCPCS:G0289", "CPT:29870"),
    ]
    assert all(section.body[0] == section.body[1] for section in document.sections)


@pytest.mark.parametrize(
    "head",
    ["CPT\tHCPCS\tDescription", "Add-on code\tPrimary code\tModifier", "Old code\tNew code\tYear"],
)
def test_other_tables_of_two_codes_pair_none(head: str) -> None:
    rows = "29881\tG0289\tA first thing\n29880\tG0288\tA second thing\n"
    assert parsed(f"{head}\n{rows}").pairs == ()


def test_pairs_in_a_page_are_pairs_too() -> None:
    rows = "".join(
        f"<tr><td>{one}</td><td>29877</td><td>{mark}</td></tr>" for one, mark in {"29881": 1, "29880": 0}.items()
    )
    head = "<tr><th>Column 1</th><th>Column 2</th><th>Modifier indicator</th></tr>"
    document = parsed(f"<html><h1>Edits</h1><h2>Knee</h2><table>{head}{rows}</table></html>", "edits.html")
    rows_of_text = [document.text[one.start : one.end] for one in document.pairs]
    assert rows_of_text == ["29881 | 29877 | 1", "29880 | 29877 | 0"]
    assert document.pairs[0].location == "Knee"


def test_a_row_without_two_codes_is_told() -> None:
    document = parsed(pairs(("29881", "29877"), ("29880", "knee"), ("64721", "29848")))
    assert len(document.pairs) == 2
    assert "1 row has no two codes and was left out (line 3)" in document.warnings[0]


def test_pairs_are_found_by_their_codes_and_go_with_their_document(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    many = [("29881", f"{value}") for value in range(20000, 20350)]
    road = ingestion(library)
    road.add([source("one.tsv", pairs(("29881", "29877"), ("G0289", "29881"), *many))])
    road.add([source("two.tsv", pairs(("29880", "29877"), ("29881", "29877")))])
    assert_agrees(library)
    asked = [of("29877"), of("29881"), of("G0289")]
    found = now(library).pairs_among(asked)
    assert [(str(one.pair.first), str(one.pair.second), one.document.id) for one in found] == [
        ("CPT:29881", "CPT:29877", "one"),
        ("CPT:29881", "CPT:29877", "two"),
        ("HCPCS:G0289", "CPT:29881", "one"),
    ]
    assert now(library).pairs_among(asked[::-1]) == found
    for one in found:
        row = library.store.text(one.document.id)[one.pair.start : one.pair.end]
        assert row.split("\t")[:2] == [one.pair.first.value, one.pair.second.value]
    count, some = now(library).pairs_of(of("29881"), 5)
    assert count == 353 and len(some) == 5
    assert FakeEmbedder().embed(["x"]).shape and len(library) == 0  # nothing of them is searched
    library.store.remove_document("one")
    assert [one.document.id for one in now(library).pairs_among(asked)] == ["two"]
    library.compact()
    assert library.store._database.rows("SELECT count(*) FROM pairs") == [(2,)]
    assert_agrees(library)
    library.close()
