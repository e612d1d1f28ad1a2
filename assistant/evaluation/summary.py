"""Puts the figures of a report into plain sentences."""

from collections.abc import Mapping
from typing import Any

_FEW = 30
# The largest distance between confidence and observed share that still counts as true, and as nearly true.
_TRUE, _NEARLY = 0.05, 0.1


def sentences(body: Mapping[str, Any]) -> list[str]:
    """What was measured, how often it was right, how often it refused, and how far its confidence can be trusted."""
    slices = {one["slice"]: one for one in body["slices"]}
    known, unknown = slices.get("answerable"), slices.get("unanswerable")
    told = [_what(body, known, unknown)]
    if body["gate"]:
        told += _outcomes(body, known, unknown)
    if known and "hit@1" in known:
        told.append(_ranking(body, known))
    if known:
        told += _statements(known)
    if body["gate"]:
        told += _trust(body["gate"])
        told += _quotes(body["citations"])
    told.append(_speed(body))
    told += _cautions(body)
    if "comparison" in body:
        told.append(_compared(body["comparison"]))
    return told


def percent(share: float) -> str:
    """A share for a person: with one decimal below 10% and above 90%, and never rounded to all or nothing."""
    value = 100 * share
    if 0 < value < 10 or 90 < value < 100:
        return f"{min(max(value, 0.1), 99.9):.1f}%"
    return f"{value:.0f}%"


