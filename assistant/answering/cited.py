"""The citations of a response, by which is seen whether it still stands."""

from collections.abc import Iterator

from assistant.types import Answer, Candidate, Citation, CodePage, Refusal


def citations_of(response: Answer | Refusal) -> Iterator[Citation]:
    """All that an answer or a refusal cites."""
    candidates: tuple[Candidate, ...]
    if isinstance(response, Answer):
        candidates = response.candidates
        yield from (statement.citation for statement in response.statements)
        yield from (value.citation for value in response.values)
    else:
        candidates = response.withheld
        yield from (statement.citation for statement in response.closest)
    for candidate in candidates:
        yield from candidate.citations


def citations_on(page: CodePage) -> Iterator[Citation]:
    """All that a code page cites."""
    for _, _, statements in page.fields:
        yield from (statement.citation for statement in statements)
