"""Writes and deletes the rows of one document, inside a transaction of the caller's."""

import datetime
import hashlib
import sqlite3
import zlib
from collections.abc import Sequence

from assistant.library.records import Filing
from assistant.types import Document, Passage


def text_key(text: str) -> bytes:
    """The content hash under which a text's vector is kept."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def insert_document(
    connection: sqlite3.Connection, document: Document, passages: Sequence[Passage], filing: Filing, generation: int
) -> None:
    """The rows of a document, its codes, synonyms, passages and the codes these mention."""
    cursor = connection.execute(
        "INSERT INTO documents (id, title, sha256, source_sha256, source_name, root, recipe, media_type, "
        "edition, effective, expires, family, characters, passages, codes, generation, source, pages, places) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            document.title,
            hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest(),
            hashlib.sha256(filing.source).hexdigest(),
            filing.source_name,
            filing.root,
            filing.recipe,
            filing.media_type,
            document.edition,
            _iso(document.effective),
            _iso(document.expires),
            document.family,
            len(document.text),
            len(passages),
            len(document.entries),
            generation,
            zlib.compress(filing.source, 6),
            document.pages,
            document.places,
        ),
    )
    key = cursor.lastrowid
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
                _iso(entry.effective),
                _iso(entry.expires),
            )
            for entry in document.entries
        ),
    )
    connection.executemany(
        "INSERT INTO synonyms VALUES (?, ?, ?, ?)",
        ((key, synonym.term, synonym.meaning, synonym.exact) for synonym in document.synonyms),
    )
    first = connection.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0)")
    offset = int(first.fetchone()[0]) + 1
    connection.executemany(
        'INSERT INTO passages (pk, document, id, section, section_title, start, "end", text, body_start, '
        "body_end, context, system, value, quote_start, quote_end, page, location, vector, generation) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (_passage_row(offset + index, key, passage, generation) for index, passage in enumerate(passages)),
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


def delete_document(
    connection: sqlite3.Connection, document_id: str, generation: int
) -> tuple[int, list[tuple[bytes]]] | None:
    """(passages removed, keys of the vectors they had); None where there is no such document."""
    row = connection.execute("SELECT pk FROM documents WHERE id = ?", (document_id,)).fetchone()
    if row is None:
        return None
    keys = connection.execute(
        "SELECT DISTINCT vector FROM passages WHERE document = ? AND vector IS NOT NULL", row
    ).fetchall()
    count = int(connection.execute("SELECT count(*) FROM passages WHERE document = ?", row).fetchone()[0])
    connection.execute("DELETE FROM documents WHERE pk = ?", row)
    connection.execute("INSERT INTO removed VALUES (?, ?)", (row[0], generation))
    return count, keys


def drop_unused(connection: sqlite3.Connection, keys: Sequence[tuple[bytes]]) -> None:
    """Drops those vectors that no passage has any more; called when the passages of the change are stored."""
    connection.executemany(
        "DELETE FROM vectors WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passages WHERE vector = ?1)", keys
    )


def _passage_row(key: int, document: int | None, passage: Passage, generation: int) -> tuple[object, ...]:
    indexed = passage.indexed_text
    quote = passage.quote or (None, None)
    code = passage.code
    return (
        key, document, passage.id, passage.section, passage.section_title, passage.start, passage.end, passage.text,
        *passage.body, passage.context, code.system if code else "", code.value if code else "", *quote, passage.page,
        passage.location, text_key(indexed) if indexed else None, generation,
    )  # fmt: skip


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
