"""Reads the ICD-10-PCS definitions in XML, with the body-part and device keys. Each term is one line of stored text.

    line  = axis ", " title *("; " title) ": " part *(" | " part)
    part  = definition / "explanation " text / "includes " item *("; " item)

as in "Operation, Alteration: Modifying the anatomic structure … | explanation Principal purpose is … | includes Face
lift, …" and "Body Part, Liver: includes Quadrate lobe". The device aggregation table follows, one device a line:

    line  = "Device, " device ": operation " items " | body system " items " | parent " value " " text
    items = text *("; " text)
"""

from collections.abc import Iterator, Sequence

from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import Line, render
from assistant.parsing.sections import slugify
from assistant.parsing.xml_tree import Node, read_xml, root_tag
from assistant.types import Document
from assistant.types.codes import CodeSystem

_CONTEXT = "ICD-10-PCS definitions"


def looks_like_pcs_definitions(text: str) -> bool:
    """Whether it is XML with the root of the definitions."""
    return root_tag(text) == "ICD10PCS.definitions"


def parse_pcs_definitions(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from the definitions; it has no code entries, for it defines no code."""
    root = read_xml(text, name)
    edition = root.said("version") or edition_of(stem)
    rendered, sections = render(_lines(root))
    title = root.said("title") or stem
    effective = effective_of(stem, edition, "ICD-10-PCS")
    return Document(slugify(stem) or "definitions", title, rendered, sections, (), edition, effective)


def _lines(root: Node) -> Iterator[Line]:
    for section in root.all("section"):
        for axis in section.all("axis"):
            about = axis.said("title")
            context = f"{_CONTEXT}: {section.said('title')}, {about}"
            for term in axis.all("terms"):
                titles = [title.text for title in term.all("title")]
                parts = [definition.text for definition in term.all("definition")]
                parts += [f"explanation {explanation.text}" for explanation in term.all("explanation")]
                parts += _listed("includes", term.all("includes"))
                line = f"{about}, {'; '.join(titles)}: {' | '.join(parts)}"
                yield Line(line, titles[0], f"line {term.line}", context)
    for table in root.all("deviceAggregation"):
        for device in table.all("aggregate"):
            parts = [*_listed("operation", device.all("operation")), *_listed("body system", device.all("bodySys"))]
            parts += [f"parent {parent.attributes.get('value', '')} {parent.text}" for parent in device.all("parent")]
            line = f"Device, {device.said('device')}: {' | '.join(parts)}"
            yield Line(line, device.said("device"), f"line {device.line}", f"{_CONTEXT}: Device Aggregation")


def _listed(word: str, nodes: Iterator[Node]) -> list[str]:
    items = [node.text for node in nodes]
    return [f"{word} {'; '.join(items)}"] if items else []
