"""Reads the ICD-10-CM tabular list in XML. Each code is one line of the stored text; so is each kind of its notes.

    code  = code " | " description [" | includes " note *("; " note)]
    note  = (code / chapter / range) " | " kind " | " note *("; " note)
    kind  = "excludes1" / "excludes2" / "use additional code" / "code first" / "code also" / "notes" / "7th character" …

as in "A00.0 | Cholera due to Vibrio cholerae 01, biovar cholerae | includes Classical cholera". A note's line belongs
to no code: what a code excludes is no evidence for it.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.errors import UnreadableDocument
from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import Line, render, shown_lines
from assistant.parsing.sections import slugify
from assistant.parsing.xml_tree import Node, read_xml, root_tag
from assistant.types import CodeEntry, Document
from assistant.types.codes import Code, CodeSystem

_INCLUDED = ("inclusionTerm", "includes")
_STRUCTURE = {"name", "desc", "chapter", "section", "sectionIndex", "diag", "sevenChrDef", "visualImpairment"}


def looks_like_cm_tabular(text: str) -> bool:
    """Whether it is XML with the root of the tabular list."""
    return root_tag(text) == "ICD10CM.tabular"


def parse_cm_tabular(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from the tabular list. A code is billable if it has no finer code and takes no seventh character."""
    root = read_xml(text, name)
    system = next(system for system in systems if system.name == "ICD-10-CM")
    edition = root.said("version") or edition_of(stem)
    reader = _Reader(system, edition)
    rendered, sections = render(list(reader.lines(root)))
    entries = tuple(
        CodeEntry(section.code, title, section.start, section.start + len(section.code.value), billable)
        for section, (title, billable) in zip(
            (section for section in sections if section.code is not None), reader.titles, strict=True
        )
        if section.code is not None
    )
    if not entries:
        raise UnreadableDocument(f"{name} is an ICD-10-CM tabular list that holds no code; download it again")
    effective = effective_of(stem, edition, system.name)
    warnings: tuple[str, ...] = ()
    if reader.wrong:
        warnings = (f"{name}: {len(reader.wrong)} entries have no ICD-10-CM code or no description and were left out "
                    f"(lines {shown_lines(reader.wrong)})",)  # fmt: skip
    title = root.said("title") or stem
    return Document(
        slugify(stem) or "tabular", title, rendered, sections, entries, edition, effective, warnings=warnings
    )


class _Reader:
    """Walks the list and keeps what the lines do not say: each code's title, and whether it is billable."""

    def __init__(self, system: CodeSystem, edition: str | None) -> None:
        self._system = system
        self._edition = edition
        self.titles: list[tuple[str, bool]] = []
        self.wrong: list[int] = []

    def lines(self, root: Node) -> Iterator[Line]:
        for chapter in root.all("chapter"):
            place = f"Chapter {chapter.said('name')}"
            yield from self._heading(chapter, place)
            context = chapter.said("desc")
            for section in chapter.all("section"):
                yield from self._heading(section, section.attributes.get("id", place))
                for diagnosis in section.all("diag"):
                    yield from self._code(diagnosis, section.said("desc") or context, extended=False)

    def _heading(self, node: Node, place: str) -> Iterator[Line]:
        line = f"{place} | {node.said('desc')}"
        yield Line(line, place, f"line {node.line}", body=(len(line), len(line)))
        yield from self._notes(node, place, node.said("desc"))

    def _code(self, node: Node, context: str, *, extended: bool) -> Iterator[Line]:
        parsed, title = self._system.parse(node.said("name")), node.said("desc")
        extended = extended or any(node.all("sevenChrDef"))
        if parsed is None or not title:
            self.wrong.append(node.line)
        else:
            code = Code(self._system.name, parsed.value, self._edition)
            included = [note.text for group in node.all(*_INCLUDED) for note in group.all("note")]
            line = f"{code.value} | {title}" + (f" | includes {'; '.join(included)}" if included else "")
            self.titles.append((title, not any(node.all("diag")) and not extended))
            body = (len(code.value) + 3, len(line))
            yield Line(line, code.value, f"line {node.line}", context, code, body)
            yield from self._notes(node, code.value, context)
        for child in node.all("diag"):
            yield from self._code(child, context, extended=extended)

    def _notes(self, node: Node, place: str, context: str) -> Iterator[Line]:
        """One line for each kind of note; what a code includes stands on the code's line."""
        skipped = _STRUCTURE.union(_INCLUDED) if self._system.parse(place) else _STRUCTURE
        for group in node.children:
            notes = [note.text for note in group.all("note")]
            if group.tag not in skipped and notes:
                yield self._note(place, _words(group.tag), notes, group, context)
            elif group.tag == "sevenChrDef":
                extensions = [f"{each.attributes.get('char', '')} {each.text}" for each in group.all("extension")]
                yield self._note(place, "7th character", extensions, group, context)

    def _note(self, place: str, kind: str, notes: list[str], group: Node, context: str) -> Line:
        return Line(f"{place} | {kind} | {'; '.join(notes)}", f"{place} {kind}", f"line {group.line}", context)


def _words(tag: str) -> str:
    """ "useAdditionalCode" is "use additional code"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", tag).lower()
