"""The threshold that keeps a stated risk, its bound, and when a certificate no longer holds."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom

from assistant.calibration import DEFAULT_THRESHOLD, Certificate, Circumstances, Judged, choose_threshold
from assistant.calibration.certificate import (
    binomial_tail,
    certificate_body,
    read_certificate,
    rule_in_force,
    upper_bound,
    written,
)

NOW = Circumstances(generation=7, passages=100, added=0, fingerprint="model", settings="s")
HELD = Certificate(
    risk=0.05,
    level=0.95,
    threshold=0.8,
    set="starter",
    queries=400,
    answered=300,
    wrong=6,
    bound=0.04,
    coverage=0.9,
    met=True,
    generation=7,
    passages=100,
    embedding_model="m",
    fingerprint="model",
    settings="s",
    made="2026-01-01T00:00:00+00:00",
)


@given(st.integers(0, 60), st.integers(1, 500), st.floats(0.001, 0.999))
def test_the_tail_is_scipys(wrong, answered, rate) -> None:
    wrong = min(wrong, answered)
    assert binomial_tail(wrong, answered, rate) == pytest.approx(float(binom.cdf(wrong, answered, rate)), abs=1e-9)


@given(st.integers(0, 60), st.integers(1, 500), st.sampled_from((0.8, 0.9, 0.95, 0.99)))
def test_the_bound_is_clopper_and_pearsons(wrong, answered, level) -> None:
    wrong = min(wrong, answered)
    expected = 1.0 if wrong == answered else float(beta.ppf(level, wrong + 1, answered - wrong))
    assert upper_bound(wrong, answered, level) == pytest.approx(expected, abs=1e-9)


def drawn(seed: int, count: int, rate: float = 1.0) -> list[Judged]:
    """Queries whose answers are right with the probability that their confidence states, less `rate`."""
    chance = random.Random(seed)
    sure = [chance.random() ** 0.25 for _ in range(count)]
    return [Judged(value, chance.random() < value * rate, True) for value in sure]


def risk_at(threshold: float, rate: float = 1.0) -> float:
    """The true risk above a threshold: confidences are the fourth root of a uniform draw."""
    steps = [((at + 0.5) / 20_000) ** 0.25 for at in range(20_000)]
    answered = [value for value in steps if value >= threshold]
    return sum(1 - value * rate for value in answered) / len(answered)


def test_the_true_risk_is_kept_as_often_as_the_level_says() -> None:
    """An independent check of the whole procedure: 300 draws whose true risk is known."""
    broken = found = 0
    for seed in range(300):
        chosen = choose_threshold(drawn(seed, 500), 0.15, 0.9)
        if chosen.met:
            found += 1
            broken += risk_at(chosen.threshold) > 0.15
    assert found > 200
    assert broken / 300 <= 0.1 + 0.05  # the level, and the chance of 300 draws


def test_the_threshold_found_is_the_loosest_of_a_row_that_all_pass() -> None:
    judged = drawn(3, 600)
    chosen = choose_threshold(judged, 0.2, 0.95)
    answered = [item for item in judged if item.confidence >= chosen.threshold]
    assert chosen.met and chosen.answered == len(answered)
    assert chosen.wrong == sum(not item.right for item in answered)
    assert chosen.bound == pytest.approx(float(beta.ppf(0.95, chosen.wrong + 1, chosen.answered - chosen.wrong)))
    assert chosen.bound <= 0.2
    looser = choose_threshold(judged, 0.25, 0.95)
    assert looser.threshold <= chosen.threshold and looser.coverage >= chosen.coverage


def test_where_no_threshold_keeps_the_risk_the_lowest_bound_is_told() -> None:
    chosen = choose_threshold(drawn(1, 300, rate=0.5), 0.05, 0.95)
    assert not chosen.met and chosen.bound > 0.05
    assert not choose_threshold([], 0.05, 0.95).met


def test_too_few_queries_prove_nothing() -> None:
    assert not choose_threshold([Judged(0.9, True, True)] * 40, 0.05, 0.95).met
    assert choose_threshold([Judged(0.9, True, True)] * 60, 0.05, 0.95).met


def test_queries_of_one_confidence_stand_or_fall_together() -> None:
    judged = [Judged(0.9, True, True)] * 100 + [Judged(0.5, number > 30, True) for number in range(100)]
    chosen = choose_threshold(judged, 0.05, 0.95)
    assert (chosen.threshold, chosen.answered, chosen.wrong) == (0.7, 100, 0)


def test_a_certificate_that_holds_decides() -> None:
    rule = rule_in_force([HELD], [NOW])
    assert (rule.threshold, rule.valid) == (0.8, True)
    assert "At most 5% of the answers are wrong, with 95% confidence" in rule.message
    body = certificate_body(rule)
    assert body is not None and body["valid"] and body["set"] == "starter" and body["message"] == rule.message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fingerprint": "other"}, "model"),
        ({"settings": "t"}, "settings"),
        ({"added": 6, "passages": 106}, "6 passages"),
        ({"passages": 90}, "10 passages"),
        ({"added": 4, "passages": 98}, "10 passages"),
    ],
)
@pytest.mark.parametrize("threshold", [0.4, 0.8])
def test_a_void_certificate_says_so_and_the_safer_threshold_is_kept(change, said, threshold) -> None:
    rule = rule_in_force([replace(HELD, threshold=threshold)], [replace(NOW, **change)])
    assert not rule.valid and rule.threshold == max(threshold, DEFAULT_THRESHOLD)
    assert "void" in rule.message and said in rule.message


def test_a_small_change_of_the_library_does_not_matter() -> None:
    assert rule_in_force([HELD], [replace(NOW, generation=9, added=2, passages=101)]).valid


def test_a_library_without_certificate_keeps_the_default() -> None:
    rule = rule_in_force([], [])
    assert (rule.threshold, rule.certificate, rule.valid) == (DEFAULT_THRESHOLD, None, False)
    assert certificate_body(rule) is None


def test_its_own_questions_stand_in_for_a_set_that_is_void_but_never_loosen_it() -> None:
    own = replace(HELD, set="self", threshold=0.7)
    void = replace(NOW, added=50, passages=150)
    rule = rule_in_force([HELD, own], [void, NOW])
    assert (rule.valid, rule.threshold) == (True, 0.8)
    assert rule.certificate == own and "from the documents themselves" in rule.message


def test_a_risk_that_was_not_met_promises_nothing() -> None:
    rule = rule_in_force([replace(HELD, met=False, threshold=0.99, bound=0.12)], [NOW])
    assert (rule.valid, rule.threshold) == (False, DEFAULT_THRESHOLD)
    assert "No threshold keeps wrong answers to 5%" in rule.message and "12.0%" in rule.message


def test_a_certificate_that_keeps_no_risk_is_held_to_its_guard() -> None:
    guarded = replace(HELD, met=False, threshold=0.99, bound=0.3, guard=0.8, guard_risk=0.1)
    rule = rule_in_force([guarded], [NOW])
    assert (rule.valid, rule.threshold) == (False, 0.8)
    assert "at most 10% of the answers are to questions that the documents do not answer" in rule.message
    assert rule_in_force([replace(guarded, guard=0.1)], [NOW]).threshold == DEFAULT_THRESHOLD
    changed = rule_in_force([guarded], [replace(NOW, settings="other")])
    assert changed.threshold == 0.8 and "void" in changed.message


def test_a_certificate_is_read_as_it_was_written() -> None:
    assert read_certificate(written(HELD)) == HELD
    for damaged in (None, "", "{}", "[1]", "nonsense"):
        assert read_certificate(damaged) is None
