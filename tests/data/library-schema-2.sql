CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    source_sha256 TEXT NOT NULL, source_name TEXT NOT NULL, root TEXT NOT NULL, recipe TEXT NOT NULL,
    media_type TEXT NOT NULL, edition TEXT, effective TEXT, expires TEXT, family TEXT NOT NULL,
    characters INTEGER NOT NULL, passages INTEGER NOT NULL, codes INTEGER NOT NULL, generation INTEGER NOT NULL,
    source BLOB NOT NULL);
CREATE TABLE codes (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (pk) ON DELETE CASCADE,
    system TEXT NOT NULL, value TEXT NOT NULL, edition TEXT, title TEXT NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, billable INTEGER NOT NULL, effective TEXT, expires TEXT);
CREATE INDEX codes_value ON codes (value, system);
CREATE INDEX codes_document ON codes (document);
CREATE TABLE passages (
    pk INTEGER PRIMARY KEY AUTOINCREMENT, document INTEGER NOT NULL REFERENCES documents (pk) ON DELETE CASCADE,
    id TEXT NOT NULL, section TEXT NOT NULL, section_title TEXT NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, text TEXT NOT NULL, body_start INTEGER NOT NULL, body_end INTEGER NOT NULL,
    context TEXT NOT NULL, system TEXT NOT NULL, value TEXT NOT NULL, quote_start INTEGER, quote_end INTEGER,
    page INTEGER, location TEXT NOT NULL, vector BLOB, generation INTEGER NOT NULL);
CREATE INDEX passages_document ON passages (document, start);
CREATE INDEX passages_generation ON passages (generation);
CREATE INDEX passages_value ON passages (value, system) WHERE value != '';
CREATE INDEX passages_vector ON passages (vector);
CREATE TABLE mentions (
    passage INTEGER NOT NULL REFERENCES passages (pk) ON DELETE CASCADE, system TEXT NOT NULL, value TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, certain INTEGER NOT NULL);
CREATE INDEX mentions_passage ON mentions (passage);
CREATE INDEX mentions_value ON mentions (value, system);
CREATE TABLE synonyms (
    document INTEGER NOT NULL REFERENCES documents (pk) ON DELETE CASCADE, term TEXT NOT NULL, meaning TEXT NOT NULL,
    exact INTEGER NOT NULL);
CREATE INDEX synonyms_document ON synonyms (document);
CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE removed (document INTEGER PRIMARY KEY, generation INTEGER NOT NULL);
CREATE INDEX removed_generation ON removed (generation);
