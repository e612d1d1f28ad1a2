"""What a query would be answered with, before the gate decides."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.answering.judging import Read
from assistant.calibration import Support
from assistant.types import Candidate, Choice, Form, NearestCode, Statement, TableValue, Wants


@dataclass(frozen=True, slots=True)
class Considered:
    """What a query would be answered with, and how far the documents support it: what the gate decides on.

    `statements` and `candidates` may be empty, and then nothing can be answered. `lacking` gives the
    sentence that says what the documents lack, where a word or a kind of fact explains it; only a refusal asks for it.
    `closest` are the statements that a refusal shows as the closest the documents come; `form` is what an answer puts
    first.
    """

    support: Support
    confidence: float
    statements: tuple[Statement, ...]
    candidates: tuple[Candidate, ...]
    nearest: tuple[NearestCode, ...]
    lacking: Callable[[], str | None]
    closest: tuple[Statement, ...] = ()
    form: Form = Form.CODE
    wants: Wants | None = None
    read: Read | None = None
    choice: Choice | None = None
    values: tuple[TableValue, ...] = ()
