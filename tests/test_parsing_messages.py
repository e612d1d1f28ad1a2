"""Messages (.eml, .msg): subject, words and tables; their attachments are files of their own."""

import struct
from email.message import EmailMessage
from pathlib import Path

import pytest
from compound_files import compound
from parsing_support import packed, parsed, quotes

from assistant.errors import UnreadableDocument
from assistant.parsing import attachments
from assistant.types import Document

WORDS = "Northfield denied 29881 with 29877.\r\n\r\nPlease drop 29877."
PAGE = (
    "<p>Our codes</p><table><tr><th>Code</th><th>Description</th></tr><tr><td>20955</td><td>Fibula flap</td></tr>"
    "<tr><td>20956</td><td>Crest flap</td></tr><tr><td>20957</td><td>Foot flap</td></tr></table>"
)


def mail(plain: str = WORDS, html: str = "", subject: str = "Denial of 29881 – näher") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "billing@example.org", "coder@example.org"
    if plain:
        message.set_content(plain)
    if html:
        message.add_alternative(html, subtype="html") if plain else message.set_content(html, subtype="html")
    return message


def outlook(html: bytes = b"", **more: bytes) -> bytes:
    def wide(text: str) -> bytes:
        return text.encode("utf-16-le")

    streams = {
        "__properties_version1.0": bytes(32) + struct.pack("<HHIq", 3, 0x3FFD, 6, 1251),
        "__substg1.0_0037001F": wide("Denial of 29881"),
        "__substg1.0_0C1A001F": wide("Billing"),
        "__attach_version1.0_#00000000/__substg1.0_3707001F": wide("scan.pdf"),
        "__attach_version1.0_#00000000/__substg1.0_37010102": b"%PDF-",
        **({"__substg1.0_10130102": html} if html else {"__substg1.0_1000001F": wide(WORDS)}),
        **{f"__substg1.0_{key}": value for key, value in more.items()},
    }
    return compound(streams)


def said(document: Document) -> str:
    return " ".join(document.text[slice(*one.body)] for one in document.sections).strip()


def test_a_message_is_a_narrative_with_its_subject_as_title() -> None:
    for name, source in (("denial.eml", mail().as_bytes()), ("denial.msg", outlook())):
        document = parsed(name, source)
        assert document.title.startswith("Denial of 29881")
        assert document.id == "denial"
        assert document.entries == ()
        assert said(document) == "Northfield denied 29881 with 29877.\n\nPlease drop 29877."
    assert parsed("denial.eml", mail().as_bytes()).title.endswith("– näher")


def test_the_plain_words_are_read_unless_a_table_of_codes_stands_in_the_page() -> None:
    assert said(parsed("a.eml", mail(html="<p>Other words</p>").as_bytes())).startswith("Northfield")
    assert said(parsed("a.eml", mail("", "<p>Other words</p>").as_bytes())) == "Other words"
    rows = ["20955 | Fibula flap", "20956 | Crest flap", "20957 | Foot flap"]
    assert quotes(parsed("a.eml", mail(html=PAGE).as_bytes())) == rows
    assert quotes(parsed("a.msg", outlook(PAGE.encode()))) == rows
    lines = "Our codes\n\nCode\tDescription\n20955\tFibula flap\n20956\tCrest flap\n"
    assert quotes(parsed("a.eml", mail(lines).as_bytes())) == ["20955\tFibula flap", "20956\tCrest flap"]


def test_attachments_are_files_of_their_own() -> None:
    message = mail()
    bomb = packed({"zeros.txt": bytes(50_000_000)})
    for name in ("C:\\mail\\bomb.zip", "bomb.zip"):
        message.add_attachment(bomb, maintype="application", subtype="zip", filename=name)
    message.add_attachment(mail("Inside", subject="Fwd: a/b"))
    message.add_attachment(b"x", maintype="application", subtype="pkcs7-signature", filename="smime.p7s")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf")
    document = parsed("denial.eml", message.as_bytes())
    assert document.warnings == () and "Inside" not in document.text
    found = attachments(message.as_bytes(), "denial.eml")
    assert [one.name for one in found] == ["bomb.zip", "bomb-2.zip", "Fwd: a b.eml", "attachment.pdf"]
    assert found[0].data == bomb
    assert said(parsed(found[2].name, found[2].data)) == "Inside"
    assert [(one.name, one.data) for one in attachments(outlook(), "a.msg")] == [("scan.pdf", b"%PDF-")]


def test_the_content_tells_a_message_whatever_its_name() -> None:
    assert parsed("denial.txt", mail().as_bytes()).title.startswith("Denial of 29881")
    assert parsed("page.txt", "From: me\nTo: you\nwords that follow").text == "From: me\nTo: you\nwords that follow"


def test_words_in_an_old_character_set_are_read() -> None:
    assert said(parsed("a.msg", outlook(**{"1000001E": "Слово".encode("cp1251"), "1000001F": b""}))) == "Слово"


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("a.eml", b"no headers at all", "is no message"),
        ("a.eml", b"Subject: x\nContent-Type: application/pkcs7-mime\n\nabc", "is an encrypted message"),
        ("a.eml", mail("", "").as_bytes() + b"\n", ""),
        ("a.eml", b"From: a\nTo: b\n\n", "is a message without any words"),
        ("a.msg", outlook()[:1_500], "is a damaged"),
        ("a.msg", outlook(**{"001A001F": "IPM.Note.SMIME".encode("utf-16-le")}), "is an encrypted message"),
        ("a.msg", outlook(**{"1000001F": b"", "10090102": b"packed"}), "keeps its words as packed rich text alone"),
    ],
)
def test_bad_messages_are_named_in_one_line(name: str, source: bytes, told: str) -> None:
    if not told:
        assert parsed(name, source).title.startswith("Denial")
        return
    with pytest.raises(UnreadableDocument, match=rf"a\.\w+ {told}") as raised:
        parsed(name, source)
    assert "\n" not in str(raised.value)


def test_parts_within_parts_without_end_are_named() -> None:
    opening = b"Subject: x\nFrom: a\nTo: b\nMIME-Version: 1.0\n"
    deep = opening + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number) for number in range(3_000)
    )
    with pytest.raises(UnreadableDocument, match=r"a\.eml is"):
        parsed("a.eml", deep)


def test_the_message_of_the_cases_is_read(shared_data: Path) -> None:
    path = shared_data / "cases" / "kinds" / "denial.eml"
    document = parsed(path.name, path.read_bytes())
    assert document.title == "Denial of 29881"
    assert "Please drop 29877, since chondroplasty is included in 29881." in said(document)
