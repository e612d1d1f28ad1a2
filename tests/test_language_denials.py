"""Denied words: every cue denies what follows it, a clause ends it, and what is affirmed too is not denied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language.denials import CUES, TURNS, denied_terms
from assistant.library.search.lexical import Terms

TERMS = Terms()


@pytest.mark.parametrize("cue", CUES)
def test_every_cue_denies_what_follows(cue: str) -> None:
    assert denied_terms(f"fibula moved {cue} skin paddle", TERMS) == {"skin", "paddl"}


@pytest.mark.parametrize("turn", TURNS)
def test_a_clause_that_turns_denies_no_more(turn: str) -> None:
    assert denied_terms(f"no skin {turn} bone moved", TERMS) == {"skin"}


@pytest.mark.parametrize("mark", [",", ".", ";", ":", " ("])
def test_a_clause_ends_at_its_mark(mark: str) -> None:
    assert denied_terms(f"without graft{mark} tendon sewn", TERMS) == {"graft"}


def test_what_is_also_affirmed_is_not_denied() -> None:
    assert denied_terms("bone and skin moved, no skin graft", TERMS) == {"graft"}


def test_a_word_that_only_holds_a_cue_denies_nothing() -> None:
    assert denied_terms("nodule of the nose, knot, notch", TERMS) == frozenset()


@given(st.text(max_size=200))
def test_a_denied_term_stands_in_the_text(text: str) -> None:
    assert denied_terms(text, TERMS) <= set(TERMS(text))
