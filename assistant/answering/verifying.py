"""Checks saved citations against the documents that the library holds now."""

from collections.abc import Sequence

from assistant.library import Reads
from assistant.types import Citation


def wrong_citations(reads: Reads, citations: Sequence[Citation]) -> list[str]:
    """What is wrong with saved citations, one line each; empty where every quote stands where it says."""
    known = {document.id: document for document in reads.documents()}
    texts: dict[str, str] = {}
    wrong = []
    for number, citation in enumerate(citations, start=1):
        document = known.get(citation.document_id)
        problem = ""
        if document is None:
            problem = "the library no longer holds the document"
        elif document.sha256 != citation.document_sha256:
            problem = "the document has changed since"
        else:
            if document.id not in texts:
                texts[document.id] = reads.text(document.id)
            text = texts[document.id]
            if text[citation.start : citation.end] != citation.quote:
                problem = "the quote does not stand there"
        if problem:
            wrong.append(f"citation {number} ({citation.document_id} {citation.start}-{citation.end}): {problem}")
    return wrong
