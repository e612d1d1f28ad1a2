"""Keeps track of the library's files while new ones come in: what a file replaces, and which id is free."""

import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from assistant.errors import UnreadableDocument
from assistant.ingestion.sources import Source
from assistant.library import Filing, Known
from assistant.parsing.sections import slugify
from assistant.types import Document


class KnownFiles:
    """What the library holds of each file, and what it will hold once the files read so far are stored."""

    def __init__(self, known: Sequence[Known], recipe: str) -> None:
        self._names: dict[tuple[str, str], list[Known]] = {}
        self._owners: dict[str, set[tuple[str, str]]] = {}
        self._same: dict[tuple[str, str | None], str] = {}
        for one in known:
            self._names.setdefault((one.root, one.source_name), []).append(one)
            # A renamed or moved file takes its document along; a file that is still there keeps its document's id.
            if not _is_gone(one):
                self._owners.setdefault(one.document_id, set()).add((one.root, one.source_name))
                if one.recipe == recipe:
                    self._same[one.source_sha256, one.edition] = one.document_id

    def of_name(self, source: Source) -> Sequence[Known]:
        """The documents known by a file's name; an uploaded file may have one in each edition."""
        return self._names.get((source.root, source.name), ())

    def before(self, source: Source, document: Document) -> Known | None:
        """The document that a file's new content replaces; a new edition that is uploaded replaces none."""
        for known in self.of_name(source):
            editions = {known.edition, document.edition}
            if source.root or None in editions or len(editions) == 1:
                return known
        return None

    def same(self, digest: str, edition: str | None) -> str | None:
        """The id of the document with the same bytes and edition, if there is one."""
        return self._same.get((digest, edition))

    def names(self, document_id: str, digest: str) -> tuple[tuple[str, str], ...]:
        """(root, name) of the files that are there and hold a document in exactly these bytes."""
        owners = self._owners.get(document_id, set())
        return tuple(
            at
            for at in sorted(owners)
            if any(one.document_id == document_id and one.source_sha256 == digest for one in self._names.get(at, ()))
        )

    def free_id(self, source: Source, document: Document, before: Known | None) -> str:
        """The id for a document. Raises UnreadableDocument if a document of a file of the same name must keep it."""
        at = (source.root, source.name)
        owners = self._owners.get(document.id, set())
        if not owners or (at in owners and before is not None and before.document_id == document.id):
            return document.id
        if at in owners:  # the id of another edition, in a file of the same name
            return f"{document.id}-{document.edition}"
        path = PurePosixPath(source.name)
        if min(owners)[1] == source.name:
            raise UnreadableDocument(
                f"{source.name} is about the same as another file of this name ({document.id}); remove one of them, or "
                "rename it"
            )
        # A table is called after its file. A page is about its code, and so may be another vendor's page: both answer.
        called_after_file = document.id == slugify(path.stem)
        after_file = f"{document.id}-{slugify(path.stem)}"
        if document.entries and not called_after_file and not self._owners.get(after_file):
            return after_file
        by_kind = f"{document.id}-{path.suffix[1:].lower()}"
        if called_after_file and path.suffix and not self._owners.get(by_kind):
            return by_kind
        return f"{document.id}-{hashlib.sha256(f'{source.root}/{source.name}'.encode()).hexdigest()[:6]}"

    def keep_name(self, source: Source, before: Known | None, document_id: str) -> None:
        """Records that a file will be one more name of a document."""
        self._leave(source, before)
        self._owners.setdefault(document_id, set()).add((source.root, source.name))

    def keep(self, source: Source, before: Known | None, document: Document, filing: Filing) -> None:
        """Records a document that will be stored."""
        self._leave(source, before)
        at = (source.root, source.name)
        digest = hashlib.sha256(filing.source).hexdigest()
        known = Known(document.id, source.name, source.root, digest, filing.recipe, document.edition)
        others = [one for one in self.of_name(source) if one is not before]
        self._names[at] = [*others, known]
        self._owners[document.id] = {at, *filing.names}
        self._same[digest, document.edition] = document.id

    def _leave(self, source: Source, before: Known | None) -> None:
        if before is None:
            return
        left = self._owners.get(before.document_id, set())
        left.discard((source.root, source.name))
        if not left:  # it goes with its last name
            self._same.pop((before.source_sha256, before.edition), None)


def places(known: Known) -> list[tuple[str, str]]:
    """(root, name) of a document's file, and of the folders and the archive that it lies in."""
    name = PurePosixPath(known.source_name)
    return [(known.root, str(place)) for place in (name, *name.parents)]


def _is_gone(known: Known) -> bool:
    """Whether the file behind a document is no longer there; uploads ("") have none to look for."""
    if not known.root:
        return False
    path = Path(known.root, known.source_name)
    return not any(place.is_file() for place in (path, *path.parents))
