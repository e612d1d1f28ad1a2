"""The gate's figures agree with their definitions, worked out in another way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.risk import Decision, area, calibration_error, reliability, risk_curve, score_gate


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    confidence = draw(st.integers(0, 20)) / 20
    answerable = draw(st.booleans())
    wrong = draw(st.booleans()) or not answerable
    return Decision(confidence, confidence >= 0.6, answerable, wrong)


MANY = st.lists(decisions(), min_size=1, max_size=60)


def one(confidence: float, *, answered: bool = True, answerable: bool = True, wrong: bool = False) -> Decision:
    return Decision(confidence, answered, answerable, wrong)


def test_the_figures_of_a_small_run() -> None:
    found = score_gate(
        [
            one(0.9),
            one(0.8, wrong=True),
            one(0.7, answerable=False, wrong=True),
            one(0.3, answered=False),
            one(0.1, answered=False, answerable=False, wrong=True),
        ]
    )
    assert (found.answered, found.wrong) == (3, 2)
    assert found.coverage == pytest.approx(2 / 3) and found.refused_answerable == pytest.approx(1 / 3)
    assert found.risk == pytest.approx(2 / 3)
    assert found.refused_unanswerable == 0.5
    assert found.curve == ((1 / 3, 0.0), (2 / 3, 0.5), (2 / 3, 2 / 3), (1.0, 0.5), (1.0, 0.6))
    assert found.aurc == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2 + 3 / 5) / 5)
    assert found.ece == pytest.approx((0.1 + 0.8 + 0.7 + 0.7 + 0.1) / 5)


def test_what_there_is_none_of_has_no_figure() -> None:
    nothing = score_gate([one(0.2, answered=False, answerable=False, wrong=True)])
    assert nothing.risk is nothing.risk_interval is nothing.coverage is nothing.refused_answerable is None
    assert nothing.curve == () and nothing.refused_unanswerable == 1.0
    assert score_gate([one(0.9)]).refused_unanswerable is None
    unsure = Decision(0.0, False, False, True, sure=False)
    assert score_gate([unsure]).ece is None and reliability([unsure]) == ()


@given(st.lists(decisions(), min_size=1, max_size=60, unique_by=lambda found: found.confidence))
def test_the_area_is_the_mean_risk_over_all_thresholds(run) -> None:
    risks = []
    for threshold in run:
        kept = [found for found in run if found.confidence >= threshold.confidence]
        risks.append(sum(found.wrong for found in kept) / len(kept))
    assert area(run) == pytest.approx(sum(risks) / len(risks))


@given(MANY, st.randoms())
def test_the_order_of_the_run_makes_no_difference(run, random) -> None:
    shuffled = random.sample(run, len(run))
    assert area(shuffled) == pytest.approx(area(run))
    assert risk_curve(shuffled) == risk_curve(run)
    assert calibration_error(reliability(shuffled)) == pytest.approx(calibration_error(reliability(run)))


@given(MANY)
def test_the_curve_passes_through_the_gate_and_never_goes_back(run) -> None:
    curve, gate = risk_curve(run), score_gate(run)
    assert [coverage for coverage, _ in curve] == sorted(coverage for coverage, _ in curve)
    if gate.answered and curve:
        assert (pytest.approx(gate.coverage), pytest.approx(gate.risk)) in curve
    if curve:
        assert curve[-1] == (1.0, pytest.approx(sum(found.wrong for found in run) / len(run)))


@given(MANY)
def test_the_bins_hold_every_query_once(run) -> None:
    bins = reliability(run)
    assert sum(found.count for found in bins) == len(run)
    assert all(found.low - 1e-9 <= found.confidence <= found.high + 1e-9 for found in bins)
    assert all(found.interval[0] <= found.observed <= found.interval[1] for found in bins)
    right = sum(not found.wrong for found in run)
    assert sum(found.observed * found.count for found in bins) == pytest.approx(right)
    error = calibration_error(bins)
    assert error is not None and 0 <= error <= 1


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    run = [one(1 - place / 5000, wrong=place % 7 == 0) for place in range(5000)]
    curve = risk_curve(run)
    assert len(curve) <= 202
    assert curve[0] == (1 / 5000, 1.0) and curve[-1] == (1.0, pytest.approx(715 / 5000))
