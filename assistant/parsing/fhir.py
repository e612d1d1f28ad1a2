"""Reads FHIR's lists of codes as JSON: CodeSystem, ValueSet, ConceptMap, and a Bundle of them.

Each code is a row in its own system, with its display as title. A location names the resource that lists it.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assistant.errors import UnreadableDocument
from assistant.parsing.editions import effective_of
from assistant.parsing.fhir_systems import systems_at
from assistant.parsing.json_text import Json, shown
from assistant.parsing.rendering import Line, render
from assistant.parsing.sections import slugify
from assistant.parsing.subject import year_in
from assistant.types import CodeEntry, Document
from assistant.types.codes import Code, CodeSystem

Resource = dict[str, Json]
_READ = ("CodeSystem", "ValueSet", "ConceptMap")
_SHOWN = 3
_TO_CHECK = {"draft", "retired", "entered-in-error"}


@dataclass(frozen=True, slots=True)
class _Concept:
    """A code as a resource lists it: the address of its system, its display, what else it says, what stands above."""

    system: str
    code: str
    display: str
    more: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    billable: bool = True


@dataclass(slots=True)
class _Rows:
    """The rows of a document as its resources are read."""

    systems: Sequence[CodeSystem]
    edition: str | None
    lines: list[Line] = field(default_factory=list)
    # For each line, the entry's title and whether it is billable; None for a line that is about no code.
    entries: list[tuple[str, bool] | None] = field(default_factory=list)
    seen: set[tuple[str, Code, str]] = field(default_factory=set)
    unknown: Counter[str] = field(default_factory=Counter)
    misspelt: list[str] = field(default_factory=list)
    untitled: list[str] = field(default_factory=list)

    def aside(self, text: str) -> None:
        """Adds a line that is stored and not searched."""
        self.lines.append(Line(text, text[:80] or "About", body=(0, 0)))
        self.entries.append(None)

    def add(self, concept: _Concept, title: str, location: str) -> None:
        """Adds the row of a code, or counts why it has none."""
        readers = systems_at(concept.system, self.systems)
        if not readers:
            self.unknown[concept.system or "no system"] += 1
            return
        code = next((code for system in readers if (code := system.parse(concept.code))), None)
        if code is None:
            self.misspelt.append(concept.code)
            return
        code = Code(code.system, code.value, self.edition)
        if (title, code, concept.display) in self.seen:
            return
        self.seen.add((title, code, concept.display))
        text = "\t".join((concept.code, *(said for said in (concept.display, *concept.more) if said)))
        context = ". ".join(dict.fromkeys(said for said in (title, *concept.above[-2:]) if said))
        if not concept.display:
            self.untitled.append(concept.code)
            text = f"{code.system} {text}"
            self.lines.append(Line(text, code.value, location, context, body=(0, len(text))))
            self.entries.append(None)
            return
        body = (len(concept.code) + 1, len(text))
        self.lines.append(Line(text, code.value, location, context, code, body))
        self.entries.append((concept.display, concept.billable))


def looks_like_fhir(value: Json) -> bool:
    """Whether a value is a FHIR resource, or a list of them."""
    first = next((one for one in value if one is not None), None) if isinstance(value, list) else value
    return isinstance(first, dict) and isinstance(first.get("resourceType"), str)


def parse_fhir(value: Json, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from a resource. Raises UnreadableDocument for one of another type, and where no code is read."""
    read, left_out = _resources(value)
    if not read:
        kinds = ", ".join(f"a FHIR {kind}" for kind in sorted(left_out)[:_SHOWN]) or "an empty FHIR Bundle"
        raise UnreadableDocument(
            f"{name} is {kinds}; of FHIR only CodeSystem, ValueSet, ConceptMap and Bundle are read"
        )
    versions = {_text(resource, "version") for resource in read} - {""}
    edition = versions.pop() if len(versions) == 1 else None
    title = _title(read[0]) if len(read) == 1 else ""
    rows = _Rows(systems, edition or year_in(stem))
    warnings = [f"{name}: {count} FHIR resources of type {kind} were left out" for kind, count in left_out.items()]
    for resource in read:
        warnings += [f"{name}: {said}" for said in _read_resource(resource, rows)]
    if not any(rows.entries) and not rows.untitled:
        raise UnreadableDocument(_nothing(name, rows))
    text, sections = render(rows.lines)
    # A line without a display is a sentence that names its code, and no row.
    sections = tuple(
        section if entry else replace(section, quote=None)
        for section, entry in zip(sections, rows.entries, strict=True)
    )
    entries: dict[Code, CodeEntry] = {}
    for section, entry in zip(sections, rows.entries, strict=True):
        if section.code is not None and entry is not None and section.code not in entries:
            end = section.body[0] - 1
            entries[section.code] = CodeEntry(section.code, entry[0], section.start, end, entry[1])
    period = read[0].get("effectivePeriod") if len(read) == 1 else None
    first, last = (_day(period, key) if isinstance(period, dict) else None for key in ("start", "end"))
    system = next((code.system for code in entries), "")
    named = _text(read[0], "id") if len(read) == 1 else ""
    about = named or stem
    if edition and edition not in about:
        about = f"{about}-{edition}"
    return Document(
        id=slugify(about) or "codes",
        title=title or stem,
        text=text,
        sections=sections,
        entries=tuple(entries.values()),
        edition=rows.edition,
        effective=first or effective_of(stem, year_in(rows.edition or ""), system),
        expires=last,
        warnings=(*warnings, *_faults(name, rows)),
    )


