"""Pure functions from gradients that go back through networks to HTML and SVG.

Text from outside is always escaped. What can be pointed at carries its numbers in ``data-tip``,
which ``tips.js`` shows. Colour tells the cell, and so does the shape of its marks; full lines and
marks are of trained networks, broken and hollow ones of new weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from inference.gradient_flow import GradientFlow
from tabs.texts import inside as texts
from tabs.texts import shared

Lines = Mapping[tuple[str, bool], GradientFlow]  # by cell, and whether it was trained

REACH = 100  # steps back that are drawn at most
FLOOR, TOP = -10, 1  # powers of ten at the ends of the scale
LITTLE = 0.01  # of the gradient is left where the table says that it ends
TOLD = (5, 10, 20, 40, 80)  # steps back in the table, and those with a mark
BANDS = ((0, "its own guess"), (1, "1–2 steps later"), (3, "3–5"), (6, "6–10"), (11, "11–20"),
         (21, "21 and more"))  # fmt: skip
FAR = 3  # the first of the bands that are called far
CONTEXT = 12  # characters before the one of a column, in its tip
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(ratio: float) -> str:
    """A part of 1 as a reader takes it in: 0.65, 0.027, 7.1×10⁻⁶."""
    if ratio == 0:
        return "0"
    digits, power = f"{ratio:.1e}".split("e")
    if int(power) >= -2:
        return f"{ratio:.{max(1, 1 - int(power))}f}"
    return f"{digits}×{ten_to(int(power))}"


def ten_to(power: int) -> str:
    """10⁻⁶ for -6."""
    return f"10{str(power).translate(SUPERSCRIPTS)}"


def name(cell: str, trained: bool, flow: GradientFlow) -> str:
    """Whose line it is."""
    bias = "" if trained or cell != "lstm" else f", forget bias {flow.forget_bias:g}"
    return f"{shared.CELL_TITLES[cell]}, {texts.FLOW_STATES[trained]}{bias}"


def shown(char: str) -> str:
    """A character that can be seen."""
    return {"\n": "↵", " ": "␣"}.get(char, char)


# ---- the lines


def chart(lines: Lines) -> str:
    """What is left of a gradient by distance, a line a network, on a logarithmic scale."""
    curves = {key: flow.by_distance()[: REACH + 1] for key, flow in lines.items()}
    last = max(map(len, curves.values())) - 1
    drawn = "".join(
        f'<polyline class="{_classes(*key)}" points="{_points(curve, last)}"/>'
        for key, curve in curves.items()
    )
    marks = "".join(_marks(key, curve, last) for key, curve in curves.items())
    columns = "".join(
        f'<span data-tip="{escape(_column_tip(k, lines, curves))}"></span>' for k in range(last + 1)
    )
    scale = "".join(
        f'<span style="bottom:{100 * (p - FLOOR) / (TOP - FLOOR):.2f}%">{_tick(p)}</span>'
        for p in range(FLOOR, TOP + 1, 2)
    )
    help_line = texts.FLOW_CHART_HELP.format(floor=ten_to(FLOOR))
    return (
        f'<h4>{texts.FLOW_CHART_TITLE}</h4>{_legend(lines)}<div class="flow">'
        f'<div class="flow-scale" aria-hidden="true">{scale}</div><div class="flow-plot">'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f"{drawn}</svg>{marks}"
        '<div class="flow-columns" tabindex="0" role="group" aria-label="Part of the gradient that '
        f'is left, by steps back; walk with the arrow keys">{columns}</div></div>'
        f'<div class="flow-steps" aria-hidden="true">{_steps(last)}</div></div>'
        f'<div class="status">{help_line}</div>'
    )


def _classes(cell: str, trained: bool) -> str:
    return f"cell-{cell} {'trained' if trained else 'new'}"


def _height(ratio: float) -> float:
    """Percent of the plot; below 0 for what is too small for it."""
    power = math.log10(ratio) if ratio > 0 else FLOOR - 20
    return 100 * (min(power, TOP) - FLOOR) / (TOP - FLOOR)


def _points(curve: Sequence[float], last: int) -> str:
    return " ".join(
        f"{100 * (k + 0.5) / (last + 1):.2f},{100 - _height(ratio):.2f}"
        for k, ratio in enumerate(curve)
    )


def _marks(key: tuple[str, bool], curve: Sequence[float], last: int) -> str:
    places = [(k, _height(curve[k])) for k in TOLD if k < len(curve)]
    return "".join(
        f'<i class="mark {_classes(*key)}" style="left:{100 * (k + 0.5) / (last + 1):.2f}%;'
        f'bottom:{height:.2f}%"></i>'
        for k, height in places
        if height >= 0
    )


def _column_tip(k: int, lines: Lines, curves: Mapping[tuple[str, bool], np.ndarray]) -> str:
    told = [
        f"{name(*key, lines[key])}: {number(curve[k])}"
        for key, curve in curves.items()
        if k < len(curve)
    ]
    return "\n".join([f"{k} step{'s' * (k != 1)} back", *told])


def _tick(power: int) -> str:
    return "1" if power == 0 else ten_to(power)


def _steps(last: int) -> str:
    """The distances below the plot."""
    every = 20 if last > 40 else 5
    ticks = "".join(
        f'<span style="left:{100 * (k + 0.5) / (last + 1):.2f}%">{k}</span>'
        for k in range(0, last + 1, every)
    )
    return f"{ticks}<em>steps back</em>"


def _legend(lines: Lines) -> str:
    entries = "".join(
        f'<span><i class="stroke {_classes(*key)}"></i><i class="mark {_classes(*key)}"></i>'
        f"{escape(name(*key, flow))}</span>"
        for key, flow in lines.items()
    )
    return f'<div class="flow-legend">{entries}</div>'


def table(lines: Lines) -> str:
    """The numbers of the lines at some distances, and where they fall below LITTLE."""
    heads = "".join(f"<th>{k} back</th>" for k in TOLD)
    rows = []
    for key, flow in lines.items():
        curve = flow.by_distance()
        below = np.flatnonzero(curve < LITTLE)
        until = f"{below[0]} steps" if len(below) else f"over {len(curve) - 1}"
        told = "".join(f"<td>{number(curve[k]) if k < len(curve) else '–'}</td>" for k in TOLD)
        rows.append(f"<tr><td>{escape(name(*key, flow))}</td>{told}<td>{until}</td></tr>")
    return (
        '<div class="scroll-x" tabindex="0"><table class="quantiles"><thead><tr><th>network</th>'
        f"{heads}<th>under 1 % after</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


# ---- the shares


def shares(lines: Lines) -> str:
    """Which later guess the gradient at each state comes from, a strip a network."""
    legend = "".join(
        f'<span><i class="band-{band}"></i>{told}</span>' for band, (_, told) in enumerate(BANDS)
    )
    strips = "".join(_strip(name(*key, flow), flow) for key, flow in lines.items())
    return (
        f"<h4>{texts.FLOW_SHARES_TITLE}</h4>"
        f'<div class="status">{texts.FLOW_SHARES_HELP}</div>'
        f'<div class="flow-legend bands">{legend}</div><div class="strips">{strips}</div>'
    )


def _strip(title: str, flow: GradientFlow) -> str:
    bands = flow.shares_by_distance([start for start, _ in BANDS])  # (B, T)
    tops = np.vstack([np.zeros(bands.shape[1]), bands.cumsum(0)])
    areas = "".join(
        f'<path class="band-{band}" d="{_area(tops[band], tops[band + 1])}"/>'
        for band in range(len(BANDS))
    )
    columns = "".join(
        f'<span data-tip="{escape(_state_tip(flow, place, bands[:, place]))}"></span>'
        for place in range(bands.shape[1])
    )
    far = f"{100 * bands[FAR:].sum(0).mean():.0f} % from {BANDS[FAR][0]} steps later or more"
    return (
        f'<div class="strip"><div class="strip-title"><b>{escape(title)}</b><br>{far}</div>'
        f'<div class="strip-plot"><svg viewBox="0 0 {bands.shape[1]} 100" '
        f'preserveAspectRatio="none" aria-hidden="true">{areas}</svg>'
        '<div class="flow-columns" tabindex="0" role="group" aria-label="'
        f'{escape(title)}: shares of the gradient at each character; walk with the arrow keys">'
        f"{columns}</div></div></div>"
    )


def _area(low: np.ndarray, high: np.ndarray) -> str:
    """The path around steps of width 1 between two heights in parts of 1."""
    there = "".join(f"V{height:.1f}h1" for height in 100 * (1 - high).clip(0))
    back = "".join(f"V{height:.1f}h-1" for height in 100 * (1 - low[::-1]).clip(0))
    return f"M0 100{there}{back}Z"


def _state_tip(flow: GradientFlow, place: int, parts: np.ndarray) -> str:
    read = "".join(map(shown, flow.pieces[max(0, place - CONTEXT) : place + 1]))
    told = [
        f"{told}: {100 * part:.0f} %"
        for (_, told), part in zip(BANDS, parts, strict=True)
        if part >= 0.005
    ]
    return "\n".join([f"after “{read}”", *told])


# ---- what was measured beforehand


def measured(record: Mapping[str, Any]) -> str:
    """The record of ``training.gradient_flow`` as a sentence and a table; nothing without it."""
    if not record:
        return ""
    distances, networks = record["distances"], record["networks"]
    heads = "".join(f"<th>{k} back</th>" for k in distances)
    rows = "".join(
        f"<tr><td>{escape(row['label'])}</td>"
        + "".join(f"<td>{_with_range(row, k)}</td>" for k in distances)
        + "</tr>"
        for row in networks
    )
    at = 20
    new = {(r["cell"], r["forget_bias"]): number(r["mean"][at]) for r in networks}
    told = texts.FLOW_MEASURED.format(
        distance=at, rnn=new["rnn", 0], gru=new["gru", 0], lstm=new["lstm", 0],
        one=new["lstm", 1], three=new["lstm", 3],
    )  # fmt: skip
    how = texts.FLOW_MEASURED_HOW.format(
        runs=len(networks[0]["runs"]), characters=record["characters"]
    )
    return (
        f"<h4>{texts.FLOW_MEASURED_TITLE}</h4><p>{told}</p>"
        '<div class="scroll-x" tabindex="0"><table class="quantiles"><thead><tr><th>network</th>'
        f'{heads}</tr></thead><tbody>{rows}</tbody></table></div><div class="status">{how}</div>'
    )


def _with_range(row: Mapping[str, Any], k: int) -> str:
    low, high = number(row["low"][k]), number(row["high"][k])
    return f"{number(row['mean'][k])}<small>({low} to {high})</small>"
