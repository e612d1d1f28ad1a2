"""The offline road: files to documents, passages, vectors and the library."""
