"""ICD-10-PCS codes by their characters: labels, words, defaults, and a cache that follows its documents."""

from pathlib import Path

import numpy as np
import pytest
from fakes import FakeEmbedder
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from libraries import ingestion, open_library, searched, source
from parsing_support import parsed

from assistant.library import Library
from assistant.library.local_cache import FolderCache
from assistant.library.search.lexical import Terms
from assistant.retrieval.pcs import (
    Axes,
    CodePassage,
    Found,
    Line,
    axes_bytes,
    build_axes,
    load_vocabulary,
    read_axes,
    weigh,
)
from assistant.retrieval.pcs.lines import DEFINITIONS, INDEX, TABLES, read_definitions, read_index, read_tables
from assistant.types import Hit

TERMS = Terms()
WORDS = load_vocabulary(TERMS)
EMBEDDER = FakeEmbedder()
SINUS = f"{TABLES}: Medical and Surgical, Ear, Nose, Sinus"
WAYS = "Approach: 0 Open; 3 Percutaneous; 4 Percutaneous Endoscopic | Device: 0 Drainage Device; Z No Device"
TABLE_LINES = [
    Line(SINUS, "099 | Drainage | Taking or letting out fluids"),
    Line(SINUS, f"099S | Drainage | Frontal Sinus, Right | {WAYS} | Qualifier: X Diagnostic; Z No Qualifier"),
    Line(SINUS, f"099T | Drainage | Frontal Sinus, Left | {WAYS} | Qualifier: X Diagnostic; Z No Qualifier"),
    Line(SINUS, "09B | Excision | Cutting out a portion"),
    Line(SINUS, f"09BS | Excision | Frontal Sinus, Right | {WAYS} | Qualifier: X Diagnostic; Z No Qualifier"),
    Line(SINUS, f"09BK | Excision | Nasal Mucosa and Soft Tissue | {WAYS} | Qualifier: X Diagnostic; Z No Qualifier"),
]
INDEX_LINES = [
    Line(INDEX, "Sinusotomy: see Drainage, Ear, Nose, Sinus 099"),
    Line(INDEX, "Columella: use Nasal Mucosa and Soft Tissue"),
    Line(INDEX, "Trephination: see Drainage"),
]
DEFINITION_LINES = [
    Line(
        f"{DEFINITIONS}: Medical and Surgical, Body Part", "Body Part, Nasal Mucosa and Soft Tissue: includes Nostril"
    ),
    Line(f"{DEFINITIONS}: Medical and Surgical, Operation", "Operation, Excision: Cutting out | includes Polypectomy"),
]
SITES = ("099S", "099T", "09BS", "09BK")
PASSAGES = [
    CodePassage(number, site + rest)
    for number, (site, rest) in enumerate(
        ((s, a + d + q) for s in SITES for a in "034" for d in "0Z" for q in "XZ"), start=100
    )
]
CODES = {passage.key: passage.value for passage in PASSAGES}


def built(index: list[Line] = INDEX_LINES, definitions: list[Line] = DEFINITION_LINES) -> Axes:
    vectors = EMBEDDER.embed(["title"] * len(PASSAGES))  # all alike, so that only words count
    axes = build_axes(PASSAGES, vectors, TABLE_LINES, index, definitions, TERMS)
    assert axes is not None
    return axes


AXES = built()


def search(text: str, axes: Axes = AXES, **options: object) -> list[str]:
    found = axes.search(text, EMBEDDER.embed_query("title"), 200, WORDS, TERMS, **options)
    scores = weigh(found, {})
    return [CODES[key] for key in sorted(scores, key=lambda key: (-scores[key], key))]


def test_lines_of_the_parsers_are_read_back() -> None:
    tables = parsed("pcs-tables-2025.xml")
    labels = read_tables(Line(s.context, tables.text[s.start : s.end].rstrip("\n")) for s in tables.sections)
    assert labels.sections == {"0": "Medical and Surgical"}
    assert labels.operations == {"001": "Bypass"}
    assert labels.parts == {"0016": "Cerebral Ventricle", "001U": "Spinal Canal"}
    assert labels.values["001", 4, "3"] == "Percutaneous" and labels.values["001", 6, "B"] == "Cerebral Cisterns"
    index = parsed("pcs-index-2025.xml")
    references = read_index(Line(s.context, index.text[s.start : s.end].rstrip("\n")) for s in index.sections)
    assert [(r.path, r.use, r.target, r.prefix) for r in references][:2] == [
        ("Abdominohysterectomy", False, "Resection, Uterus", "0UT9"),
        ("Ablation", False, "Control bleeding in", ""),
    ]
    assert references[-1].label == "Synthetic Substitute, Ceramic" and references[-1].prefix == "0SR"
    definitions = parsed("pcs-definitions-2025.xml")
    lines = (Line(s.context, definitions.text[s.start : s.end].rstrip("\n")) for s in definitions.sections)
    inclusions = read_definitions(lines)
    assert inclusions[-1].titles == ("1st Toe, Left", "1st Toe, Right")
    assert inclusions[-1].terms == ("Hallux", "Great toe")


