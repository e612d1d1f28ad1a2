"""Sections are recognised by heading or label, and tile the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.parsing.sections import KNOWN, Heading, is_known, labels, named, slugify, tile
from assistant.types.codes import Code


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("Short description", "short-description"),
        ("CODING GUIDELINES", "guidelines"),
        ("Applicable modifiers:", "modifiers"),
        ("Medical necessity", "medical-necessity"),
        ("I. Indications", "medical-necessity"),
        ("Clinical responsibility", "clinical-responsibility"),
        ("**IMPORTANT**", "important"),
        ("Warning", "important"),
        ("In simple words", "plain-language"),
        ("Layman's description", "plain-language"),
        ("Full description", "full-description"),
        ("2.1 Description of the procedure", "full-description"),
        ("Example 12", "examples"),
        ("Clinical vignettes", "examples"),
        ("Documentation requirements", "documentation"),
        ("Additional notes", "notes"),
        ("Healing time", "healing-time"),
        ("Größe", "gr-e"),
        ("***", "section"),
        ("2025", "2025"),
    ],
)
def test_names_of_sections(heading: str, slug: str) -> None:
    assert named(heading)[0] == slug
    assert is_known(heading) == (slug in {known for known, _, _ in KNOWN})


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("In simple words: a flap. Example 1: a thumb. IMPORTANT: name the site.",
         ["In simple words", "Example 1", "IMPORTANT"]),
        ("**In simple words:** a.\n\n**Example 1**: b.\n\n_Note:_ c", ["In simple words", "Example 1", "Note"]),
        ("- Modifiers: 22\n* Notes: x\n> Warning: y", ["Modifiers", "Notes", "Warning"]),
        ("TECHNIQUE: cut.\nPOST-OP CARE : rest.", ["TECHNIQUE", "POST-OP CARE"]),
        ("Guidelines : x", ["Guidelines"]),
        ("The surgeon notes: nothing. See important: this.", []),
        ("At 10:30 the note says", []),
        ("Examples of flaps", []),
    ],
)  # fmt: skip
def test_labelled_sentences(text: str, titles: list[str]) -> None:
    assert [label.title for label in labels(text)] == titles


def test_labels_start_where_they_are_told() -> None:
    text = "Notes: x. Notes: y."
    assert [label.start for label in labels(text, 8)] == [9]


def test_a_section_knows_its_body_and_its_parent() -> None:
    text = "A\n\nlead\n\nB\n one \n\nC\ntwo\n"
    headings = [Heading("A", 0, 2, 1), Heading("B", 9, 11, 2), Heading("C", 18, 20, 3)]
    sections = tile(text, headings, code=Code("CPT", "20972"), context="Flap")
    assert [(one.slug, one.context, text[slice(*one.body)]) for one in sections] == [
        ("a", "Flap", "lead"),
        ("b", "Flap", "one"),
        ("c", "Flap. B", "two"),
    ]
    assert {one.code for one in sections} == {Code("CPT", "20972")}


def test_neighbours_of_one_name_are_one_section() -> None:
    text = "Example 1: a thumb. Example 2: a jaw. Note: x. Example 3: y."
    sections = tile(text, labels(text), code=None, context="")
    assert [one.slug for one in sections] == ["examples", "notes", "examples"]
    assert text[slice(*sections[0].body)] == "a thumb. Example 2: a jaw."


def test_what_stands_before_the_body_is_not_searched() -> None:
    text = "---\nx: y\n---\nlead"
    front, lead = tile(text, [], code=None, context="", body_start=13)
    assert (front.slug, front.body, lead.slug) == ("front-matter", (0, 0), "lead")


@given(st.text(st.sampled_from("ab \n"), max_size=40), st.data())
def test_sections_tile_any_text(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    headings = [
        Heading(data.draw(st.sampled_from(["Notes", "Examples", "x", "-"])), start, end, data.draw(st.integers(1, 4)))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    sections = tile(text, headings, code=None, context="")
    assert "".join(text[one.start : one.end] for one in sections) == text
    for one in sections:
        assert text[slice(*one.body)] == text[slice(*one.body)].strip()


@given(st.text())
def test_slugs_are_short_and_plain(text: str) -> None:
    slug = slugify(text)
    assert len(slug) <= 60
    assert slug == slugify(slug)
    assert not slug or all(part.isascii() and part.isalnum() for part in slug.rstrip("-").split("-"))
