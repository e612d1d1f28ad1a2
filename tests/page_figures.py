"""Prints what becomes of code pages in other layouts: `python tests/page_figures.py [FOLDER]`.

Fields right of `tests/data/pages`, boilerplate that is searched, titles; with headings alone, the head alone, and both.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from assistant.embedding import Embedder, PageHead, load_embedder, page_head
from assistant.ingestion import page_parts
from assistant.ingestion.page_parts import with_page_parts
from assistant.parsing import parse_document
from assistant.settings import Settings
from assistant.types import Document
from assistant.types.codes import BUILT_IN

PAGES = Path(__file__).parent / "data" / "pages"


def read(path: Path, embedder: Embedder, head: PageHead | None) -> Document:
    """A page as it is ingested."""
    document = parse_document(path.read_bytes(), path.name)
    return with_page_parts(document, path.name, BUILT_IN, embedder.embed, head)


def searched(document: Document) -> Iterator[tuple[str, str]]:
    """(slug, text) of the sections that are searched."""
    for section in document.sections:
        text = document.text[slice(*section.body)]
        if text.strip():
            yield section.slug, text


def faults(document: Document, expected: dict) -> tuple[list[str], list[str]]:
    """The fields that lack their paragraph, and the boilerplate that is searched."""
    found = list(searched(document))
    wrong = []
    for slug, words in expected["fields"].items():
        at = [part for part, text in found if " ".join(words.split()) in " ".join(text.split())]
        if slug not in at:
            wrong.append(f"{slug}: {at}")
    return wrong, [words for words in expected["unsearched"] if any(words in text for _, text in found)]


def main() -> None:
    """Prints a line a page, and the shares."""
    settings = Settings()
    embedder = load_embedder(settings.model, settings.model_cache, threads=1)
    head = page_head(embedder.name)
    pages = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGES
    expected = json.loads((pages / "expected.json").read_text("utf-8"))
    assert head is not None
    known = page_parts.is_known
    for told, used in (("headings alone", None), ("the head alone", head), ("both", head)):
        alone = told == "the head alone"
        page_parts.is_known = (lambda _: False) if alone else known  # type: ignore[assignment]
        page_parts._FIRST, page_parts._FURTHER = (0.0, 0.0) if alone else (1.0, 0.5)
        right = total = shown = lines = titles = 0
        for name, page in expected.items():
            document = read(pages / name, embedder, used)
            wrong, seen = faults(document, page)
            right += len(page["fields"]) - len(wrong)
            total += len(page["fields"])
            shown += len(seen)
            lines += len(page["unsearched"])
            titled = [str(entry.code.bare) for entry in document.entries[:1]] == [page["code"]]
            titled = titled and page["title"] in document.title
            titles += titled
            if told == "both":
                print(f"{name}: wrong {wrong}; searched {seen}; {document.title!r}{'' if titled else ' WRONG'}")
        print(f"{told}: {right} of {total} fields, {shown} of {lines} boilerplate lines searched, {titles} titles")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
