"""The offline road: what changed is read again, what is gone leaves, and one bad file harms no other."""

import os
from pathlib import Path

import pytest
from fakes import FakeEmbedder
from libraries import assert_agrees, ingestion, open_library, page, source, texts

from assistant.errors import MissingPath, UnreadableDocument
from assistant.ingestion.road import Ingestion, Outcome, find_sources
from assistant.library import Library
from assistant.settings import Settings


class CountingEmbedder(FakeEmbedder):
    """Remembers which texts it was given."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed(self, texts):
        self.embedded += texts
        return super().embed(texts)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return open_library(tmp_path / "library")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text(page("20972", "femoral"))
    (folder / "sub" / "b.md").write_text(page("20957", "radial"))
    return folder


def states(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.source_name: outcome.state for outcome in outcomes}


def test_a_folder_is_read_in_depth_and_in_order(corpus: Path) -> None:
    (corpus / ".hidden.md").write_text("x")
    (corpus / ".git").mkdir()
    (corpus / ".git" / "c.md").write_text("x")
    for name in ("~$letter.docx", "Thumbs.db", "desktop.ini", "codes.xsd"):
        (corpus / name).write_text("x")
    assert [one.name for one in find_sources([corpus])] == ["a.md", "sub/b.md"]


def test_what_a_folder_holds_besides_is_named(library: Library, corpus: Path) -> None:
    (corpus / "run.exe").write_bytes(b"x")
    (corpus / "sub" / "LICENSE").write_text("x")
    (corpus / "scan.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (corpus / "linked").symlink_to(corpus / "sub")
    told = {outcome.source_name: outcome.message for outcome in ingestion(library).index([corpus])}
    assert told["run.exe"] == "run.exe was left out: .exe files are not read; save it as PDF, text or CSV"
    assert "sub/LICENSE was left out: its name has no ending" in (told["sub/LICENSE"] or "")
    assert told["linked"] == "linked is a link to a folder; index that folder itself"
    assert "scan.png" in (told["scan.png"] or "")
    assert told["a.md"] is None and told["sub/b.md"] is None
    assert_agrees(library)


def test_tables_of_one_name_are_both_kept(library: Library, corpus: Path) -> None:
    for name, title in (("codes.csv", "Flap"), ("codes.tsv", "Graft"), ("sub/codes.csv", "Joint")):
        mark = "," if name.endswith("csv") else "\t"
        (corpus / name).write_text(f"Code{mark}Description\n20955{mark}{title} of one\n20956{mark}{title} of two\n")
    first = {outcome.source_name: outcome for outcome in ingestion(library).index([corpus])}
    assert {outcome.state for outcome in first.values()} == {"added"}
    assert (first["codes.csv"].document_id, first["codes.tsv"].document_id) == ("codes", "codes-tsv")
    assert set(states(ingestion(library).index([corpus])).values()) == {"unchanged"}


def test_the_kinds_of_the_cases_are_read_or_named(library: Library, shared_data: Path) -> None:
    folder = shared_data / "cases" / "kinds"
    outcomes = {outcome.source_name: outcome for outcome in ingestion(library).index([folder])}
    assert set(outcomes) == {file.name for file in folder.iterdir()}
    left_out = {name for name, outcome in outcomes.items() if outcome.state != "added"}
    assert left_out <= {"scan.png", "scan.tiff"}  # two scans of one page; without Tesseract, neither is read
    assert all(outcomes[name].message and name in (outcomes[name].message or "") for name in left_out)


def test_a_second_run_touches_nothing(library: Library, corpus: Path) -> None:
    assert states(ingestion(library).index([corpus])) == {"a.md": "added", "sub/b.md": "added"}
    generation = library.stamp.generation
    embedder = CountingEmbedder()
    assert states(Ingestion(library, embedder, Settings()).index([corpus])) == {
        "a.md": "unchanged",
        "sub/b.md": "unchanged",
    }
    assert library.stamp.generation == generation
    assert embedder.embedded == []


def test_an_update_embeds_only_what_changed(library: Library, corpus: Path) -> None:
    ingestion(library).index([corpus])
    (corpus / "a.md").write_text(page("20972", "femoral", "dorsal"))
    embedder = CountingEmbedder()
    assert states(Ingestion(library, embedder, Settings()).index([corpus])) == {
        "a.md": "updated",
        "sub/b.md": "unchanged",
    }
    whole, statement = embedder.embedded  # the passage, and its one sentence in its place
    assert "dorsal" in whole and statement.endswith(" › Part dorsal › The dorsal procedure of this page.")
    assert_agrees(library)


class InterruptedEmbedder(CountingEmbedder):
    """An embedder that the user interrupts at its third call."""

    calls = 0

    def embed(self, texts):
        self.calls += 1
        if self.calls == 3:
            raise KeyboardInterrupt
        return super().embed(texts)


def test_an_interrupted_run_goes_on_where_it_was(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.ingestion.road._BATCH", 10)
    rows = "".join(f"A{number:04},Ride number {number}\n" for number in range(50))
    table = source("rides-2025.csv", "Code,Description\n" + rows)
    first, second, third = InterruptedEmbedder(), CountingEmbedder(), CountingEmbedder()
    with pytest.raises(KeyboardInterrupt):
        Ingestion(library, first, Settings()).add([table])
    assert library.store.counts()[0] == 0  # no half document
    (outcome,) = Ingestion(library, second, Settings()).add([table])
    assert (outcome.state, outcome.codes) == ("added", 50)
    assert len(first.embedded) == 20
    assert len(second.embedded) == 30, "what was embedded before the interruption is not embedded again"
    assert not set(first.embedded) & set(second.embedded)
    # The same words in another document are not embedded again either.
    Ingestion(library, third, Settings()).add([source("rides-2026.csv", "Code,Description\n" + rows)])
    assert not third.embedded


def test_other_passage_settings_read_everything_again(library: Library, corpus: Path) -> None:
    ingestion(library).index([corpus])
    assert set(states(ingestion(library, passage_tokens=64).index([corpus])).values()) == {"updated"}
    assert_agrees(library)


def test_what_is_gone_from_an_indexed_folder_leaves(library: Library, corpus: Path) -> None:
    ingestion(library).add([source("upload.md", page("11042", "wound"))])
    ingestion(library).index([corpus])
    (corpus / "sub" / "b.md").unlink()
    outcomes = ingestion(library).index([corpus])
    assert states(outcomes) == {"a.md": "unchanged", "sub/b.md": "removed"}
    assert set(texts(library)) == {"cpt-20972-2025", "cpt-11042-2025"}
    assert_agrees(library)


def test_other_folders_are_left_alone(library: Library, corpus: Path, tmp_path: Path) -> None:
    ingestion(library).index([corpus])
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.md").write_text(page("20955", "fibular"))
    ingestion(library).index([other])
    assert len(texts(library)) == 3


def test_a_renamed_file_takes_its_document_along(library: Library, corpus: Path) -> None:
    ingestion(library).index([corpus])
    before = texts(library)
    (corpus / "a.md").rename(corpus / "z.md")
    outcomes = ingestion(library).index([corpus])
    assert not [outcome for outcome in outcomes if outcome.state == "failed"]
    assert texts(library) == before
    assert states(ingestion(library).index([corpus])) == {"sub/b.md": "unchanged", "z.md": "unchanged"}
    assert_agrees(library)


def test_a_moved_folder_takes_its_documents_along(library: Library, corpus: Path, tmp_path: Path) -> None:
    ingestion(library).index([corpus])
    before = texts(library)
    corpus.rename(tmp_path / "moved")
    outcomes = ingestion(library).index([tmp_path / "moved"])
    assert not [outcome for outcome in outcomes if outcome.state == "failed"]
    assert texts(library) == before
    assert_agrees(library)


def test_renumbered_files_keep_all_documents(library: Library, tmp_path: Path) -> None:
    corpus = tmp_path / "numbered"
    corpus.mkdir()
    for number, code in enumerate(("20972", "20957", "20955"), start=1):
        (corpus / f"{number}.md").write_text(page(code, f"word{code}"))
    ingestion(library).index([corpus])
    before = texts(library)
    for number in (3, 2, 1):
        (corpus / f"{number}.md").rename(corpus / f"{number + 1}.md")
    outcomes = ingestion(library).index([corpus])
    assert not [outcome for outcome in outcomes if outcome.state == "failed"]
    assert texts(library) == before
    assert set(states(ingestion(library).index([corpus])).values()) == {"unchanged"}
    assert_agrees(library)


def test_two_pages_of_one_code_are_two_documents(library: Library, corpus: Path) -> None:
    (corpus / "copy.md").write_text(page("20972", "femoral", "another"))
    outcomes = {outcome.source_name: outcome for outcome in ingestion(library).index([corpus])}
    assert (outcomes["a.md"].state, outcomes["a.md"].document_id) == ("added", "cpt-20972-2025")
    assert (outcomes["copy.md"].state, outcomes["copy.md"].document_id) == ("added", "cpt-20972-2025-copy")
    assert_agrees(library)


def test_a_file_of_the_same_name_replaces_an_added_one(library: Library) -> None:
    ingestion(library).add([source("a.md", page("20972", "femoral"))])
    (outcome,) = ingestion(library).add([source("a.md", page("20957", "radial"))])
    assert outcome.state == "updated"
    assert set(texts(library)) == {"cpt-20957-2025"}
    assert_agrees(library)


def names(library: Library) -> dict[str, tuple[str, ...]]:
    return {listed.document.id: listed.names for listed in library.store.listed()}


def test_the_same_bytes_twice_are_one_document_with_both_names(library: Library) -> None:
    text = page("20972", "femoral")
    first, second = ingestion(library).add([source("a.md", text), source("sub/b.md", text)])
    assert (first.state, second.state, second.document_id) == ("added", "unchanged", "cpt-20972-2025")
    assert "sub/b.md" in (second.message or "")
    (third,) = ingestion(library).add([source("c.md", text)])
    assert third.state == "unchanged"
    assert names(library) == {"cpt-20972-2025": ("a.md", "c.md", "sub/b.md")}
    generation = library.stamp.generation
    again = ingestion(library).add([source(name, text) for name in ("a.md", "sub/b.md", "c.md")])
    assert {(one.state, one.message) for one in again} == {("unchanged", None)}
    assert library.stamp.generation == generation
    assert_agrees(library)
    ingestion(library).remove("cpt-20972-2025")
    assert names(library) == {} and library.store.known() == ()


def test_a_narrative_under_two_names_is_one_document(library: Library) -> None:
    text = "Flaps are chosen by the wound. A free flap is cut off completely and sewn in elsewhere.\n"
    ingestion(library).add([source("policy.txt", text), source("copy of policy.txt", text)])
    assert list(names(library).values()) == [("policy.txt", "copy of policy.txt")]


def test_a_document_goes_with_the_last_of_its_files(library: Library, corpus: Path) -> None:
    (corpus / "copy.md").write_text((corpus / "a.md").read_text())
    ingestion(library).index([corpus])
    assert names(library)["cpt-20972-2025"] == ("a.md", "copy.md")
    (corpus / "a.md").unlink()
    assert states(ingestion(library).index([corpus])) == {
        "a.md": "removed", "copy.md": "unchanged", "sub/b.md": "unchanged",
    }  # fmt: skip
    assert names(library)["cpt-20972-2025"] == ("copy.md",)
    assert_agrees(library)
    (corpus / "copy.md").unlink()
    ingestion(library).index([corpus])
    assert set(names(library)) == {"cpt-20957-2025"}
    assert_agrees(library)


def test_a_file_that_changes_leaves_the_document_to_the_other(library: Library) -> None:
    text = page("20972", "femoral")
    ingestion(library).add([source("a.md", text), source("b.md", text)])
    (outcome,) = ingestion(library).add([source("a.md", page("20957", "radial"))])
    assert outcome.state == "updated"
    assert names(library) == {"cpt-20957-2025": ("a.md",), "cpt-20972-2025": ("b.md",)}
    (outcome,) = ingestion(library).add([source("b.md", page("20957", "radial"))])
    assert names(library) == {"cpt-20957-2025": ("a.md", "b.md")}
    assert_agrees(library)


def test_files_that_swap_their_content_keep_both_documents(library: Library, corpus: Path) -> None:
    ingestion(library).index([corpus])
    before = texts(library)
    first, second = (corpus / "a.md").read_text(), (corpus / "sub" / "b.md").read_text()
    (corpus / "a.md").write_text(second)
    (corpus / "sub" / "b.md").write_text(first)
    ingestion(library).index([corpus])
    assert texts(library) == before
    assert names(library) == {"cpt-20957-2025": ("a.md",), "cpt-20972-2025": ("sub/b.md",)}
    assert_agrees(library)


def test_an_uploaded_new_edition_stands_beside_the_old_one(library: Library) -> None:
    def edition(year: str, *words: str) -> str:
        return page("20972", *words, edition=year).replace(f"id: cpt-20972-{year}", "id: the-guide")

    (first,) = ingestion(library).add([source("guide.md", edition("2025", "femoral"))])
    (second,) = ingestion(library).add([source("guide.md", edition("2026", "femoral", "radial"))])
    assert (first.document_id, second.document_id, second.state) == ("the-guide", "the-guide-2026", "added")
    assert names(library) == {"the-guide": ("guide.md",), "the-guide-2026": ("guide.md",)}
    (again,) = ingestion(library).add([source("guide.md", edition("2025", "femoral"))])
    assert again.state == "unchanged"
    (mended,) = ingestion(library).add([source("guide.md", edition("2026", "tibial"))])
    assert (mended.state, mended.document_id) == ("updated", "the-guide-2026")
    (mended,) = ingestion(library).add([source("guide.md", edition("2025", "ulnar"))])
    assert (mended.state, mended.document_id) == ("updated", "the-guide")
    assert_agrees(library)
    ingestion(library).remove("the-guide")
    assert set(names(library)) == {"the-guide-2026"}


def test_a_new_edition_in_an_indexed_folder_takes_the_place_of_the_old(library: Library, corpus: Path) -> None:
    ingestion(library).index([corpus])
    (corpus / "a.md").write_text(page("20972", "femoral", edition="2026"))
    ingestion(library).index([corpus])
    assert set(texts(library)) == {"cpt-20972-2026", "cpt-20957-2025"}


BAD = {
    "empty.md": b"",
    "blank.txt": b" \n\n ",
    "binary.txt": bytes(range(256)) * 40,
    "paper.txt": b"%PDF-1.7 \x00\x01",
    "broken.md": "Ein Text mit ü, ö und ä. ".encode() * 20 + b"\xff\xfe\xfd" + "Schluß über öde Äcker ".encode() * 20,
    "nocodes.csv": b"name,colour\nRose,red\nViolet,blue\n",
    "large.txt": b"A procedure.\n" * 90_000,
}


def test_bad_files_fail_in_one_line_each_and_the_good_ones_are_stored(library: Library, corpus: Path) -> None:
    for name, data in BAD.items():
        (corpus / name).write_bytes(data)
    outcomes = {outcome.source_name: outcome for outcome in ingestion(library, max_file_mb=1).index([corpus])}
    for name in BAD:
        message = outcomes[name].message
        assert outcomes[name].state == "failed" and message is not None
        assert name in message and "\n" not in message
    assert outcomes["a.md"].state == outcomes["sub/b.md"].state == "added"
    assert len(texts(library)) == 2
    assert_agrees(library)


def test_a_file_that_turns_bad_loses_nothing(library: Library, corpus: Path) -> None:
    ingestion(library).index([corpus])
    before = texts(library)
    (corpus / "a.md").write_bytes(b"")
    outcomes = {outcome.source_name: outcome for outcome in ingestion(library).index([corpus])}
    assert (outcomes["a.md"].state, outcomes["a.md"].document_id) == ("failed", "cpt-20972-2025")
    assert texts(library) == before


def test_a_dangling_link_and_a_pipe_fail_alone(library: Library, corpus: Path) -> None:
    (corpus / "dangling.md").symlink_to(corpus / "nowhere.md")
    os.mkfifo(corpus / "pipe.txt")
    assert states(ingestion(library).index([corpus])) == {
        "a.md": "added",
        "dangling.md": "failed",
        "pipe.txt": "failed",
        "sub/b.md": "added",
    }


def test_a_folder_that_cannot_be_listed_stops_the_run(
    library: Library, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingestion(library).index([corpus])
    before = texts(library)
    listed = os.scandir

    def scandir(path):
        if Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UnreadableDocument, match="sub cannot be read"):
        ingestion(library).index([corpus])
    assert texts(library) == before


def test_a_missing_path_is_told_before_anything_changes(library: Library, corpus: Path) -> None:
    with pytest.raises(MissingPath, match="missing"):
        ingestion(library).index([corpus, corpus / "missing"])
    assert library.stamp.generation == 0


def test_progress_counts_up_to_the_whole(library: Library, corpus: Path) -> None:
    told: list[tuple[str, int, int]] = []
    ingestion(library).index([corpus], lambda *step: told.append(step))
    for stage in ("reading", "embedding"):
        steps = [(done, total) for name, done, total in told if name == stage]
        assert steps == sorted(steps) and steps[-1][0] == steps[-1][1] > 0


def test_a_public_code_set_is_whole(library: Library, shared_data: Path) -> None:
    path = shared_data / "code-sets" / "hcpcs_level2_OCT2025_long_descriptions.csv"
    (outcome,) = ingestion(library).index([path])
    assert outcome.state == "added" and outcome.codes > 8_000
    assert set(texts(library).values()) == {path.read_bytes().decode("utf-8-sig")}
    assert len(library) == library.store.counts()[1] > 8_000
    (again,) = ingestion(library).index([path])
    assert again.state == "unchanged"