@pytest.mark.parametrize(
    ("query", "site"),
    [
        ("Frontal sinusotomy", "099S"),  # by the index
        ("Trephination of the frontal sinus", "099S"),
        ("Polypectomy of the nostril", "09BK"),  # by both keys of the definitions
        ("Excision of columella", "09BK"),
        ("removal of a lesion of the left frontal sinus", "09BS"),  # by the list of operations
        ("Incision of frontal sinus", "099S"),
    ],
)
def test_words_lead_to_the_operation_at_the_part(query: str, site: str) -> None:
    assert search(query)[0][:4] == site


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ("Incision of frontal sinus", "0ZZ"),
        ("Percutaneous drainage of frontal sinus", "3ZZ"),
        ("Endoscopic drainage of frontal sinus", "4ZZ"),
        ("Drainage of frontal sinus with drainage device", "00Z"),
        ("Excision biopsy of frontal sinus", "0ZX"),
    ],
)
def test_what_a_query_leaves_open_is_the_usual(query: str, rest: str) -> None:
    assert search(query)[0][4:] == rest


def test_the_second_is_no_copy_of_the_first() -> None:
    found = [Found(1, 5.0, 7), Found(2, 4.9, 7), Found(3, 4.8, 8)]
    scores = weigh(found, {})
    assert sorted(scores, key=lambda key: -scores[key]) == [1, 3, 2]
    assert weigh(found, {2: 1.0})[2] > 5.0


def test_only_what_is_allowed_is_found() -> None:
    allowed = np.array([key for key, code in CODES.items() if code.startswith("09BS")])
    assert {code[:4] for code in search("Frontal sinusotomy", allowed=allowed)} == {"09BS"}


def test_axes_know_which_passages_they_compare() -> None:
    assert AXES.holds([99, 100, 100 + len(CODES) - 1, 100 + len(CODES)]) == {100, 100 + len(CODES) - 1}


def test_without_tables_there_are_no_axes() -> None:
    vectors = EMBEDDER.embed(["title"] * len(PASSAGES))
    assert build_axes(PASSAGES, vectors, [], INDEX_LINES, DEFINITION_LINES, TERMS) is None
    assert build_axes([], vectors[:0], TABLE_LINES, INDEX_LINES, DEFINITION_LINES, TERMS) is None


def test_tables_alone_are_enough() -> None:
    axes = built([], [])
    assert search("Excision of nasal mucosa", axes)[0] == "09BK0ZZ"


@given(st.text(max_size=60))
def test_any_text_gives_all_codes_in_one_order(text: str) -> None:
    found = search(text)
    assert len(found) == len(set(found)) == len(CODES)
    assert found == search(text)


def test_what_is_kept_is_what_was_built() -> None:
    data = axes_bytes(AXES, "stamp")
    kept, axes = read_axes(data, "stamp")
    assert kept and axes is not None
    assert search("Frontal sinusotomy", axes) == search("Frontal sinusotomy")
    assert read_axes(data, "another") == (False, None)
    assert read_axes(axes_bytes(None, "stamp"), "stamp") == (True, None)
    assert read_axes(None, "stamp") == (False, None)


@pytest.mark.parametrize("end", [0, 3, 4, 50, -9])
def test_damage_is_seen(tmp_path: Path, end: int) -> None:
    cache = FolderCache(tmp_path, FileLock(str(tmp_path / "lock")))
    cache.keep("axes", axes_bytes(AXES, "stamp"), {1})
    assert read_axes(cache.kept("axes"), "stamp")[0]
    (path,) = (tmp_path / "axes").iterdir()
    path.write_bytes(path.read_bytes()[:end])
    assert cache.kept("axes") is None


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("pyeloscopy", ["kidney", "pelvis"]),
        ("subconjunctival", ["conjunctiva"]),
        ("esophagoenterostomy", ["esophagus", "small", "intestine"]),
        ("closure", []),
        ("electrode", []),
        ("an", []),
    ],
)
def test_roots_of_a_word(word: str, parts: list[str]) -> None:
    assert WORDS.parts_in(word) == parts


def test_the_longer_phrase_says_which_operation() -> None:
    assert WORDS.operations_in("Removal of foreign body", TERMS) == {"Extirpation": 1.0}
    assert WORDS.operations_in("removal", TERMS)["Removal"] == 1.0
    assert WORDS.operations_in("Nephropexy", TERMS) == {"Reposition": 1.0, "Repair": 0.7}
    assert WORDS.operations_in("weather", TERMS) == {}


def test_approaches_are_read_from_beginnings_of_words() -> None:
    assert WORDS.approaches_in("Laparoscopic biopsies") == {"endoscopic", "diagnostic"}
    assert WORDS.approaches_in("tapering") == set()


