"""Two runs side by side: what moved, and which queries flipped."""

import pytest
from evaluations import QRELS, QUERIES, RUN, line, report
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation import compare

AFTER = {
    "a": line("a", "CPT:20957"),  # right before, wrong now
    "b": line("b", "CPT:20970"),  # refused before, right now
    "c": line("c", kind="refusal"),  # wrong before, refused now: no better
    "d": line("d", kind="refusal"),
    "e": line("e", kind="refusal"),  # answered before, refused now as it should be
}


def test_flips_are_named_the_spoilt_ones_first() -> None:
    found = compare(QUERIES, QRELS, RUN, AFTER)
    assert [(flip.query.id, flip.before, flip.after) for flip in found.flips] == [
        ("a", "right", "wrong"),
        ("c", "wrong", "refused"),
        ("e", "wrong", "refused"),
        ("b", "refused", "right"),
    ]
    assert [(flip.worse, flip.better) for flip in found.flips] == [
        (True, False), (False, False), (False, True), (False, True),
    ]  # fmt: skip


def test_differences_are_of_the_means_over_the_same_queries() -> None:
    found = {one.measure: one for one in compare(QUERIES, QRELS, RUN, AFTER).differences}
    whole = found["as it should be"]
    assert (whole.before, whole.after, whole.better, whole.worse) == (pytest.approx(2 / 5), pytest.approx(3 / 5), 2, 1)
    first = found["hit@1"]
    assert (first.before, first.after, first.queries) == (pytest.approx(1 / 3), pytest.approx(1 / 3), 3)
    assert first.interval[0] <= 0 <= first.interval[1] and first.p == 1.0


def test_what_the_other_run_lacks_is_counted_and_left_out() -> None:
    found = compare(QUERIES, QRELS, {"a": RUN["a"]}, RUN)
    assert (found.paired, found.unpaired) == (1, 4)
    assert found.flips == () and {one.queries for one in found.differences} == {1}
    assert compare(QUERIES, QRELS, {}, RUN).differences == ()


@given(st.permutations(list(RUN)))
def test_a_run_does_not_differ_from_itself(order) -> None:
    found = compare(QUERIES, QRELS, {name: RUN[name] for name in order}, RUN)
    assert found.flips == () and found.differences
    assert all((one.before, one.interval, one.p) == (one.after, (0.0, 0.0), 1.0) for one in found.differences)


def test_the_report_tells_of_it() -> None:
    body = report(comparison=compare(QUERIES, QRELS, AFTER, RUN))
    assert body["comparison"]["paired"] == 5
    assert [flip["id"] for flip in body["comparison"]["flips"] if flip["worse"]] == ["e", "b"]
    assert body["sentences"][-1] == (
        "Against the run compared with, 1 was mended and 2 were spoilt of 5 queries: no more than chance explains "
        "(p = 1.000)."
    )
    assert "none of these" in report(comparison=compare(QUERIES, QRELS, {}, RUN))["sentences"][-1]
