"""Evaluation sets as a spreadsheet program saves them."""

import pytest

from assistant.errors import InputError
from assistant.evaluation import EvaluationSet, read_spreadsheet
from assistant.types.codes import BUILT_IN


def read(source: str | bytes, held: frozenset[str] = frozenset()) -> EvaluationSet:
    data = source if isinstance(source, bytes) else source.encode()
    return read_spreadsheet(data, "my set.csv", BUILT_IN, lambda codes: {code for code in codes if str(code) in held})


def test_questions_with_one_code_several_and_none() -> None:
    found = read(
        "question,codes\n"
        "toe to thumb,CPT:26551\n"
        '"bone, skin",20972; 20970\n'
        '"two of them","20972,HCPCS:C1713"\n'
        "by blanks,20972 20969\n"
        "the weather,\n"
    )
    assert found.name == "my set" and found.faults == ()
    assert [(query.text, query.answerable) for query in found.queries] == [
        ("toe to thumb", True),
        ("bone, skin", True),
        ("two of them", True),
        ("by blanks", True),
        ("the weather", False),
    ]
    assert [found.qrels.get(query.id) for query in found.queries] == [
        {"CPT:26551"},
        {"CPT:20972", "CPT:20970"},
        {"CPT:20972", "HCPCS:C1713"},
        {"CPT:20972", "CPT:20969"},
        None,
    ]


def test_a_question_keeps_its_id_when_rows_are_added_and_gathers_the_codes_of_its_rows() -> None:
    (first,) = read("question,codes\nx,20972\n").queries
    found = read("question,codes\nnew,20957\nx,20972\nx,20970\nx,\nnew,20957\n")
    assert found.queries[1] == first and len(found.queries) == 2
    assert found.qrels[first.id] == {"CPT:20972", "CPT:20970"}
    assert found.faults == ("my set.csv line 5: the question (or its id) has come before, and says something else",)


@pytest.mark.parametrize(
    "source",
    [
        "\ufeffQuestion;Codes;Remark\r\n“Größe” of it;20972, 20970;mine\r\n".encode(),
        "\ufeffQuestion\tCodes\tRemark\r\n“Größe” of it\t20972 20970\tmine\r\n".encode("utf-16-le"),
        "question;codes;remark\r\n“Größe” of it;20972,20970;mine\r\n".encode("cp1252"),
        'sep=;\r\nquestion;codes\r\n"“Größe” of it";20970 20972\r\n'.encode(),
    ],
    ids=["Excel, UTF-8", "Excel, Unicode text", "Excel, Windows", "with a separator line"],
)
def test_what_a_spreadsheet_program_saves_is_read(source: bytes) -> None:
    found = read(source)
    assert found.faults == ()
    assert [query.text for query in found.queries] == ["“Größe” of it"]
    assert list(found.qrels.values()) == [{"CPT:20972", "CPT:20970"}]


def test_a_bad_row_is_named_by_its_line_and_the_rest_goes_on() -> None:
    found = read(
        "id,question,codes,answerable,extra\n"
        'a,"over\ntwo lines",20972,,\n'
        "b,not a code,pancake,,\n"
        "c,,20972,,\n"
        "d,sure,20972,perhaps,\n"
        "e,said to have one,,yes,\n"
        "f,said to have none,20972,no,\n"
        "a,again,20972,,\n"
        "\n"
        "g,short row\n"
        "h,of the guide,PASSAGE:guide#splints,YES,\n"
    )
    assert [query.id for query in found.queries] == ["a", "g", "h"]
    assert found.qrels["h"] == {"PASSAGE:guide#splints"}
    assert [fault.split(": ")[0] for fault in found.faults] == [f"my set.csv line {line}" for line in range(4, 10)]
    assert "'pancake' does not have the form of a code" in found.faults[0]
    assert all("\n" not in fault for fault in found.faults)


def test_the_system_is_told_by_a_column_or_by_the_library() -> None:
    # J0120 has the form of a HCPCS code, and of an ICD-10-CM code without its dot.
    with pytest.raises(InputError, match=r"line 2: 'J0120' could be any of"):
        read("question,codes\nan injection,J0120\n")
    assert list(read("question,codes\nan injection,J0120\n", frozenset({"HCPCS:J0120"})).qrels.values()) == [
        {"HCPCS:J0120"}
    ]
    assert list(read("question,codes,system\nan injection,J0120,hcpcs\n").qrels.values()) == [{"HCPCS:J0120"}]
    assert list(read("question,codes\na filling,ICD-10-PCS 0DTJ4ZZ\n").qrels.values()) == [{"ICD-10-PCS:0DTJ4ZZ"}]


def test_split_and_slice_are_taken_where_they_are_told() -> None:
    found = read("question,codes,split,slice\nx,20972,calibration,lay\ny,20972,,\n")
    assert [(query.split, query.slice) for query in found.queries] == [("calibration", "lay"), ("test", "all")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a,b\n1,2\n", "the first row must name the columns question and codes"),
        ("question,codes\n", "holds no row that can be used: it ends after its header"),
        ("question,codes\nx,pancake\n", "holds no row that can be used: my set.csv line 2"),
        (b"", "my set.csv is empty"),
        (b"PK\x03\x04 a workbook", "my set.csv is a zip or Office file"),
        ('question,codes\n"' + "x" * 1_100_000 + '",20972\n', "line 2: field larger than field limit"),
    ],
)
def test_a_table_of_no_use_is_refused_with_what_to_do(source: str | bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(source)


def test_a_code_that_the_library_holds_in_two_systems_stays_ambiguous() -> None:
    both = frozenset({"HCPCS:J0120", "ICD-10-CM:J01.20"})
    with pytest.raises(InputError, match="could be any of"):
        read("question,codes\nan injection,J0120\n", both)
