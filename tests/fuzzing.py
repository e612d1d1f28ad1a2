"""Changes small files at random and reads them: `python tests/fuzzing.py SECONDS [SEED]` prints what breaks a parser.

Each batch runs in a process of its own, so that a crash is reported and the next batch goes on.
"""

import collections
import io
import json
import os
import random
import signal
import sys
import time
import traceback
import zipfile
from pathlib import Path

from fpdf import FPDF
from parsing_support import DATA, packed, workbook
from pdfs import numbered
from test_parsing import assert_lawful
from test_parsing_docx import policy, word
from test_parsing_epub import book
from test_parsing_fhir import CODE_SYSTEM, CONCEPT_MAP, VALUE_SET, bundle
from test_parsing_json import SHAPES, lines
from test_parsing_messages import PAGE, mail, outlook
from test_parsing_ods import spreadsheet
from test_parsing_odt import letter
from test_parsing_pdf import guide
from test_parsing_pptx import lesson
from test_parsing_rtf import RTF
from test_parsing_scan import WORDS, paper, saved

from assistant.errors import UnreadableDocument
from assistant.ingestion.sandbox.values import from_plain, to_plain
from assistant.parsing import SUFFIXES, Limits, parse_document

_BATCH = 300
_LONGEST = 60  # seconds for one input
_LIMITS = Limits(pages=50, scans=0, unpacked=30_000_000)
_PIECES = (
    *rb"< > </w:p> <w:p> <w:tbl> </w:tbl> <w:tr> &#0; &amp; <![CDATA[ ]]> \u-1? { } \cell \row obj endobj".split(),
    *rb"stream endstream /Rotate /Length -1 /Kids Tj TJ BT ET Tm 1e38 cm xref %%EOF nan 20955 J0129 ,".split(),
    *(b"|", b"---", b"# CPT:20972", b'"', b" 90 ", b"\0", b"\xff\xfe", b"\t", b"\n", b"\r", b"Code,Description\n"),
    b"/MediaBox [0 0 0 0]",
)


def _uncompressed() -> bytes:
    """A PDF without compression, so that a changed byte changes its content."""
    plain = FPDF.set_compression
    opened = FPDF.__init__

    def init(self: FPDF, *args: object, **settings: object) -> None:
        opened(self, *args, **settings)  # type: ignore[arg-type]
        plain(self, False)

    FPDF.__init__ = init  # type: ignore[method-assign]
    try:
        return guide()
    finally:
        FPDF.__init__ = opened  # type: ignore[method-assign]


SEEDS: dict[str, list[tuple[str, bytes]]] = {
    "text": [(path.name, path.read_bytes()) for path in sorted(DATA.iterdir())
             if path.is_file() and path.stat().st_size < 40_000 and path.suffix != ".xls"],
    "pdf": [("guide.pdf", guide()), ("plain.pdf", _uncompressed()), ("pages.pdf", numbered(3))],
    "docx": [("policy.docx", word(policy))],
    "xlsx": [("codes.xlsx", workbook({"Fees": [["Code", "Description"], ["A0021", "Ride"], ["E0100", "Cane"]]}))],
    "xls": [("fees-2025.xls", (DATA / "fees-2025.xls").read_bytes())],
    "ods": [("fees.ods", spreadsheet())],
    "odt": [("policy.odt", letter())],
    "pptx": [("lesson.pptx", lesson())],
    "json": [("knee.json", json.dumps(SHAPES["in an object"]).encode()), ("knee.ndjson", lines()),
             *((f"{number}.json", json.dumps(one).encode()) for number, one in
               enumerate((VALUE_SET, CODE_SYSTEM, CONCEPT_MAP, bundle(VALUE_SET, CODE_SYSTEM))))],
    "eml": [("denial.eml", mail(html=PAGE).as_bytes()), ("denial.eml", mail().as_bytes())],
    "msg": [("denial.msg", outlook()), ("denial.msg", outlook(PAGE.encode()))],
    "scan": [("page.png", saved("PNG", paper(WORDS, size=(720, 160)))),
             ("page.jpg", saved("JPEG", paper(WORDS, size=(720, 160)))),
             ("page.tiff", saved("TIFF", paper(WORDS, size=(720, 160)), paper(WORDS, "1", (720, 160))))],
    "epub": [("flaps.epub", book())],
    "rtf": [("policy.rtf", RTF.encode())],
}  # fmt: skip


def changed(kind: str, number: int) -> tuple[str, bytes]:
    """(name, bytes) of a file of some kind, changed as the number says."""
    rnd = random.Random(f"{kind} {number}")
    name, source = rnd.choice(SEEDS[kind])
    if kind in {"docx", "xlsx", "epub", "ods", "odt", "pptx"} and rnd.random() < 0.8:
        with zipfile.ZipFile(io.BytesIO(source)) as package:
            parts = {part: package.read(part) for part in package.namelist()}
        for part in rnd.sample(sorted(parts), min(len(parts), 2)):
            parts[part] = _changed(parts[part], rnd)
        source = packed(parts)
    else:
        source = _changed(source, rnd)
    if rnd.random() < 0.1:
        name = Path(name).stem + rnd.choice(SUFFIXES)
    return name, source


def _changed(source: bytes, rnd: random.Random) -> bytes:
    data = bytearray(source)
    for _ in range(rnd.choice((1, 1, 2, 4, 16))):
        at, end = sorted((rnd.randrange(len(data) + 1), rnd.randrange(len(data) + 1)))
        match rnd.randrange(7):
            case 0 if data:
                data[at % len(data)] ^= 1 << rnd.randrange(8)
            case 1:
                data[at:at] = rnd.choice(_PIECES)
            case 2:
                del data[at : at + rnd.randrange(1, 64)]
            case 3:
                data[at:at] = data[at : at + rnd.randrange(1, 256)] * rnd.choice((1, 2, 8))
            case 4:
                data[at:at] = rnd.randbytes(rnd.randrange(1, 8))
            case 5:
                del data[end:]
            case _:
                data[at : at + 8] = data[end : end + 8]
    return bytes(data)


def read_or_refuse(source: bytes, name: str) -> None:
    """Fails where a file gives anything but a lawful document or one line that names it."""
    try:
        document = parse_document(source, name, limits=_LIMITS)
    except UnreadableDocument as error:
        message = str(error)
    else:
        assert_lawful(document, 40)
        assert from_plain(*to_plain(document)) == document
        return
    assert name in message
    assert "\n" not in message


def _batch(seed: int) -> None:
    found: collections.Counter[str] = collections.Counter()
    for number in range(seed * _BATCH, (seed + 1) * _BATCH):
        kind = sorted(SEEDS)[number % len(SEEDS)]
        signal.alarm(_LONGEST)
        name, source = changed(kind, number)
        found[kind] += 1
        try:
            read_or_refuse(source, name)
        except Exception:  # noqa: BLE001  # what it is here for
            found["broken"] += 1
            print(f"{kind} {number}\n{traceback.format_exc()}", flush=True)
    print(seed, dict(found), flush=True)


def main() -> None:
    """Runs batches until the time is over."""
    end, seed = time.monotonic() + float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    while time.monotonic() < end:
        child = os.fork()
        if child == 0:
            try:
                _batch(seed)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            print(f"batch {seed} died: {status}", flush=True)
        seed += 1


if __name__ == "__main__":
    main()