def _resources(value: Json) -> tuple[list[Resource], Counter[str]]:
    """The resources that list codes, in order, and how many there are of each other type."""
    read: list[Resource] = []
    left_out: Counter[str] = Counter()
    stack: list[Json] = list(reversed(value)) if isinstance(value, list) else [value]
    while stack:
        resource = stack.pop()
        if not isinstance(resource, dict):
            continue
        kind = _text(resource, "resourceType")
        if kind == "Bundle":
            stack += [entry.get("resource") for entry in reversed(_objects(resource, "entry"))]
        elif kind in _READ:
            read.append(resource)
        else:
            left_out[kind[:60] or "without a type"] += 1
    return read, left_out


def _read_resource(resource: Resource, rows: _Rows) -> Iterator[str]:
    """Adds the rows of a resource; yields what a person should know of it."""
    kind, title = _text(resource, "resourceType"), _title(resource)
    rows.aside(" ".join(said for said in (title, _text(resource, "version")) if said) or kind)
    for key in ("description", "purpose", "copyright"):
        if said := _text(resource, key):
            rows.aside(said)
    if (status := _text(resource, "status")) in _TO_CHECK:
        yield f"{title or kind} says that its status is {status}"
    location = f"{kind} {_text(resource, 'id') or title}".strip()
    match kind:
        case "CodeSystem":
            concepts = _nested(_objects(resource, "concept"), "concept", _text(resource, "url"))
        case "ValueSet":
            concepts = _value_set(resource)
            if _by_rule(resource):
                yield f"{title or kind} also takes codes by a rule; only those that it lists are read"
        case _:
            concepts = _concept_map(resource)
    above = ""
    for concept in concepts:
        if concept.system != above:
            above = concept.system
            rows.aside(above or "No system")
        rows.add(concept, title, location)


def _nested(concepts: Sequence[Resource], inner: str, system: str) -> Iterator[_Concept]:
    """The concepts of a tree in order; what stands above a concept is its context."""
    stack: list[tuple[Resource, tuple[str, ...], str]] = [(one, (), system) for one in reversed(concepts)]
    while stack:
        one, above, inherited = stack.pop()
        own = _text(one, "system") or inherited
        said = _text(one, "display")
        if code := _text(one, "code"):
            yield _Concept(own, code, *_said(one), above, billable=not _is_abstract(one))
        below = (*above, said)[-2:] if said else above
        stack += [(child, below, own) for child in reversed(_objects(one, inner))]


