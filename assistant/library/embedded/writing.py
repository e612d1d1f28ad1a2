"""Writes, hides and purges the rows of documents, each step inside a transaction of the caller's.

A document arrives and leaves unseen: its rows are written before its row in `documents`, which makes it seen, and
purged after that row is gone. What a process that died has left unseen is purged by the next writer.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence

from assistant.library.records import Filing, codes_found
from assistant.types import CodeEntry, Document, Passage, Synonym
from assistant.types.days import written_day
from assistant.types.pairs import CodePair
from assistant.types.tables import Table, plain_table

# So many passages are written or purged in one transaction: others who write wait for a tenth of a second at most.
STEP = 2_000


def text_key(text: str) -> bytes:
    """The content hash under which a text's vector is kept."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def reserve_document(connection: sqlite3.Connection) -> int:
    """A key for a document that arrives; it and what is written under it stay unseen."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'documents'").fetchone()
    key = (int(row[0]) if row else 0) + 1
    if row:
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'documents'", (key,))
    else:
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('documents', ?)", (key,))
    connection.execute("INSERT INTO unseen VALUES (?)", (key,))
    return key


def insert_passages(connection: sqlite3.Connection, key: int, passages: Sequence[Passage]) -> None:
    """Some passages of an unseen document, with the codes they mention."""
    first = connection.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0)")
    offset = int(first.fetchone()[0]) + 1
    connection.executemany(
        'INSERT INTO passages (pk, document, id, section, section_title, start, "end", text, body_start, '
        "body_end, context, system, value, quote_start, quote_end, page, location, vector) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_passage_row(offset + index, key, passage) for index, passage in enumerate(passages)),
    )
    connection.executemany(
        "INSERT INTO mentions VALUES (?, ?, ?, ?, ?, ?)",
        (
            (
                offset + index,
                mention.code.system,
                mention.code.value,
                mention.start,
                mention.end,
                mention.certain,
            )
            for index, passage in enumerate(passages)
            for mention in passage.mentions
        ),
    )


def insert_codes(connection: sqlite3.Connection, key: int, entries: Sequence[CodeEntry]) -> None:
    """Some of the codes that an unseen document is about."""
    connection.executemany(
        'INSERT INTO codes (document, system, value, edition, title, start, "end", billable, effective, '
        "expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                key,
                entry.code.system,
                entry.code.value,
                entry.code.edition,
                entry.title,
                entry.start,
                entry.end,
                entry.billable,
                written_day(entry.effective),
                written_day(entry.expires),
            )
            for entry in entries
        ),
    )


def insert_synonyms(connection: sqlite3.Connection, key: int, synonyms: Sequence[Synonym]) -> None:
    """What an unseen document says that terms stand for."""
    connection.executemany(
        "INSERT INTO synonyms VALUES (?, ?, ?, ?)",
        ((key, synonym.term, synonym.meaning, synonym.exact) for synonym in synonyms),
    )


def insert_tables(connection: sqlite3.Connection, key: int, tables: Sequence[Table]) -> None:
    """The structure of an unseen document's tables; their cells stand in its text."""
    connection.executemany(
        "INSERT INTO tables VALUES (?, ?, ?)",
        ((key, number, zlib.compress(json.dumps(plain_table(table)).encode())) for number, table in enumerate(tables)),
    )


def insert_pairs(connection: sqlite3.Connection, key: int, pairs: Sequence[CodePair]) -> None:
    """Some of the rows of an unseen document that pair codes."""
    connection.executemany(
        "INSERT INTO pairs VALUES (?, ?, ?, ?, ?, ?)",
        ((key, str(pair.first), str(pair.second), pair.start, pair.end, pair.location) for pair in pairs),
    )


def document_row(document: Document, passages: Sequence[Passage], filing: Filing) -> dict[str, object]:
    """The row of a document but for its key and generation; made before the transaction that needs it."""
    return {
        "id": document.id,
        "title": document.title,
        "sha256": hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest(),
        "source_sha256": hashlib.sha256(filing.source).hexdigest(),
        "source_name": filing.source_name,
        "root": filing.root,
        "recipe": filing.recipe,
        "media_type": filing.media_type,
        "edition": document.edition,
        "effective": written_day(document.effective),
        "expires": written_day(document.expires),
        "family": document.family,
        "characters": len(document.text),
        "passages": len(passages),
        "codes": len(document.entries),
        "source": zlib.compress(filing.source, 6),
        "searchable": sum(1 for passage in passages if passage.indexed_text),
        "found": codes_found(document, passages),
        "warnings": json.dumps(document.warnings),
        "pages": document.pages,
        "kind": document.kind or "",
        "places": document.places,
    }


