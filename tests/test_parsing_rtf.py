"""Rich text: headings by their outline level, tables, letters beyond ASCII, and damaged files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing_support import parsed
from test_parsing import assert_lawful, read

from assistant.errors import UnreadableDocument

RTF = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\stylesheet{\s1\outlinelevel0 heading 1;}}"
    r"\pard\plain\s1\outlinelevel0 Flap policy 2025\par"
    r"\pard\plain A flap keeps its vessels \'96 and \u8805? one nerve.\par"
    r"\pard\plain\s2\outlinelevel1 Modifiers\par\pard Two surgeons add modifier 62 to 20955.\par"
    r"\trowd\intbl Code\cell Description\cell\row\trowd\intbl 20955\cell Fibula flap\cell\row"
    r"\trowd\intbl 20956\cell Crest flap\cell\row\pard{\*\generator hidden words}The \u-10179?\u-8372? end.\par}"
)


def test_headings_tables_and_letters() -> None:
    document = parsed("policy.rtf", RTF)
    assert document.title == "Flap policy 2025"
    assert "A flap keeps its vessels – and ≥ one nerve." in document.text
    assert "The 🝌 end." in document.text and "�" not in document.text
    assert "hidden words" not in document.text
    assert [str(entry.code) for entry in document.entries] == ["CPT:20955", "CPT:20956"]
    rows = [one for one in document.sections if one.quote]
    assert document.text[slice(*rows[0].quote or (0, 0))] == "20955\tFibula flap"
    modifiers = next(one for one in document.sections if one.slug == "modifiers" and one.body[0] < one.body[1])
    assert document.text[slice(*modifiers.body)].startswith("Two surgeons add")
    assert_lawful(document)


def test_content_decides_and_not_the_name() -> None:
    assert parsed("policy.txt", RTF).title == "Flap policy 2025"


def test_what_holds_no_words_is_said() -> None:
    with pytest.raises(UnreadableDocument, match=r"empty\.rtf is rich text without any words"):
        parsed("empty.rtf", r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\par}")


PARTS = (
    r"\par ,\cell ,\row ,\u,\u99999999?,\',\'e,\'ff,{,},\*,words ,\\,\uc5 ,\ansicpg99999 ,\outlinelevel3 ,"
    r"\bin99999999 ,{\pict ,\f9 ,20955 ,|"
).split(",")


@settings(deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join))
def test_laws_of_any_rich_text(inside: str) -> None:
    document = read(b"{\\rtf1 " + inside.encode(), "any.rtf")
    if document is not None:
        assert_lawful(document)
