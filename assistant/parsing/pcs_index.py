"""Reads the ICD-10-PCS index in XML. Each reference of a term is one line of the stored text.

    line   = path ": " [("see" / "use") " " target] [" " code]
    path   = main-term *(", " subterm)
    code   = 3*7(DIGIT / LETTER)            ; always last: "0UT9", the first characters of codes, or a whole code

as in "Abdominohysterectomy: see Resection, Uterus 0UT9", "Abdominal cavity: use Peritoneal Cavity",
"Abortion, Laminaria: 10A07ZW".
"""

from collections.abc import Iterator, Sequence

from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import Line, render
from assistant.parsing.sections import slugify
from assistant.parsing.xml_tree import Node, read_xml, root_tag
from assistant.types import Document, Synonym
from assistant.types.codes import CodeSystem

_CODES = ("code", "codes", "tab")
_CONTEXT = "ICD-10-PCS index"


def looks_like_pcs_index(text: str) -> bool:
    """Whether it is XML with the index's root."""
    return root_tag(text) == "ICD10PCS.index"


def parse_pcs_index(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from the index; it has no code entries, for it only refers to codes."""
    root = read_xml(text, name)
    edition = root.said("version") or edition_of(stem)
    terms = (term for letter in root.all("letter") for term in letter.all("mainTerm"))
    rendered, sections = render(line for term in terms for line in _lines(term, ()))
    title = root.said("title") or stem
    effective = effective_of(stem, edition, "ICD-10-PCS")
    synonyms = tuple(synonym for letter in root.all("letter") for term in letter.all("mainTerm")
                     for synonym in _synonyms(term, ()))  # fmt: skip
    return Document(slugify(stem) or "index", title, rendered, sections, (), edition, effective, synonyms=synonyms)


def _synonyms(term: Node, parents: tuple[str, ...]) -> Iterator[Synonym]:
    """The words that the index sends its reader to: from "Reduction, Dislocation" to "Reposition"."""
    title = term.said("title")
    path = (*parents, title) if title else parents
    for reference in term.all("see", "use"):
        if reference.text:
            yield Synonym(" ".join(path), reference.text, exact=False)
    for child in term.all("term"):
        yield from _synonyms(child, path)


def _lines(term: Node, parents: tuple[str, ...]) -> Iterator[Line]:
    title = term.said("title")
    path = (*parents, title) if title else parents
    for reference in term.all("see", "use", *_CODES):
        codes = [reference] if reference.tag in _CODES else reference.all(*_CODES)
        target = f"{reference.tag} {reference.text}" if reference.tag in ("see", "use") else ""
        said = " ".join(part for part in (target, *(code.text for code in codes)) if part)
        if path:  # a reference outside of any term says nothing
            yield Line(f"{', '.join(path)}: {said}", path[0], f"line {reference.line}", _CONTEXT)
    for child in term.all("term"):
        yield from _lines(child, path)
