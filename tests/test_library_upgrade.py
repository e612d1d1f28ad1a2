"""A library of an earlier schema is brought up to date when it is opened, and answers as before."""

import sqlite3
from pathlib import Path

from libraries import assert_agrees, dense_keys, ingestion, open_library, page, source, texts
from parsing_support import DATA

SCHEMA_2 = (DATA / "library-schema-2.sql").read_text()
KEPT = {"meta", "documents", "codes", "passages", "mentions", "synonyms", "vectors", "removed"}


def as_of_schema_2(folder: Path) -> None:
    """Writes the library's database in the form of the earlier version."""
    new = folder / "library.sqlite"
    old = sqlite3.connect(folder / "old.sqlite")
    old.executescript(SCHEMA_2)
    old.execute("ATTACH ? AS new", (str(new),))
    for table in KEPT:
        columns = [row[1] for row in old.execute(f"PRAGMA main.table_info({table})")]
        chosen = ", ".join(f'"{name}"' for name in columns)
        values = chosen
        if table == "passages":
            generation = "(SELECT generation FROM new.documents d WHERE d.pk = document)"
            values = ", ".join(generation if name == "generation" else f'"{name}"' for name in columns)
        old.execute(f"INSERT INTO main.{table} ({chosen}) SELECT {values} FROM new.{table}")
    old.execute("UPDATE main.meta SET value = '2' WHERE key = 'schema'")
    old.commit()
    old.close()
    for path in folder.glob("library.sqlite*"):
        path.unlink()
    (folder / "old.sqlite").rename(new)


def test_a_library_of_schema_2_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    library = open_library(folder)
    files = {"a.md": page("20972", "femoral"), "b.md": page("20957", "radial") + "\nSee also CPT 20955.\n"}
    ingestion(library).add([source(name, text) for name, text in files.items()])
    before, listed = texts(library), library.store.listed()
    keys, generation = dense_keys(library), library.stamp.generation
    library.close()
    as_of_schema_2(folder)

    upgraded = open_library(folder)
    assert (texts(upgraded), upgraded.store.listed()) == (before, listed)
    assert (dense_keys(upgraded), upgraded.stamp.generation) == (keys, generation)
    assert {one.found for one in listed} == {1, 2}
    assert_agrees(upgraded)
    outcomes = ingestion(upgraded).add([source(name, text) for name, text in files.items()])
    assert {outcome.state for outcome in outcomes} == {"unchanged"}
    ingestion(upgraded).remove("cpt-20972-2025")
    ingestion(upgraded).add([source("c.md", page("20955", "fibular"))])
    assert upgraded.compact()
    assert_agrees(upgraded)
    assert_agrees(open_library(folder))


def test_a_new_library_and_an_upgraded_one_have_the_same_tables(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    open_library(folder).close()

    def columns() -> dict[str, set[str]]:
        connection = sqlite3.connect(folder / "library.sqlite")
        tables = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'index')")
        ]
        return {name: {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')} for name in tables}

    new = columns()
    as_of_schema_2(folder)
    assert columns() != new
    open_library(folder).close()
    assert columns() == new


def test_a_library_of_schema_3_goes_on_without_vectors_of_statements(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    library = open_library(folder)
    ingestion(library).add([source("a.md", page("20972", "femoral"))])
    before, keys = texts(library), library.store.seen().tolist()
    assert library.store.statement_vectors(keys, library.dimension)
    library.close()
    old = sqlite3.connect(folder / "library.sqlite")
    old.execute("ALTER TABLE vectors DROP COLUMN statements")
    old.execute("DROP TABLE tables")
    old.execute("ALTER TABLE documents DROP COLUMN kind")
    old.execute("DROP TABLE pairs")
    old.execute("UPDATE meta SET value = '3' WHERE key = 'schema'")
    old.commit()
    old.close()

    upgraded = open_library(folder)
    assert texts(upgraded) == before
    assert upgraded.store.statement_vectors(keys, upgraded.dimension) == {}
    assert_agrees(upgraded)
