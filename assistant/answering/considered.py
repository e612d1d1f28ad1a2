"""What a query would be answered with, before the gate decides."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.calibration import NamedSupport, Support
from assistant.types import Candidate, Form, NearestCode, Statement


@dataclass(frozen=True, slots=True)
class Considered:
    """What a query would be answered with, and how far the documents support it: what the gate decides on.

    `statements` and `candidates` may be empty, and then nothing can be answered. `lacking` gives the
    sentence that says what the documents lack, where a word or a kind of fact explains it; only a refusal asks for it.
    `closest` are the statements that a refusal shows as the closest the documents come; `form` is what an answer puts
    first.
    """

    support: Support | NamedSupport
    confidence: float
    statements: tuple[Statement, ...]
    candidates: tuple[Candidate, ...]
    nearest: tuple[NearestCode, ...]
    lacking: Callable[[], str | None]
    closest: tuple[Statement, ...] = ()
    form: Form = Form.CODE
