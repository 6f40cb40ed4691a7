"""Curves that move, as HTML and SVG: pure functions.

Not Plotly: these are drawn anew several times a second, which must not flicker. Lines lie in a
square of 100 that is stretched to the box; words and numbers are HTML, so that they keep their size
on a phone. Text is escaped; styles (``line-...``) have dashes besides colours, in moving.css.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """From ``low`` to ``high``, linear or logarithmic (then both above 0); ``ticks`` are values
    with their labels. What lies beyond is drawn at the edge."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False
    name: str = ""

    def share(self, value: float) -> float:
        """Where a value lies, from 0 (low) to 100 (high)."""
        low, high, value = (
            (math.log(max(v, 1e-30)) if self.log else v) for v in (self.low, self.high, value)
        )
        return 100 * min(1.0, max(0.0, (value - low) / (high - low)))


@dataclass(frozen=True)
class Level:
    """A line all across at ``value``, with its ``label`` on it where the key does not name it."""

    style: str
    value: float
    label: str = ""


PERCENT = Axis(0, 1.04, ((0, "0"), (0.5, "50 %"), (1, "100 %")))


def linear(values: Iterable[float], at_most: float) -> Axis:
    """From 0 to a round number that holds the values, but not above ``at_most`` by much."""
    high = round_up(min(max((v for v in values if math.isfinite(v)), default=1.0), at_most))
    return Axis(0, 1.04 * high, ((0, "0"), (high / 2, f"{high / 2:g}"), (high, f"{high:g}")))


def around(values: Iterable[float]) -> Axis:
    """From a little below the least of some numbers that are not below 0 to a little above the
    most, with two to seven round ticks."""
    values = list(values)
    margin = 0.06 * (max(values) - min(values)) or 0.1
    low, high = max(0.0, min(values) - margin), max(values) + margin
    step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0) if (high - low) / s <= 6), (high - low) / 4)
    rounds = range(math.ceil(low / step), math.floor(high / step) + 1)
    return Axis(low, high, tuple((step * n, f"{step * n:.1f}") for n in rounds))


def steps(end: float) -> Axis:
    """From 0 to ``end`` training steps."""
    return Axis(0, end, ((0, "0"), (end, f"{end:,.0f}")), name="training step")


def decades(values: Iterable[float]) -> Axis:
    """Powers of ten around the values that are above 0, four decades at most, all of them within
    what is shown without too many zeros."""
    logs = [min(6.0, max(-6.0, math.log10(v))) for v in values if v > 0] or [0.0]
    high = math.ceil(max(logs) + 0.05)
    low = max(math.floor(min(logs) - 0.05), high - 4)
    ticks = tuple((10.0**n, f"{10.0**n:g}") for n in range(low, high + 1))
    return Axis(10.0**low, 10.0**high, ticks, log=True)


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten; 1 of what is not above 0."""
    if not value > 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return next(step * power for step in steps if step * power >= value * (1 - 1e-9))


def chart(
    lines: Sequence[tuple[str, Points]],
    levels: Sequence[Level],
    x: Axis,
    y: Axis,
    described: str,
    dots: Sequence[tuple[str, float, float]] = (),
) -> str:
    """Lines (style, points) and levels over ``x``, which shows its first and last tick and its
    name, with ``dots`` (style, x, y) on them; ``described`` says in words what is to be seen."""
    drawn = "".join(
        f'<line class="{level.style}" x1="0" x2="100" y1="{_top(level.value, y)}" '
        f'y2="{_top(level.value, y)}"/>'
        for level in levels
    )
    drawn += "".join(
        f'<polyline class="{style}" points="{_points(points, x, y)}"/>' for style, points in lines
    )
    labels = "".join(
        f'<span style="top:{_top(level.value, y)}%">{escape(level.label)}</span>'
        for level in levels
        if level.label
    )
    marks = "".join(
        f'<b class="{style}" style="left:{x.share(right):.2f}%;top:{_top(up, y)}%"></b>'
        for style, right, up in dots
    )
    scale = "".join(
        f'<span style="bottom:{y.share(value):.1f}%">{escape(label)}</span>'
        for value, label in y.ticks
    )
    grid = "".join(f'<i style="bottom:{y.share(value):.1f}%"></i>' for value, _ in y.ticks)
    foot = "".join(f"<span>{escape(s)}</span>" for s in (x.ticks[0][1], x.name, x.ticks[-1][1]))
    return (
        f'<div class="moving" role="img" aria-label="{escape(described)}">'
        f'<div class="moving-scale" aria-hidden="true">{scale}</div>'
        f'<div class="moving-plot" aria-hidden="true">{grid}'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none">{drawn}</svg>{labels}{marks}</div>'
        f'<div class="moving-foot" aria-hidden="true">{foot}</div></div>'
    )


def key(entries: Mapping[str, str], now: Mapping[str, str] | None = None) -> str:
    """What each style stands for, with its value ``now`` where there is one."""
    now = now or {}
    spans = "".join(
        f'<span><i class="swatch {style}"></i>{escape(label)}{_value(now.get(style))}</span>'
        for style, label in entries.items()
    )
    return f'<div class="moving-key">{spans}</div>'


def scatter(pairs: Points, low: float, high: float, described: str) -> str:
    """Points (truth, answer) in a square with its diagonal, both axes from ``low`` to ``high``."""
    span = (high - low) or 1.0
    dots = "".join(
        f'<circle cx="{100 * (x - low) / span:.2f}" r="0.9" '
        f'cy="{100 * (1 - min(1.0, max(0.0, (y - low) / span))):.2f}"/>'
        for x, y in pairs
    )
    return (
        f'<div class="scatter" role="img" aria-label="{escape(described)}">'
        f'<svg viewBox="-1 -1 102 102" aria-hidden="true"><rect width="100" height="100"/>'
        f'<line x1="0" y1="100" x2="100" y2="0"/>{dots}</svg>'
        f'<div class="moving-foot" aria-hidden="true"><span>{low:.4g}</span><span>truth → · answer '
        f"↑</span><span>{high:.4g}</span></div></div>"
    )


def progress(share: float) -> str:
    """A bar that is full at 1."""
    percent = round(100 * min(1.0, max(0.0, share)))
    return (
        f'<div class="progress" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
    )


def _points(points: Points, x: Axis, y: Axis) -> str:
    return " ".join(
        f"{x.share(right):.2f},{_top(up, y)}" for right, up in points if math.isfinite(up)
    )


def _top(value: float, y: Axis) -> str:
    """How far below the upper edge a value lies, of 100."""
    return f"{100 - y.share(value):.2f}"


def _value(shown: str | None) -> str:
    return "" if shown is None else f" <b>{escape(shown)}</b>"
