"""Every citation is a slice of its document, and the right one."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from makers import document, passage, stored

from assistant.answering.quoting import best_sentences, cite_mention, cite_span, row_statement, sentence_statements
from assistant.library import StoredPassage
from assistant.library.search.lexical import Terms
from assistant.types import Citation
from assistant.types.codes import Code

TERMS = Terms()
TEXTS = st.lists(
    st.sampled_from(
        ["20972", "flap", "Bone", ". ", "\n", "\n\n", "## ", "- ", "e.g. ", " ", "é", "!", "(", '"', "\r\n"]
    ),
    max_size=40,
).map("".join)


def slices(text: str, citation: Citation, start: int = 0) -> bool:
    """Whether a citation points at its quote in a text that begins at `start`."""
    return bool(citation.quote) and text[citation.start - start : citation.end - start] == citation.quote


@given(TEXTS, st.integers(0, 500))
def test_statements_are_slices_in_order(text, start) -> None:
    statements = sentence_statements(passage(text, start=start), document(text))
    places = [(s.citation.start, s.citation.end) for s in statements]
    assert places == sorted(places) and all(one[1] <= other[0] for one, other in pairwise(places))
    assert all(slices(text, statement.citation, start) for statement in statements)
    told, whole = ("".join("".join(part).split()) for part in ((s.text for s in statements), text))
    assert told == whole


@given(TEXTS, TEXTS, st.integers(0, 500))
def test_the_citation_of_a_code_holds_the_code(before, after, start) -> None:
    text = f"{before} 20972 {after}"
    at = len(before) + 1
    citation = cite_span(stored(text, "20972", start=start), start + at, start + at + 5)
    assert slices(text, citation, start)
    assert citation.start <= start + at and start + at + 5 <= citation.end
    assert "\n" not in citation.quote


@given(TEXTS, TEXTS)
def test_the_citation_of_a_mention_holds_the_code(before, after) -> None:
    text = f"{before}\nUse 20972 here.\n{after}"
    item = stored(text)
    citation, *_ = cite_mention(Code("CPT", "20972"), item)
    assert slices(text, citation) and "20972" in citation.quote


@given(st.lists(TEXTS, min_size=1, max_size=4), st.dictionaries(st.sampled_from(["flap", "bone"]), st.floats(0, 9)))
def test_the_best_sentences_are_slices_best_first(texts, weight) -> None:
    found = best_sentences([stored(text) for text in texts], weight, TERMS)
    by_digest = {document(text).sha256: text for text in texts}
    assert all(slices(by_digest[s.statement.citation.document_sha256], s.statement.citation) for s in found)
    assert [s.worth for s in found] == sorted((s.worth for s in found), reverse=True)
    assert all(s.held == {term for term in TERMS(s.statement.text) if term in weight} for s in found)


def test_the_best_sentence_is_the_one_with_the_rare_words() -> None:
    item = stored("Skin is moved. Bone of the metatarsal is moved. The nerve is spared. Bone is moved.")
    found = best_sentences([item], {"metatars": 3.0, "bone": 1.0}, TERMS)
    assert [s.statement.text for s in found[:2]] == ["Bone of the metatarsal is moved.", "Bone is moved."]


def test_among_equal_sentences_the_passage_given_first_leads() -> None:
    passages = [stored("Bone is sawn.", number=1), stored("Bone is held.", number=2, start=100)]
    for order in (passages, passages[::-1]):
        found = best_sentences(order, {"bone": 1.0}, TERMS)
        assert [s.statement.citation.passage_id for s in found] == [item.passage.id for item in order]


def test_a_citation_of_a_heading_leaves_its_marks_out() -> None:
    text = "---\ncode: x\n---\n\n# CPT 20972: a flap\n\nIt is raised."
    at = text.index("20972")
    assert cite_span(stored(text, "20972"), at, at + 5).quote == "CPT 20972: a flap"


def test_a_mention_is_cited_by_its_sentence_alone() -> None:
    text = "## Splints\nNone is included. A splint is billed\nwith 20972 later. More follows."
    item = stored(text, body=(11, len(text)))
    assert cite_mention(Code("CPT", "20972"), item)[0].quote == "A splint is billed\nwith 20972 later."


def test_a_mention_in_a_heading_is_cited_there() -> None:
    text = "## Not 20972\nNone is included."
    item = stored(text, body=(13, len(text)))
    assert cite_mention(Code("CPT", "20972"), item)[0].quote == "Not 20972"


def test_a_row_is_cited_from_its_code_to_its_description() -> None:
    text = "E0100,Walking cane,20\n"
    row = StoredPassage(passage(text, start=100, body=(6, 18), quote=(100, 118)), document(text))
    assert row_statement(row.passage, row.document).text == "E0100,Walking cane"
    assert cite_span(row, 100, 105).quote == "E0100,Walking cane"
    assert best_sentences([row], {"cane": 1.0}, TERMS) == []
