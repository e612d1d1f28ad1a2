"""The online road for a query: the order of the steps and nothing else."""

from assistant.answering.assistant import Assistant, open_assistant
from assistant.answering.considered import Considered
from assistant.answering.grounds import CERTIFICATES, Grounds

__all__ = ["CERTIFICATES", "Assistant", "Considered", "Grounds", "open_assistant"]
