"""HTML: the stored text is what a reader sees of the page itself."""

import pytest
from parsing_support import parsed
from test_parsing import assert_lawful

from assistant.errors import UnreadableDocument
from assistant.parsing.html import parse_html
from assistant.types import Document
from assistant.types.codes import BUILT_IN


def parse(html: str) -> Document:
    return parse_html(html, "a.html", "a", BUILT_IN)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>bone  and\n skin", "bone and skin"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("<p>b<b>on</b>e<i> flap</i>", "bone flap"),
        ("one<br>two", "one\ntwo"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><th>a<th>b<tr><td>c<td>d</table>", "a | b\nc | d"),
        ("<pre>one\n  two</pre>three", "one\n  two\nthree"),
        ("caf&eacute; &lt;5&nbsp;cm", "café <5 cm"),
        ("a<!-- comment --><script>b</script><style>c</style><noscript>d</noscript>", "a"),
        ("a<![CDATA[b]]><?php c ?>", "a"),
        ("a<nav>b</nav><form>c</form><button>d</button><textarea>e</textarea><select><option>f</select>", "a"),
        ("a<p hidden>b<p style='display: none'>c<p aria-hidden=true>d<div role=navigation>e</div>", "a"),
        ("a<svg><text>b</text></svg><template>c</template><iframe>d</iframe>", "a"),
        ("<main>a</main><footer>b</footer><aside>c</aside>", "a"),
        ("<article>a<aside>Careful</aside></article><aside>b</aside>", "a\nCareful"),
        ("only words", "only words"),
    ],
)
def test_what_a_reader_sees(html: str, text: str) -> None:
    assert parse(html).text.strip() == text


@pytest.mark.parametrize("html", ["<p> ", "<script>a</script>", "<nav>a</nav>", "<html><body></body></html>"])
def test_a_page_that_shows_nothing_is_told(html: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"a\.html shows no text"):
        parse(html)


MENU = "<div><a href=1>20969</a> <a href=2>20970</a> | <a href=3>20973</a></div>"


def test_a_menu_is_left_out_and_a_paragraph_with_links_is_not() -> None:
    document = parse(f"<h1>20972 flap</h1>{MENU}<p>See <a href=1>20955</a>, <a href=2>20956</a> or <a href=3>20957</a> "
                     "for the other donor sites of bone.</p>")  # fmt: skip
    assert "20973" not in document.text
    assert "20956" in document.text


def test_a_page_of_links_alone_is_its_own_content() -> None:
    assert "20970" in parse(MENU).text
    assert not parse("<ul><li><a href=1>20955 fibula</a><li><a href=2>20956 crest</a></ul>").entries


def test_the_main_part_is_read_alone_where_it_holds_the_title() -> None:
    assert parse("<h1>Site</h1><p>x</p><main><h1>20972 flap</h1><p>bone</p></main><p>y").text.split() == [
        "20972",
        "flap",
        "bone",
    ]
    assert "20972" in parse("<h1>20972 flap</h1><main><p>bone</p></main>").text


def test_headings_become_sections() -> None:
    document = parse("<h1>20972 flap</h1><p>lead<h2><span>In simple</span>\n words</h2><p>a<h3></h3><h2>Examples</h2>b")
    assert [(one.title, document.text[slice(*one.body)]) for one in document.sections] == [
        ("20972 flap", "lead"),
        ("Plain language", "a"),
        ("Examples", "b"),
    ]


def test_labels_are_sections_where_there_is_but_one_heading() -> None:
    document = parse("<h1>20972 flap</h1><p>In simple words: a. Example 1: b. <b>IMPORTANT:</b> c.")
    assert [one.slug for one in document.sections] == ["20972-flap", "plain-language", "examples", "important"]


@pytest.mark.parametrize("html", ["<h1>a<h2>b</h2>c", "<h1>a<div><h1>b</h1></div></h1>c", "a" + "<h2>" * 30 + "b<p>c"])
def test_headings_that_are_never_closed(html: str) -> None:
    assert parse(html).text.split() == ["a", "b", "c"]


def test_a_page_may_nest_deeper_than_python_recurses() -> None:
    assert parse("<div>" * 20_000 + "20972 flap" + "</div>" * 20_000).entries[0].code.value == "20972"


def test_the_title_of_the_window_names_the_code() -> None:
    document = parse("<title>20972 CPT code\n| Help</title><h1>Free flap</h1><p>Code: 20972")
    assert (document.id, document.title) == ("cpt-20972", "Free flap")
    assert parse("<title>Guide to flaps</title><p>words").title == "Guide to flaps"


def test_a_table_of_codes_has_one_code_a_row() -> None:
    document = parsed(
        "policy-2025.html",
        "<h1>Flap policy 2025</h1><p>Flaps are covered.</p><h2>Codes</h2>"
        "<table><tr><th>Code</th><th>Description</th></tr><tr><td>20955</td><td>Fibula <b>flap</b></td></tr>"
        "<tr><td>20956</td><td>Crest flap</td></tr>"
        "<tr><td>20957</td><td><p>Metatarsal flap</p></td></tr></table>"
        "<h2>Notes</h2><p>Two surgeons add modifier 62.</p>",
    )
    rows = [one for one in document.sections if one.quote]
    assert [str(one.code) for one in rows] == ["CPT:20955", "CPT:20956", "CPT:20957"]
    assert document.text[slice(*rows[0].quote or (0, 0))] == "20955 | Fibula flap"
    assert "Codes. Code | Description" in rows[0].context
    notes = next(one for one in document.sections if one.slug == "notes" and one.body[0] < one.body[1])
    assert document.text[slice(*notes.body)] == "Two surgeons add modifier 62."
    assert_lawful(document)


def test_a_frame_made_of_a_table_is_none() -> None:
    inner = "<table>" + "".join(f"<tr><td>2095{n}</td><td>Flap number {n}</td></tr>" for n in range(5)) + "</table>"
    document = parsed("a.html", f"<table><tr><td>Menu</td><td><h1>Flaps</h1><p>Words.</p>{inner}</td></tr></table>")
    assert [entry.code.value for entry in document.entries] == [f"2095{n}" for n in range(5)]
    assert_lawful(document)


def test_a_code_page_keeps_its_code_beside_a_table_of_others() -> None:
    rows = "".join(f"<tr><td>2095{n}</td><td>Flap number {n}</td></tr>" for n in range(5, 8))
    document = parsed(
        "a.html", f"<h1>CPT 20972 free flap 2025</h1><p>A free flap.</p><h2>Others</h2><table>{rows}</table>"
    )
    assert [str(entry.code) for entry in document.entries] == ["CPT:20972", "CPT:20955", "CPT:20956", "CPT:20957"]
    assert document.id == "cpt-20972-2025"
