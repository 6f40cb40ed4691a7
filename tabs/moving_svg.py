"""Curves that move, as HTML and SVG: pure functions.

Not Plotly: these are drawn anew several times a second, which must not flicker. Lines lie in a
square of 100 that is stretched to the box; words and numbers are HTML, so that they keep their size
on a phone. Text is escaped; styles (``line-...``) have dashes besides colours, in memory.css.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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

    def share(self, value: float) -> float:
        """Where a value lies, from 0 (low) to 100 (high)."""
        low, high, value = (
            (math.log(max(v, 1e-30)) if self.log else v) for v in (self.low, self.high, value)
        )
        return 100 * min(1.0, max(0.0, (value - low) / (high - low)))


PERCENT = Axis(0, 1.04, ((0, "0"), (0.5, "50 %"), (1, "100 %")))


def linear(values: Iterable[float], at_most: float) -> Axis:
    """From 0 to a round number that holds the values, but not above ``at_most`` by much."""
    high = round_up(min(max((v for v in values if math.isfinite(v)), default=1.0), at_most))
    return Axis(0, 1.04 * high, ((0, "0"), (high / 2, f"{high / 2:g}"), (high, f"{high:g}")))


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
    levels: Sequence[tuple[str, float]],
    x_end: float,
    axis: Axis,
    described: str,
) -> str:
    """Lines (style, points) and level lines (style, value) over 0 to ``x_end`` training steps;
    ``described`` says in words what is to be seen."""
    drawn = "".join(
        f'<line class="{style}" x1="0" x2="100" y1="{100 - axis.share(value):.2f}" '
        f'y2="{100 - axis.share(value):.2f}"/>'
        for style, value in levels
    )
    drawn += "".join(
        f'<polyline class="{style}" points="{_points(points, x_end, axis)}"/>'
        for style, points in lines
    )
    scale = "".join(
        f'<span style="bottom:{axis.share(value):.1f}%">{escape(label)}</span>'
        for value, label in axis.ticks
    )
    grid = "".join(f'<i style="bottom:{axis.share(value):.1f}%"></i>' for value, _ in axis.ticks)
    return (
        f'<div class="moving" role="img" aria-label="{escape(described)}">'
        f'<div class="moving-scale" aria-hidden="true">{scale}</div>'
        f'<div class="moving-plot" aria-hidden="true">{grid}'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none">{drawn}</svg></div>'
        f'<div class="moving-foot" aria-hidden="true"><span>0</span><span>training step</span>'
        f"<span>{x_end:,.0f}</span></div></div>"
    )


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


def _points(points: Points, x_end: float, axis: Axis) -> str:
    return " ".join(
        f"{100 * min(1.0, x / x_end):.2f},{100 - axis.share(y):.2f}"
        for x, y in points
        if math.isfinite(y)
    )
