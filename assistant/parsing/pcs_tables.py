"""Reads the ICD-10-PCS tables in XML. Each table is one line of the stored text; so is each body part of its rows.

    table  = prefix3 " | " operation [" | " definition]
    row    = prefix4 " | " operation " | " body-part 3(" | " axis ": " value " " label *("; " value " " label))

as in "001 | Bypass | Altering the route of passage of …" and "0016 | Bypass | Cerebral Ventricle | Approach: 0 Open;
3 Percutaneous | Device: Z No Device | Qualifier: B Cerebral Cisterns". The order file has the codes and these lines
have none: so the tables of one year never give a code that the order file of another year does not know.
"""

from collections.abc import Iterator, Sequence

from assistant.parsing.editions import edition_of, effective_of
from assistant.parsing.rendering import Line, render
from assistant.parsing.sections import slugify
from assistant.parsing.xml_tree import Node, read_xml, root_tag
from assistant.types import Document
from assistant.types.codes import CodeSystem

_CONTEXT = "ICD-10-PCS tables"


def looks_like_pcs_tables(text: str) -> bool:
    """Whether it is XML with the root of the tables."""
    return root_tag(text) == "ICD10PCS.tabular"


def parse_pcs_tables(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from the tables; a warning names each table that does not give its first three characters."""
    root = read_xml(text, name)
    edition = root.said("version") or edition_of(stem)
    whole = [table for table in root.all("pcsTable") if len(_head(table)) == 3]
    wrong = [str(table.line) for table in root.all("pcsTable") if len(_head(table)) != 3]
    rendered, sections = render(line for table in whole for line in _lines(table))
    title = root.said("title") or stem
    effective = effective_of(stem, edition, "ICD-10-PCS")
    warnings = (f"{name}: tables without a section, body system and operation were left out (lines "
                f"{', '.join(wrong)})",) if wrong else ()  # fmt: skip
    return Document(
        slugify(stem) or "tables", title, rendered, sections, (), edition, effective, warnings=warnings
    )  # fmt: skip


def _head(table: Node) -> list[tuple[str, str]]:
    """(value, label) of the section, body system and operation."""
    labels = [next(axis.all("label"), None) for axis in table.all("axis")]
    return [(label.attributes["code"], label.text) for label in labels if label is not None and label.attributes]


def _lines(table: Node) -> Iterator[Line]:
    (section, section_title), (system, system_title), (value, operation) = _head(table)
    prefix = section + system + value
    context = f"{_CONTEXT}: {section_title}, {system_title}"
    definition = next((text for axis in table.all("axis") if (text := axis.said("definition"))), "")
    line = " | ".join(part for part in (prefix, operation, definition) if part)
    yield Line(line, prefix, f"line {table.line}", context, body=(len(prefix) + 3, len(line)))
    for row in table.all("pcsRow"):
        parts, *others = row.all("axis")
        rest = " | ".join(f"{axis.said('title')}: {_values(axis)}" for axis in others)
        for part in parts.all("label"):
            first = prefix + part.attributes.get("code", "")
            line = f"{first} | {operation} | {part.text} | {rest}"
            yield Line(line, first, f"line {part.line}", context, body=(len(first) + 3, len(line)))


def _values(axis: Node) -> str:
    return "; ".join(f"{label.attributes.get('code', '')} {label.text}" for label in axis.all("label"))
