"""Draws the figures of a report as SVG that a browser shows without scripts; colours come from the page around it."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from assistant.evaluation.summary import milliseconds, percent

# One unit is one pixel on a phone; a wider screen scales it up.
WIDTH = 340
_LABEL = Markup('<tspan class="strong">{}</tspan> <tspan class="quiet">{}</tspan>')
_LEFT, _RIGHT, _TOP, _PLOT = 42, 12, 30, 190


@dataclass(frozen=True, slots=True)
class Row:
    """One slice in a chart of shares: `value` with its interval, and a second share beside it, or None."""

    label: str
    queries: int
    value: float
    interval: Sequence[float]
    second: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole, by the class that colours it."""

    label: str
    count: int
    kind: str


def whole_of_parts(key: str, title: str, parts: Sequence[Part]) -> Markup:
    """One bar cut into its parts, each labelled with its count and share beneath."""
    total = sum(part.count for part in parts)
    drawn: list[Markup] = []
    at = 0.0
    for part in parts:
        width = WIDTH * part.count / total
        if width:
            shown = max(width - 1.5, 0.75)
            drawn.append(_tag("rect", x=at, y=0, width=shown, height=26, rx=3, class_=f"{part.kind} fill"))
        at += width
    for place, part in enumerate(parts):
        y = 46 + 19 * place
        drawn.append(_tag("rect", x=0, y=y - 9, width=10, height=10, rx=2, class_=f"{part.kind} fill"))
        drawn.append(_text(17, y, part.label))
        drawn.append(_text(WIDTH, y, f"{part.count:,}  ·  {percent(part.count / total)}", "end", "strong"))
    told = "; ".join(f"{part.label}: {part.count} of {total}" for part in parts)
    return _svg(key, title, told, 42 + 19 * len(parts), drawn)


def shares(key: str, title: str, rows: Sequence[Row], kind: str, second: str = "") -> Markup:
    """A dot with its interval for each slice, on a line from 0 to 100%; `second` names the hollow dot."""
    drawn: list[Markup] = []
    step, height = 40, 40 * len(rows) + 24
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = 4 + share * (WIDTH - 8)
        drawn.append(_tag("line", x1=x, x2=x, y1=6, y2=height - 20, class_="grid"))
        drawn.append(_text(x, height - 4, f"{share:.0%}", _anchor(share), "axis"))
    for place, row in enumerate(rows):
        y = 30 + step * place
        low, high = (4 + share * (WIDTH - 8) for share in row.interval)
        x = 4 + row.value * (WIDTH - 8)
        label = Markup('<tspan class="strong">{}</tspan> <tspan class="quiet">{}</tspan>').format(
            row.label, row.queries
        )
        drawn.append(_tag("line", x1=4, x2=WIDTH - 4, y1=y, y2=y, class_="track"))
        drawn.append(_text(4, y - 10, label, halo=True))
        drawn.append(_text(WIDTH - 4, y - 10, percent(row.value), "end", "strong", halo=True))
        drawn.append(_tag("line", x1=low, x2=max(high, low + 0.5), y1=y, y2=y, class_=f"{kind} band"))
        if row.second is not None:
            drawn.append(_tag("circle", cx=4 + row.second * (WIDTH - 8), cy=y, r=4, class_=f"{kind} hollow"))
        drawn.append(_tag("circle", cx=x, cy=y, r=5, class_=f"{kind} fill dot"))
    told = "; ".join(
        f"{row.label}: {percent(row.value)}, between {percent(row.interval[0])} and {percent(row.interval[1])}"
        + (f", {second} {percent(row.second)}" if row.second is not None else "")
        for row in rows
    )
    return _svg(key, title, told, height, drawn)


def risk_coverage(key: str, title: str, gate: Mapping[str, Any], stated: float | None) -> Markup:
    """The share of wrong answers against the share of answerable queries answered, with a dot at today's threshold."""
    curve = gate["curve"]
    top = _nice(max([risk for _, risk in curve] + [gate["risk"] or 0, stated or 0, 0.05]))
    x, y = _scales(top)
    drawn = _frame(top, lambda value: f"{100 * value:.4g}%", "answerable queries answered", "answers that are wrong")
    if stated is not None:
        drawn.append(_tag("line", x1=x(0), x2=x(1), y1=y(stated), y2=y(stated), class_="stated"))
        drawn.append(_text(x(0) + 4, y(stated) - 4, f"stated risk {percent(stated)}", "start", "axis"))
    path = " ".join(f"{'L' if place else 'M'}{x(c):.1f} {y(r):.1f}" for place, (c, r) in enumerate(curve))
    drawn.append(_tag("path", d=path, class_="wrong curve"))
    told = (
        f"From {percent(curve[0][1])} wrong at the strictest threshold to {percent(curve[-1][1])} when all is answered."
    )
    if gate["coverage"] is not None and gate["risk"] is not None:
        low, high = gate["risk_interval"]
        at, on = x(gate["coverage"]), y(gate["risk"])
        drawn.append(_tag("line", x1=at, x2=at, y1=y(min(high, top)), y2=y(low), class_="wrong band"))
        drawn.append(_tag("circle", cx=at, cy=on, r=5.5, class_="wrong fill dot"))
        side = "end" if gate["coverage"] > 0.45 else "start"
        beside = at - 10 if side == "end" else at + 10
        drawn.append(_text(beside, on - 8, f"now: {percent(gate['risk'])} wrong", side, "strong", halo=True))
        told = (
            f"The gate now answers {percent(gate['coverage'])} of the answerable queries, and "
            f"{percent(gate['risk'])} of all answers are wrong. {told}"
        )
    return _svg(key, title, told, _TOP + _PLOT + 42, drawn)


