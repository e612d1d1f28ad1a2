"""Tables of codes in JSON and NDJSON: in which shapes they come, where a row stands, and damaged or hostile files."""

import json
import time
from pathlib import Path

import pytest
from parsing_support import locations, parsed, quotes

from assistant.errors import UnreadableDocument

KNEE, DISC = "New joint for a knee", "Trim of a disc by scope"
ROWS = [{"code": "27447", "description": KNEE}, {"code": "29881", "description": DISC}]
SHAPES: dict[str, object] = {
    "objects": ROWS,
    "numbers": [{"code": 27447, "description": KNEE}, {"code": 29881.0, "description": DISC}],
    "lists": [["Code", "Description"], ["27447", KNEE], ["29881", DISC]],
    "in an object": {"title": "Knee fees", "data": {"rows": ROWS}},
    "columns": {"code": ["27447", "29881"], "description": [KNEE, DISC]},
    "a code for each key": {"27447": KNEE, "29881": DISC},
    "an object for each key": {"CPT": {"27447": {"text": KNEE, "fee": {"office": 3}}, "29881": {"text": DISC}}},
}


def lines() -> bytes:
    return "\n".join(json.dumps(row) for row in ROWS).encode()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_table_is_read_in_any_of_its_shapes(shape: str) -> None:
    document = parsed("knee.json", json.dumps(SHAPES[shape]))
    assert [(str(entry.code), entry.title) for entry in document.entries] == [("CPT:27447", KNEE), ("CPT:29881", DISC)]
    assert [
        quote.startswith(row) for quote, row in zip(quotes(document), (f"27447\t{KNEE}", f"29881\t{DISC}"), strict=True)
    ] == [True, True]


def test_a_row_says_where_it_stands() -> None:
    assert locations(parsed("a.ndjson", lines())) == ["line 1", "line 2"]
    assert locations(parsed("a.jsonl", lines().replace(b"\n", b"\n\n"))) == ["line 1", "line 3"]
    assert locations(parsed("a.json", json.dumps({"codes": ROWS}))) == ["codes[1]", "codes[2]"]
    assert locations(parsed("codes", json.dumps(ROWS))) == ["table[1]", "table[2]"]


def test_the_title_and_the_edition_stand_above_the_table() -> None:
    document = parsed("a.json", json.dumps({"title": "Knee fees", "version": "2025.1", "codes": ROWS}))
    assert (document.title, document.edition) == ("Knee fees", "2025")
    assert {entry.code.edition for entry in document.entries} == {"2025"}


def test_the_address_of_a_system_binds_its_codes() -> None:
    cpt, hcpcs = "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
    rows = [{"system": hcpcs, "code": "E0100", "display": "A cane"}, {"system": cpt, "code": "27447", "display": KNEE}]
    document = parsed("a.json", json.dumps(rows))
    assert [str(entry.code) for entry in document.entries] == ["HCPCS:E0100", "CPT:27447"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 10_000 + "]" * 10_000, "is nested too deeply"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "is nested too deeply"),
        ('[{"code": "27447", "descr', "is damaged JSON"),
        ('{"code": "27447"}\n{"code": "2988', "is damaged JSON at line 2"),
        ('{"name": "Ann"}', "no table with a column of codes"),
        ("[1, 2, 3]", "without a table of codes"),
        ("{}", "without a table of codes"),
        ("[" + "[[1]]," * 2_000 + "[[1]]]", "no table with a column of codes"),
        ('{"code": ' + "9" * 100_000 + "}", "no table with a column of codes"),
    ],
)
def test_bad_input_is_named_in_one_line(text: str, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=rf"a\.json .*{said}") as raised:
        parsed("a.json", text)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 300


def test_half_a_letter_and_a_control_character_are_no_harm() -> None:
    document = parsed("a.json", '[{"code": "27447", "description": "A \\ud800 knee\\u0000 \\ud83e\\uddb4\\n\\tjoint"}]')
    assert document.entries[0].title == "A � knee 🦴 joint"


def test_many_rows_are_read_in_little_time() -> None:
    begin = time.process_time()
    rows = [{"code": f"{number:05d}", "description": f"Act {number}"} for number in range(50_000)]
    assert len(parsed("a.json", json.dumps(rows)).entries) == 50_000
    assert time.process_time() - begin < 30


@pytest.mark.parametrize("name", ["codes.json", "codes.ndjson"])
def test_the_tables_of_the_cases_are_read(shared_data: Path, name: str) -> None:
    document = parsed(name, (shared_data / "cases" / "kinds" / name).read_bytes())
    assert [str(entry.code) for entry in document.entries] == ["CPT:27447", "CPT:29881", "CPT:00100"]