def count(number: int, one: str, several: str = "") -> str:
    """`1 answer`, `2 answers`."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _what(body: Mapping[str, Any], known: Mapping[str, Any] | None, unknown: Mapping[str, Any] | None) -> str:
    if known and unknown:
        parts = f"{known['queries']:,} that its documents answer and {unknown['queries']:,} that they don’t answer"
    elif body["queries"] == 1:
        parts = "one that its documents answer" if known else "one that its documents don’t answer"
    else:
        parts = "all of which its documents answer" if known else "none of which its documents answer"
    split = "" if body["split"] == "all" or body["splits"] == 1 else f" ({body['split']} split)"
    asked = count(body["queries"], "query", "queries")
    return f"{asked} of the set “{body['set']}”{split} {_were(body['queries'])} put to the library: {parts}."


def _outcomes(body: Mapping[str, Any], known: Mapping[str, Any] | None, unknown: Mapping[str, Any] | None) -> list[str]:
    told = []
    if known:
        told.append(_answerable(known["queries"], known["answered"], known["wrong"]))
    if unknown:
        told.append(_unanswerable(unknown["queries"], unknown["answered"]))
    return [*told, _risk(body["gate"])]


def _answerable(total: int, answered: int, wrong: int) -> str:
    if total == 1:
        became = "got a wrong answer" if wrong else "got an answer that shows a right one first"
        return f"The one query that the documents answer {became if answered else 'was refused'}."
    refused = total - answered
    return (
        f"Of {total:,} queries that the documents answer, {_part(answered - wrong, total)} got an answer that shows a "
        f"right code, choice, passage or statement first, {_part(wrong, total)} got a wrong one, and "
        f"{_part(refused, total)} {_were(refused)} refused."
    )


def _unanswerable(total: int, answered: int) -> str:
    if total == 1:
        became = "was answered all the same" if answered else "was refused, as it should be"
        return f"The one query that the documents don’t answer {became}."
    refused = total - answered
    return (
        f"Of {total:,} queries that the documents don’t answer, {_part(refused, total)} {_were(refused)} rightly "
        f"refused and {_part(answered, total)} {_were(answered)} answered all the same."
    )


def _risk(gate: Mapping[str, Any]) -> str:
    if not gate["answered"]:
        return "No answer was given."
    if gate["answered"] == 1:
        return f"So the one answer given was {'wrong' if gate['wrong'] else 'right'}."
    low, high = gate["risk_interval"]
    return (
        f"So {gate['wrong'] or 'none'} of {gate['answered']:,} answers given {_were(gate['wrong'])} wrong: "
        f"{percent(gate['risk'])} (allowing for chance, between {percent(low)} and {percent(high)})."
    )


def _ranking(body: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    low, high = known["intervals"]["hit@1"]
    also = ", counting also what was withheld from refused queries" if body["gate"] else ""
    return (
        f"A right code or passage stood first for {percent(known['hit@1'])} of the queries that have one (between "
        f"{percent(low)} and {percent(high)}) and among the first five for {percent(known['hit@5'])}{also}."
    )


def _statements(known: Mapping[str, Any]) -> list[str]:
    """How often what was quoted is what was marked, and the yes or no the right one."""
    told, judged = [], known["judged"]
    if "statement@1" in known:
        low, high = known["intervals"]["statement@1"]
        told.append(
            f"The first statement quoted answers {percent(known['statement@1'])} of the "
            f"{count(judged['statement@1'], 'query', 'queries')} whose answers are marked (between {percent(low)} and "
            f"{percent(high)}; a refusal quotes nothing), and one of the first three {percent(known['statement@3'])}."
        )
    if "answered-statement@1" in known:
        told.append(
            f"Of those that were answered it is {percent(known['answered-statement@1'])} and "
            f"{percent(known['answered-statement@3'])}."
        )
    if "beside" in known:
        told.append(f"Of the statements quoted for one of them, {percent(known['beside'])} are beside the point.")
    if "both-parts" in known:
        told.append(
            f"Of {count(judged['both-parts'], 'question')} of two parts, {percent(known['both-parts'])} got a "
            "statement for each."
        )
    if "verdict-right" in known:
        right, wrong, none = (percent(known[f"verdict-{name}"]) for name in ("right", "wrong", "none"))
        told.append(
            f"Of {count(judged['verdict-right'], 'question')} with a yes or no, {right} got the right one, {wrong} the "
            f"wrong one, and {none} neither."
        )
    return told


def _trust(gate: Mapping[str, Any]) -> list[str]:
    if gate["ece"] is None:
        return []
    points = 100 * gate["ece"]
    total = sum(one["count"] for one in gate["reliability"])
    if total < _FEW:
        return ["There are too few queries to say how far the confidence can be trusted."]
    excess = sum(one["count"] * (one["confidence"] - one["observed"]) for one in gate["reliability"]) / total
    lean = "more often promises too much" if excess > 0 else "more often promises too little"
    if gate["ece"] <= _TRUE:
        judged = "The confidence can be taken at its word"
    elif gate["ece"] <= _NEARLY:
        judged = f"The confidence can be taken as a rough guide (it {lean})"
    else:
        judged = f"The confidence should not be taken at its word (it {lean})"
    return [f"{judged}: what it promises and how often it is right are {points:.1f} points apart on average."]


def _quotes(citations: Mapping[str, Any]) -> list[str]:
    checked, valid = citations["checked"], citations["valid"]
    if not checked:
        return []
    if checked == valid:
        return [
            f"All {checked:,} quotations were compared with the stored documents: each stands there, word for word."
            if checked > 1
            else "The one quotation was compared with the stored documents: it stands there, word for word."
        ]
    return [
        f"{checked - valid:,} of {checked:,} quotations do not stand in the stored documents. Every one must: this is "
        "a fault of the program."
    ]


def _speed(body: Mapping[str, Any]) -> str:
    p50, p95 = body["latency"]["p50"], body["latency"]["p95"]
    if body["queries"] == 1:
        return f"The answer came within {milliseconds(p50)}."
    return f"Half of the replies came within {milliseconds(p50)}, and 95% within {milliseconds(p95)}."


def _cautions(body: Mapping[str, Any]) -> list[str]:
    told = []
    if body["absent"]:
        named = ", ".join(body["absent"][:5]) + (", …" if len(body["absent"]) > 5 else "")
        told.append(
            f"The library has no entry for {named}, which the set calls right: a query can’t be answered rightly by a "
            "code that no document describes."
        )
    if body["unplaced"]:
        named = ", ".join(body["unplaced"][:5]) + (", …" if len(body["unplaced"]) > 5 else "")
        told.append(
            f"The library does not hold {named} as the set marks answers there: what is marked there can’t be quoted."
        )
    if body["faulty_rows"]:
        lines = count(body["faulty_rows"], "line")
        told.append(f"{lines} of the set could not be used and {_were(body['faulty_rows'])} left out.")
    if body["queries"] < _FEW:
        told.append(f"With {count(body['queries'], 'query', 'queries')} chance weighs heavily: read the intervals.")
    return told


def _compared(comparison: Mapping[str, Any]) -> str:
    better = sum(flip["better"] for flip in comparison["flips"])
    worse = sum(flip["worse"] for flip in comparison["flips"])
    whole = next((one for one in comparison["differences"] if one["measure"] == "as it should be"), None)
    if whole is None:
        return "The run compared with holds none of these queries."
    chance = "more than chance explains" if whole["p"] < 0.05 else "no more than chance explains"
    return (
        f"Against the run compared with, {better:,} {_were(better)} mended and {worse:,} {_were(worse)} spoilt of "
        f"{count(comparison['paired'], 'query', 'queries')}: {chance} ({probability(whole['p'])})."
    )


def probability(p: float) -> str:
    """The p-value, how often chance alone would do as much, for a person."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def _part(part: int, total: int) -> str:
    return f"{part:,} ({percent(part / total)})" if part else "none"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def milliseconds(value: float) -> str:
    """A time for a person."""
    if value < 10:
        return f"{value:.1f} ms"
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"