def reliability(key: str, title: str, bins: Sequence[Mapping[str, Any]]) -> Markup:
    """How often answers of each confidence were right; a true confidence lies on the diagonal."""
    x, y = _scales(1.0)
    drawn = _frame(1.0, lambda value: f"{value:.0%}", "stated confidence", "right as often as")
    drawn.append(_tag("line", x1=x(0), x2=x(1), y1=y(0), y2=y(1), class_="slant"))
    drawn.append(_text(x(0.07), y(0.93), "more often right than it says", "start", "axis"))
    drawn.append(_text(x(0.98), y(0.06), "surer than it should be", "end", "axis"))
    most = max(one["count"] for one in bins)
    for one in bins:
        at = x(one["confidence"])
        low, high = one["interval"]
        drawn.append(_tag("line", x1=at, x2=at, y1=y(high), y2=y(low), class_="right band thin"))
        radius = 3 + 6 * math.sqrt(one["count"] / most)
        drawn.append(_tag("circle", cx=at, cy=y(one["observed"]), r=round(radius, 1), class_="right fill dot"))
    told = "; ".join(
        f"confidence {percent(one['confidence'])}: right {percent(one['observed'])} of {one['count']}" for one in bins
    )
    return _svg(key, title, told, _TOP + _PLOT + 42, drawn)


def durations(key: str, title: str, latency: Mapping[str, Any]) -> Markup:
    """A histogram of reply times, with the median and the 95th percentile."""
    bars = latency["bars"]
    end, most = bars[-1]["to"], max(bar["count"] for bar in bars)
    top = max(1.0, _nice(most))
    x, y = _scales(top)
    drawn = _frame(top, lambda value: f"{value:,.0f}", "", "replies")
    for bar in bars:
        left, right = x(bar["from"] / end), x(bar["to"] / end)
        drawn.append(
            _tag(
                "rect",
                x=round(left + 0.5, 1),
                y=round(y(bar["count"]), 1),
                width=round(right - left - 1, 1),
                height=round(y(0) - y(bar["count"]), 1),
                class_="refused fill",
            )
        )
    for share in (0, 0.25, 0.5, 0.75, 1):
        drawn.append(_text(x(share), _TOP + _PLOT + 16, f"{share * end:.4g}", _anchor(share), "axis"))
    drawn.append(_text(x(0.5), _TOP + _PLOT + 34, "milliseconds", "middle", "axis"))
    marks = [("half within", latency["p50"]), ("95% within", latency["p95"])]
    for _, value in marks:
        at = x(min(value / end, 1))
        drawn.append(_tag("line", x1=at, x2=at, y1=_TOP, y2=y(0), class_="mark"))
    for place, (name, value) in enumerate(marks):
        at = x(min(value / end, 1))
        side = "end" if at > WIDTH * 0.65 else "start"
        beside, label = at - 5 if side == "end" else at + 5, f"{name} {milliseconds(value)}"
        drawn.append(_text(beside, _TOP + 14 + 18 * place, label, side, "strong", halo=True))
    told = f"Half within {milliseconds(latency['p50'])}, 95% within {milliseconds(latency['p95'])}."
    return _svg(key, title, told, _TOP + _PLOT + 42, drawn)


# the parts of a drawing

Scale = Callable[[float], float]


def _scales(top: float) -> tuple[Scale, Scale]:
    """The x of a share, and the y of a value up to `top`."""
    return (
        lambda share: _LEFT + share * (WIDTH - _LEFT - _RIGHT),
        lambda value: _TOP + _PLOT * (1 - value / top),
    )


def _frame(top: float, say: Callable[[float], str], across: str, upwards: str) -> list[Markup]:
    """Grid and labels: `say` writes a value of the vertical axis; a horizontal axis without a name stays bare."""
    x, y = _scales(top)
    drawn = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        drawn.append(_tag("line", x1=x(0), x2=x(1), y1=y(share * top), y2=y(share * top), class_="grid"))
        drawn.append(_text(x(0) - 6, y(share * top) + 4, say(share * top), "end", "axis"))
        if across:
            drawn.append(_text(x(share), _TOP + _PLOT + 16, f"{share:.0%}", _anchor(share), "axis"))
    if across:
        drawn.append(_text(x(0.5), _TOP + _PLOT + 34, across, "middle", "axis"))
    drawn.append(_text(0, 11, upwards, "start", "axis"))
    return drawn


def _anchor(share: float) -> str:
    return "start" if share == 0 else "end" if share == 1 else "middle"


def _nice(value: float) -> float:
    """The next of 1, 2, 2.5, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))


def _svg(key: str, title: str, told: str, height: float, drawn: Iterable[Markup]) -> Markup:
    """A drawing with its name and its content in words, for those who can't see it."""
    head = Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>'
    ).format(WIDTH, height, key, key, key, title, key, told)
    return head + Markup("").join(drawn) + Markup("</svg>")


def _text(x: float, y: float, text: str, anchor: str = "start", kind: str = "", *, halo: bool = False) -> Markup:
    names = " ".join(filter(None, (kind, "halo" if halo else "")))
    return Markup('<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>').format(
        round(x, 1), round(y, 1), anchor, names, text
    )


def _tag(name: str, **attributes: object) -> Markup:
    written = Markup("").join(
        Markup(' {}="{}"').format(
            key.rstrip("_").replace("_", "-"), round(value, 2) if isinstance(value, float) else value
        )
        for key, value in attributes.items()
    )
    return Markup("<{}{}/>").format(Markup(escape(name)), written)
