"""Word documents: heading styles, tables, text that python-docx would skip, and damaged or hostile files."""

import io
import zipfile
from collections.abc import Callable

import pytest
from compound_files import compound
from docx import Document as NewDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from parsing_support import packed, parsed
from test_parsing import assert_lawful

from assistant.errors import UnreadableDocument
from assistant.parsing import Limits, parse_document
from assistant.types import Document


def word(fill: Callable[..., None]) -> bytes:
    document = NewDocument()
    fill(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def policy(document: object) -> None:
    add = document
    add.add_heading("Flap policy 2025", 0)  # type: ignore[attr-defined]
    add.add_paragraph("A flap keeps its own vessels.")  # type: ignore[attr-defined]
    add.add_heading("Codes", 1)  # type: ignore[attr-defined]
    table = add.add_table(rows=0, cols=2)  # type: ignore[attr-defined]
    for cells in (("Code", "Description"), ("20955", "Fibula flap"), ("20956", "Crest flap")):
        row = table.add_row().cells
        row[0].text, row[1].text = cells
    add.add_heading("Modifiers", 2)  # type: ignore[attr-defined]
    add.add_paragraph("Two surgeons add modifier 62 to 20955.")  # type: ignore[attr-defined]
    add.sections[0].header.paragraphs[0].text = "Confidential header"  # type: ignore[attr-defined]


def changed(source: bytes, part: str, old: str, new: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(source)) as package:
        members = {name: package.read(name) for name in package.namelist()}
    members[part] = members[part].decode().replace(old, new, 1).encode()
    return packed(members)


def bodies(document: Document) -> list[str]:
    return [text for one in document.sections if (text := document.text[slice(*one.body)])]


def test_headings_tables_and_running_lines() -> None:
    document = parsed("policy.docx", word(policy))
    assert document.title == "Flap policy 2025"
    assert document.edition == "2025"
    assert [str(entry.code) for entry in document.entries] == ["CPT:20955", "CPT:20956"]
    rows = [one for one in document.sections if one.quote]
    assert document.text[slice(*rows[0].quote or (0, 0))] == "20955\tFibula flap"
    assert "Codes. Code | Description" in rows[0].context
    modifiers = next(one for one in document.sections if one.slug == "modifiers" and one.body[0] < one.body[1])
    assert "Codes" in modifiers.context
    assert "Confidential header" in document.text
    assert not any("Confidential" in body for body in bodies(document))
    assert document.pages is None
    assert_lawful(document)


def test_what_is_inserted_counts_and_what_is_deleted_or_hidden_does_not() -> None:
    def fill(document: object) -> None:
        for body in (
            '<w:ins w:id="1"><w:r><w:t xml:space="preserve">inserted words </w:t></w:r></w:ins>'
            '<w:del w:id="2"><w:r><w:delText>deleted words</w:delText></w:r></w:del>',
            "<w:sdt><w:sdtContent><w:r><w:t>controlled words</w:t></w:r></w:sdtContent></w:sdt>",
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden words</w:t></w:r>"
            "<w:r><w:t>seen</w:t><w:tab/><w:t>too</w:t></w:r>",
            "<w:r><w:instrText>PAGEREF x</w:instrText></w:r><w:r><w:t>after a field</w:t></w:r>",
            "<w:r><w:pict><w:txbxContent><w:p><w:r><w:t>boxed words</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>",
        ):
            document.element.body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{body}</w:p>"))  # type: ignore[attr-defined]

    text = parsed("a.docx", word(fill)).text
    for words in ("inserted words", "controlled words", "seen too", "after a field", "boxed words"):
        assert text.count(words) == 1
    for words in ("deleted", "hidden", "PAGEREF"):
        assert words not in text


def test_macros_are_left_out_with_a_warning() -> None:
    with zipfile.ZipFile(io.BytesIO(word(policy))) as package:
        members = {name: package.read(name) for name in package.namelist()}
    document = parsed("policy.docm", packed({**members, "word/vbaProject.bin": b"Sub AutoOpen"}))
    assert document.warnings == ("policy.docm holds macros, which were neither read nor run",)
    assert "AutoOpen" not in document.text


def test_what_cannot_be_read_is_said_in_one_sentence() -> None:
    sound = word(policy)
    bomb = changed(sound, "word/document.xml", "<w:body>", "<w:body>" + "<w:p/>" * 200_000)
    entity = changed(
        sound, "word/document.xml", "<w:document",
        '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><w:document',
    ).replace(b"A flap keeps", b"&b;&b; keeps")  # fmt: skip
    deep = changed(sound, "word/document.xml", "<w:body>", "<w:body>" + "<w:sdt>" * 5_000)
    for source, said in (
        (sound[:-200], "damaged"),
        (deep, "damaged"),
        (bomb, "unpacks to"),
        (word(lambda document: None), "without any text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged Office file"),
    ):
        with pytest.raises(UnreadableDocument, match=said) as raised:
            parse_document(source, "policy.docx", limits=Limits(unpacked=1_000_000))
        assert "policy.docx" in str(raised.value)
        assert "\n" not in str(raised.value)
    try:
        assert "aaaaaaaaaaaaaaaaaaaa" not in parsed("entity.docx", entity).text
    except UnreadableDocument as error:
        assert "entity.docx" in str(error)  # noqa: PT017  # either is right; what counts is that nothing is expanded


def test_lines_that_say_what_a_code_stands_for_are_a_list_of_codes() -> None:
    lines = ["CPT 20955: Fibula flap.", "CPT code 20956 – Crest flap", "E0100: A cane of wood"]
    document = parsed("flaps.docx", word(lambda add: [add.add_paragraph(line) for line in lines]))
    assert (document.id, document.title) == ("flaps", "flaps")
    assert {str(entry.code): entry.title for entry in document.entries} == {
        "CPT:20955": "Fibula flap", "CPT:20956": "Crest flap", "HCPCS:E0100": "A cane of wood",
    }  # fmt: skip


def test_a_text_of_codes_one_on_each_line_is_about_none_of_them() -> None:
    for joint in ("\n", "\n\n"):
        document = parsed("flaps.txt", joint.join(("CPT 20955: Fibula flap.", "CPT 20956: Crest flap.")))
        assert document.entries == () and {section.code for section in document.sections} == {None}


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ("EncryptedPackage", "is locked with a password; save it without one"),
        ("WordDocument", "is a Word document of a version before 2007; save it as .docx"),
        ("Other", "is damaged, or an Office file of a kind not read here"),
    ],
)
def test_a_compound_file_is_named_by_what_it_is(stream: str, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=rf"a\.docx {said}"):
        parsed("a.docx", compound({stream: b"x" * 600}))
