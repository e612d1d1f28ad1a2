"""Any change to the bytes of a file gives a lawful document or one clear line, and nothing else.

A longer run of the same kind is `python tests/fuzzing.py SECONDS`.
"""

import pytest
from fuzzing import SEEDS, changed, read_or_refuse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize("kind", sorted(SEEDS))
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, 1 << 40))
def test_any_change_gives_a_document_or_one_line(kind: str, number: int) -> None:
    name, source = changed(kind, number)
    read_or_refuse(source, name)