def _value_set(resource: Resource) -> Iterator[_Concept]:
    """The concepts that a value set lists, those of its expansion last; without those that it excludes."""
    compose, expansion = _object(resource, "compose"), _object(resource, "expansion")
    excluded = {
        (_text(part, "system"), _text(one, "code"))
        for part in _objects(compose, "exclude")
        for one in _objects(part, "concept")
    }
    listed: set[tuple[str, str]] = set()
    for part in _objects(compose, "include"):
        system = _text(part, "system")
        for one in _objects(part, "concept"):
            at = (system, _text(one, "code"))
            if at not in excluded and at[1]:
                if _text(one, "display"):
                    listed.add(at)
                yield _Concept(*at, *_said(one))
    for concept in _nested(_objects(expansion, "contains"), "contains", ""):
        if (concept.system, concept.code) not in listed:
            yield concept


def _by_rule(resource: Resource) -> bool:
    if _objects(_object(resource, "expansion"), "contains"):
        return False
    parts = _objects(_object(resource, "compose"), "include")
    return any(part.get("filter") or part.get("valueSet") or not part.get("concept") for part in parts)


def _concept_map(resource: Resource) -> Iterator[_Concept]:
    """The concepts that are mapped, each with what it is mapped to; then those, each with what is mapped to it."""
    back: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for group in _objects(resource, "group"):
        source, target = _text(group, "source"), _text(group, "target")
        for element in _objects(group, "element"):
            code, display = _text(element, "code"), _text(element, "display")
            mapped = []
            for one in _objects(element, "target"):
                to, said = _text(one, "code"), _text(one, "display")
                if not to:
                    continue
                how = _text(one, "relationship") or _text(one, "equivalence") or "maps to"
                mapped.append(" ".join(part for part in (f"{how}:", to, said, _text(one, "comment")) if part))
                kept = back.setdefault((target, to), (said, []))
                kept[1].append(" ".join(part for part in ("mapped from", code, display) if part))
            if code:
                yield _Concept(source, code, display, tuple(mapped))
    for (system, code), (display, sources) in back.items():
        yield _Concept(system, code, display, tuple(dict.fromkeys(sources)))


def _said(concept: Resource) -> tuple[str, tuple[str, ...]]:
    """(display, the definition and the other names) of a concept; a definition stands in for a missing display."""
    names = [said for one in _objects(concept, "designation") if (said := _text(one, "value"))]
    words = [said for said in (_text(concept, "display"), _text(concept, "definition"), *names) if said]
    first, *rest = dict.fromkeys(words) if words else [""]
    return first, tuple(rest)


def _is_abstract(concept: Resource) -> bool:
    named = (one for one in _objects(concept, "property") if _text(one, "code") in {"notSelectable", "abstract"})
    return concept.get("abstract") is True or any(one.get("valueBoolean") is True for one in named)


def _faults(name: str, rows: _Rows) -> Iterator[str]:
    for system, count in rows.unknown.items():
        yield f"{name}: {count} codes of {system} were left out; describe this code system in ASSISTANT_CODE_SYSTEMS"
    if rows.misspelt:
        yield f"{name}: {len(rows.misspelt)} codes do not have the form of their system ({_few(rows.misspelt)})"
    if rows.untitled:
        which = _few(rows.untitled)
        yield f"{name}: {len(rows.untitled)} codes have no display, so they are named, not described ({which})"


def _nothing(name: str, rows: _Rows) -> str:
    if rows.unknown:
        return (
            f"{name} has only codes of systems that are not known here ({_few(list(rows.unknown))}); describe them in "
            "ASSISTANT_CODE_SYSTEMS"
        )
    if rows.misspelt:
        return f"{name} has no code in the form of its system ({_few(rows.misspelt)}); correct them"
    return f"{name} lists no codes; give the expanded resource"


def _few(values: Sequence[str]) -> str:
    return ", ".join(value[:60] for value in values[:_SHOWN]) + (", …" if len(values) > _SHOWN else "")


def _title(resource: Resource) -> str:
    return _text(resource, "title") or _text(resource, "name") or _text(resource, "id")


def _text(node: Resource, key: str) -> str:
    value = node.get(key)
    return shown(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _object(node: Resource, key: str) -> Resource:
    value = node.get(key)
    return value if isinstance(value, dict) else {}


def _objects(node: Resource, key: str) -> list[Resource]:
    value = node.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _day(period: Resource, key: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(_text(period, key)[:10])
    except ValueError:
        return None
