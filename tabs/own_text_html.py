"""The course of a training as HTML: progress, curves over the seconds, samples; pure functions.

The curves are lines in an SVG that is stretched to its place, with their words and numbers in HTML,
which keeps its size on a phone. Text from outside is always escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from inference.own_text import Course, beats
from tabs.html import notes
from tabs.texts import text as texts

ROWS = {"train_loss": "train", "valid_loss": "valid"}  # of a report: class of its line
EARLIER = 3  # samples on show besides the newest
Row = Mapping[str, Any]


def progress(course: Course, seconds: float) -> str:
    """How far the training is, ``seconds`` after it began to learn."""
    spent = min(seconds, course.seconds)
    told = texts.OWN_STAGES[course.stage].format(spent=spent, seconds=course.seconds)
    parts = [f"<b>{told}</b>"]
    if course.rows:
        row = course.rows[-1]
        parts.append(f"{row['rate']:,.0f} characters a second")
        parts.append(f"{row['passes']:.1f} times through your text")
    share = {"starting": 0, "begin": spent, "learning": spent}.get(course.stage, course.seconds)
    return (
        f'<div class="status">{" · ".join(parts)}</div>'
        f'<div class="own-bar" aria-hidden="true"><i style="width:{_percent(share, course)}"></i>'
        f"</div>{notes(course.goals.get('warnings', ()))}"
    )


def _percent(seconds: float, course: Course) -> str:
    return f"{100 * min(1.0, seconds / course.seconds):.1f}%"


def curves(course: Course) -> str:
    """The losses over the seconds, beside what they have to come below."""
    if not course.goals:
        return f'<div class="own-empty tall">{texts.OWN_CURVES_EMPTY}</div>'
    goals, rows = _goals(course), _points(course)
    values = [v for v, _, _ in goals] + [row[key] for row in rows for key in ROWS]
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 0.1
    low, high = max(0.0, low - margin), high + margin

    def height(value: float) -> float:
        return 100 * (high - value) / (high - low)

    lines = "".join(
        f'<polyline class="own-{name}" points="{_line(rows, key, course, height)}"/>'
        for key, name in ROWS.items()
    )
    bounds = "".join(
        f'<div class="own-goal" style="top:{height(value):.2f}%">'
        f"<span>{escape(label)} {value:.2f}</span></div>"
        for value, label, _ in goals
    )
    scale = "".join(f'<span style="top:{height(v):.2f}%">{v:.1f}</span>' for v in _ticks(low, high))
    return (
        f'<div class="own-curves" role="img" aria-label="{escape(_told(course))}">'
        f'<div class="own-scale" aria-hidden="true">{scale}</div>'
        f'<div class="own-plot" aria-hidden="true">{bounds}<svg viewBox="0 0 100 100" '
        f'preserveAspectRatio="none">{lines}</svg>{_kept(course, height)}</div>'
        f'<div class="own-seconds" aria-hidden="true"><span>0 s</span>'
        f"<span>{course.seconds:g} s</span></div></div>{_legend(course)}"
    )


def _points(course: Course) -> list[Row]:
    """The rows that can be drawn: a loss that is no number is None."""
    return [row for row in course.rows if all(row[key] is not None for key in ROWS)]


def _goals(course: Course) -> list[tuple[float, str, str]]:
    """What the network has to beat: nats a character, name, key in the begin of a training."""
    known = course.goals
    return [
        (known["even_nats_per_char"], texts.OWN_EVEN.format(kinds=known["kinds"]), "even"),
        (known["baseline_nats_per_char"], texts.OWN_COUNTING, "counting"),
    ]


def _line(rows: Sequence[Row], key: str, course: Course, height: Any) -> str:
    return " ".join(
        f"{100 * min(1.0, row['seconds'] / course.seconds):.2f},{height(row[key]):.2f}"
        for row in rows
    )


def _ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers between two bounds."""
    step = next((s for s in (0.1, 0.2, 0.5, 1.0, 2.0) if (high - low) / s <= 6), (high - low) / 4)
    first = -(-low // step)
    return [step * n for n in range(int(first), int(high // step) + 1)]


def _kept(course: Course, height: Any) -> str:
    """A dot where the weights are kept from."""
    best = course.best
    if best is None or best["valid_loss"] is None:
        return ""
    left = _percent(best["seconds"], course)
    return f'<i class="own-kept" style="left:{left};top:{height(best["valid_loss"]):.2f}%"></i>'


def _legend(course: Course) -> str:
    def value(key: str) -> str:
        rows = _points(course)
        return f" <b>{rows[-1][key]:.2f}</b>" if rows else ""

    kept = ""
    if course.best is not None and course.best["valid_loss"] is not None:
        told = texts.OWN_KEPT.format(**course.best)
        kept = f'<span><i class="own-dot"></i>{told}</span>'
    return (
        f'<div class="own-legend"><span><i class="own-key own-train"></i>{texts.OWN_TRAIN}'
        f'{value("train_loss")}</span><span><i class="own-key own-valid"></i>{texts.OWN_VALID}'
        f"{value('valid_loss')}</span>{kept}<em>{texts.OWN_UNIT}</em></div>"
    )


def _told(course: Course) -> str:
    """The curves in words, for who cannot see them."""
    rows = _points(course)
    goals = ", ".join(f"{label} {value:.2f}" for value, label, _ in _goals(course))
    if not rows:
        return f"Loss: nothing yet; to come below: {goals}"
    first, last = rows[0]["valid_loss"], rows[-1]["valid_loss"]
    return (
        f"Loss in nats a character: from {first:.2f} to {last:.2f} on text that it does not learn "
        f"from; to come below: {goals}"
    )


def samples(course: Course) -> str:
    """What the network writes now, and what it wrote on its way."""
    rows = course.rows
    if not rows:
        return f'<div class="own-empty">{texts.OWN_SAMPLES_EMPTY}</div>'
    shown = sorted({len(rows) - 1, *(round(i * (len(rows) - 1) / EARLIER) for i in range(EARLIER))})
    return "".join(_sample(rows[i], i == len(rows) - 1) for i in reversed(shown))


def _sample(row: Row, newest: bool) -> str:
    return (
        f'<div class="own-sample{" newest" if newest else ""}"><span class="own-when">'
        f"{row['seconds']:.0f} s</span><pre>{escape(row['text'].strip())}</pre></div>"
    )


def result(name: str, metrics: Mapping[str, Any], course: Course) -> str:
    """How good the finished network is, on the part of the text that it never saw."""
    told = (texts.OWN_BEATS if beats(metrics) else texts.OWN_BEATEN).format(
        nats=metrics["validation_nats_per_char"], counting=metrics["baseline_nats_per_char"],
        baseline=metrics["baseline"].split(",")[0], even=course.goals["even_nats_per_char"],
        count=metrics["validation_characters"],
    )  # fmt: skip
    if "new_share" in metrics:
        told += " " + texts.OWN_NEW_LINES.format(**metrics)
    size = f"{metrics['parameters']:,} parameters, {metrics['cell'].upper()}"
    line = f'<div class="own-result"><b>{escape(name)}</b> ({size}). {told}</div>'
    home = f'<div class="own-home">{texts.OWN_HOME}</div>'
    return line + notes(_hints(metrics, course)) + home


def _hints(metrics: Mapping[str, Any], course: Course) -> list[str]:
    """What the visitor may want to know about the course."""
    rows, best = _points(course), course.best
    if best is None or len(rows) < 2 or best["valid_loss"] is None:
        return []
    if rows[-1]["valid_loss"] > best["valid_loss"] + 0.05:
        return [texts.OWN_BY_HEART.format(**best)]
    return []
