"""What every engine promises a library, whichever keeps it: states, changes, jobs, the inbox, reports and the cache."""

import ast
import datetime
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import LibraryBusy, LibraryError, UnknownDocument
from assistant.library import Engine, Filing, Receipt, text_key
from assistant.library.embedded.pool import SNAPSHOTS, STATEMENTS
from assistant.library.embedded.store import open_embedded
from assistant.types import CodeEntry, Document, Passage, Section, Synonym, Table
from assistant.types.codes import Code, Mention

DIMENSION = 4
Opener = Callable[[], Engine]
# A second engine is added here.
ENGINES: dict[str, Callable[[Path], Engine]] = {"embedded": lambda folder: open_embedded(folder, create=True)}


@pytest.fixture(params=list(ENGINES))
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same library again and again, as other processes would."""
    opened: list[Engine] = []

    def open_again() -> Engine:
        opened.append(ENGINES[request.param](tmp_path / "library"))
        return opened[-1]

    yield open_again
    for engine in opened:
        engine.close()


@pytest.fixture
def engine(opener: Opener) -> Engine:
    return opener()


def document(name: str, *words: str, value: str = "20972", edition: str = "2025", family: str = "flaps") -> Document:
    text = "".join(f"{value} {word} procedure.\n" for word in words)
    entry = CodeEntry(Code("CPT", value, edition), f"About {value}", 0, len(value))
    day = datetime.date(int(edition), 1, 1)
    return Document(
        id=name,
        title=f"Title of {name}",
        text=text,
        sections=(Section("lead", "Lead", 0, len(text), (0, len(text))),),
        edition=edition,
        effective=day,
        expires=day.replace(month=12, day=31),
        entries=(entry,),
        family=family,
        synonyms=(Synonym(f"term of {name}", "meaning", True),),
    )


def passages_of(one: Document) -> list[Passage]:
    found, start = [], 0
    for number, line in enumerate(one.text.splitlines(keepends=True)):
        mention = Mention(one.entries[0].code.bare, 0, len(one.entries[0].code.value), True)
        found.append(
            Passage(
                id=f"{one.id}#{number}",
                document_id=one.id,
                section="lead" if not number else f"part-{number}",
                section_title=f"Part {number}",
                start=start,
                end=start + len(line),
                text=line,
                body=(0, len(line)),
                context="",
                code=one.entries[0].code,
                mentions=(mention,),
            )
        )
        start += len(line)
    return found


def put(
    engine: Engine,
    one: Document,
    receipt: Receipt | None = None,
    before: str | None = None,
    passages: Sequence[Passage] = (),
) -> None:
    passages = passages or passages_of(one)
    keys = [text_key(passage.indexed_text) for passage in passages]
    engine.put_vectors(keys, np.eye(DIMENSION, dtype=np.float32)[[n % DIMENSION for n in range(len(keys))]])
    filing = Filing(one.text.encode(), f"{one.id}.md", "", "text/markdown", "recipe")
    with engine.writing(5.0):
        engine.put_document(one, passages, filing, before, receipt)


def test_an_empty_library_is_at_generation_nought_and_holds_nothing(engine: Engine) -> None:
    assert engine.generation() == 0 and engine.counts() == (0, 0, 0) and engine.documents() == ()
    assert engine.known() == () and engine.listed() == () and engine.document_keys() == []
    assert engine.prose(10) is None and engine.seen().tolist() == []
    for ask in (engine.document, engine.listed_document, engine.text, engine.source, engine.places, engine.titles):
        with pytest.raises(UnknownDocument):
            ask("nothing")
    with pytest.raises(UnknownDocument):
        engine.passage_at("nothing", 0)
    with pytest.raises(UnknownDocument):
        engine.remove_document("nothing")
    assert engine.generation() == 0


def test_facts_are_kept_and_no_generation_passes(opener: Opener) -> None:
    engine = opener()
    assert engine.meta("model") is None
    engine.set_meta({"model": "one", "fingerprint": "print"})
    engine.set_meta({"model": "two"})
    other = opener()
    assert (other.meta("model"), other.meta("fingerprint"), other.generation()) == ("two", "print", 0)
    assert other.stamp().embedding_model == "two"


def test_a_document_comes_whole_with_all_that_is_told_of_it(engine: Engine) -> None:
    one = document("one", "femoral", "dorsal")
    put(engine, one)
    assert engine.generation() == 1 and engine.counts() == (1, 2, 1)
    info = engine.document("one")
    assert (info.id, info.edition, info.passages, info.codes, info.generation) == ("one", "2025", 2, 1, 1)
    assert engine.text("one") == one.text and engine.source("one") == one.text.encode()
    assert engine.digests(["one", "two"]) == {"one": info.sha256}
    keys = engine.seen().tolist()
    stored = engine.passages([*keys, max(keys) + 1])
    assert list(stored) == keys and [item.passage for item in stored.values()] == list(engine.passages_of("one"))
    assert [item.passage.id for item in engine.passages_about(one.entries[0].code)] == ["one#0", "one#1"]
    assert engine.passage_at("one", len(one.text) - 1) == (keys[1], stored[keys[1]])
    spans = engine.spans(keys)
    assert [(spans[key].start, spans[key].end) for key in keys] == [(0, 25), (25, len(one.text))]
    assert engine.indexed_texts(keys) == {key: spans[key].indexed for key in keys}
    assert engine.keys_of([one.entries[0].code, Code("HCPCS", "20972")]) == keys
    assert engine.keys_of([Code("HCPCS", "20972")]) == engine.keys_of([]) == []
    assert [row[0] for row in engine.subjects()] == keys == engine.allowed(None, None).tolist()
    (entry,) = engine.entries([Code("CPT", "20972"), Code("CPT", "1")])[Code("CPT", "20972")]
    assert entry.entry.title == "About 20972" and entry.family == "flaps" and "femoral" in entry.description
    assert engine.family_codes(["flaps", ""]) == (Code("CPT", "20972", "2025"),)
    assert engine.titles("one") == {Code("CPT", "20972"): "About 20972"}
    assert [synonym.term for synonym in engine.synonyms()] == ["term of one"]
    there, vectors = engine.vectors_of([*keys, 99], DIMENSION)
    assert there == keys and vectors.tolist() == np.eye(DIMENSION)[:2].tolist()
    rows = engine.rows_about([one.entries[0].code])
    assert [(row.key, row.opening, row.section) for row in rows] == [
        (keys[0], True, "lead"),
        (keys[1], False, "part-1"),
    ]
    assert engine.missing_vectors([text_key(stored[keys[0]].passage.indexed_text), b"x" * 16]) == {b"x" * 16}


def test_a_row_that_names_a_code_is_about_it_too_and_gives_it_no_title(engine: Engine) -> None:
    put(engine, document("page", "femoral"))
    pair = document("pair", "paired", edition="2026")
    second = CodeEntry(Code("CPT", "20973", "2026"), "", 6, 11)
    untitled = replace(pair, entries=(replace(pair.entries[0], title=""), second))
    other = Mention(second.code.bare, 6, 11, True)
    row = replace(passages_of(untitled)[0], code=None, quote=(0, 10), mentions=(other,))
    put(engine, untitled, passages=[row])
    (stored,) = engine.passages_about(other.code)
    assert (stored.document.id, stored.passage.mentions) == ("pair", (other,))
    assert [row.code for row in engine.rows_about([second.code, other.code])] == [second.code]
    assert [e.document.id for e in engine.entries([Code("CPT", "20972")])[Code("CPT", "20972")]] == ["page", "pair"]


def test_the_tables_of_a_document_come_in_order_and_go_with_it(engine: Engine) -> None:
    one = document("one", "femoral", "dorsal")
    tables = (
        Table(0, 25, ("Code", "What"), code=0, text=1, apart=((0, ((0, 5), (6, 13))),)),
        Table(25, len(one.text), (), ";", True, long=((25, len(one.text)),)),
    )
    put(engine, replace(one, tables=tables))
    assert engine.tables("one") == tables
    assert engine.slice("one", 6, 31) == one.text[6:31] and engine.slice("one", 25, 30) == one.text[25:30]
    engine.remove_document("one")
    for gone in (lambda: engine.tables("one"), lambda: engine.slice("one", 0, 5)):
        with pytest.raises(UnknownDocument):
            gone()


def test_editions_come_newest_first_and_a_day_chooses(engine: Engine) -> None:
    for edition in ("2024", "2026", "2025"):
        put(engine, document(f"of-{edition}", edition, edition=edition))
    held = engine.entries([Code("CPT", "20972")])[Code("CPT", "20972")]
    assert [entry.entry.code.edition for entry in held] == ["2026", "2025", "2024"]
    (key,) = engine.documents_on(datetime.date(2025, 6, 1))
    assert engine.documents_on(datetime.date(1999, 1, 1)) == []
    (passage,) = engine.passages(engine.allowed([key], ["CPT", ""]).tolist()).values()
    assert passage.document.edition == "2025"
    assert engine.allowed([key], ["HCPCS"]).tolist() == []


def test_the_feed_tells_what_came_and_went_since(engine: Engine) -> None:
    put(engine, document("one", "femoral"))
    put(engine, document("two", "radial", value="20957"))
    (first, second) = engine.seen().tolist()
    assert [row[0] for row in engine.searchable_since(-1, 2)] == [first, second]
    assert [row[0] for row in engine.searchable_since(1, 2)] == [second]
    assert [row[0] for row in engine.searchable_since(-1, 1)] == [first]
    keys, vectors = engine.vectors_since(0, 2, DIMENSION)
    assert keys.tolist() == [first, second] and vectors.dtype == np.float16
    gone = engine.document_keys()[0]
    assert engine.remove_document("one") == (1, 3) and engine.removed_since(2) == [gone]
    assert engine.removed_since(3) == [] and engine.extent(1) == (1, 1)


def test_a_removed_document_is_gone_from_every_read_at_once_and_its_keys_do_not_come_back(engine: Engine) -> None:
    put(engine, document("one", "femoral"))
    (key,) = engine.seen().tolist()
    assert engine.remove_document("one") == (1, 2)
    assert engine.passages([key]) == {} and engine.spans([key]) == {} and engine.seen().tolist() == []
    assert engine.entries([Code("CPT", "20972")]) == {} and engine.synonyms() == () and engine.subjects() == []
    assert engine.keys_of([Code("CPT", "20972")]) == []
    assert engine.passages_about(Code("CPT", "20972")) == () and engine.allowed(None, None).tolist() == []
    assert engine.uncompacted()
    with engine.writing():
        engine.purge()
    put(engine, document("one", "femoral"))
    assert engine.seen().tolist()[0] > key


def test_a_change_that_is_refused_changes_nothing(engine: Engine) -> None:
    put(engine, document("one", "femoral"))
    before = engine.stamp(), engine.documents(), engine.known()
    other = document("one", "radial")
    receipt = Receipt("job", 0, "one", {"what no engine can store": object()})
    with engine.writing(), pytest.raises(TypeError):
        engine.put_document(other, passages_of(other), FILING, None, receipt)
    assert (engine.stamp(), engine.documents(), engine.known()) == before
    assert engine.text("one") == document("one", "femoral").text


FILING = Filing(b"", "one.md", "", "text/markdown", "recipe")


def test_a_state_stays_as_it_was_and_the_present_goes_on(opener: Opener) -> None:
    engine, other = opener(), opener()
    put(engine, document("one", "femoral"))
    with engine.reading() as state:
        other.remove_document("one")
        put(other, document("two", "radial"))
        assert [info.id for info in state.documents()] == ["one"] and state.generation() == 1
        assert state.text("one") and [row[0] for row in state.subjects()] == state.seen().tolist()
        assert [info.id for info in engine.documents()] == ["two"] and engine.generation() == 3
    with engine.reading() as state:
        assert [info.id for info in state.documents()] == ["two"]


def test_a_reader_never_sees_half_of_a_document(opener: Opener) -> None:
    engine, writer = opener(), opener()
    long, short = document("one", *(f"word{n}" for n in range(60))), document("one", "femoral")
    put(engine, short)
    done = threading.Event()

    def write() -> None:
        try:
            for _ in range(15):
                put(writer, long)
                put(writer, short)
        finally:
            done.set()

    thread = threading.Thread(target=write)
    thread.start()
    seen = 0
    while not done.is_set():
        with engine.reading() as state:
            info = state.document("one")
            assert len(state.text("one")) == info.characters and len(state.passages_of("one")) == info.passages
            assert len(state.seen()) == state.counts()[1] == info.passages
            seen += 1
        assert engine.listed_document("one").document.passages in (1, 60)
    thread.join()
    assert seen > 1


def test_who_holds_a_state_needs_no_other_to_read_the_present_or_to_write(engine: Engine) -> None:
    """As many threads as there are states, each of which reads and writes while it holds one, all come to an end."""
    put(engine, document("one", "femoral"))
    together = threading.Barrier(SNAPSHOTS)
    ended: list[int] = []

    def hold(number: int) -> None:
        with engine.reading() as state:
            together.wait(30)
            engine.set_meta({f"of {number}": "x"})
            assert engine.counts() == state.counts()
            ended.append(number)

    threads = [threading.Thread(target=hold, args=(number,), daemon=True) for number in range(SNAPSHOTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ended) == list(range(SNAPSHOTS))


def test_one_state_more_than_there_are_waits_for_one(engine: Engine) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(engine.reading()) for _ in range(SNAPSHOTS)]
        got = threading.Event()

        def ask() -> None:
            with engine.reading():
                got.set()

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        assert not got.wait(0.3) and len(held) == SNAPSHOTS
        assert engine.counts() == (0, 0, 0), "the present is read beside them"
    assert got.wait(10)
    thread.join()


def test_one_writes_at_a_time_and_may_ask_again(opener: Opener) -> None:
    engine, other = opener(), opener()
    with engine.writing(), engine.writing():
        with pytest.raises(LibraryBusy), other.writing():
            pass
        other.set_meta({"waits": "for nobody"})
    with other.writing():
        pass


def test_a_name_more_and_a_name_less(engine: Engine) -> None:
    put(engine, document("one", "femoral"))
    engine.add_name("one", "/root", "copy.md")
    assert engine.listed_document("one").names == ("one.md", "copy.md") and engine.generation() == 1
    engine.drop_name("one", "", "one.md")
    assert [known.source_name for known in engine.known()] == ["copy.md"] and engine.generation() == 1
    engine.drop_name("one", "/root", "copy.md")
    assert engine.documents() == () and engine.generation() == 2


def test_a_receipt_is_stored_with_its_document_and_goes_with_it(engine: Engine) -> None:
    engine.jobs.add("job", [("one.md", 10), ("two.md", 20)])
    body = {"state": "added", "source_name": "one.md"}
    put(engine, document("one", "femoral"), Receipt("job", 0, "one", body))
    engine.jobs.record(Receipt("job", 1, None, {"state": "failed", "source_name": "two.md"}))
    engine.add_name("one", "", "again.md", None, Receipt("job", 0, "one", body | {"state": "unchanged"}))
    job = engine.jobs.get("job")
    assert job is not None
    assert [(number, told["state"]) for number, told in job.outcomes] == [(0, "added"), (1, "failed"), (0, "unchanged")]
    engine.remove_document("one")
    job = engine.jobs.get("job")
    assert job is not None and [number for number, _ in job.outcomes] == [1]
    assert [file.name for file in job.files] == ["two.md"], "no name of a file of a removed document is left"


def test_jobs_come_in_their_order_and_an_end_is_the_last_thing(engine: Engine) -> None:
    assert engine.jobs.next() is None and engine.jobs.get("none") is None and not engine.jobs.is_cancelled("none")
    engine.jobs.add("first", [("a", 1)])
    engine.jobs.add("second", [("b", 1)])
    assert engine.jobs.next() == "first"
    engine.jobs.begin("first")
    engine.jobs.tell("first", [(0, 0.5)])
    engine.jobs.tell("first", [(0, 0.2)])
    job = engine.jobs.get("first")
    assert job is not None and job.state == "running" and job.progress == 0.5 and engine.jobs.next() == "first"
    engine.jobs.cancel("first")
    assert engine.jobs.is_cancelled("first")
    engine.jobs.end("first", "cancelled", "told")
    engine.jobs.end("first", "done", None)
    job = engine.jobs.get("first")
    assert job is not None and (job.state, job.message, job.ended) == ("cancelled", "told", True)
    assert engine.jobs.next() == "second"


def test_files_wait_in_the_inbox_while_they_are_needed(opener: Opener) -> None:
    engine, other = opener(), opener()
    with engine.inbox.filling("job"):
        with engine.inbox.create("job", 0) as file:
            file.write(b"bytes")
        assert not other.inbox.is_abandoned("job")
    assert other.inbox.uploads() == ["job"] and other.inbox.path("job", 0).read_bytes() == b"bytes"

    def break_off() -> None:
        with engine.inbox.filling("broken"):
            engine.inbox.create("broken", 0).close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert other.inbox.uploads() == ["job"]
    other.inbox.clean("job")
    other.inbox.clean("job")
    assert engine.inbox.uploads() == []


def test_one_works_on_the_inbox_at_a_time(opener: Opener) -> None:
    engine, other = opener(), opener()
    with engine.inbox.working() as ours, other.inbox.working() as theirs:
        assert ours and not theirs
    with other.inbox.working() as theirs:
        assert theirs


def test_the_last_report_is_kept_and_forgets_the_quotes_of_what_is_gone(opener: Opener) -> None:
    engine = opener()
    assert engine.reports.last() is None
    engine.reports.keep({"misses": [{"quotes": [{"document_id": "one"}, {"document_id": "two"}]}]})
    opener().reports.forget({"two"})
    assert engine.reports.last() == {"misses": [{"quotes": [{"document_id": "two"}]}]}


def test_the_cache_goes_with_the_documents_it_was_made_from(opener: Opener) -> None:
    engine, other = opener(), opener()
    assert engine.cache.kept("axes") is None
    engine.cache.keep("axes", b"\x00\n\xff", {1, 2})
    assert other.cache.kept("axes") == b"\x00\n\xff"
    other.cache.forget({1, 2, 3})
    assert engine.cache.kept("axes") == b"\x00\n\xff"
    with engine.cache.writing() as ours, other.cache.writing() as theirs:
        assert ours and not theirs
        other.cache.keep("axes", b"late", {1})
    assert engine.cache.kept("axes") == b"\x00\n\xff", "who may not write leaves it"
    other.cache.forget({1})
    assert engine.cache.kept("axes") is None


def test_after_purge_and_vacuum_nothing_is_left_and_nothing_is_due(engine: Engine) -> None:
    put(engine, document("one", "femoral"))
    put(engine, document("two", "radial", value="20957"))
    engine.remove_document("one")
    assert engine.uncompacted()
    with engine.writing():
        engine.purge()
        assert engine.missing_vectors([text_key(passages_of(document("one", "femoral"))[0].indexed_text)])
        with engine.reading():
            assert not engine.vacuum(), "a reader of an older state hinders it"
        assert engine.vacuum()
        engine.compacted(engine.generation())
    assert not engine.uncompacted() and engine.removed_since(-1) == [] and engine.text("two")


def test_closing_twice_does_no_harm(opener: Opener) -> None:
    engine = opener()
    engine.close()
    engine.close()


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="no library"):
        open_embedded(tmp_path / "nowhere")


def test_connections_and_files_do_not_grow_with_the_threads_that_asked(tmp_path: Path) -> None:
    engine = open_embedded(tmp_path / "library", create=True)
    put(engine, document("one", "femoral"))

    def ask(together: threading.Barrier | None = None) -> None:
        with engine.reading() as state:
            if together is not None:
                together.wait(30)
            assert state.counts() == engine.counts()

    def open_files() -> int:
        """Those of this library. SQLite keeps those of a closed connection while another holds a lock, for the next."""
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sum(str(link.readlink()).startswith(str(tmp_path)) for link in links)

    def by_threads(*given: threading.Barrier) -> None:
        threads = [threading.Thread(target=ask, args=given) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    by_threads(threading.Barrier(10))
    most = open_files()
    for _ in range(10):
        by_threads()
    assert engine._database.pool.open <= 5, "a few idle readers and the writer"
    # No more than ten that ask at once need, though a hundred have asked; single statements are not in step.
    assert open_files() <= most + 2 * STATEMENTS
    engine.close()
    assert engine._database.pool.open == 0


# Of SQLite, of the folder and of its locks only the room of the library may speak.
OURS = ("sqlite3", "filelock", "FileLock", "library.sqlite", "write.lock", "performance.json", "axes.npz", "_database")


def test_nothing_outside_the_room_names_what_an_engine_is_made_of() -> None:
    package = Path(__file__).parents[1] / "assistant"
    modules = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] != "library"]
    assert len(modules) > 100
    named = {
        f"{path.relative_to(package)}: {word}" for path in modules for word in OURS if word in path.read_text("utf-8")
    }
    assert named == set()


def test_the_room_rests_on_no_room_above_it() -> None:
    room = Path(__file__).parents[1] / "assistant" / "library"
    modules = list(room.rglob("*.py"))
    assert len(modules) > 15
    imported = {
        node.module.split(".")[1]
        for path in modules
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("assistant.")
    }
    assert imported == {"errors", "library", "types"}


def test_the_vectors_of_statements_come_and_go_with_their_passage(engine: Engine) -> None:
    one = document("one", "femoral", "dorsal")
    passages = passages_of(one)
    keys = [text_key(passage.indexed_text) for passage in passages]
    eye = np.eye(DIMENSION, dtype=np.float32)
    engine.put_vectors(keys, eye[: len(keys)], [eye[1:3], eye[:0]])
    with engine.writing(5.0):
        engine.put_document(one, passages, Filing(b"x", "one.md", "", "text/markdown", "recipe"), None, None)
    first, second = engine.seen().tolist()
    found = engine.statement_vectors([first, second, second + 1], DIMENSION)
    assert list(found) == [first]
    np.testing.assert_array_equal(found[first], eye[1:3])
    with engine.writing(5.0):
        engine.remove_document("one")
        engine.purge()
    assert engine.statement_vectors([first, second], DIMENSION) == {}
    assert engine.missing_vectors(keys) == set(keys)
