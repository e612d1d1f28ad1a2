"""HTML: the stored text is what a reader sees."""

from collections.abc import Sequence

from assistant.codes import CodeSystem
from assistant.errors import UnreadableDocument
from assistant.parsing.prose import prose_document
from assistant.parsing.sections import labels
from assistant.parsing.subject import find_subject
from assistant.parsing.visible import read_visible
from assistant.types import Document


def parse_html(text: str, name: str, stem: str, systems: Sequence[CodeSystem]) -> Document:
    """A document from HTML. Raises UnreadableDocument where no text is visible."""
    page = read_visible(text)
    seen, headings = page.text, page.headings
    if not seen.strip():
        raise UnreadableDocument(f"{name} shows no text to a reader; save the page after it has loaded")
    first = next((heading for heading in headings if heading.level == 1), None)
    subject = find_subject(seen, name, systems, title=first.title if first else "", window_title=page.window_title)
    if len(headings) <= 1:
        headings += labels(seen, max([0, *(heading.end for heading in headings)]))
    return prose_document(seen, stem, subject, headings)