def test_every_operation_of_the_list_is_one_of_the_tables(shared_data: Path) -> None:
    path = shared_data / "code-sets" / "icd10pcs_tables_2025.xml"
    tables = parsed(path.name, path.read_bytes())
    labels = read_tables(Line(s.context, tables.text[s.start : s.end].rstrip("\n")) for s in tables.sections)
    named = {name for _, names in (*WORDS.operations, *WORDS.endings) for name in names}
    assert named <= set(labels.operations.values())
    assert labels.parts.keys() == {section.title for section in tables.sections if len(section.title) == 4}


ORDER = "".join(
    f"{number:05d} {code} 1 {code + ' short title':<60} A long title, which is the longer one, of {code}\n"
    for number, code in enumerate(CODES.values(), start=1)
)


def tables_xml() -> str:
    def labels(place: int, title: str, values: str) -> str:
        listed = "".join(f'<label code="{v[0]}">{v[2:]}</label>' for v in values.split("; "))
        return f'<axis pos="{place}" values="1"><title>{title}</title>{listed}</axis>'

    tables = ""
    for value, operation, parts in (
        ("9", "Drainage", "S Frontal Sinus, Right; T Frontal Sinus, Left"),
        ("B", "Excision", "S Frontal Sinus, Right; K Nasal Mucosa and Soft Tissue"),
    ):
        head = labels(1, "Section", "0 Medical and Surgical") + labels(2, "Body System", "9 Ear, Nose, Sinus")
        rows = labels(4, "Body Part", parts) + labels(
            5, "Approach", "0 Open; 3 Percutaneous; 4 Percutaneous Endoscopic"
        )
        rows += labels(6, "Device", "0 Drainage Device; Z No Device")
        rows += labels(7, "Qualifier", "X Diagnostic; Z No Qualifier")
        tables += f"<pcsTable>{head}{labels(3, 'Operation', f'{value} {operation}')}<pcsRow>{rows}</pcsRow></pcsTable>"
    return f"<ICD10PCS.tabular><version>2026</version><title>Tables</title>{tables}</ICD10PCS.tabular>"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = open_library(tmp_path / "library")
    files = [("order-2026.txt", ORDER), ("tables-2026.xml", tables_xml()), ("note.txt", "A note on sinuses.\n")]
    outcomes = ingestion(library).add([source(name, text) for name, text in files])
    assert [outcome.state for outcome in outcomes] == ["added"] * 3
    return library


def hits(library: Library, text: str) -> tuple[Hit, ...]:
    return searched(library, text, asked=text)


def test_a_library_with_tables_orders_its_codes_by_their_axes(library: Library) -> None:
    found = [hit for hit in hits(library, "Incision of the frontal sinus") if hit.passage.code]
    assert found[0].passage.code is not None and found[0].passage.code.value in ("099S0ZZ", "099T0ZZ")
    assert [hit.axes for hit in found] == sorted((hit.axes for hit in found if hit.axes is not None), reverse=True)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    prose = [hit for hit in hits(library, "sinuses") if hit.passage.code is None]
    assert prose and all(hit.axes is None for hit in prose)


def test_another_process_reads_the_axes_that_were_kept(library: Library) -> None:
    assert (library.folder / "axes" / "axes.npz").exists()
    before = (library.folder / "axes" / "axes.npz").stat().st_mtime_ns
    other = open_library(library.folder)
    assert hits(other, "Incision of the frontal sinus") == hits(library, "Incision of the frontal sinus")
    (library.folder / "axes" / "axes.npz").write_bytes(b"damaged")
    third = open_library(library.folder)
    assert hits(third, "Incision of the frontal sinus") == hits(library, "Incision of the frontal sinus")
    assert (library.folder / "axes" / "axes.npz").stat().st_mtime_ns > before


def test_a_document_of_another_kind_leaves_the_axes_as_they_are(library: Library) -> None:
    before = (library.folder / "axes" / "axes.npz").stat().st_mtime_ns
    ingestion(library).add([source("other.txt", "Another note.\n")])
    assert (library.folder / "axes" / "axes.npz").stat().st_mtime_ns == before


def test_without_their_codes_or_tables_nothing_is_compared(library: Library) -> None:
    by_title = {info.source_name: info.id for info in library.store.documents()}
    assert b"frontal" in (library.folder / "axes" / "axes.npz").read_bytes()
    ingestion(library).remove(by_title["tables-2026.xml"])
    assert library.compact()
    assert not (library.folder / "axes" / "axes.npz").exists(), "no byte of the tables is left"
    assert {hit.axes for hit in hits(library, "Incision of the frontal sinus")} == {None}
    ingestion(library).remove(by_title["order-2026.txt"])
    assert not [hit for hit in hits(library, "Incision of the frontal sinus") if hit.passage.code]