def show_document(
    connection: sqlite3.Connection,
    key: int,
    row: Mapping[str, object],
    names: Sequence[tuple[str, str]],
    generation: int,
) -> None:
    """Makes a document seen whose other rows are all written, in place of the one of the same id, if any."""
    hide_document(connection, str(row["id"]), generation)
    whole = {"pk": key, **row, "generation": generation}
    columns, values = ", ".join(whole), ", ".join(f":{name}" for name in whole)
    connection.execute(f"INSERT INTO documents ({columns}) VALUES ({values})", whole)
    connection.executemany(
        "INSERT INTO names VALUES (?, ?, ?)",
        ((key, *name) for name in sorted({(str(row["root"]), str(row["source_name"])), *names})),
    )
    connection.execute("DELETE FROM unseen WHERE document = ?", (key,))


def hide_document(connection: sqlite3.Connection, document_id: str, generation: int) -> int | None:
    """Takes a document out of sight: how many passages it had; None where there is no such document."""
    row = connection.execute("SELECT pk, passages FROM documents WHERE id = ?", (document_id,)).fetchone()
    if row is None:
        return None
    connection.execute("DELETE FROM documents WHERE pk = ?", row[:1])
    connection.execute("DELETE FROM names WHERE document = ?", row[:1])
    connection.execute("INSERT INTO unseen VALUES (?)", row[:1])
    connection.execute("INSERT INTO removed VALUES (?, ?)", (row[0], generation))
    return int(row[1])


def drop_name(connection: sqlite3.Connection, document_id: str, root: str, name: str) -> bool:
    """Takes a file's name from a document; says whether that was its last, so that the document has to go."""
    row = connection.execute("SELECT pk FROM documents WHERE id = ?", (document_id,)).fetchone()
    if row is None:
        return False
    connection.execute("DELETE FROM names WHERE document = ? AND root = ? AND name = ?", (*row, root, name))
    left = connection.execute(
        "SELECT root, name FROM names WHERE document = ? ORDER BY root, name LIMIT 1", row
    ).fetchone()
    if left is None:
        return True
    connection.execute(
        "UPDATE documents SET root = ?, source_name = ? WHERE pk = ? AND (root, source_name) = (?, ?)",
        (*left, *row, root, name),
    )
    return False


def purge_step(connection: sqlite3.Connection) -> bool:
    """Purges some of the rows of one unseen document, with the vectors that no passage has any more.

    Says whether there was anything to purge. Only for the one writer: it would purge what another's document needs.
    """
    row = connection.execute("SELECT min(document) FROM unseen").fetchone()
    if row[0] is None:
        return False
    passages = connection.execute(
        "SELECT pk, vector FROM passages WHERE document = ? LIMIT ?", (row[0], STEP)
    ).fetchall()
    if not passages:
        gone = [
            connection.execute(
                f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE document = ? LIMIT ?)",
                (row[0], 5 * STEP),
            ).rowcount
            for table in ("codes", "pairs")
        ]
        if max(gone) < 5 * STEP:
            for table in ("synonyms", "tables", "unseen"):
                connection.execute(f"DELETE FROM {table} WHERE document = ?", row)
        return True
    connection.executemany("DELETE FROM mentions WHERE passage = ?", ((key,) for key, _ in passages))
    connection.executemany("DELETE FROM passages WHERE pk = ?", ((key,) for key, _ in passages))
    connection.executemany(
        "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE vector = ?1)",
        {(vector,) for _, vector in passages if vector is not None},
    )
    return True


def purge_orphans(connection: sqlite3.Connection) -> bool:
    """Drops the vectors that an interrupted or cancelled change embedded for passages that never came.

    Says whether there were any.
    """
    gone = connection.execute(
        "DELETE FROM vectors WHERE NOT EXISTS (SELECT 1 FROM passages WHERE passages.vector = vectors.key)"
    )
    return gone.rowcount > 0


def _passage_row(key: int, document: int, passage: Passage) -> tuple[object, ...]:
    indexed = passage.indexed_text
    quote = passage.quote or (None, None)
    code = passage.code
    return (
        key, document, passage.id, passage.section, passage.section_title, passage.start, passage.end, passage.text,
        *passage.body, passage.context, code.system if code else "", code.value if code else "", *quote, passage.page,
        passage.location, text_key(indexed) if indexed else None,
    )  # fmt: skip
