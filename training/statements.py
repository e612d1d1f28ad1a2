"""The statements of the training documents, each in its place, as the reader will see them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.language.sentences import split_sentences
from assistant.parsing import parse_document
from assistant.reader.places import in_place, title_in_place
from training.tables import rows_of

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence or row of a document; `text` is what the models read, [start, end) its place in the stored text.

    `code` is the code that its section is about ("CPT:20972"), "" where it is about none. A title statement says what a
    code is called, and has no place (start = end = -1).
    """

    document: str
    code: str
    text: str
    passage: str
    section: str
    start: int
    end: int

    @property
    def titles(self) -> bool:
        """Whether it is the title of a code, not a sentence."""
        return self.start < 0


@lru_cache(maxsize=4_096)
def statements_of(path: str) -> tuple[Statement, ...]:
    """The statements of a document (its path below the project), in order; the titles of its codes come first."""
    if path.endswith(".csv"):
        return _rows(path)
    document = parse_document((ROOT / path).read_bytes(), Path(path).name)
    found = [
        Statement(path, str(entry.code.bare), title_in_place(entry.code, entry.title), entry.title, "title", -1, -1)
        for entry in document.entries
        if entry.title
    ]
    for section in document.sections:
        begin, end = section.body
        if section.quote is not None:
            if begin < end:
                text = in_place(section.code, section.context, "", document.text[begin:end])
                found.append(
                    Statement(path, str(section.code.bare) if section.code else "", text, text, "", begin, end)
                )
            continue
        for start, stop in split_sentences(document.text, begin, end):
            sentence = document.text[start:stop]
            text = in_place(section.code, section.context, section.title, sentence)
            found.append(
                Statement(
                    path,
                    str(section.code.bare) if section.code else "",
                    text,
                    f"{section.context}. {sentence}",
                    section.title,
                    start,
                    stop,
                )
            )
    return tuple(found)


def _rows(path: str) -> tuple[Statement, ...]:
    """The rows of a table, with what each column says."""
    text = (ROOT / path).read_text(encoding="utf-8")
    found = []
    for start, end, code, said in rows_of(text):
        place = f"{code} › {said}" if code else said
        found.append(Statement(path, f":{code}" if code else "", place, said, "", start, end))
    return tuple(found)
